import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { encodeHex, type MemberId, type Pseudonym } from "#base";
import { createWallet } from "./wallet.ts";
import { unwrapSeed, wrapSeed } from "./wrapSeed.ts";

const [clinic, lab] = ["clinic-a", "lab-b"] as MemberId[] as [MemberId, MemberId];
const seed = new Uint8Array(32).fill(1);

describe("pseudonym keys", () => {
	it("[WA1] are the same for the same seed, custodian and rotation, and unlike for any other", () => {
		const keys = [
			createWallet(seed).pseudonymKey(clinic, 0),
			createWallet(seed).pseudonymKey(clinic, 1),
			createWallet(seed).pseudonymKey(lab, 0),
			createWallet(new Uint8Array(32).fill(2)).pseudonymKey(clinic, 0),
		].map(({ publicKey }) => publicKey as string);
		expect(new Set(keys).size).toBe(4);
		expect(createWallet(seed).pseudonymKey(clinic, 0).publicKey).toBe(keys[0]);
	});

	it("[WA1] a delegate's key differs for each pseudonym and from every pseudonym key", () => {
		const wallet = createWallet(seed);
		const other = (byte: string) => byte.repeat(32) as Pseudonym;
		const keys = [wallet.delegateKey(other("aa")), wallet.delegateKey(other("bb")), wallet.pseudonymKey(clinic, 0)].map(
			({ publicKey }) => publicKey as string,
		);
		expect(new Set(keys).size).toBe(3);
	});

	it("[WA1] a wallet shows no secret when it is printed or turned to JSON", () => {
		const wallet = createWallet(seed);
		expect(JSON.stringify([wallet, wallet.pseudonymKey(clinic, 0)])).not.toContain(encodeHex(seed));
		expect(Object.values(wallet).every((member) => typeof member === "function")).toBe(true);
	});

	it("[WA1] a seed of another length, and a rotation that is no count, are refused", () => {
		expect(() => createWallet(new Uint8Array(31))).toThrow(expect.objectContaining({ code: "WALLET_WORDS_INVALID" }));
		expect(() => createWallet(seed).pseudonymKey(clinic, -1)).toThrow(expect.objectContaining({ code: "WALLET_CONSENT_INVALID" }));
		expect(() => createWallet(seed).pseudonymKey(clinic, 0.5)).toThrow(expect.objectContaining({ code: "WALLET_CONSENT_INVALID" }));
	});
});

describe("a seed under a passphrase", () => {
	const random = (size: number) => new Uint8Array(randomBytes(size));

	it("[WA3] comes back with the passphrase, composed or decomposed, and with no other", { timeout: 30_000 }, async () => {
		const wrapped = await wrapSeed(seed, "Grüße vom See", random);
		expect(JSON.stringify(wrapped)).not.toContain(encodeHex(seed));
		expect([...(await unwrapSeed(wrapped, "Grüße vom See".normalize("NFD")))]).toEqual([...seed]);
		await expect(unwrapSeed(wrapped, "Grüße vom Meer")).rejects.toMatchObject({ code: "WALLET_PASSPHRASE_WRONG" });
		const at = wrapped.sealed.length - 1;
		const altered = { ...wrapped, sealed: wrapped.sealed.slice(0, at) + (wrapped.sealed[at] === "0" ? "1" : "0") };
		await expect(unwrapSeed(altered, "Grüße vom See")).rejects.toMatchObject({ code: "WALLET_PASSPHRASE_WRONG" });
	});

	it("[WA3] another format is refused before any work", async () => {
		const wrapped = { format: "aceso/wallet/1", salt: "00", sealed: "00" } as const;
		await expect(unwrapSeed(wrapped, "x")).rejects.toMatchObject({ code: "WALLET_WRAP_INVALID" });
	});
});

import { describe, expect, it } from "vitest";
import { encodeHex } from "#base";
import { keyOfPrf, keysOfPassphrase, type LockedSecret, lockSecret, openNote, sealNote, unlockSecret } from "./lockedSecret.ts";

const secret = Uint8Array.from({ length: 32 }, (_, at) => at);
const salt = "0123456789abcdef".repeat(2);
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const lock = (by: LockedSecret["by"], key: Uint8Array) => lockSecret(secret, { kind: "wallet-seed", by, key, salt, randomBytes });
const codeOf = (work: Promise<unknown>) =>
	work.then(
		() => "opened",
		(error: { code: string }) => error.code,
	);

describe("locked copies", () => {
	it("[WA50] a passkey's PRF opens what it locked, another's does not", async () => {
		const key = keyOfPrf(new Uint8Array(32).fill(1), salt);
		const locked = await lock("prf", key);
		expect(encodeHex(await unlockSecret(locked, key, "wallet-seed"))).toBe(encodeHex(secret));
		const others = [keyOfPrf(new Uint8Array(32).fill(2), salt), keyOfPrf(new Uint8Array(32).fill(1), "00".repeat(16))];
		for (const other of others) expect(await codeOf(unlockSecret(locked, other, "wallet-seed"))).toBe("WALLET_PASSPHRASE_WRONG");
		expect(() => keyOfPrf(new Uint8Array(16), salt)).toThrow(expect.objectContaining({ code: "WALLET_WRAP_INVALID" }));
	});

	it("[WA50] a copy that says something else of itself, or was altered anywhere, does not open", async () => {
		const key = keyOfPrf(new Uint8Array(32).fill(1), salt);
		const locked = await lock("prf", key);
		expect(await codeOf(unlockSecret({ ...locked, kind: "ledger-key" }, key, "ledger-key"))).toBe("WALLET_PASSPHRASE_WRONG");
		expect(await codeOf(unlockSecret(locked, key, "ledger-key"))).toBe("WALLET_WRAP_INVALID");
		expect(await codeOf(unlockSecret({ ...locked, by: "passphrase" }, key, "wallet-seed"))).toBe("WALLET_PASSPHRASE_WRONG");
		expect(await codeOf(unlockSecret({ ...locked, format: "aceso/locked/0" as never }, key, "wallet-seed"))).toBe("WALLET_WRAP_INVALID");
		for (let at = 0; at < locked.sealed.length; at += 2) {
			const altered = locked.sealed.slice(0, at) + (locked.sealed.slice(at, at + 2) === "00" ? "01" : "00") + locked.sealed.slice(at + 2);
			expect(await codeOf(unlockSecret({ ...locked, sealed: altered }, key, "wallet-seed"))).toBe("WALLET_PASSPHRASE_WRONG");
		}
	});

	it("[WA51] a passphrase gives a key and a proof that tells nothing of it, the same however it was composed", async () => {
		const one = await keysOfPassphrase("Ångström liegt am Fluß", salt);
		const two = await keysOfPassphrase("Ångström liegt am Fluß".normalize("NFD"), salt);
		expect([encodeHex(one.key), one.proof]).toEqual([encodeHex(two.key), two.proof]);
		expect(one.proof).not.toContain(encodeHex(one.key));
		const locked = await lock("passphrase", one.key);
		expect(encodeHex(await unlockSecret(locked, two.key, "wallet-seed"))).toBe(encodeHex(secret));
		// The node has the copy and, at the door, the proof: it opens nothing.
		const proof = Uint8Array.from(one.proof.match(/../g) as string[], (byte) => Number.parseInt(byte, 16));
		expect(await codeOf(unlockSecret(locked, proof, "wallet-seed"))).toBe("WALLET_PASSPHRASE_WRONG");
	});

	it("[WA51] stretches by scrypt with N = 2^17, r = 8, p = 1, as another implementation does", async () => {
		const { scryptSync, hkdfSync } = await import("node:crypto");
		const stretched = scryptSync("a passphrase", Buffer.from(salt, "hex"), 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 });
		const proof = Buffer.from(hkdfSync("sha256", stretched, "", "aceso/sign-in-proof/1", 32)).toString("hex");
		expect((await keysOfPassphrase("a passphrase", salt)).proof).toBe(proof);
	});

	it("[WA52] a note is its owner's alone", async () => {
		const note = await sealNote(secret, "patient-4711", randomBytes);
		expect(await openNote(secret, note)).toBe("patient-4711");
		expect(await codeOf(openNote(new Uint8Array(32), note))).toBe("WALLET_WRAP_INVALID");
		expect(await codeOf(openNote(secret, note.slice(2)))).toBe("WALLET_WRAP_INVALID");
	});
});

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import type { MemberId } from "#base";
import { createBench, newPseudonym, newSubject, quickScrypt, randomBytes, reopen } from "../vault.fixtures.ts";
import { createKeyring, openKeyring } from "./openKeyring.ts";
import { createPassphraseKey, derivePassphraseKey, type KeyDerivation, scryptCost } from "./passphraseKey.ts";

const coded = (code: string) => expect.objectContaining({ code });

it("[VA22] a keyring opens again with its passphrase and opens what it wrapped", async () => {
	const { keyring, parameters, access } = await createBench();
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await keyring.createSubject(subject, pseudonym);
	const { dataKey, wrapped } = await keyring.sealFor(subject, ["laboratory"]);
	const token = await keyring.lookupToken("name", "x");
	await keyring.close();
	const again = await reopen(parameters);
	expect(await again.unwrap(access({ pseudonym }), [wrapped])).toEqual([Buffer.from(dataKey)]);
	expect(await again.lookupToken("name", "x")).toBe(token);
	expect(await again.verifyKeys()).toEqual({ live: 1, destroyed: 0 });
});

it("[VA22] a wrong passphrase opens nothing and leaves the files free for the right one", async () => {
	const { keyring, parameters } = await createBench();
	await keyring.close();
	await expect(openKeyring({ ...parameters, passphrase: "wrong" })).rejects.toThrow(coded("VAULT_PASSPHRASE_WRONG"));
	await expect(openKeyring({ ...parameters, custodian: "labor-sued" as MemberId })).rejects.toThrow(coded("VAULT_INTEGRITY"));
	await reopen(parameters);
});

it("[VA22] the files of a keyring hold no key, root or passphrase in the clear", async () => {
	const made: Buffer[] = [];
	const { keyring, parameters } = await createBench({
		randomBytes: (size) => {
			const bytes = randomBytes(size);
			if (size === 32) made.push(Buffer.from(bytes));
			return bytes;
		},
	});
	const subject = newSubject();
	await keyring.createSubject(subject, newPseudonym());
	made.push(Buffer.from((await keyring.sealFor(subject, ["laboratory"])).dataKey));
	await keyring.close();
	const folder = dirname(parameters.path);
	const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
	expect(made.length).toBeGreaterThan(23);
	for (const file of files) {
		expect(file.includes(parameters.passphrase)).toBe(false);
		for (const key of made) expect(file.includes(key) || file.includes(key.toString("hex"))).toBe(false);
	}
});

it("[VA23] a root file altered or of another generation does not open", async () => {
	const { keyring, parameters } = await createBench();
	await keyring.close();
	const original = readFileSync(parameters.rootFile, "utf8");
	const file = JSON.parse(original) as { sealed: string; generation: number };
	writeFileSync(parameters.rootFile, JSON.stringify({ ...file, sealed: file.sealed.replace(/^../, (byte) => (byte === "00" ? "01" : "00")) }));
	await expect(openKeyring(parameters)).rejects.toThrow(coded("VAULT_PASSPHRASE_WRONG"));
	writeFileSync(parameters.rootFile, JSON.stringify({ ...file, generation: 2 }));
	await expect(openKeyring(parameters)).rejects.toThrow(coded("VAULT_INTEGRITY"));
	writeFileSync(parameters.rootFile, JSON.stringify({ ...file, derivation: { name: "scrypt", N: 2 ** 40, r: 8, p: 1, salt: "00".repeat(16) } }));
	await expect(openKeyring(parameters)).rejects.toThrow(coded("VAULT_INTEGRITY"));
	writeFileSync(parameters.rootFile, original);
	await reopen(parameters);
});

it("[VA24] a keyring is never made over another, nor opened where none is", async () => {
	const { parameters } = await createBench();
	await expect(createKeyring(parameters)).rejects.toThrow(coded("VAULT_EXISTS"));
	await expect(openKeyring({ ...parameters, path: `${parameters.path}.none` })).rejects.toThrow(coded("VAULT_NOT_FOUND"));
	await expect(createKeyring({ ...parameters, rootFile: `${parameters.rootFile}.none` })).rejects.toThrow(coded("VAULT_LOCKED"));
});

it("[VA25] a second process on the files is refused", async () => {
	const { parameters } = await createBench();
	const script = `
		import { openExclusiveDatabase } from ${JSON.stringify(new URL("../exclusiveDatabase.ts", import.meta.url).href)};
		try { openExclusiveDatabase(${JSON.stringify(parameters.path)}); console.log("opened"); } catch (error) { console.log(error.code); }
	`;
	const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
	expect(child.stdout.trim()).toBe("VAULT_LOCKED");
});

it("[VA26] the passphrase's key costs scrypt N = 2^17, r = 8, p = 1", async () => {
	expect(scryptCost).toEqual({ N: 131_072, r: 8, p: 1 });
	const key = await createPassphraseKey("ångström", scryptCost, () => new Uint8Array(16));
	expect(key.form).toEqual({ name: "scrypt", N: 131_072, r: 8, p: 1, salt: "00".repeat(16) });
	// The same passphrase from a keyboard that composes its letters differently.
	expect((await derivePassphraseKey("a\u030angstro\u0308m", { ...(key.form as KeyDerivation) })).bytes).toEqual(key.bytes);
	const quick = await createPassphraseKey("ångström", quickScrypt, () => new Uint8Array(16));
	expect(quick.bytes).not.toEqual(key.bytes);
});

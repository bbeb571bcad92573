import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { encodeHex } from "#base";
import { createBench, type KeyringBench, newPseudonym, newSubject, quickScrypt, randomBytes, reopen, temporaryFolder } from "../vault.fixtures.ts";
import type { LocalKeyring } from "./localKeyring.ts";
import { openKeyring } from "./openKeyring.ts";

const coded = (code: string) => expect.objectContaining({ code });
const newRoot = { kind: "passphrase", passphrase: "a new passphrase", scrypt: quickScrypt } as const;

async function patient({ keyring }: Pick<KeyringBench, "keyring">) {
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await keyring.createSubject(subject, pseudonym);
	return { subject, pseudonym, handle: await keyring.sealFor(subject, ["laboratory"]) };
}

/** Wrapped under the root, and the root file's own bytes. */
function underRoot({ path, rootFile }: KeyringBench["parameters"]): Buffer[] {
	const database = new DatabaseSync(path, { readOnly: true });
	const rows = database
		.prepare("SELECT patient AS wrapped FROM subjects UNION ALL SELECT audit FROM subjects UNION ALL SELECT wrapped FROM node_keys")
		.all();
	database.close();
	const { sealed } = JSON.parse(readFileSync(rootFile, "utf8")) as { readonly sealed: string };
	return [...rows.map((row) => Buffer.from(row["wrapped"] as Uint8Array)), Buffer.from(sealed)];
}

it("[VA37] a rotation wraps two keys a subject, the look-up key and the root, whatever lies below them", async () => {
	let nonces = 0;
	const bench = await createBench({
		randomBytes: (size) => {
			if (size === 12) nonces++;
			return randomBytes(size);
		},
	});
	for (let count = 0; count < 7; count++) await patient(bench);
	nonces = 0;
	await bench.keyring.rotateRoot();
	expect(nonces).toBe(2 * 7 + 2);
	nonces = 0;
	await bench.keyring.destroy((await patient(bench)).subject, "all");
	// Seven subjects whole, the audit key of the destroyed one, look-up key and root; before that the eighth's own keys.
	expect(nonces).toBe(2 * 7 + 1 + 2 + (2 + 21) + 1);
});

it("[VA64] after a rotation nothing wrapped before is in any file, and everything opens", async () => {
	const bench = await createBench();
	const patients = [];
	for (let count = 0; count < 20; count++) patients.push(await patient(bench));
	await bench.keyring.close();
	const before = underRoot(bench.parameters);
	expect(before).toHaveLength(42);
	const folder = dirname(bench.parameters.path);
	const holding = (needle: Buffer) => readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(needle));
	for (const bytes of before) expect(holding(bytes)).not.toEqual([]);
	const keyring = await reopen(bench.parameters);
	expect(await keyring.rotateRoot()).toBe(2);
	for (const bytes of before) expect(holding(bytes)).toEqual([]);
	for (const { pseudonym, handle } of patients) {
		expect((await keyring.unwrap(bench.access({ pseudonym }), [handle.wrapped])).map(encodeHex)).toEqual([encodeHex(handle.dataKey)]);
	}
});

it("[VA64] what happens between the turns of a rotation is in its result", async () => {
	const bench = await createBench();
	const patients = await Promise.all(Array.from({ length: 500 }, () => patient(bench)));
	const [first, second, third] = patients as [(typeof patients)[number], (typeof patients)[number], (typeof patients)[number]];
	const rotations = [bench.keyring.rotateRoot(), bench.keyring.changeKeyRoot(newRoot), bench.keyring.rotateRoot()];
	await new Promise((resolve) => setImmediate(resolve));
	await bench.keyring.destroy(first.subject, ["genomics"]);
	await bench.keyring.destroy(second.subject, "all");
	const enrolled = newPseudonym();
	await bench.keyring.bind(third.subject, enrolled);
	const late = await patient(bench);
	// Three rotations asked for and one for each destruction.
	expect(Math.max(...(await Promise.all(rotations)))).toBe(6);
	await bench.keyring.close();
	await expect(openKeyring(bench.parameters)).rejects.toThrow(coded("VAULT_PASSPHRASE_WRONG"));
	const keyring = await reopen({ ...bench.parameters, passphrase: newRoot.passphrase });
	expect(await keyring.verifyKeys()).toEqual({ live: 500, destroyed: 1 });
	expect(await keyring.subjectOf(enrolled)).toBe(third.subject);
	expect(await keyring.unwrap(bench.access({ pseudonym: late.pseudonym }), [late.handle.wrapped])).toHaveLength(1);
});

it("[VA64] a rotation lets other work in after each 128 subjects, and before its last turn", async () => {
	const turnsOf = async (subjects: number) => {
		const { keyring } = await createBench();
		await Promise.all(Array.from({ length: subjects }, () => keyring.createSubject(newSubject(), newPseudonym())));
		let [turns, isDone] = [0, false];
		const rotation = keyring.rotateRoot().finally(() => {
			isDone = true;
		});
		for (; !isDone; turns++) await new Promise((resolve) => setImmediate(resolve));
		expect(await rotation).toBe(2);
		return turns;
	};
	const least = await turnsOf(0);
	expect([await turnsOf(127), await turnsOf(128), await turnsOf(255), await turnsOf(256)]).toEqual([least, least + 1, least + 1, least + 2]);
	expect(least).toBeGreaterThan(1);
});

it.each([0, 1, 2, 3])("[VA64] a keyring closed after %i turns of two rotations stays as it was, and both say so", async (turns) => {
	const bench = await createBench();
	await Promise.all(Array.from({ length: 300 }, () => patient(bench)));
	const rotations = [bench.keyring.rotateRoot(), bench.keyring.rotateRoot()];
	const outcomes = rotations.map((rotation) => expect(rotation).rejects.toThrow(coded("VAULT_CLOSED")));
	for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
	await bench.keyring.close();
	await Promise.all(outcomes);
	expect(await (await reopen(bench.parameters)).verifyKeys()).toEqual({ live: 300, destroyed: 0 });
});

it("[VA65] a change of passphrase that fails at any of its random draws leaves one passphrase that opens root and epoch keys", async () => {
	let draws = Number.POSITIVE_INFINITY;
	let total = 0;
	const outcomes = new Set<string>();
	for (let failing = 0; failing <= total; failing++) {
		const bench = await createBench({
			randomBytes: (size) => {
				if (draws-- <= 0) throw new Error("no randomness");
				return randomBytes(size);
			},
		});
		const { pseudonym, handle } = await patient(bench);
		await bench.keyring.backupKeys(`${bench.parameters.path}.backup`);
		draws = failing === 0 ? 10_000 : failing;
		const changed = await bench.keyring.changeKeyRoot(newRoot).then(
			() => true,
			() => false,
		);
		if (failing === 0) total = 10_000 - draws;
		draws = Number.POSITIVE_INFINITY;
		await bench.keyring.close();
		const keyring = await openWithEither(bench);
		outcomes.add(`${changed} ${keyring.which}`);
		// The epoch's key opens: another backup goes into the same epoch.
		expect((await keyring.keyring.backupKeys(`${bench.parameters.path}.backup2`)).epoch).toBe(1);
		expect(await keyring.keyring.unwrap(bench.access({ pseudonym }), [handle.wrapped])).toHaveLength(1);
		expect(existsSync(`${bench.parameters.rootFile}.next`)).toBe(false);
		expect(readFileSync(`${bench.parameters.rootFile}.epochs`, "utf8")).not.toContain('"next"');
	}
	expect(total).toBeGreaterThan(8);
	expect(outcomes).toEqual(new Set(["true new", "false old", "false new"]));
});

it("[VA65] a change that failed can be made again in the same process, and ends under the last passphrase", async () => {
	let fail: (size: number) => boolean = () => false;
	const bench = await createBench({
		randomBytes: (size) => {
			if (fail(size)) throw new Error("no randomness");
			return randomBytes(size);
		},
	});
	await patient(bench);
	await bench.keyring.backupKeys(`${bench.parameters.path}.backup`);
	// Ends where the old root file is to be overwritten: the tables have moved to the new root, the epoch file has not.
	let long = 0;
	fail = (size) => size > 100 && ++long === 2;
	await expect(bench.keyring.changeKeyRoot(newRoot)).rejects.toThrow("no randomness");
	fail = () => false;
	expect(await bench.keyring.changeKeyRoot({ ...newRoot, passphrase: "the last" })).toBe(3);
	expect((await bench.keyring.backupKeys(`${bench.parameters.path}.backup2`)).epoch).toBe(1);
	await bench.keyring.close();
	for (const passphrase of [bench.parameters.passphrase, newRoot.passphrase]) {
		await expect(openKeyring({ ...bench.parameters, passphrase })).rejects.toThrow(coded("VAULT_PASSPHRASE_WRONG"));
	}
	const keyring = await reopen({ ...bench.parameters, passphrase: "the last" });
	expect((await keyring.backupKeys(`${bench.parameters.path}.backup3`)).epoch).toBe(1);
});

it("[VA36] what a snapshot of the keyring's folder kept opens again with the passphrase, as the rule says it would", async () => {
	const bench = await createBench();
	const gone = await patient(bench);
	await bench.keyring.close();
	const snapshot = join(temporaryFolder(), "snapshot");
	cpSync(dirname(bench.parameters.path), snapshot, { recursive: true });
	const keyring = await reopen(bench.parameters);
	await keyring.destroy(gone.subject, "all");
	await expect(keyring.unwrap(bench.access({ pseudonym: gone.pseudonym }), [gone.handle.wrapped])).rejects.toThrow(coded("VAULT_ERASED"));
	const old = await openKeyring({ ...bench.parameters, path: join(snapshot, "keyring.db"), rootFile: join(snapshot, "root.json") });
	onTestFinished(() => old.close());
	expect(await old.unwrap(bench.access({ pseudonym: gone.pseudonym }), [gone.handle.wrapped])).toHaveLength(1);
	// Half of a snapshot is worth nothing: the root of before with the tables of now, or the other way round.
	await keyring.close();
	await expect(openKeyring({ ...bench.parameters, rootFile: join(snapshot, "root.json") })).rejects.toThrow(coded("VAULT_INTEGRITY"));
});

async function openWithEither(bench: KeyringBench): Promise<{ readonly which: "old" | "new"; readonly keyring: LocalKeyring }> {
	try {
		return { which: "old", keyring: await reopen(bench.parameters) };
	} catch (error) {
		expect(error).toMatchObject({ code: "VAULT_PASSPHRASE_WRONG" });
		return { which: "new", keyring: await reopen({ ...bench.parameters, passphrase: newRoot.passphrase }) };
	}
}

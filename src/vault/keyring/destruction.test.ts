import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { dayMs, type Pseudonym, type SubjectId } from "#base";
import { createBench, type KeyringBench, newPseudonym, newSubject, randomBytes, reopen } from "../vault.fixtures.ts";
import type { SealingHandle } from "../vault.ts";
import type { CreateKeyringParameters } from "./openKeyring.ts";
import { openKeyring } from "./openKeyring.ts";

const coded = (code: string) => expect.objectContaining({ code });

interface Patient {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
	readonly laboratory: SealingHandle;
	readonly genomics: SealingHandle;
	readonly both: SealingHandle;
}

async function patient({ keyring }: KeyringBench): Promise<Patient> {
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await keyring.createSubject(subject, pseudonym);
	return {
		subject,
		pseudonym,
		laboratory: await keyring.sealFor(subject, ["laboratory"]),
		genomics: await keyring.sealFor(subject, ["genomics"]),
		both: await keyring.sealFor(subject, ["genomics", "laboratory"]),
	};
}

const access = (bench: KeyringBench, { pseudonym }: Patient) => bench.access({ pseudonym, compartments: ["laboratory", "genomics"] });

/** Every wrapped key and root in the files, as bytes and as they are spelled there. */
function wrappedBytes({ path, rootFile }: CreateKeyringParameters, subject?: SubjectId): Buffer[] {
	const database = new DatabaseSync(path, { readOnly: true });
	const where = subject === undefined ? "" : `WHERE subject = '${subject}'`;
	const rows = [
		...database.prepare(`SELECT wrapped FROM compartment_keys ${where}`).all(),
		...database.prepare(`SELECT patient AS wrapped FROM subjects ${where}`).all(),
	];
	database.close();
	const root = (JSON.parse(readFileSync(rootFile, "utf8")) as { sealed: string }).sealed;
	return [...rows.map((row) => Buffer.from(row.wrapped as Uint8Array)), Buffer.from(root)];
}

function filesHolding(folder: string, needle: Buffer): string[] {
	return readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(needle));
}

it("[VA27] a destroyed subject is unreadable, sealed to no more and never made again, also after a restart", async () => {
	const bench = await createBench();
	const [gone, other] = [await patient(bench), await patient(bench)];
	await bench.keyring.unwrap(access(bench, gone), [gone.laboratory.wrapped]);
	const report = await bench.keyring.destroy(gone.subject, "all");
	expect(report).toMatchObject({ subject: gone.subject, compartments: "all", unreadableSinceMs: bench.clock.now });
	await bench.keyring.close();
	for (const keyring of [await openKeyring(bench.parameters)]) {
		expect(await keyring.status(gone.subject)).toBe("destroyed");
		await expect(keyring.unwrap(access(bench, gone), [gone.laboratory.wrapped])).rejects.toThrow(coded("VAULT_ERASED"));
		await expect(keyring.sealFor(gone.subject, ["vitals"])).rejects.toThrow(coded("VAULT_ERASED"));
		await expect(keyring.createSubject(gone.subject, newPseudonym())).rejects.toThrow(coded("VAULT_ERASED"));
		await expect(keyring.bind(gone.subject, newPseudonym())).rejects.toThrow(coded("VAULT_ERASED"));
		await expect(keyring.dateShiftDays(access(bench, gone), gone.subject, "study")).rejects.toThrow(coded("VAULT_ERASED"));
		expect(await keyring.unwrap(access(bench, other), [other.both.wrapped])).toEqual([Buffer.from(other.both.dataKey)]);
		expect(await keyring.verifyKeys()).toEqual({ live: 1, destroyed: 1 });
		await keyring.close();
	}
});

it("[VA27] destroying works in the same process too: no cached key survives it", async () => {
	const bench = await createBench();
	const gone = await patient(bench);
	await bench.keyring.unwrap(access(bench, gone), [gone.laboratory.wrapped, gone.both.wrapped]);
	await bench.keyring.destroy(gone.subject, "all");
	await expect(bench.keyring.unwrap(access(bench, gone), [gone.laboratory.wrapped])).rejects.toThrow(coded("VAULT_ERASED"));
	await expect(bench.keyring.sealFor(gone.subject, ["laboratory"])).rejects.toThrow(coded("VAULT_ERASED"));
});

it("[VA28] no old wrapped key or root is left in any file of the keyring", async () => {
	const bench = await createBench();
	const patients = [];
	for (let count = 0; count < 30; count++) patients.push(await patient(bench));
	const [gone, partly] = patients as [Patient, Patient];
	await bench.keyring.close();
	const folder = dirname(bench.parameters.path);
	const [all, before] = [wrappedBytes(bench.parameters), wrappedBytes(bench.parameters, gone.subject)];
	const genomics = wrappedBytes(bench.parameters, partly.subject);
	for (const bytes of all) expect(filesHolding(folder, bytes)).not.toEqual([]);
	const keyring = await openKeyring(bench.parameters);
	await keyring.destroy(gone.subject, "all");
	await keyring.destroy(partly.subject, ["genomics"]);
	// Looked for while the keyring is open: the write-ahead log is there too.
	for (const bytes of [...before, ...genomics]) expect(filesHolding(folder, bytes)).toEqual([]);
	await keyring.close();
	for (const bytes of [...before, ...genomics]) expect(filesHolding(folder, bytes)).toEqual([]);
});

it("[VA29] a compartment destroyed alone takes with it what needs it, and nothing else", async () => {
	const bench = await createBench();
	const one = await patient(bench);
	const shift = await bench.keyring.dateShiftDays(access(bench, one), one.subject, "study");
	expect(await bench.keyring.destroyedOf(one.subject)).toEqual([]);
	const marked = bench.keyring.changes();
	const report = await bench.keyring.destroy(one.subject, ["genomics"]);
	expect(await bench.keyring.destroyedOf(one.subject)).toEqual(["genomics"]);
	expect(bench.keyring.changes()).not.toBe(marked);
	expect(report).toMatchObject({ compartments: ["genomics"], unreadableSinceMs: bench.clock.now, auditKeyHeldUntilMs: 0 });
	await bench.keyring.close();
	const keyring = await reopen(bench.parameters);
	for (const handle of [one.genomics, one.both]) {
		await expect(keyring.unwrap(access(bench, one), [handle.wrapped])).rejects.toThrow(coded("VAULT_ERASED"));
	}
	await expect(keyring.sealFor(one.subject, ["genomics", "vitals"])).rejects.toThrow(coded("VAULT_ERASED"));
	expect(await keyring.unwrap(access(bench, one), [one.laboratory.wrapped])).toEqual([Buffer.from(one.laboratory.dataKey)]);
	expect(await keyring.dateShiftDays(access(bench, one), one.subject, "study")).toBe(shift);
	expect(await keyring.status(one.subject)).toBe("live");
	expect(await keyring.destroyedOf(one.subject)).toEqual(["genomics"]);
	expect(await keyring.destroyedOf(newSubject())).toEqual([]);
	expect(await keyring.verifyKeys()).toEqual({ live: 1, destroyed: 0 });
	bench.clock.now += 1;
	expect(await keyring.destroy(one.subject, ["genomics"])).toEqual(report);
	const whole = await keyring.destroy(one.subject, "all");
	expect(await keyring.destroy(one.subject, "all")).toEqual(whole);
	expect(await keyring.destroyedOf(one.subject)).toEqual([]);
	expect(whole.unreadableSinceMs).toBe(bench.clock.now);
});

it("[VA33] the audit key outlives the record keys until its hold ends", async () => {
	const bench = await createBench({ auditRetentionMs: 10 * dayMs });
	const gone = await patient(bench);
	const before = await bench.keyring.sealAudit(gone.subject);
	const { auditKeyHeldUntilMs } = await bench.keyring.destroy(gone.subject, "all");
	expect(auditKeyHeldUntilMs).toBe(bench.clock.now + 10 * dayMs);
	const after = await bench.keyring.sealAudit(gone.subject);
	const history = () => bench.access({ pseudonym: gone.pseudonym, compartments: [] });
	const wrapped = [before.wrapped, after.wrapped];
	expect(await bench.keyring.unwrapAudit(history(), wrapped)).toEqual([before, after].map((handle) => Buffer.from(handle.dataKey)));
	expect(await bench.keyring.expireAuditKeys()).toBe(0);
	bench.clock.now = auditKeyHeldUntilMs;
	expect(await bench.keyring.expireAuditKeys()).toBe(1);
	await expect(bench.keyring.unwrapAudit(history(), wrapped)).rejects.toThrow(coded("VAULT_RECEIPT_REFUSED"));
	await expect(bench.keyring.sealAudit(gone.subject)).rejects.toThrow(coded("VAULT_ERASED"));
	expect(await bench.keyring.status(gone.subject)).toBe("destroyed");
	expect(await bench.keyring.subjectOf(gone.pseudonym)).toBeUndefined();
});

it("[VA34] a destruction that fails at any of its random draws is finished at the next open", async () => {
	let draws = Number.POSITIVE_INFINITY;
	let total = 0;
	for (let failing = 0; failing <= total; failing++) {
		const bench = await createBench({
			randomBytes: (size) => {
				if (draws-- <= 0) throw new Error("no randomness");
				return randomBytes(size);
			},
		});
		const [gone, partly, other] = [await patient(bench), await patient(bench), await patient(bench)];
		draws = failing === 0 ? 10_000 : failing;
		const outcomes = [];
		for (const [subject, what] of [[gone.subject, "all"] as const, [partly.subject, ["genomics"] as const] as const]) {
			outcomes.push(
				await bench.keyring.destroy(subject, what).then(
					() => "done",
					() => "failed",
				),
			);
		}
		if (failing === 0) total = 10_000 - draws;
		draws = Number.POSITIVE_INFINITY;
		await bench.keyring.close();
		const keyring = await reopen(bench.parameters);
		expect(existsSync(`${bench.parameters.rootFile}.next`)).toBe(false);
		const destroyed = (await keyring.status(gone.subject)) === "destroyed";
		expect(await keyring.verifyKeys()).toEqual({ live: destroyed ? 2 : 3, destroyed: destroyed ? 1 : 0 });
		expect(outcomes[0] === "done" && !destroyed).toBe(false);
		expect(await keyring.unwrap(access(bench, other), [other.both.wrapped])).toEqual([Buffer.from(other.both.dataKey)]);
		expect(await keyring.unwrap(access(bench, partly), [partly.laboratory.wrapped])).toHaveLength(1);
		await keyring.close();
	}
	expect(total).toBeGreaterThan(20);
});

it("[VA28] [VA34] what a destruction left undone is done when the keyring is opened: a new root, and nothing noted as unfinished", async () => {
	let fails = false;
	const bench = await createBench({
		randomBytes: (size) => {
			if (fails) throw new Error("no randomness");
			return randomBytes(size);
		},
	});
	const [gone, other] = [await patient(bench), await patient(bench)];
	const state = async () => {
		const database = new DatabaseSync(bench.parameters.path);
		const [generation] = database.prepare("SELECT value FROM meta WHERE name = 'generation'").all();
		const unfinished = database.prepare("SELECT subject FROM unfinished_destructions").all();
		database.close();
		return [generation?.["value"], unfinished.map((row) => row["subject"])];
	};
	fails = true;
	await expect(bench.keyring.destroy(gone.subject, "all")).rejects.toThrow("no randomness");
	fails = false;
	await bench.keyring.close();
	expect(await state()).toEqual([1, [gone.subject]]);
	const left = wrappedBytes(bench.parameters, other.subject).at(-2) as Buffer;
	const keyring = await reopen(bench.parameters);
	expect(filesHolding(dirname(bench.parameters.path), left)).toEqual([]);
	await keyring.close();
	expect(await state()).toEqual([2, []]);
	// What is finished is not done again.
	await (await reopen(bench.parameters)).close();
	expect(await state()).toEqual([2, []]);
});

it("[VA34] a root that only the next file holds is not overwritten by the next attempt", async () => {
	let fail: (size: number) => boolean = () => false;
	const bench = await createBench({
		randomBytes: (size) => {
			if (fail(size)) throw new Error("no randomness");
			return randomBytes(size);
		},
	});
	const [gone, other] = [await patient(bench), await patient(bench)];
	// The first attempt ends where the old root file is to be overwritten, after the tables have moved to the new root.
	fail = (size) => size > 100;
	await expect(bench.keyring.destroy(gone.subject, "all")).rejects.toThrow("no randomness");
	// The second ends while keys are re-wrapped.
	let wraps = 0;
	fail = (size) => size === 12 && ++wraps > 2;
	await expect(bench.keyring.destroy(gone.subject, "all")).rejects.toThrow("no randomness");
	fail = () => false;
	await bench.keyring.close();
	const keyring = await reopen(bench.parameters);
	expect(await keyring.verifyKeys()).toEqual({ live: 1, destroyed: 1 });
	expect(await keyring.unwrap(access(bench, other), [other.both.wrapped])).toHaveLength(1);
});

it("[VA34] a destruction killed at any moment is either not begun or finished at the next open", async () => {
	const bench = await createBench();
	const patients: Patient[] = [];
	for (let count = 0; count < 60; count++) patients.push(await patient(bench));
	await bench.keyring.close();
	const killed = new Set<string>();
	for (let kill = 0; kill < 6; kill++) {
		const waiting = patients.filter(({ subject }) => !killed.has(subject)).map(({ subject }) => subject);
		const acknowledged = await destroyUntilKilled(bench.parameters, waiting, 5 + Math.floor(Math.random() * 90));
		for (const subject of acknowledged) killed.add(subject);
		const keyring = await openKeyring(bench.parameters);
		expect(existsSync(`${bench.parameters.rootFile}.next`)).toBe(false);
		await keyring.verifyKeys();
		for (const one of patients) await assertAllOrNothing(bench, keyring, one, acknowledged.has(one.subject));
		await keyring.close();
	}
	expect(killed.size).toBeGreaterThan(0);
}, 60_000);

async function assertAllOrNothing(bench: KeyringBench, keyring: Awaited<ReturnType<typeof openKeyring>>, one: Patient, acknowledged: boolean) {
	const opened = await Promise.resolve(keyring.unwrap(access(bench, one), [one.genomics.wrapped])).then(
		(keys) => keys[0],
		(error: { code: string }) => error.code,
	);
	if (acknowledged) expect(opened).toBe("VAULT_ERASED");
	else expect([Buffer.from(one.genomics.dataKey), "VAULT_ERASED"]).toContainEqual(opened);
	expect(await keyring.unwrapAudit(bench.access({ pseudonym: one.pseudonym, compartments: [] }), [])).toEqual([]);
}

/** Subjects whose destruction the process had acknowledged before SIGKILL. */
function destroyUntilKilled(parameters: CreateKeyringParameters, subjects: readonly SubjectId[], afterMs: number): Promise<Set<string>> {
	const script = fileURLToPath(new URL("./destroyUntilKilled.fixture.ts", import.meta.url));
	const { path, rootFile, passphrase, custodian } = parameters;
	const child = spawn(process.execPath, [script, path, rootFile, passphrase, custodian, ...subjects], { stdio: ["ignore", "pipe", "inherit"] });
	let output = "";
	child.stdout.on("data", (chunk: Buffer) => {
		if (output === "") setTimeout(() => child.kill("SIGKILL"), afterMs);
		output += chunk.toString();
	});
	return new Promise((resolve) => child.on("close", () => resolve(new Set(output.split("\n").slice(1, -1)))));
}

import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { dayMs, type Instant, type Pseudonym, type SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { compartmentNames } from "../compartments.ts";
import { createBench, custodian, type KeyringBench, newPseudonym, newSubject, reopen } from "../vault.fixtures.ts";
import { defaultAuditRetentionMs } from "./localKeyring.ts";
import { createKeyring, restoreKeyring } from "./openKeyring.ts";

const coded = (code: string, details?: object) => expect.objectContaining(details === undefined ? { code } : { code, details });

const restoring = (
	bench: KeyringBench,
	backup: string,
	destroyed: (pseudonym: Pseudonym, subject: SubjectId) => "all" | readonly Compartment[] = () => [],
) => ({
	...bench.parameters,
	...{ path: `${bench.parameters.path}.restored`, rootFile: `${bench.parameters.rootFile}.restored`, backup },
	...{ backupEpochFile: `${bench.parameters.rootFile}.epochs`, backupPassphrase: bench.parameters.passphrase },
	freshLedger: { verifiedAtMs: bench.clock.now as Instant, destroyed },
});

function rows(path: string, sql: string): object[] {
	const database = new DatabaseSync(path);
	const found = database
		.prepare(sql)
		.all()
		.map((row) => ({ ...row }));
	database.close();
	return found;
}

const tombstones = "SELECT * FROM tombstones ORDER BY subject, compartment";
const subjects = "SELECT subject, pseudonym, patient IS NULL AS dead, audit IS NULL AS forgotten, audit_until FROM subjects ORDER BY subject";
const keyNames = "SELECT subject, name FROM compartment_keys ORDER BY subject, name";

it("[VA30] [VA32] a restored keyring has the rows of before: who was destroyed, when, until when, and which keys are left", async () => {
	const bench = await createBench();
	const { keyring, clock, parameters } = bench;
	const ids = Array.from({ length: 4 }, newSubject).sort();
	const [live, partly, gone, late] = ids as [SubjectId, SubjectId, SubjectId, SubjectId];
	const pseudonyms = new Map(ids.map((subject) => [subject, newPseudonym()]));
	for (const subject of ids) await keyring.createSubject(subject, pseudonyms.get(subject) as Pseudonym);
	const began = clock.now;
	await keyring.destroy(partly, ["notes", "vitals"]);
	clock.now += 1;
	await keyring.destroy(gone, "all");
	clock.now += 1;
	const backup = `${parameters.path}.backup`;
	expect(await keyring.backupKeys(backup)).toEqual({ epoch: 1, subjects: 4 });
	expect([JSON.parse(readFileSync(backup, "utf8").split("\n")[0] as string), statSync(backup).mode & 0o777]).toEqual([
		{ format: "aceso/keys/1", custodian, epoch: 1, createdAtMs: began + 2, chunks: 1 },
		0o600,
	]);
	await keyring.close();
	const before = [tombstones, subjects, keyNames].map((sql) => rows(parameters.path, sql));
	clock.now += dayMs;
	const asked: unknown[] = [];
	const same = restoring(bench, backup, (...who) => {
		asked.push(who);
		return [];
	});
	await (await restoreKeyring(same)).close();
	expect([tombstones, subjects, keyNames].map((sql) => rows(same.path, sql))).toEqual(before);
	expect(before[0]).toEqual([
		...["notes", "vitals"].map((compartment) => ({ subject: partly, compartment, destroyed_at: began, backups_until: began, audit_until: 0 })),
		{ subject: gone, compartment: "*", destroyed_at: began + 1, backups_until: began + 1, audit_until: began + 1 + defaultAuditRetentionMs },
	]);
	expect(asked).toEqual(ids.map((subject) => [pseudonyms.get(subject), subject]));
	// Destroyed since: `late` whole, of `live` one compartment more.
	const since = {
		...restoring(bench, backup, (_, subject) => (subject === late ? "all" : subject === live ? ["genomics"] : [])),
		path: `${same.path}.2`,
		rootFile: `${same.rootFile}.2`,
	};
	await (await restoreKeyring(since)).close();
	const now = clock.now;
	const fresh = { destroyed_at: now, backups_until: began + 2 + 30 * dayMs };
	expect(rows(since.path, tombstones)).toEqual(
		[
			...(before[0] as { subject: string }[]),
			{ subject: live, compartment: "genomics", ...fresh, audit_until: 0 },
			{ subject: late, compartment: "*", ...fresh, audit_until: now + defaultAuditRetentionMs },
		].sort((a, b) => (a.subject < b.subject ? -1 : 1)),
	);
	expect(rows(since.path, subjects)).toEqual(
		(before[1] as { subject: string }[]).map((row) => (row.subject === late ? { ...row, dead: 1, audit_until: now + defaultAuditRetentionMs } : row)),
	);
	expect(rows(since.path, keyNames)).toEqual(
		(before[2] as { subject: string; name: string }[]).filter(({ subject, name }) => subject !== late && !(subject === live && name === "genomics")),
	);
	expect((before[2] as object[]).length).toBe((compartmentNames.length + 1) * 3 - 2);
});

it("[VA30] 500 subjects are one chunk, one more are two; none can be left out, moved or taken for another", async () => {
	const bench = await createBench();
	const { keyring, parameters } = bench;
	const chunksOf = (backup: string) => JSON.parse(readFileSync(backup, "utf8").split("\n")[0] as string).chunks;
	await keyring.backupKeys(`${parameters.path}.0`);
	await Promise.all(Array.from({ length: 500 }, () => keyring.createSubject(newSubject(), newPseudonym())));
	await keyring.backupKeys(`${parameters.path}.500`);
	const last = newSubject();
	await keyring.createSubject(last, newPseudonym());
	const token = await keyring.lookupToken("a", "b");
	const backup = `${parameters.path}.501`;
	expect(await keyring.backupKeys(backup)).toEqual({ epoch: 1, subjects: 501 });
	expect(["0", "500", "501"].map((name) => chunksOf(`${parameters.path}.${name}`))).toEqual([1, 1, 2]);
	const text = readFileSync(backup, "utf8");
	const [header, first, second] = text.split("\n") as [string, string, string];
	const attempts: readonly (readonly [string, readonly string[], object])[] = [
		["cut short", [header, first], {}],
		["too long", [header, first, second, second], {}],
		["in another order", [header, second, first], { at: 0 }],
		["one of them twice", [header, first, first], { at: 1 }],
		["of another backup", [header, first, readFileSync(`${parameters.path}.500`, "utf8").split("\n")[1] as string], { at: 1 }],
		["of another number", [header.replace('"chunks":2', '"chunks":1'), first], { at: 0 }],
		["of another epoch's name", [header.replace('"epoch":1', '"epoch":2'), first, second], { reason: "epoch-expired" }],
	];
	for (const [what, lines, details] of attempts) {
		writeFileSync(backup, `${lines.join("\n")}\n`);
		const code = "reason" in details ? "VAULT_RESTORE_REFUSED" : "VAULT_INTEGRITY";
		await expect(restoreKeyring(restoring(bench, backup)), what).rejects.toThrow(coded(code, details));
	}
	for (const other of ["", "\n", "{", "null", "5", '{"format":"aceso/keys/2"}', header.replace("aceso/keys/1", "aceso/keys/2")]) {
		writeFileSync(backup, `${other}\n${first}\n${second}\n`);
		await expect(restoreKeyring(restoring(bench, backup)), other).rejects.toThrow(coded("VAULT_RESTORE_REFUSED", { reason: "format" }));
	}
	writeFileSync(backup, "");
	await expect(restoreKeyring(restoring(bench, backup))).rejects.toThrow(coded("VAULT_RESTORE_REFUSED", { reason: "format" }));
	expect(existsSync(`${parameters.rootFile}.restored`)).toBe(false);
	writeFileSync(backup, text);
	const restored = await restoreKeyring(restoring(bench, backup));
	onTestFinished(() => restored.close());
	expect([await restored.verifyKeys(), await restored.status(last), await restored.lookupToken("a", "b")]).toEqual([
		{ live: 501, destroyed: 0 },
		"live",
		token,
	]);
	await expect(restoreKeyring(restoring(bench, backup))).rejects.toThrow(coded("VAULT_EXISTS"));
});

it("[VA31] [VA33] how long backups and audit keys are kept is what was asked for, or 30 days and 3,653", async () => {
	const asked: readonly (readonly [Partial<KeyringBench["parameters"]>, number, number])[] = [
		[{}, 30 * dayMs, 3_653 * dayMs],
		[{ backupLifetimeMs: 2 * dayMs, auditRetentionMs: 3 * dayMs }, 2 * dayMs, 3 * dayMs],
	];
	for (const [parameters, backups, audit] of asked) {
		const { keyring, clock, parameters: files } = await createBench(parameters);
		const subject = newSubject();
		await keyring.createSubject(subject, newPseudonym());
		await keyring.backupKeys(`${files.path}.backup`);
		const { now } = clock;
		expect(await keyring.destroy(subject, "all")).toEqual({
			...{ subject, compartments: "all", unreadableSinceMs: now },
			...{ unreadableInBackupsFromMs: now + backups, auditKeyHeldUntilMs: now + audit },
		});
	}
});

it("[VA24] a keyring is not made where its tables or its root stand, and its epoch file lies where it was told to", async () => {
	const bench = await createBench();
	const epochFile = `${bench.parameters.path}.apart`;
	await bench.keyring.close();
	await expect(createKeyring({ ...bench.parameters, rootFile: `${bench.parameters.rootFile}.none` })).rejects.toThrow(coded("VAULT_EXISTS"));
	await expect(createKeyring({ ...bench.parameters, path: `${bench.parameters.path}.none` })).rejects.toThrow(coded("VAULT_EXISTS"));
	expect(existsSync(`${bench.parameters.path}.none`)).toBe(false);
	const keyring = await reopen({ ...bench.parameters, epochFile });
	await keyring.backupKeys(`${bench.parameters.path}.backup`);
	expect([existsSync(epochFile), existsSync(`${bench.parameters.rootFile}.epochs`)]).toEqual([true, false]);
});

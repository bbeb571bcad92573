import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { formatCheckpoint, openNote, parseCheckpoint, signNote } from "#log";
import { formatMapLine } from "#wallet";
import { openAccessLog } from "./accessLog.ts";
import type { AccessLogError } from "./errors.ts";
import { auditAccessLog, fsckAccessLog } from "./fsckAccessLog.ts";
import type { AccessLogFinding } from "./judgeRows.ts";
import { openLogStore } from "./logStore.ts";
import { createTestBench, draftOf, patientOf, testWriterKey } from "./testing.ts";
import { createHistoryBench } from "./testingLedger.ts";

let prepared: string;
let path: string;

/** Two anchors, two patients, some entries after the last anchor; then the process is gone. */
beforeAll(async () => {
	const bench = await createHistoryBench();
	const patients = [await bench.enrol("anna"), await bench.enrol("bela")];
	for (const times of [5, 4]) {
		for (const patient of patients) await bench.append(patient, times);
		await bench.anchor();
	}
	await bench.append(patients[0]!, 3);
	await bench.log.close();
	await bench.keyring.close();
	await bench.ledger.close();
	prepared = bench.path;
});

/** Each test damages a copy of its own. */
beforeEach(() => {
	const folder = mkdtempSync(join(tmpdir(), "aceso-log-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	cpSync(dirname(prepared), folder, { recursive: true });
	path = join(folder, basename(prepared));
});

/** Puts a question over both patients behind everything else. */
async function addCohort(): Promise<void> {
	const bench = await createTestBench({ folder: dirname(path), reopen: true });
	const log = await openAccessLog({ path, ...bench.parameters });
	await log.appendCohort(["anna", "bela"].map(patientOf).map(({ subject, pseudonym }) => ({ draft: draftOf(pseudonym), subject })));
	await log.close();
	await bench.keyring.close();
}

function rulesAfter(sql: string): readonly AccessLogFinding["rule"][] {
	const db = new DatabaseSync(path);
	db.exec(sql);
	db.close();
	return [...new Set(fsckAccessLog(path).findings.map(({ rule }) => rule))].sort();
}

describe("fsckAccessLog", () => {
	it("[AL17] finds nothing in a sound file, and says what it read", () => {
		expect(fsckAccessLog(path)).toMatchObject({ log: "clinic-a.1", entries: 21, anchors: 2, findings: [] });
	});

	const damages: readonly [string, string, readonly AccessLogFinding["rule"][]][] = [
		[
			"an entry in the middle is taken away",
			"DELETE FROM entries WHERE leaf_index = 7",
			["anchor-root", "chain-gap", "checkpoint", "leaf-indexes", "node"],
		],
		["the last entry is taken away", "DELETE FROM entries WHERE leaf_index = 20", ["chain-head"]],
		["an entry's hash is replaced", "UPDATE entries SET entry_hash = randomblob(32) WHERE leaf_index = 2", ["anchor-root", "checkpoint", "node"]],
		["two entries of a chain change places", "UPDATE entries SET seq = 99 - seq WHERE seq IN (1, 2)", ["chain-gap", "chain-head", "chain-order"]],
		["a tree node is replaced", "UPDATE groups SET nodes = CAST(zeroblob(32) || substr(nodes, 33) AS BLOB) WHERE length(nodes) > 0", ["node"]],
		["a tree node is missing", "UPDATE groups SET nodes = substr(nodes, 1, length(nodes) - 32) WHERE length(nodes) > 0", ["node"]],
		["a patient's head is rolled back", "UPDATE chains SET seq = seq - 1", ["chain-head"]],
		["a data key is missing", "DELETE FROM data_keys", ["data-key"]],
		["an anchor's root is replaced", "UPDATE anchors SET root = printf('%064d', 0) WHERE size = 10", ["anchor-root"]],
		["an anchor's map is replaced", "UPDATE anchors SET map_root = printf('%064d', 0) WHERE size = 10", ["anchor-map"]],
		["an anchor's time is replaced", "UPDATE anchors SET time = time + 1 WHERE size = 10", ["anchor-node"]],
		["a node of the tree of anchors is missing", "DELETE FROM anchor_nodes WHERE id = (SELECT max(id) FROM anchor_nodes)", ["anchor-node"]],
		["an anchor is missing", "DELETE FROM anchors WHERE size = 10", ["anchor-node"]],
		["the stored head map is emptied", "DELETE FROM map_pages", ["stored-map"]],
		["the stored head map's top page is damaged", "UPDATE map_pages SET page = x'00' WHERE prefix = ''", ["stored-map"]],
		["a patient's head is missing", "DELETE FROM chains WHERE chain = (SELECT max(chain) FROM chains)", ["anchor-map", "chain-head", "stored-map"]],
		["the log ends before what was anchored", "DELETE FROM entries WHERE leaf_index >= 17", ["anchor-ahead", "chain-head"]],
		["it is no longer said whose log it is", "UPDATE meta SET value = 'x' WHERE key = 'identity'", ["identity"]],
		["the checkpoint is another's", "UPDATE meta SET value = replace(value, 'clinic-a.1', 'clinic-b.1') WHERE key = 'checkpoint'", ["checkpoint"]],
	];

	const indexDamages: readonly [string, string, readonly AccessLogFinding["rule"][]][] = [
		["a group is missing", "DELETE FROM groups WHERE first_leaf = (SELECT min(first_leaf) FROM groups)", ["leaf-indexes"]],
		["the last group is missing", "DELETE FROM groups WHERE first_leaf = (SELECT max(first_leaf) FROM groups)", ["leaf-indexes"]],
		["a group has a leaf less", "UPDATE groups SET leaves = leaves - 1 WHERE first_leaf = (SELECT max(first_leaf) FROM groups)", ["leaf-indexes"]],
		["an entry is not in the index", "DELETE FROM entry_index WHERE leaf_index = 7", ["chain-index"]],
		["an entry stands in the index for another", "UPDATE entry_index SET leaf_index = 9 WHERE leaf_index = 7", ["chain-index"]],
		["the index has what the log has not", "INSERT INTO entry_index VALUES (randomblob(32), 0, 7)", ["chain-index"]],
		["the index is said to know more than it does", "DELETE FROM entry_index; DELETE FROM chains", ["chain-head", "chain-index"]],
		[
			"an entry is taken out that was not settled",
			"UPDATE meta SET value = '18' WHERE key = 'settled'; DELETE FROM entry_index WHERE leaf_index >= 18; DELETE FROM entries WHERE leaf_index = 20",
			["leaf-indexes"],
		],
	];

	it.each(indexDamages)("[LO24] %s", (_name, sql, rules) => {
		expect(rulesAfter(sql)).toEqual(expect.arrayContaining([...rules]));
	});

	it.each(damages)("[AL17] %s", (_name, sql, rules) => {
		expect(rulesAfter(sql)).toEqual(expect.arrayContaining([...rules]));
	});

	it("[AL17] a checkpoint that the writer signed for another log, or over another tree or map, is a finding", () => {
		const name = "clinic-a.1";
		const db = new DatabaseSync(path);
		const note = db.prepare("SELECT value FROM meta WHERE key = 'checkpoint'").get()?.["value"] as string;
		db.close();
		const signed = parseCheckpoint(openNote(note, [{ name, key: testWriterKey.publicKey, type: "ed25519" }]).text);
		const rulesWith = (changes: Partial<typeof signed>) => {
			const forged = signNote(formatCheckpoint({ ...signed, ...changes }), { name, key: testWriterKey });
			return rulesAfter(`UPDATE meta SET value = '${forged}' WHERE key = 'checkpoint'`);
		};
		expect(rulesWith({})).toEqual([]);
		expect(rulesWith({ origin: "clinic-a.2" })).toEqual(["checkpoint"]);
		expect(rulesWith({ root: new Uint8Array(32) })).toEqual(["checkpoint"]);
		expect(rulesWith({ extensions: [formatMapLine(new Uint8Array(32))] })).toEqual(["checkpoint"]);
	});

	it("[AL17] tells how far it is, to the last entry", () => {
		const told: number[][] = [];
		fsckAccessLog(path, (done, total) => told.push([done, total]));
		expect(told).toEqual([[21, 21]]);
	});

	it("[AL17] a damaged page of the file ends the audit as a finding, not as a crash", () => {
		const bytes = readFileSync(path);
		const pageSize = bytes.readUInt16BE(16);
		for (let page = 2; page * pageSize < bytes.length; page++) bytes.fill(0xff, page * pageSize, page * pageSize + 16);
		writeFileSync(path, bytes);
		expect(fsckAccessLog(path).findings.map(({ rule }) => rule)).toContain("file");
	});

	it("[AL17] a file that is no database is a finding", () => {
		writeFileSync(path, "anything but a database, and long enough to be taken for one".repeat(100));
		expect(fsckAccessLog(path)).toEqual({ log: "", entries: 0, root: "", anchors: 0, findings: [{ rule: "file", at: 0 }] });
	});

	const cohortDamages: readonly [string, string, readonly AccessLogFinding["rule"][]][] = [
		["an entry of a cohort is at another place", "UPDATE cohort_entries SET place = 255 - place WHERE rowid = 1", ["cohort"]],
		["an entry of a cohort is beyond its places", "UPDATE cohort_entries SET place = 256 WHERE rowid = 1", ["cohort"]],
		["an entry of a cohort is taken away", "DELETE FROM cohort_entries WHERE rowid = 1", ["chain-head"]],
		["all entries of a cohort are taken away", "DELETE FROM cohort_entries", ["chain-head", "cohort"]],
		["an entry's hash is replaced", "UPDATE cohort_entries SET entry_hash = randomblob(32) WHERE rowid = 1", ["chain-head", "cohort"]],
		["an entry is under another cohort's leaf", "UPDATE cohort_entries SET leaf_index = 3 WHERE rowid = 1", ["chain-order", "cohort"]],
		["an entry's data key is missing", "UPDATE cohort_entries SET data_key = 'none' WHERE rowid = 1", ["data-key"]],
		["a cohort is taken away", "DELETE FROM cohorts", ["cohort"]],
		["a cohort's leaf is replaced", "UPDATE cohorts SET leaf_hash = randomblob(32)", ["cohort"]],
		["a cohort stands in an entry's place", "UPDATE cohorts SET leaf_index = 20", ["cohort", "leaf-indexes"]],
		["a place's hash is replaced", "UPDATE cohorts SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB)", ["cohort"]],
		["a cohort has a place less", "UPDATE cohorts SET hashes = substr(hashes, 33)", ["cohort"]],
		["a cohort has half a place more", "UPDATE cohorts SET hashes = CAST(hashes || zeroblob(16) AS BLOB)", ["cohort"]],
	];

	it.each(cohortDamages)("[AL25] %s", async (_name, sql, rules) => {
		await addCohort();
		expect(fsckAccessLog(path)).toMatchObject({ entries: 22, findings: [] });
		expect(rulesAfter(sql)).toEqual(expect.arrayContaining([...rules]));
	});

	it("[AL12] a start refuses a newest cohort that does not head its patients' chains, or has no entry", async () => {
		await addCohort();
		const bench = await createTestBench({ folder: dirname(path), reopen: true });
		const run = (sql: string) => {
			const db = new DatabaseSync(path);
			db.exec(sql);
			db.close();
		};
		const open = () => openAccessLog({ path, ...bench.parameters });
		run("UPDATE chains SET seq = seq - 1");
		await expect(open()).rejects.toMatchObject({ code: "ACCESS_LOG_INTEGRITY" });
		run("UPDATE chains SET seq = seq + 1");
		await (await open()).close();
		run("DELETE FROM cohort_entries");
		await expect(open()).rejects.toMatchObject({ code: "ACCESS_LOG_INTEGRITY" });
	});

	it("[AL17] only what the file itself is to blame for is a finding; any other fault comes through, with a lock among them", async () => {
		const store = openLogStore(path);
		expect(() => fsckAccessLog(path)).toThrow(expect.objectContaining({ code: "ACCESS_LOG_LOCKED" }));
		const failing = (error: Error) =>
			new Proxy(store, {
				get: (target, name) =>
					name === "listAnchors"
						? () => {
								throw error;
							}
						: (Reflect.get(target, name) as () => unknown).bind(target),
			});
		const fault = new Error("not the file's");
		expect(() => auditAccessLog(failing(fault))).toThrow(fault);
		expect(auditAccessLog(failing(Object.assign(new Error("torn"), { code: "ERR_SQLITE_ERROR" })))).toEqual({
			...{ log: "", entries: 0, root: "", anchors: 0, findings: [{ rule: "file", at: 0 }] },
		});
		store.close();
	});

	it("[AL17] a missing file is said to be missing, and none is made", () => {
		expect(() => fsckAccessLog(`${path}.nowhere`)).toThrow(expect.objectContaining({ code: "ACCESS_LOG_UNKNOWN" }));
	});

	it("[AL12] a start refuses what its cheap look can see: a head rolled back, a tree that misses its anchor", async () => {
		const bench = await createHistoryBench();
		const patient = await bench.enrol("anna");
		await bench.append(patient, 4);
		await bench.anchor();
		await bench.log.close();
		const damaged = async (sql: string, undo: string) => {
			const run = (text: string) => {
				const db = new DatabaseSync(bench.path);
				db.exec(text);
				db.close();
			};
			run(sql);
			const refusal = await openAccessLog({ path: bench.path, ...bench.parameters }).then(
				() => undefined,
				(error: AccessLogError) => error,
			);
			expect(refusal).toMatchObject({ code: "ACCESS_LOG_INTEGRITY", kind: "stop" });
			// One auditor: what the start stumbled over is in its list.
			expect(fsckAccessLog(bench.path).findings.map(({ rule }) => rule)).toContain(refusal!.details.finding);
			run(undo);
		};
		await damaged("UPDATE chains SET seq = seq - 1", "UPDATE chains SET seq = seq + 1");
		await damaged("UPDATE anchors SET size = size + 1", "UPDATE anchors SET size = size - 1");
		await damaged("UPDATE meta SET value = '3' WHERE key = 'mapSize'", "UPDATE meta SET value = '4' WHERE key = 'mapSize'");
		await damaged("UPDATE anchors SET root = printf('%064d', 0)", "DELETE FROM anchors");
		expect((await openAccessLog({ path: bench.path, ...bench.parameters })).size()).toBe(4);
	});
});

import { spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { encodeHex } from "#base";
import { createAccessLog, openAccessLog } from "./accessLog.ts";
import { CommitThread } from "./commitThread.ts";
import { fsckAccessLog } from "./fsckAccessLog.ts";
import { openLogDatabase } from "./logDatabase.ts";
import { createLogStore, openLogStore } from "./logStore.ts";
import { createTestBench, draftOf, patientOf, type TestPatient } from "./testing.ts";

const isSlow = process.env["ACESO_SLOW"] === "1";
const names = ["anna", "bela", "cora"];
/** When so many entries wait, they are settled: stated here once more, so that a change shows. */
const dueAt = 1_024;
/** So many wait in the folder that every case begins with. */
const prepared = 1_000;

/** A log of so many entries, two of them of a cohort where that is wanted, none settled: as a kill leaves it. */
async function prepareLog(entries: number, { hasCohort = true, pragmas = "" } = {}): Promise<string> {
	const bench = await createTestBench();
	const db = openLogDatabase(bench.path);
	db.exec(pragmas);
	const log = createAccessLog(createLogStore(db), bench.parameters);
	const patients: TestPatient[] = [];
	for (const name of names) patients.push(await bench.enrol(name));
	if (hasCohort) await log.appendCohort(patients.slice(0, 2).map(({ pseudonym, subject }) => ({ draft: draftOf(pseudonym), subject })));
	const one = (patient: TestPatient) => log.append(draftOf(patient.pseudonym), patient);
	await Promise.all(Array.from({ length: hasCohort ? entries - 2 : entries }, (_, i) => one(patients[i % 3] as TestPatient)));
	db.close();
	await bench.keyring.close();
	return bench.folder;
}

const accessLogOf = (folder: string) => join(folder, "access.db");

function copyOf(folder: string): string {
	const copy = mkdtempSync(join(tmpdir(), "aceso-log-"));
	cpSync(folder, copy, { recursive: true });
	return copy;
}

/** Index and heads as they stand, and as the entries up to where they are said to reach say that they should, by queries of this test's own. */
function readIndex(path: string) {
	const db = new DatabaseSync(path);
	try {
		const settled = Number(db.prepare("SELECT value FROM meta WHERE key = 'settled'").get()?.["value"] ?? 0);
		const { size } = db.prepare("SELECT max(first_leaf + leaves) AS size FROM groups").get() as { readonly size: number };
		const all = (sql: string, ...values: number[]) => db.prepare(sql).all(...values);
		const entries = "(SELECT leaf_index, chain, seq, entry_hash FROM entries UNION SELECT leaf_index, chain, seq, entry_hash FROM cohort_entries)";
		return {
			settled,
			size,
			stored: {
				index: all("SELECT chain, seq, leaf_index FROM entry_index ORDER BY chain, seq"),
				heads: all("SELECT chain, seq, head FROM chains ORDER BY chain"),
			},
			said: {
				index: all("SELECT chain, seq, leaf_index FROM entries WHERE leaf_index < ? ORDER BY chain, seq", settled),
				heads: all(
					`SELECT chain, seq, entry_hash AS head FROM ${entries} AS e WHERE leaf_index < ?1
						AND NOT EXISTS (SELECT 1 FROM ${entries} AS later WHERE later.chain = e.chain AND later.seq > e.seq AND later.leaf_index < ?1)
						ORDER BY chain`,
					settled,
				),
			},
		};
	} finally {
		db.close();
	}
}

/** After a kill: every acknowledged entry is there, index and heads are what the entries say, and the audit finds nothing. */
function auditKilled(path: string, acknowledged: readonly string[]) {
	const found = readIndex(path);
	expect(found.stored).toEqual(found.said);
	expect(fsckAccessLog(path).findings).toEqual([]);
	const store = openLogStore(path);
	for (const line of acknowledged) {
		const [leafIndex, hash] = line.split(" ") as [string, string];
		expect(encodeHex(store.getLeafHash(Number(leafIndex)) ?? new Uint8Array(0))).toBe(hash);
	}
	store.close();
	return found;
}

/** The next start goes on from every chain's newest entry, and its end settles what the kill kept from being settled. */
async function carryOn(folder: string): Promise<void> {
	const bench = await createTestBench({ folder, reopen: true });
	const log = await openAccessLog({ path: bench.path, ...bench.parameters });
	const size = log.size();
	for (const name of names) await log.append(draftOf(patientOf(name).pseudonym), patientOf(name));
	await log.close();
	await bench.keyring.close();
	const found = readIndex(bench.path);
	expect([found.settled, found.size]).toEqual([size + 3, size + 3]);
	expect(found.stored).toEqual(found.said);
	expect(fsckAccessLog(bench.path)).toMatchObject({ entries: size + 3, findings: [] });
}

/** Runs a child until a kill ends it, and returns the leaves that it acknowledged. `watch` may kill it from outside. */
function runUntilKilled(program: string, values: readonly string[], watch = (_lines: number, _kill: () => void) => {}): Promise<readonly string[]> {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [join(import.meta.dirname, program), ...values], { stdio: ["ignore", "pipe", "inherit"] });
		let output = "";
		child.stdout.on("data", (chunk: Buffer) => {
			output += chunk.toString();
			watch(output.split("\n").length - 1, () => child.kill("SIGKILL"));
		});
		child.on("error", reject);
		child.on("close", (_code, signal) => {
			if (signal !== "SIGKILL") reject(new Error(`expected the writer to run until it was killed, found ${signal}`));
			// A line without its newline was cut off while it was written.
			else resolve(output.split("\n").slice(0, -1));
		});
	});
}

describe("kill -9 of a process whose log falls due to be settled", () => {
	let folder: string;
	beforeAll(async () => {
		folder = await prepareLog(prepared);
	}, 120_000);

	it.each([
		["entry_index", 1],
		["entry_index", 500],
		["entry_index", dueAt - 2],
		["chains", 1],
		["chains", 3],
		["meta", 1],
	])(
		"[LO46] in the settling, at what it writes to %s (row %i): nothing acknowledged is lost, nothing is settled, the next start settles",
		async (...at) => {
			const copy = copyOf(folder);
			const acknowledged = await runUntilKilled("crashSettle.ts", [copy, ...at.map(String)]);
			const { settled, size, stored } = auditKilled(accessLogOf(copy), acknowledged);
			expect(size).toBeGreaterThanOrEqual(dueAt);
			expect([settled, stored.index.length, stored.heads.length]).toEqual([0, 0, 0]);
			await carryOn(copy);
		},
		120_000,
	);

	it("[LO46] right after the settling: all of it is there, and it is not done again", async () => {
		const copy = copyOf(folder);
		const acknowledged = await runUntilKilled("crashSettle.ts", [copy, "after", "0"]);
		expect(acknowledged.length).toBeGreaterThan(0);
		const { settled, size } = auditKilled(accessLogOf(copy), acknowledged);
		expect(settled).toBe(size);
		expect(settled).toBeGreaterThanOrEqual(dueAt);
		await carryOn(copy);
	}, 120_000);

	const kills = isSlow ? 60 : 3;
	it(`[LO46] from outside, at any moment around it, ${kills} times, with the thread that commits: before, in and after it nothing is lost`, async () => {
		for (let kill = 0; kill < kills; kill++) {
			const copy = copyOf(folder);
			const lines = Math.floor(Math.random() * 120);
			const acknowledged = await runUntilKilled("crashAppend.ts", [copy], (written, end) => written > lines && end());
			auditKilled(accessLogOf(copy), acknowledged);
			await carryOn(copy);
		}
	}, 1_200_000);
});

describe("a power cut in a settling", () => {
	/** SQLite's write-ahead log: a header, then a header and a page for each frame (sqlite.org/fileformat2.html §4.1). */
	const [headerBytes, frameBytes] = [32, 24 + 4096];

	it("[LO46] leaves all of it or nothing, wherever its frames are torn or one of them is missing", { timeout: 120_000 }, async () => {
		const folder = await prepareLog(600, { pragmas: "PRAGMA wal_autocheckpoint = 0" });
		const path = accessLogOf(folder);
		const keep = (name: string) => copyFileSync(`${path}-wal`, join(folder, name));
		// Held open, since the last connection that closes empties the write-ahead log.
		const db = openLogDatabase(path);
		onTestFinished(() => db.close());
		db.exec("PRAGMA wal_autocheckpoint = 0");
		const store = createLogStore(db);
		const frames = () => (statSync(`${path}-wal`).size - headerBytes) / frameBytes;
		// Something of before, synced: no cut reaches it.
		store.setMeta("before", "1");
		const from = frames();
		store.settle();
		const to = frames();
		keep("whole-wal");
		expect(to - from).toBeGreaterThan(8);
		const whole = readFileSync(join(folder, "whole-wal"));
		const cutAt = (frame: number) => headerBytes + Math.floor(frame * frameBytes);
		const cuts = Array.from({ length: 10 }, (_, i) => from + ((to - from) * i) / 10).concat(to - 1, to - 0.5, to);
		const without = (frame: number) => Buffer.from(whole).fill(0, cutAt(frame), cutAt(frame + 1));
		const torn = [...cuts.map((frame) => whole.subarray(0, cutAt(frame))), without(from), without(Math.floor((from + to) / 2)), without(to - 1)];
		const outcomes = [];
		for (const wal of torn) {
			const copy = mkdtempSync(join(tmpdir(), "aceso-log-"));
			for (const name of ["keyring.db", "root"]) copyFileSync(join(folder, name), join(copy, name));
			copyFileSync(path, accessLogOf(copy));
			writeFileSync(`${accessLogOf(copy)}-wal`, wal);
			const found = auditKilled(accessLogOf(copy), []);
			outcomes.push([found.settled, found.stored.index.length]);
			expect(found.size).toBe(599);
			if (wal.length % 3 === 0 || found.settled > 0) await carryOn(copy);
		}
		const [undone, done] = [
			[0, 0],
			[599, 598],
		];
		expect(outcomes).toEqual(torn.map((wal) => (wal.equals(whole) ? done : undone)));
	});
});

describe("a settling that fails", () => {
	const failure = (errcode: number) => Object.assign(new Error("disk"), { errcode });

	/** A log to which one entry more makes a settling due, whose commit fails as the case says. */
	async function openFailing(errcode: number, isStored: boolean) {
		const folder = await prepareLog(dueAt - 1, { hasCohort: false });
		const bench = await createTestBench({ folder, reopen: true });
		const db = openLogDatabase(bench.path);
		const store = createLogStore(db);
		const [exec, settleWhenDue] = [db.exec.bind(db), store.settleWhenDue.bind(store)];
		store.settleWhenDue = () => {
			db.exec = (sql) => {
				if (sql !== "COMMIT") return exec(sql);
				if (isStored) exec(sql);
				throw failure(errcode);
			};
			try {
				settleWhenDue();
			} finally {
				db.exec = exec;
			}
		};
		const log = createAccessLog(store, bench.parameters);
		return { bench, log, append: (name: string) => log.append(draftOf(patientOf(name).pseudonym), patientOf(name)) };
	}

	it.each([
		["and nothing of it is stored", 1034, false],
		["though it is stored", 1034, true],
	])(
		"[LO23] for another reason than room or turn %s ends the writer, and the next start goes on from what is stored",
		async (_, errcode, isStored) => {
			const { bench, log, append } = await openFailing(errcode, isStored);
			await expect(append("anna")).rejects.toMatchObject({ code: "ACCESS_LOG_INTEGRITY", kind: "stop" });
			await expect(append("bela")).rejects.toMatchObject({ code: "ACCESS_LOG_INTEGRITY" });
			await log.close();
			await bench.keyring.close();
			const { settled, size } = auditKilled(bench.path, []);
			expect([settled, size]).toEqual([isStored ? dueAt : 0, dueAt]);
			await carryOn(bench.folder);
		},
		120_000,
	);

	it.each([
		["the disk is full", 13, false],
		["another connection has its turn", 5, false],
		["the disk is full, though it is stored", 13, true],
	])(
		"[LO23] because %s is left for later, and nobody is refused for it",
		async (_, errcode, isStored) => {
			const { bench, log, append } = await openFailing(errcode, isStored);
			expect((await append("anna")).leafIndex).toBe(dueAt - 1);
			expect((await append("bela")).leafIndex).toBe(dueAt);
			await log.close();
			await bench.keyring.close();
			const { settled, size } = auditKilled(bench.path, []);
			expect([settled, size]).toEqual([dueAt + 1, dueAt + 1]);
			await carryOn(bench.folder);
		},
		120_000,
	);

	it("[LO23] on the thread that commits ends the log with it: nobody is answered after, the process stays, and nothing is lost", async () => {
		const folder = await prepareLog(dueAt - 1, { hasCohort: false });
		const bench = await createTestBench({ folder, reopen: true });
		const intruder = new DatabaseSync(bench.path);
		intruder.exec("CREATE TRIGGER refuse BEFORE INSERT ON entry_index BEGIN SELECT RAISE(ABORT, 'no'); END");
		const thread = new CommitThread();
		onTestFinished(() => thread.terminate());
		const log = createAccessLog(openLogStore(bench.path), bench.parameters, () => thread.open({ path: bench.path, log: bench.parameters.log }));
		const append = (name: string) => log.append(draftOf(patientOf(name).pseudonym), patientOf(name));
		// The group was answered before it was settled, and what waits behind it may be written too: answers and the thread's end come in any order. An
		// answer that came last once took the whole process with it, since nobody waited for it any more.
		const acknowledged: string[] = [];
		const appendOn = async (): Promise<never> => {
			for (;;) {
				const { leafIndex, receipt } = await append("anna");
				acknowledged.push(`${leafIndex} ${receipt.entryHash}`);
			}
		};
		await expect(appendOn()).rejects.toMatchObject({ code: "ACCESS_LOG_INTEGRITY", kind: "stop" });
		await expect(append("bela")).rejects.toMatchObject({ code: "ACCESS_LOG_INTEGRITY", kind: "stop" });
		await log.close();
		await bench.keyring.close();
		intruder.exec("DROP TRIGGER refuse");
		intruder.close();
		expect(auditKilled(bench.path, acknowledged).settled).toBe(0);
		await carryOn(folder);
	}, 120_000);
});

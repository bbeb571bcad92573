import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Instant, MemberId } from "#base";
import { type RegisteredLog, readLog } from "#contracts";
import { fetchEntries } from "#log";
import { type HistoryExport, type HistoryReport, type HistoryTrust, listEntries, type ShownLog, verifyHistory } from "#wallet";
import { type AccessLog, openAccessLog } from "./accessLog.ts";
import { type ClosedLog, openClosedLog } from "./closedLog.ts";
import { finishLog } from "./finishLog.ts";
import { listAnchors } from "./listAnchors.ts";
import { openLogStore } from "./logStore.ts";
import { draftOf, keyOf, type TestPatient, testMember } from "./testing.ts";
import { anchorBodyOf, createHistoryBench, type HistoryBench, testChain, testMemberKey, testSealerKey } from "./testingLedger.ts";

const [first, second] = ["clinic-a.1", "clinic-a.2"];
const secondWriter = keyOf("the second writer");
let bench: HistoryBench;
let anna: TestPatient;
let trust: HistoryTrust;
let open: { close(): Promise<void> | void }[];

/** anna: 4 entries in two anchors of the first log, an entry of bela between. */
beforeEach(async () => {
	bench = await createHistoryBench();
	anna = await bench.enrol("anna");
	const bela = await bench.enrol("bela");
	open = [];
	await bench.append(anna, 3);
	await bench.append(bela, 1);
	await bench.anchor();
	await bench.append(anna, 1);
	await bench.anchor();
	trust = { chain: testChain, ledgerKey: testSealerKey.publicKey, pseudonym: anna.pseudonym, member: testMember, now: bench.clock.now as Instant };
});

afterEach(async () => {
	for (const one of open) await one.close();
	await bench.ledger.close();
	await bench.keyring.close();
});

const codeOf = (report: HistoryReport) => report.checks.find(({ ok }) => !ok)?.code;

/** Closes the first log on the ledger and goes on in a second one, where anna has two entries, one of them anchored. */
async function succeed(sizeLost: number): Promise<AccessLog> {
	await bench.log.close();
	const log = await openAccessLog({ ...bench.parameters, log: second, writerKey: secondWriter, path: join(bench.folder, "access-2.db") });
	open.push(log);
	await bench.submit("registerLog", { log: second, writer: log.writer });
	await bench.submit("closeLog", { log: first, successor: second, sizeLost });
	await log.append(draftOf(anna.pseudonym), anna);
	bench.clock.now += 60_000;
	await bench.submit("anchor", anchorBodyOf(log, bench.ledger, bench.clock.now));
	return log;
}

async function historyOf(log: AccessLog, closed: readonly ClosedLog[]): Promise<HistoryExport> {
	const look = draftOf(anna.pseudonym, { requesterKind: "patient", purpose: "PATRQT", compartments: [], reasons: ["PERMITTED_TO_PATIENT"] });
	const access = await log.append(look, anna);
	const history = await log.history({ access, keyring: bench.keyring, ledger: bench.ledger, closed });
	return JSON.parse(JSON.stringify(history)) as HistoryExport;
}

function openClosed(...args: Parameters<typeof openClosedLog>): ClosedLog {
	const closed = openClosedLog(...args);
	open.push(closed);
	return closed;
}

/** A history with one log's part changed. */
function withShown(history: HistoryExport, at: number, change: (shown: ShownLog) => ShownLog | null): HistoryExport {
	return { ...history, logs: history.logs.map((log, i) => (i === at ? { ...log, shown: change(log.shown!) } : log)) };
}

describe("a log that another one succeeds", () => {
	it("[AL18] shows both as one history, the closed one up to its end", async () => {
		const log = await succeed(0);
		const history = await historyOf(log, [openClosed(bench.path)]);
		const report = verifyHistory(history, trust);
		expect([report.ok, codeOf(report), report.entries.map(({ log: name, seq }) => `${name} ${seq}`)]).toEqual([
			true,
			undefined,
			[0, 1, 2, 3].map((seq) => `${first} ${seq}`).concat([0, 1].map((seq) => `${second} ${seq}`)),
		]);
		expect(report.warnings).toEqual([
			"1 newest entries are signed by the custodian but not yet anchored on the ledger",
			"the log clinic-a.1 was closed; later accesses stand in clinic-a.2",
		]);
	});

	it("[WA35] a whole process's log that is left out is withheld, whichever it is", async () => {
		const log = await succeed(0);
		const history = await historyOf(log, [openClosed(bench.path)]);
		const [one, two] = history.logs;
		const without = [
			{ ...history, logs: [one!] },
			{ ...history, logs: [two!] },
			{ ...history, logs: [two!, one!] },
			withShown(history, 0, () => null),
			withShown(history, 1, () => null),
			await historyOf(log, []),
		];
		expect(without.map((attacked) => codeOf(verifyHistory(attacked, trust)))).toEqual(Array(without.length).fill("WALLET_LOG_WITHHELD"));
	});

	it("[WA23] in the closed log an entry, the last one, or all are left out", async () => {
		const log = await succeed(0);
		const history = await historyOf(log, [openClosed(bench.path)]);
		const cut = (change: (entries: ShownLog["entries"]) => ShownLog["entries"]) =>
			codeOf(
				verifyHistory(
					withShown(history, 0, (shown) => ({ ...shown, entries: change(shown.entries) })),
					trust,
				),
			);
		expect(cut((entries) => entries.toSpliced(1, 1))).toBe("WALLET_ENTRY_GAP");
		expect(cut((entries) => entries.slice(0, -1))).toBe("WALLET_HISTORY_INCOMPLETE");
		expect(cut(() => [])).toBe("WALLET_HISTORY_INCOMPLETE");
	});

	it("[WA35] a patient with nothing in a log is proved absent from it, not only said to be", async () => {
		const log = await succeed(0);
		const carla = await bench.enrol("carla");
		const access = await log.append(draftOf(carla.pseudonym, { compartments: [] }), carla);
		const history = await log.history({ access, keyring: bench.keyring, ledger: bench.ledger, closed: [openClosed(bench.path)] });
		const own = { ...trust, pseudonym: carla.pseudonym };
		expect(history.logs.map(({ shown }) => shown?.entries.length)).toEqual([0, 1]);
		expect(verifyHistory(history, own)).toMatchObject({ ok: true });
		const borrowed = withShown(history, 0, (shown) => ({ ...shown, map: history.logs[1]!.shown!.map }));
		expect(codeOf(verifyHistory(borrowed, own))).toBe("WALLET_HISTORY_INCOMPLETE");
	});

	it("[AC6] the logs of another member are no part of it", async () => {
		await bench.submit("registerLog", { log: first, writer: secondWriter.publicKey }, { member: "lab-b" as MemberId, key: keyOf("lab-b") });
		expect(verifyHistory(await bench.history(anna), trust)).toMatchObject({ ok: true });
		await bench.log.close();
	});
});

describe("a log of which entries are lost", () => {
	/** A copy of the file as it was after the first anchor, while the log went on to a second one. */
	async function loseNewest(): Promise<{ readonly restored: string; readonly lost: number }> {
		const restored = join(bench.folder, "restored.db");
		await bench.log.close();
		copyFileSync(bench.path, restored);
		const log = await openAccessLog({ ...bench.parameters, path: bench.path });
		for (let i = 0; i < 3; i++) await log.append(draftOf(anna.pseudonym), anna);
		bench.clock.now += 60_000;
		await bench.submit("anchor", anchorBodyOf(log, bench.ledger, bench.clock.now));
		await log.close();
		return { restored, lost: 3 };
	}

	const recordOf = (log: string) => readLog(bench.ledger, testMember, log) as RegisteredLog;

	async function anchorsOnLedger(log: string) {
		const leaves: Uint8Array[] = [];
		for await (const leaf of fetchEntries(async (path) => bench.ledger.tile(path), 0, bench.ledger.head().logSize)) leaves.push(leaf);
		return listAnchors(leaves, { record: recordOf(log), holderOf: (key) => (key === testMemberKey.publicKey ? testMember : undefined) });
	}

	it("[AL18] shows what a restored copy has, with the anchors the copy lacks, and the loss as such", async () => {
		const { restored, lost } = await loseNewest();
		const log = await succeed(lost);
		const history = await historyOf(log, [openClosed(restored, await anchorsOnLedger(first))]);
		const report = verifyHistory(history, trust);
		expect([codeOf(report), report.entries.length]).toEqual([undefined, 4 + 2]);
		expect(report.warnings).toContain("the custodian declared 3 entries of the log clinic-a.1 lost; yours among them cannot be shown");
		const parts = history.logs[0]!.shown!.anchors;
		expect(parts.map(({ map }) => map === null)).toEqual([false, false, true]);
		for (const at of parts.keys()) {
			const cut = withShown(history, 0, (shown) => ({ ...shown, anchors: shown.anchors.toSpliced(at, 1) }));
			expect(verifyHistory(cut, trust).ok, `without anchor ${at}`).toBe(false);
		}
		const last = withShown(history, 0, (shown) => ({ ...shown, entries: shown.entries.slice(0, -1) }));
		expect(codeOf(verifyHistory(last, trust))).toBe("WALLET_HISTORY_INCOMPLETE");
	});

	it("[AL18] anchors that a finished copy was given stay with it, also where it is finished again by who knows of fewer", async () => {
		const { restored, lost } = await loseNewest();
		const file = { path: restored, log: first };
		const anchors = await anchorsOnLedger(first);
		for (const known of [anchors, anchors, anchors.slice(0, 2), []]) finishLog({ ...file, anchors: known });
		const log = await succeed(lost);
		const history = await historyOf(log, [openClosed(restored)]);
		expect(codeOf(verifyHistory(history, trust))).toBeUndefined();
		expect(history.logs[0]!.shown!.anchors).toHaveLength(anchors.length);
	});

	it("[WA35] fewer entries declared lost than are missing is a log cut short", async () => {
		const { restored, lost } = await loseNewest();
		const log = await succeed(lost - 1);
		const history = await historyOf(log, [openClosed(restored, await anchorsOnLedger(first))]);
		expect(codeOf(verifyHistory(history, trust))).toBe("WALLET_LOG_TRUNCATED");
	});

	it("[WA35] all of it is lost: nothing of it is shown, and the ledger says so", async () => {
		const log = await succeed(recordOf(first).size);
		const history = await historyOf(log, []);
		const report = verifyHistory(history, trust);
		expect([codeOf(report), report.entries.length]).toEqual([undefined, 2]);
		expect(report.warnings).toContain("the custodian declared 5 entries of the log clinic-a.1 lost; yours among them cannot be shown");
	});

	it("[WA28] a wallet that has seen entries does not take their loss from anybody but the ledger", async () => {
		const { restored, lost } = await loseNewest();
		const log = await succeed(lost);
		const history = await historyOf(log, [openClosed(restored, await anchorsOnLedger(first))]);
		const seen = verifyHistory(history, trust).seen!;
		const more = { ...seen, logs: seen.logs.map((one) => (one.log === first ? { ...one, size: one.size + lost + 1 } : one)) };
		expect(codeOf(verifyHistory(history, { ...trust, seen: more }))).toBe("WALLET_LOG_TRUNCATED");
	});

	it("[AL18] anchors read from the ledger lead to its record, or are not taken", async () => {
		expect(await anchorsOnLedger(first)).toHaveLength(2);
		const record = { ...recordOf(first), anchors: 3 };
		expect(() => listAnchors([], { record, holderOf: () => testMember })).toThrow(expect.objectContaining({ code: "ACCESS_LOG_INTEGRITY" }));
		await bench.log.close();
	});

	it("[AL18] a copy that lacks what the ledger has of a log that nobody closed is not shown", async () => {
		const { restored } = await loseNewest();
		const log = await openAccessLog({ ...bench.parameters, log: second, writerKey: secondWriter, path: join(bench.folder, "access-2.db") });
		open.push(log);
		await bench.submit("registerLog", { log: second, writer: log.writer });
		await log.append(draftOf(anna.pseudonym), anna);
		bench.clock.now += 60_000;
		await bench.submit("anchor", anchorBodyOf(log, bench.ledger, bench.clock.now));
		const anchors = await anchorsOnLedger(first);
		const closed = openClosed(restored, anchors);
		await expect(historyOf(log, [closed])).rejects.toMatchObject({ code: "ACCESS_LOG_INTEGRITY", details: { at: expect.any(Number) } });
		await bench.submit("closeLog", { log: first, successor: second, sizeLost: 3 });
		expect(verifyHistory(await historyOf(log, [closed]), trust)).toMatchObject({ ok: true });
	});

	it("[AL18] anchors of another log of the same member are none of this one's, whichever reaches further", async () => {
		const { lost } = await loseNewest();
		const before = await anchorsOnLedger(first);
		const log = await succeed(lost);
		for (let i = 0; i < 12; i++) await log.append(draftOf(anna.pseudonym), anna);
		expect(log.size()).toBeGreaterThan(recordOf(first).size);
		bench.clock.now += 60_000;
		await bench.submit("anchor", anchorBodyOf(log, bench.ledger, bench.clock.now));
		expect(await anchorsOnLedger(first)).toEqual(before);
		expect((await anchorsOnLedger(log.log)).map(({ size }) => size)).toEqual([1, log.size()]);
	});

	it("[AL18] a file that is none, or never signed anything, cannot be shown", () => {
		expect(() => openClosedLog(join(bench.folder, "absent.db"))).toThrow(expect.objectContaining({ code: "ACCESS_LOG_UNKNOWN" }));
		expect(() => openClosedLog(join(bench.folder, "ledger.db-none"))).toThrow(expect.objectContaining({ code: "ACCESS_LOG_UNKNOWN" }));
		const path = join(bench.folder, "unsigned.db");
		for (const identity of [undefined, JSON.stringify({ log: first, writer: secondWriter.publicKey })]) {
			// Each time it is let go of, so that it can be opened again.
			const store = openLogStore(path);
			if (identity !== undefined) store.setMeta("identity", identity);
			store.close();
			expect(() => openClosedLog(path)).toThrow(expect.objectContaining({ code: "ACCESS_LOG_UNKNOWN" }));
		}
	});

	it("[WA20] every entry counts only once, in the log that holds it", async () => {
		const log = await succeed(0);
		const history = await historyOf(log, [openClosed(bench.path)]);
		const moved = withShown(history, 1, (shown) => ({ ...shown, entries: listEntries(history) }));
		expect(codeOf(verifyHistory(moved, trust))).toBe("WALLET_ENTRY_FOREIGN");
	});
});

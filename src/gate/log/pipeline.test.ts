import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { hashEntry } from "#vault";
import { createAccessLog, openAccessLog } from "./accessLog.ts";
import { CommitThread } from "./commitThread.ts";
import { fsckAccessLog } from "./fsckAccessLog.ts";
import { createInlineWriter, type GroupWriter, StaleGroup } from "./groupWriter.ts";
import type { StagedBatch } from "./logRows.ts";
import { openLogStore } from "./logStore.ts";
import { createTestBench, draftOf } from "./testing.ts";

interface Held {
	readonly batch: StagedBatch;
	/** Lets the group go on to the disk, or fails it with an error before or after it is stored. */
	readonly letGo: (failure?: { readonly error: Error; readonly stored: boolean }) => Promise<void>;
}

/** A log whose groups stop before the disk until the test lets them go, in order. */
async function openHeld() {
	const bench = await createTestBench();
	const store = openLogStore(bench.path);
	const inline = createInlineWriter(bench.parameters.log, store);
	const held: Held[] = [];
	const writer: GroupWriter = {
		write: (batch) =>
			new Promise((resolve, reject) => {
				const letGo = async (failure?: { readonly error: Error; readonly stored: boolean }) => {
					if (failure === undefined || failure.stored) await inline.write(batch).then(failure === undefined ? resolve : undefined, reject);
					if (failure !== undefined) reject(failure.error);
				};
				held.push({ batch, letGo });
			}),
		close: async () => {},
	};
	const log = createAccessLog(store, bench.parameters, () => writer);
	const [anna, bela] = [await bench.enrol("anna"), await bench.enrol("bela")];
	/** The handles are made before, so that an append reaches the writer within a few turns. */
	const appendTo = (patient: typeof anna) => log.append(draftOf(patient.pseudonym), patient);
	const inFlight = async (count: number) => {
		while (held.length < count) await new Promise((resolve) => setImmediate(resolve));
	};
	return { bench, log, held, anna, bela, appendTo, inFlight };
}

const diskFull = { error: Object.assign(new Error("disk"), { errcode: 13 }), stored: false };
const syncFailed = { error: Object.assign(new Error("disk"), { errcode: 1034 }), stored: false };

describe("groups on their way to the disk", () => {
	it("[AL5] the next group comes together while one is written, and its chains go on from there", async () => {
		const { bench, log, held, anna, bela, appendTo, inFlight } = await openHeld();
		const first = [appendTo(anna), appendTo(bela)];
		await inFlight(1);
		const second = appendTo(anna);
		await inFlight(2);
		expect(held.map(({ batch }) => [batch.base, batch.entries.length])).toEqual([
			[0, 2],
			[2, 1],
		]);
		for (const { letGo } of held) await letGo();
		const [a, , c] = [...(await Promise.all(first)), await second];
		expect([c!.leafIndex, c!.entry.seq, c!.entry.previous]).toEqual([2, 1, hashEntry(a!.entry, a!.salt)]);
		await log.close();
		expect(fsckAccessLog(bench.path)).toMatchObject({ entries: 3, findings: [] });
	});

	it("[AL3] nothing is acknowledged, counted or signed before its group is on the disk", async () => {
		const { log, held, anna, appendTo, inFlight } = await openHeld();
		let minted = 0;
		const appended = appendTo(anna).then(() => minted++);
		await inFlight(1);
		const before = [log.size(), log.root(), log.anchorBody(0).size];
		for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
		expect(minted).toBe(0);
		expect(before).toEqual([0, log.root(0), 0]);
		await held[0]!.letGo();
		await appended;
		expect([minted, log.size()]).toEqual([1, 1]);
	});

	it("[AL7] a full disk rejects the group and the one that rests on it, and the log goes on from what is stored", async () => {
		const { bench, log, held, anna, bela, appendTo, inFlight } = await openHeld();
		const kept = appendTo(anna);
		await inFlight(1);
		await held[0]!.letGo();
		await kept;
		// Bela's data key comes with the group that fails, and is used by the one behind it.
		const failing = [appendTo(bela)];
		await inFlight(2);
		failing.push(appendTo(bela), appendTo(anna));
		await inFlight(3);
		const settled = Promise.allSettled(failing);
		await held[1]!.letGo(diskFull);
		await held[2]!.letGo();
		expect(await settled).toMatchObject(Array.from({ length: 3 }, () => ({ reason: { code: "ACCESS_LOG_WRITE_FAILED", kind: "again" } })));
		const again = [appendTo(bela), appendTo(anna)];
		await inFlight(4);
		await held[3]!.letGo();
		expect((await Promise.all(again)).map(({ leafIndex, entry }) => [leafIndex, entry.seq])).toEqual([
			[1, 0],
			[2, 1],
		]);
		await log.close();
		expect(fsckAccessLog(bench.path)).toMatchObject({ entries: 3, findings: [] });
	});

	it("[AL7] a group staged again overtakes none that is still to be refused", async () => {
		const { bench, log, held, anna, appendTo, inFlight } = await openHeld();
		const first = appendTo(anna);
		await inFlight(1);
		const second = appendTo(anna);
		await inFlight(2);
		const settled = Promise.allSettled([first, second]);
		await held[0]!.letGo(diskFull);
		// Staged on the disk as it is, before the writer has refused the second.
		const third = appendTo(anna);
		await inFlight(3);
		await held[1]!.letGo();
		await held[2]!.letGo();
		expect(await settled).toMatchObject([{ status: "rejected" }, { reason: { code: "ACCESS_LOG_WRITE_FAILED", cause: new StaleGroup() } }]);
		expect((await third).leafIndex).toBe(0);
		await log.close();
		expect(fsckAccessLog(bench.path)).toMatchObject({ entries: 1, findings: [] });
	});

	it.each([
		["that was not stored", syncFailed, 0],
		["that was stored all the same", { ...syncFailed, stored: true }, 2],
		["that says the disk is full, and was stored", { ...diskFull, stored: true }, 2],
	])("[AL7] an unknown end of a group %s halts, and mints for nothing behind it", async (_, failure, entries) => {
		const { bench, log, held, anna, appendTo, inFlight } = await openHeld();
		const appended = [appendTo(anna)];
		await inFlight(1);
		appended.push(appendTo(anna));
		await inFlight(2);
		const settled = Promise.allSettled(appended);
		await held[0]!.letGo(failure);
		// Over what was stored the group behind it is written; nobody is told so.
		await held[1]!.letGo();
		const integrity = { reason: { code: "ACCESS_LOG_INTEGRITY", kind: "stop" } };
		expect(await settled).toMatchObject([integrity, integrity]);
		await expect(appendTo(anna)).rejects.toMatchObject({ code: "ACCESS_LOG_INTEGRITY" });
		await log.close();
		const again = await openAccessLog({ path: bench.path, ...bench.parameters });
		expect(again.size()).toBe(entries);
		expect((await again.append(draftOf(anna.pseudonym), anna)).leafIndex).toBe(entries);
		await again.close();
		expect(fsckAccessLog(bench.path).findings).toEqual([]);
	});
});

describe("the commit thread", () => {
	it("[AL7] another connection in the way for too long rejects the groups on their way and nothing else", async () => {
		const bench = await createTestBench();
		const log = await openAccessLog({ path: bench.path, ...bench.parameters });
		const anna = await bench.enrol("anna");
		await log.append(draftOf(anna.pseudonym), anna);
		const intruder = new DatabaseSync(bench.path);
		intruder.exec("BEGIN IMMEDIATE");
		await expect(log.append(draftOf(anna.pseudonym), anna)).rejects.toMatchObject({ code: "ACCESS_LOG_WRITE_FAILED", kind: "again" });
		intruder.exec("ROLLBACK");
		intruder.close();
		expect((await log.append(draftOf(anna.pseudonym), anna)).leafIndex).toBe(1);
		await log.close();
		expect(fsckAccessLog(bench.path)).toMatchObject({ entries: 2, findings: [] });
	});

	it("[AL7] a thread that ends in the middle halts the log; what it acknowledged is there after a new start", async () => {
		const bench = await createTestBench();
		const thread = new CommitThread();
		onTestFinished(() => thread.terminate());
		const { log: name } = bench.parameters;
		const log = createAccessLog(openLogStore(bench.path), bench.parameters, () => thread.open({ path: bench.path, log: name }));
		const anna = await bench.enrol("anna");
		const acknowledged: number[] = [];
		const lane = async (): Promise<void> => {
			for (;;) acknowledged.push((await log.append(draftOf(anna.pseudonym), anna)).leafIndex);
		};
		const lanes = Promise.allSettled(Array.from({ length: 16 }, lane));
		while (acknowledged.length < 200) await new Promise((resolve) => setImmediate(resolve));
		await thread.terminate();
		for (const outcome of await lanes) expect(outcome).toMatchObject({ reason: { code: "ACCESS_LOG_INTEGRITY", kind: "stop" } });
		await log.close();
		const again = await openAccessLog({ path: bench.path, ...bench.parameters });
		expect(again.size()).toBeGreaterThan(Math.max(...acknowledged));
		expect((await again.append(draftOf(anna.pseudonym), anna)).leafIndex).toBe(again.size() - 1);
		await again.close();
		expect(fsckAccessLog(bench.path).findings).toEqual([]);
	});

	it("[AL7] a file that the thread cannot open fails the first append and mints nothing", async () => {
		const bench = await createTestBench();
		const thread = new CommitThread();
		onTestFinished(() => thread.terminate());
		const elsewhere = { path: `${bench.folder}/missing/access.db`, log: bench.parameters.log };
		const log = createAccessLog(openLogStore(bench.path), bench.parameters, () => thread.open(elsewhere));
		const anna = await bench.enrol("anna");
		await expect(log.append(draftOf(anna.pseudonym), anna)).rejects.toMatchObject({ code: "ACCESS_LOG_INTEGRITY" });
		expect(log.size()).toBe(0);
	});
});

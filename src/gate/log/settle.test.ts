import { expect, it } from "vitest";
import { createAccessLog, openAccessLog } from "./accessLog.ts";
import { fsckAccessLog } from "./fsckAccessLog.ts";
import { HeadMap } from "./headMap.ts";
import { openLogConnection, openLogDatabase } from "./logDatabase.ts";
import { createLogStore, type LogStore, openLogStore } from "./logStore.ts";
import { createTestBench, draftOf, type TestPatient } from "./testing.ts";

/** All that readers ask of the chains of a log at each of its sizes. */
function answersOf(store: LogStore, chains: readonly string[]): unknown {
	const sizes = Array.from({ length: store.size() + 1 }, (_, size) => size);
	return chains.map((chain) => ({
		head: store.getChain(chain),
		entries: store.listChain(chain, 0, Number.MAX_SAFE_INTEGER),
		part: store.listChain(chain, 1, 3),
		at: sizes.map((size) => [store.getHeadAt(chain, size), [...store.listChainKeys(chain, size)].sort()]),
	}));
}

async function openBench() {
	const bench = await createTestBench();
	const db = openLogDatabase(bench.path);
	const store = createLogStore(db);
	const log = createAccessLog(store, bench.parameters);
	const patients = await Promise.all(["anna", "bela", "cora"].map((name) => bench.enrol(name)));
	const draft = ({ pseudonym, subject }: TestPatient) => ({ draft: draftOf(pseudonym), subject });
	const append = (patient: TestPatient) => log.append(draftOf(patient.pseudonym), patient);
	return { bench, db, store, log, patients, append, ask: () => log.appendCohort(patients.slice(0, 2).map(draft)) };
}

it("[LO22] readers are answered alike before and after what they ask for is settled, entries and cohorts in any order", async () => {
	const { bench, store, log, patients, append, ask } = await openBench();
	const [anna, bela, cora] = patients as [TestPatient, TestPatient, TestPatient];
	const steps = [
		() => append(anna),
		ask,
		() => append(bela),
		() => append(anna),
		() => append(cora),
		ask,
		ask,
		() => append(anna),
		() => append(bela),
	];
	for (const [at, step] of steps.entries()) {
		await step();
		if (at === 3 || at === 5) store.settle();
	}
	const chains = [...new Set(store.listTouched(0, store.size()))];
	expect(chains).toHaveLength(3);
	const map = () => [...Array(store.size() + 1).keys()].map((size) => Buffer.from(new HeadMap(store, "empty").moveTo(size).root).toString("hex"));
	const [before, maps] = [answersOf(store, chains), map()];
	expect([...store.listUnsettled()].length).toBeGreaterThan(0);
	store.settle();
	expect([...store.listUnsettled()]).toEqual([]);
	expect(answersOf(store, chains)).toEqual(before);
	expect(map()).toEqual(maps);
	await log.close();
	expect(fsckAccessLog(bench.path)).toMatchObject({ entries: steps.length, findings: [] });
});

it("[LO22] a chain goes on from an entry that is not settled, in the same process and after a stop", async () => {
	const { bench, db, log, patients, append } = await openBench();
	const anna = patients[0] as TestPatient;
	expect([(await append(anna)).entry.seq, (await append(anna)).entry.seq]).toEqual([0, 1]);
	// As after a kill: what `close` settles is not.
	db.close();
	await expect(log.append(draftOf(anna.pseudonym), anna)).rejects.toThrow();
	expect(fsckAccessLog(bench.path)).toMatchObject({ entries: 2, findings: [] });
	const again = await openAccessLog({ path: bench.path, ...bench.parameters });
	expect((await again.append(draftOf(anna.pseudonym), anna)).entry.seq).toBe(2);
	await again.close();
	const store = openLogStore(bench.path);
	expect([...store.listUnsettled()]).toEqual([]);
	store.close();
	expect(fsckAccessLog(bench.path)).toMatchObject({ entries: 3, findings: [] });
});

it("[LO23] thousands of entries are settled on their way, and the audit finds all of them", { timeout: 60_000 }, async () => {
	const { bench, store, log, patients, append } = await openBench();
	await Promise.all(Array.from({ length: 5_000 }, (_, i) => append(patients[i % 3] as TestPatient)));
	const unsettled = store.size() - Number(store.getMeta("settled"));
	expect(unsettled).toBeLessThan(1_024 + 512);
	await log.close();
	expect(fsckAccessLog(bench.path)).toMatchObject({ entries: 5_000, findings: [] });
});

it("[LO23] where settling finds no room, nothing is lost, and it is made up for", async () => {
	const { bench, db, store, log, patients, append } = await openBench();
	await Promise.all(Array.from({ length: 400 }, (_, i) => append(patients[i % 3] as TestPatient)));
	const { page_count } = db.prepare("PRAGMA page_count").get() as { page_count: number };
	db.exec(`PRAGMA max_page_count = ${page_count}`);
	store.settle();
	expect([...store.listUnsettled()]).toHaveLength(3);
	const anna = patients[0] as TestPatient;
	db.exec("PRAGMA max_page_count = 1000000");
	expect((await append(anna)).entry.seq).toBe(134);
	store.settle();
	expect([...store.listUnsettled()]).toEqual([]);
	await log.close();
	expect(fsckAccessLog(bench.path)).toMatchObject({ entries: 401, findings: [] });
});

it("[LO62] a settling asks for no sync of the disk; every group before and after it does, also after a settling that failed", async () => {
	const { db, store, log, patients, append } = await openBench();
	const anna = patients[0] as TestPatient;
	await append(anna);
	const levels: unknown[] = [];
	const exec = db.exec.bind(db);
	let isFull = false;
	db.exec = (sql) => {
		if (sql === "COMMIT") {
			levels.push(db.prepare("PRAGMA synchronous").get()?.["synchronous"]);
			if (isFull) throw Object.assign(new Error("disk"), { errcode: 13 });
		}
		exec(sql);
	};
	store.settle();
	await append(anna);
	isFull = true;
	store.settle();
	isFull = false;
	await append(anna);
	const [normal, full] = [1, 2];
	expect(levels).toEqual([normal, full, normal, full]);
	await log.close();
});

it("[LO66] copies no page to a file elsewhere, over either connection: what a statement needs on the side stays in memory", async () => {
	const { bench, log } = await openBench();
	await log.close();
	const inMemory = 2;
	for (const open of [openLogDatabase, openLogConnection]) {
		const db = open(bench.path);
		expect(db.prepare("PRAGMA temp_store").get()?.["temp_store"]).toBe(inMemory);
		db.close();
	}
});

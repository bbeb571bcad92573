import { describe, expect, it } from "vitest";
import { decodeHex, encodeHex, type Instant, type MemberId } from "#base";
import { cohortLeafOf } from "#log";
import { hashEntry } from "#vault";
import { type HistoryExport, type HistoryTrust, listEntries, verifyHistory } from "#wallet";
import { createAccessLog, openAccessLog } from "./accessLog.ts";
import { fsckAccessLog } from "./fsckAccessLog.ts";
import { createInlineWriter } from "./groupWriter.ts";
import { openLogStore } from "./logStore.ts";
import { createTestBench, draftOf, type TestPatient, testMember, withCommit } from "./testing.ts";
import { createHistoryBench, type HistoryBench, testChain, testSealerKey } from "./testingLedger.ts";

const itemsOf = (patients: readonly TestPatient[], changes: Parameters<typeof draftOf>[1] = {}) =>
	patients.map(({ subject, pseudonym }) => ({ draft: draftOf(pseudonym, { action: "aggregate", level: "aggregate", ...changes }), subject }));

const enrolAll = (bench: Pick<HistoryBench, "enrol">, count: number) =>
	Promise.all(Array.from({ length: count }, (_, i) => bench.enrol(`patient ${i}`)));

async function openBench(count: number) {
	const bench = await createTestBench();
	const patients = await enrolAll(bench, count);
	return { bench, patients, log: await openAccessLog({ path: bench.path, ...bench.parameters }) };
}

const judge = (bench: HistoryBench, { pseudonym }: TestPatient, history: HistoryExport) => {
	const trust: HistoryTrust = {
		chain: testChain,
		ledgerKey: testSealerKey.publicKey,
		pseudonym,
		member: testMember,
		now: bench.clock.now as Instant,
	};
	const { ok, checks, entries } = verifyHistory(history, trust);
	return { ok, code: checks.find((check) => !check.ok)?.code ?? "", entries };
};

describe("a cohort", () => {
	it("[AL21] is one leaf; its entries go on in their patients' chains and the next ones name them", async () => {
		const { log, patients } = await openBench(12);
		const [anna, bela] = patients as [TestPatient, TestPatient];
		const before = await log.append(draftOf(anna.pseudonym), anna);
		const cohort = await log.appendCohort(itemsOf(patients));
		const after = await Promise.all([log.append(draftOf(anna.pseudonym), anna), log.append(draftOf(bela.pseudonym), bela)]);
		expect(log.size()).toBe(4);
		expect(new Set(cohort.map(({ leafIndex }) => leafIndex))).toEqual(new Set([1]));
		expect(cohort.map(({ entry }) => entry.pseudonym)).toEqual(patients.map(({ pseudonym }) => pseudonym));
		expect(cohort.map(({ entry }) => entry.seq)).toEqual(patients.map((_, i) => (i === 0 ? 1 : 0)));
		expect(cohort[0]!.entry.previous).toBe(hashEntry(before.entry, before.salt));
		expect(after.map(({ entry }) => entry.previous)).toEqual(cohort.slice(0, 2).map(({ entry, salt }) => hashEntry(entry, salt)));
		for (const { entry, salt, cohort: place, receipt } of cohort) {
			expect(encodeHex(cohortLeafOf(decodeHex(hashEntry(entry, salt)), place!))).toBe(receipt.entryHash);
		}
		expect(new Set(cohort.map(({ receipt }) => receipt.nonce)).size).toBe(1);
	});

	it("[AL21] its one receipt opens at the real keyring what each of its entries names, each once", async () => {
		const { bench, log, patients } = await openBench(20);
		const handles = await Promise.all(patients.map(({ subject }) => bench.keyring.sealFor(subject, ["laboratory"])));
		const cohort = await log.appendCohort(itemsOf(patients));
		const opened = await Promise.all(cohort.map((access, i) => bench.keyring.unwrap(access, [handles[i]!.wrapped])));
		expect(opened.map(([key]) => encodeHex(key!))).toEqual(handles.map(({ dataKey }) => encodeHex(dataKey)));
		for (const [i, access] of cohort.entries()) {
			await expect(bench.keyring.unwrap(access, [handles[i]!.wrapped])).rejects.toMatchObject({ details: { reason: "nonce-burned" } });
		}
		const neighbours = await log.appendCohort(itemsOf(patients));
		await expect(bench.keyring.unwrap(neighbours[0]!, [handles[1]!.wrapped])).rejects.toMatchObject({ details: { reason: "subject-differs" } });
	});

	it("[AL22] has as many places for one patient as for 256, and who stands where follows no order of theirs", async () => {
		const { log, patients } = await openBench(256);
		const [alone] = await log.appendCohort(itemsOf(patients.slice(0, 1)));
		expect(alone!.cohort).toMatchObject({ count: 256 });
		expect(alone!.cohort!.proof).toHaveLength(8);
		const orders = [await log.appendCohort(itemsOf(patients)), await log.appendCohort(itemsOf(patients))].map((cohort) =>
			cohort.map(({ cohort: place }) => place!.index),
		);
		for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual(patients.map((_, i) => i));
		// Two of 256! orders; that they agree in more than 30 places happens to nobody.
		expect(orders[0]!.filter((place, i) => place === orders[1]![i]).length).toBeLessThan(30);
		expect(orders[0]!.filter((place, i) => place === i).length).toBeLessThan(30);
	});

	it("[AL23] is not written at all when one of its entries cannot be", async () => {
		const { log, patients } = await openBench(3);
		const items = itemsOf(patients);
		const bad: readonly (readonly (typeof items)[number][])[] = [
			[],
			[...items, items[0]!],
			items.with(1, { ...items[1]!, draft: draftOf(patients[1]!.pseudonym, { count: 0.5 }) }),
			items.with(2, { ...items[2]!, draft: draftOf(patients[2]!.pseudonym, { member: "clinic-b" as MemberId }) }),
			Array.from({ length: 257 }, () => items[0]!),
		];
		for (const each of bad) await expect(log.appendCohort(each)).rejects.toMatchObject({ code: "ACCESS_LOG_ENTRY_INVALID" });
		await log.append(draftOf(patients[0]!.pseudonym), patients[0]!);
		const other = items.with(0, { ...items[0]!, subject: patients[1]!.subject });
		await expect(log.appendCohort(other)).rejects.toMatchObject({ code: "ACCESS_LOG_ENTRY_INVALID" });
		expect(log.size()).toBe(1);
		// Nothing of what was refused has moved a chain.
		expect((await log.appendCohort(items)).map(({ entry }) => entry.seq)).toEqual([1, 0, 0]);
	});

	it("[AL23] is not written at all when the disk refuses it, and the chains go on from what is there", async () => {
		const bench = await createTestBench();
		const patients = await enrolAll(bench, 5);
		const store = openLogStore(bench.path);
		let full = false;
		const failing = withCommit(store, (batch) => {
			if (full) throw Object.assign(new Error("disk full"), { errcode: 13 });
			store.commit(batch);
		});
		const log = createAccessLog(failing, bench.parameters, () => createInlineWriter(bench.parameters.log, failing));
		await log.appendCohort(itemsOf(patients));
		full = true;
		await expect(log.appendCohort(itemsOf(patients))).rejects.toMatchObject({ code: "ACCESS_LOG_WRITE_FAILED" });
		full = false;
		expect((await log.appendCohort(itemsOf(patients))).map(({ entry, leafIndex }) => [entry.seq, leafIndex])).toEqual(patients.map(() => [1, 1]));
		await log.close();
		expect(fsckAccessLog(bench.path)).toMatchObject({ entries: 2, findings: [] });
	});

	it("[AL23] shares commits within the bound of a group", async () => {
		const bench = await createTestBench();
		const patients = await enrolAll(bench, 200);
		const store = openLogStore(bench.path);
		const commits: number[] = [];
		const counting = withCommit(store, (batch) => {
			commits.push(batch.entries.length);
			store.commit(batch);
		});
		const log = createAccessLog(counting, bench.parameters);
		await Promise.all(Array.from({ length: 7 }, () => log.appendCohort(itemsOf(patients))));
		expect(commits).toEqual([400, 400, 400, 200]);
		await log.close();
		const again = await openAccessLog({ path: bench.path, ...bench.parameters });
		expect([again.size(), (await again.appendCohort(itemsOf(patients)))[7]!.entry.seq]).toEqual([7, 7]);
	});
});

describe("the history of a patient in cohorts", () => {
	/** Twelve patients, cohorts between entries of their own, two anchors; the last cohort is not anchored. */
	async function createHistories() {
		const bench = await createHistoryBench();
		const patients = await enrolAll(bench, 12);
		const [anna, bela] = patients as [TestPatient, TestPatient];
		await bench.append(anna, 2);
		await bench.log.appendCohort(itemsOf(patients));
		await bench.anchor();
		await bench.log.appendCohort(itemsOf(patients.slice(0, 3), { count: 77 }));
		await bench.append(bela, 1);
		await bench.anchor();
		await bench.log.appendCohort(itemsOf([anna]));
		return { bench, patients, anna, bela };
	}

	it("[AL24] holds the entry with its place and is verified; every other patient's is too", async () => {
		const { bench, patients, anna } = await createHistories();
		for (const patient of patients) expect(judge(bench, patient, await bench.history(patient))).toMatchObject({ ok: true, code: "" });
		const history = await bench.history(anna);
		expect(listEntries(history).map(({ cohort }) => cohort?.count ?? 1)).toEqual([1, 1, 256, 256, 256, 1, 1]);
		expect(judge(bench, anna, history).entries.map(({ action }) => action)).toEqual([
			...["read", "read", "aggregate", "aggregate", "aggregate", "read", "read"],
		]);
	});

	it("[AL22] shows nothing of the other patients but hashes, and the same of one patient alone as of twelve", async () => {
		const { bench, patients, anna } = await createHistories();
		const text = JSON.stringify(await bench.history(anna));
		const others = await Promise.all(patients.slice(1).map((patient) => bench.history(patient)));
		for (const { entry, salt } of others.flatMap(listEntries)) expect([text.includes(entry.pseudonym), text.includes(salt)]).toEqual([false, false]);
		const shapes = listEntries(await bench.history(anna)).flatMap(({ cohort }) =>
			cohort === undefined ? [] : [[cohort.count, cohort.proof.length]],
		);
		expect(new Set(shapes.map(String))).toEqual(new Set(["256,8"]));
	});

	it("[WA38] the report tells which entries were one of a cohort", async () => {
		const { bench, anna } = await createHistories();
		const trust = { chain: testChain, ledgerKey: testSealerKey.publicKey, pseudonym: anna.pseudonym, now: bench.clock.now as Instant };
		const history = await bench.history(anna);
		expect(verifyHistory(history, trust).places).toEqual([1, 1, 256, 256, 256, 1]);
		expect(verifyHistory(history, { ...trust, chain: "another" }).places).toEqual([]);
	});

	it("[WA37] an entry of a cohort that is left out, moved or changed is found out", async () => {
		const { bench, anna, bela } = await createHistories();
		const history = await bench.history(anna);
		const changed = (change: (entries: Record<string, object>[]) => void) => {
			const copy = structuredClone(history) as unknown as { logs: [{ shown: { entries: Record<string, object>[] } }] };
			change(copy.logs[0].shown.entries);
			return judge(bench, anna, copy as unknown as HistoryExport).code;
		};
		const foreign = listEntries(await bench.history(bela))[0] as unknown as Record<string, object>;
		expect(changed(() => {})).toBe("");
		expect(changed((entries) => entries.splice(2, 1))).toBe("WALLET_ENTRY_GAP");
		expect(changed((entries) => entries.splice(3, 1))).toBe("WALLET_ENTRY_GAP");
		expect(changed((entries) => entries.splice(4))).toBe("WALLET_HISTORY_INCOMPLETE");
		expect(changed((entries) => entries.splice(2, 1, foreign))).toBe("WALLET_ENTRY_FOREIGN");
		expect(changed((entries) => Object.assign(entries[2]!["entry"]!, { purpose: "HRESCH" }))).toBe("WALLET_ENTRY_NOT_INCLUDED");
		expect(changed((entries) => Object.assign(entries[2]!, { cohort: entries[3]!["cohort"] }))).toBe("WALLET_ENTRY_NOT_INCLUDED");
		expect(changed((entries) => delete entries[2]!["cohort"])).toBe("WALLET_ENTRY_NOT_INCLUDED");
		expect(changed((entries) => Object.assign(entries[0]!, { cohort: entries[2]!["cohort"] }))).toBe("WALLET_ENTRY_NOT_INCLUDED");
		expect(changed((entries) => Object.assign(entries[0]!, { cohort: { index: 0, count: 1, proof: [] } }))).toBe("WALLET_ENTRY_NOT_INCLUDED");
		expect(changed((entries) => Object.assign(entries[2]!["cohort"]!, { count: 255 }))).toBe("WALLET_ENTRY_NOT_INCLUDED");
		expect(changed((entries) => Object.assign(entries[2]!["cohort"]!, { count: 65_537 }))).toBe("WALLET_EXPORT_INVALID");
	});

	it("[AL24] is shown after an erasure too", async () => {
		const { bench, anna } = await createHistories();
		await bench.keyring.destroy(anna.subject, "all");
		const history = await bench.history(anna);
		expect(judge(bench, anna, history)).toMatchObject({ ok: true });
		expect(listEntries(history).filter(({ cohort }) => cohort !== undefined)).toHaveLength(3);
	});

	it("[AL24] a sealed entry moved to another place of its leaf does not open there", async () => {
		const { bench, patients, bela } = await createHistories();
		await bench.log.appendCohort(itemsOf(patients));
		const { DatabaseSync } = await import("node:sqlite");
		const db = new DatabaseSync(bench.path);
		// Both are sealed under keys of their own: what opens is decided by the place alone only for one's own bytes, so those are moved.
		db.exec("UPDATE cohort_entries SET place = 1000 - place WHERE leaf_index = 2");
		db.close();
		await expect(bench.history(bela)).rejects.toMatchObject({ code: "ACCESS_LOG_INTEGRITY" });
	});
});

import { beforeAll, describe, expect, it } from "vitest";
import type { Instant } from "#base";
import { type HistoryExport, type HistoryReport, type HistoryTrust, type ShownLog, verifyHistory } from "#wallet";
import { type TestPatient, testMember } from "./testing.ts";
import { createHistoryBench, type HistoryBench, testChain, testSealerKey } from "./testingLedger.ts";

/** 60 anchors. anna's entries come before the anchors 5, 6 and 40; bela's before each. */
const anchorCount = 60;
let bench: HistoryBench;
let anna: TestPatient;
let bela: TestPatient;
let history: HistoryExport;
let trust: HistoryTrust;

beforeAll(async () => {
	bench = await createHistoryBench();
	anna = await bench.enrol("anna");
	bela = await bench.enrol("bela");
	for (let index = 0; index < anchorCount; index++) {
		await bench.append(bela, 1);
		if ([5, 6, 40].includes(index)) await bench.append(anna, 2);
		await bench.anchor();
	}
	history = await bench.history(anna);
	trust = { chain: testChain, ledgerKey: testSealerKey.publicKey, pseudonym: anna.pseudonym, member: testMember, now: bench.clock.now as Instant };
});

type Anchors = ShownLog["anchors"];
const shownOf = ({ logs }: HistoryExport) => logs[0]!.shown!;

function verifyWith(change: (anchors: Anchors) => Anchors, of: HistoryExport = history): HistoryReport {
	const shown = shownOf(of);
	return verifyHistory({ ...of, logs: [{ ...of.logs[0]!, shown: { ...shown, anchors: change(shown.anchors) } }] }, trust);
}

const codeOf = (report: HistoryReport) => report.checks.find(({ ok }) => !ok)?.code;

describe("anchors of a history", () => {
	it("[AL15] shows both sides of every change, the newest, and those drawn, and no more", () => {
		const indexes = shownOf(history).anchors.map(({ index }) => index);
		expect(indexes).toEqual(expect.arrayContaining([4, 5, 6, 39, 40, anchorCount - 1]));
		expect(Math.min(...indexes)).toBe(4);
		expect(indexes.length).toBeLessThanOrEqual(6 + 16);
		expect(indexes.length).toBeGreaterThan(8);
		expect(verifyHistory(history, trust)).toMatchObject({ ok: true });
	});

	it("[WA24] whichever is left out, one or several in a row, it is missed", () => {
		const { length } = shownOf(history).anchors;
		for (let at = 0; at < length; at++) {
			for (const count of [1, 2, length - at]) {
				const found = codeOf(verifyWith((anchors) => anchors.filter((_, i) => i < at || i >= at + count)));
				expect(found, `${count} from ${at} on`).toBe("WALLET_ANCHOR_MISSING");
			}
		}
	});

	it("[WA24] one that stands twice, in another's place, or under another number is none of the ledger's", () => {
		const { anchors } = shownOf(history);
		for (const [at, anchor] of anchors.entries()) {
			const next = anchors[(at + 1) % anchors.length]!;
			const attacks: ((all: Anchors) => Anchors)[] = [
				(all) => all.toSpliced(at, 0, anchor),
				(all) => all.with(at, next),
				(all) => all.with(at, { ...anchor, index: anchor.index + 1 }),
				(all) => all.with(at, { ...anchor, time: anchor.time + 60_000 }),
				(all) => all.with(at, { ...next, index: anchor.index, inclusion: anchor.inclusion }),
			];
			for (const attack of attacks) expect(codeOf(verifyWith(attack)), `at ${at}`).toBe("WALLET_ANCHOR_INVALID");
		}
		expect(codeOf(verifyWith((all) => all.toReversed()))).toBe("WALLET_ANCHOR_INVALID");
	});

	it("[WA24] one that the ledger never recorded cannot be put between", () => {
		const [first] = shownOf(history).anchors;
		const invented = { ...first!, index: first!.index - 1, size: first!.size - 1 };
		expect(codeOf(verifyWith((anchors) => [invented, ...anchors]))).toBe("WALLET_ANCHOR_INVALID");
	});

	it("[WA24] which ones are drawn depends on the ledger's newest state: a custodian whose maps were false cannot know them before", async () => {
		const later = await bench.history(anna);
		await bench.append(bela, 1);
		await bench.anchor();
		const latest = await bench.history(anna);
		const indexesOf = (of: HistoryExport) => shownOf(of).anchors.map(({ index }) => index);
		expect(indexesOf(later)).toEqual(indexesOf(history));
		expect(indexesOf(latest)).not.toEqual([...indexesOf(history), anchorCount]);
		expect(verifyHistory(latest, trust)).toMatchObject({ ok: true });
	});

	it("[WA34] an entry that was hidden when the wallet looked before is found out when it is shown", async () => {
		const seen = verifyHistory(history, trust).seen!;
		const log = seen.logs[0]!;
		const seenWith = (changes: Partial<typeof log>) => verifyHistory(history, { ...trust, seen: { ...seen, logs: [{ ...log, ...changes }] } });
		expect(seenWith({}).ok).toBe(true);
		expect(codeOf(seenWith({ entries: log.entries - 1 }))).toBe("WALLET_ENTRY_HIDDEN_BEFORE");
		expect(codeOf(seenWith({ head: "ab".repeat(32) }))).toBe("WALLET_ENTRY_HIDDEN_BEFORE");
		expect(codeOf(seenWith({ entries: 0, head: "" }))).toBe("WALLET_ENTRY_HIDDEN_BEFORE");
	});
});

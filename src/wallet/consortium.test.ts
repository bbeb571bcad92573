import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Instant, minuteMs } from "#base";
import { type HistoryReport, type HistoryTrust, verifyHistory } from "./verifyHistory.ts";

interface Published {
	readonly now: Instant;
	readonly pins: Omit<HistoryTrust, "now">;
	readonly evidence: string;
}

interface Export {
	readonly count: { checkpoint: string };
	readonly logs: readonly { readonly record: { checkpoint: string } }[];
}

const read = (name: string) => readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8");
const { now, pins, evidence } = JSON.parse(read("header-evidence")) as Published;
const sealed = { ...(JSON.parse(read("history-pins")) as object), now } as HistoryTrust;
const trust: HistoryTrust = { ...pins, now };

/** The published history, resting on this evidence in place of the sealer's notes. */
function historyOn(count: string, ...records: readonly string[]): object {
	const history = JSON.parse(read("history")) as Export;
	history.count.checkpoint = count;
	for (const [at, log] of history.logs.entries()) log.record.checkpoint = records[at] ?? count;
	return history;
}

const refusal = ({ verdict, checks }: HistoryReport) => [verdict, checks.find(({ ok }) => !ok)?.code];

describe("a history on a ledger on whose blocks validators decide", () => {
	const report = verifyHistory(historyOn(evidence), trust);
	const header = report.seen?.header;

	it("[WA39] is verified by a header that what was pinned leads to", () => {
		expect(report.verdict).toBe("verified");
		expect(report.cosignatures).toEqual({ found: 3, asked: 3 });
		expect(report.entries.length).toBeGreaterThan(3);
		expect(report.asOfMs).toBe(now - minuteMs);
		expect(report.seen).toMatchObject({ ledgerSize: 0, header: { height: 144 } });
		expect(report.warnings).toEqual(verifyHistory(JSON.parse(read("history")), sealed).warnings);
	});

	it("[WA39] a sealer's notes convince nobody who pinned validators, nor headers one who pinned a sealer", () => {
		expect(refusal(verifyHistory(JSON.parse(read("history")), trust))).toEqual(["refused", "WALLET_LEDGER_SIGNATURE_INVALID"]);
		expect(refusal(verifyHistory(historyOn(evidence), sealed))).toEqual(["refused", "WALLET_LEDGER_SIGNATURE_INVALID"]);
	});

	it("[WA39] pins of both or of neither believe nobody", () => {
		const { consortium, ...neither } = trust;
		for (const unclear of [neither, { ...sealed, consortium: consortium! }]) {
			for (const history of [historyOn(evidence), JSON.parse(read("history"))]) {
				expect(refusal(verifyHistory(history, unclear))).toEqual(["refused", "WALLET_LEDGER_SIGNATURE_INVALID"]);
			}
		}
	});

	it("[WA39] another header pinned, altered roots, and evidence of one proof only altered are refused", () => {
		const other: HistoryTrust = { ...trust, consortium: { pin: { height: 100, hash: "00".repeat(32) } } };
		expect(refusal(verifyHistory(historyOn(evidence), other))).toEqual(["refused", "WALLET_LEDGER_SIGNATURE_INVALID"]);
		const altered = evidence.replace(/"stateRoot":"./, (found) => found.slice(0, -1) + (found.endsWith("0") ? "1" : "0"));
		expect(altered).not.toBe(evidence);
		for (const history of [historyOn(altered, evidence), historyOn(evidence, altered), historyOn(evidence, evidence, altered)]) {
			expect(refusal(verifyHistory(history, trust))).toEqual(["refused", "WALLET_LEDGER_SIGNATURE_INVALID"]);
		}
		const spelt = JSON.stringify(JSON.parse(evidence), null, " ");
		expect(verifyHistory(historyOn(evidence, spelt), trust).verdict).toBe("verified");
	});

	it("[WA40] is refused once the pin is older than the trust period, unless a header was verified meanwhile", () => {
		const period = 50 * minuteMs;
		const late = { ...trust, now: (now + 10 * minuteMs) as Instant, consortium: { ...pins.consortium!, trustingPeriodMs: period } };
		expect(refusal(verifyHistory(historyOn(evidence), late))).toEqual(["refused", "WALLET_PIN_EXPIRED"]);
		const { path, ...rest } = JSON.parse(evidence) as { readonly path: readonly unknown[] };
		const direct = JSON.stringify({ ...rest, path: path.slice(1) });
		expect(refusal(verifyHistory(historyOn(direct), late))).toEqual(["refused", "WALLET_LEDGER_SIGNATURE_INVALID"]);
		const after = { ...late, seen: report.seen! };
		expect(verifyHistory(historyOn(direct), after).verdict).toBe("verified");
		const { hash, ...others } = report.seen!.header!;
		const bySet = { ...after, seen: { ...report.seen!, header: { ...others, height: 143, hash } } };
		expect(verifyHistory(historyOn(direct), bySet).verdict).toBe("verified");
		const neither = { ...bySet, seen: { ...bySet.seen, header: { ...bySet.seen.header, validatorsHash: "00".repeat(32) } } };
		expect(refusal(verifyHistory(historyOn(direct), neither))).toEqual(["refused", "WALLET_LEDGER_SIGNATURE_INVALID"]);
	});

	it("[WA40] a header ahead of this clock is refused as that", () => {
		expect(refusal(verifyHistory(historyOn(evidence), { ...trust, now: (now - 3 * minuteMs) as Instant }))).toEqual([
			"refused",
			"WALLET_LEDGER_AHEAD",
		]);
	});

	it("[WA41] older than the header seen last is stale, another one at its height a fork", () => {
		const seen = (changed: object) => ({ ...trust, seen: { ...report.seen!, header: { ...header!, ...changed } } });
		expect(verifyHistory(historyOn(evidence), seen({})).verdict).toBe("verified");
		expect(refusal(verifyHistory(historyOn(evidence), seen({ height: 145 })))).toEqual(["refused", "WALLET_LEDGER_STALE"]);
		expect(refusal(verifyHistory(historyOn(evidence), seen({ hash: "11".repeat(32) })))).toEqual(["refused", "WALLET_LEDGER_FORKED"]);
		expect(refusal(verifyHistory(historyOn(evidence), seen({ height: 100, hash: "11".repeat(32), validatorsHash: "00".repeat(32) })))).toEqual([
			"refused",
			"WALLET_LEDGER_FORKED",
		]);
		expect(verifyHistory(historyOn(evidence), seen({ height: 120, hash: "11".repeat(32) })).verdict).toBe("verified");
	});

	// A custodian that told a huge size once would have made every later history look like an older one.
	it("[WA41] the size that the evidence tells is held against nothing", () => {
		const huge = evidence.replace(/"size":\d+/, '"size":9007199254740991');
		expect(refusal(verifyHistory(historyOn(huge), trust))).toEqual(["refused", "WALLET_LEDGER_PROOF_INVALID"]);
		expect(verifyHistory(historyOn(evidence), { ...trust, seen: { ...report.seen!, ledgerSize: 1_000_000 } }).verdict).toBe("verified");
	});
});

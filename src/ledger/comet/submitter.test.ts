import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Instant } from "#base";
import { readEnvelope } from "../envelope.ts";
import { LedgerError } from "../errors.ts";
import type { Envelope, TransactionResult } from "../ledger.ts";
import { forward } from "../testing/cometToys.ts";
import { definition, put } from "../testing/toyLedger.ts";
import { readBatch } from "./envelopeBatch.ts";
import { Submitter } from "./submitter.ts";

const { chain } = definition.genesis;
const untilLater = definition.genesis.time + 600_000;

type Block = Parameters<Parameters<ConstructorParameters<typeof Submitter>[0]["replica"]["onResults"]>[0]>[0];

/** A submitter over a CometBFT that answers when, and as, the test says. */
function openToySubmitter(answer: (tx: Uint8Array) => Promise<{ code: number; log: string }>, pendingMax = 1_000) {
	vi.useFakeTimers({ now: definition.genesis.time });
	const sent: Uint8Array[] = [];
	let hear: ((block: Block) => void) | undefined;
	const submitter = new Submitter({
		rpc: {
			broadcast(tx) {
				sent.push(tx);
				return answer(tx);
			},
		},
		replica: {
			consensus: () => undefined,
			onResults(listener) {
				hear = listener;
				return () => undefined;
			},
		},
		...{ now: () => Date.now() as Instant, batchWindowMs: 10, resendMs: 1_000, giveUpMs: 60_000, pendingMax },
	});
	onTestFinished(() => {
		submitter.close(new Error("the test is over"));
		vi.useRealTimers();
	});
	const submit = (envelope: Envelope) => {
		const answered = submitter.submit(envelope, readEnvelope(envelope));
		answered.catch(() => undefined);
		return answered;
	};
	const decide = (results: readonly TransactionResult[]) => hear!({ results } as unknown as Block);
	return { submitter, sent, submit, decide };
}

const taken = async () => ({ code: 0, log: "" });
const envelopeOf = (...keys: string[]) =>
	forward(
		chain,
		keys.map((key) => put(key, 1, { until: untilLater })),
	);
const namesOf = (tx: Uint8Array) => readBatch(tx).flatMap(({ transactions }) => transactions.map(({ transaction }) => transaction.body.key));

describe("following submissions", () => {
	it("[CB40] what has not come into a block is handed over again as the same bytes, whatever came since, and ever more rarely", async () => {
		const { sent, submit } = openToySubmitter(taken);
		void submit(envelopeOf("a"));
		void submit(envelopeOf("b"));
		await vi.advanceTimersByTimeAsync(20);
		void submit(envelopeOf("c"));
		await vi.advanceTimersByTimeAsync(20);
		expect(sent.map(namesOf)).toEqual([["a", "b"], ["c"]]);
		await vi.advanceTimersByTimeAsync(20_000);
		expect(sent.length).toBeGreaterThanOrEqual(8);
		expect(sent.length).toBeLessThanOrEqual(16);
		expect(new Set(sent.map((tx) => Buffer.from(tx).toString("hex"))).size).toBe(2);
	});

	it("[CB40] CometBFT that was away is handed everything again within two rests, and a batch that was decided never again", async () => {
		let isAway = true;
		const { sent, submit, decide } = openToySubmitter(async () => {
			if (isAway) throw new LedgerError("LEDGER_CONSENSUS_SILENT", "away");
			return { code: 0, log: "" };
		});
		const envelope = envelopeOf("a");
		const answered = submit(envelope);
		await vi.advanceTimersByTimeAsync(15_000);
		isAway = false;
		const before = sent.length;
		await vi.advanceTimersByTimeAsync(2_000);
		expect(sent.length).toBeGreaterThan(before);
		const result = { id: readEnvelope(envelope).transactions[0]!.id, accepted: false, code: "CONSENT_TOY", message: "no" } as const;
		decide([result]);
		expect(await answered).toEqual([result]);
		const after = sent.length;
		await vi.advanceTimersByTimeAsync(30_000);
		expect(sent.length).toBe(after);
	});

	it("[CB41] beyond what may wait a submission is refused at once as busy, and taken again when others were answered", async () => {
		const { submitter, sent, submit, decide } = openToySubmitter(taken, 3);
		const first = envelopeOf("a", "b");
		void submit(first);
		await expect(submit(envelopeOf("c", "d"))).rejects.toMatchObject({ code: "LEDGER_BUSY", kind: "again" });
		expect(submitter.inFlight).toBe(1);
		await vi.advanceTimersByTimeAsync(20);
		expect(sent.map(namesOf)).toEqual([["a", "b"]]);
		decide(readEnvelope(first).transactions.map(({ id }) => ({ id, accepted: false, code: "CONSENT_TOY", message: "no" })));
		void submit(envelopeOf("c", "d"));
		await vi.advanceTimersByTimeAsync(20);
		expect(sent.map(namesOf)).toEqual([
			["a", "b"],
			["c", "d"],
		]);
	});

	it("[CB42] while CometBFT has two batches to answer for, what comes travels together in the next one", async () => {
		const waiting: (() => void)[] = [];
		const { sent, submit } = openToySubmitter(() => new Promise((resolve) => waiting.push(() => resolve({ code: 0, log: "" }))));
		for (const key of ["a", "b", "c", "d", "e"]) {
			void submit(envelopeOf(key));
			await vi.advanceTimersByTimeAsync(50);
		}
		expect(sent.map(namesOf)).toEqual([["a"], ["b"]]);
		waiting[0]!();
		await vi.advanceTimersByTimeAsync(0);
		expect(sent.map(namesOf)).toEqual([["a"], ["b"], ["c", "d", "e"]]);
	});

	it("[CB42] of a batch that is refused each envelope is handed over alone, and only the refused one is given back", async () => {
		const { sent, submit } = openToySubmitter(async (tx) => {
			const names = namesOf(tx);
			return names.includes("late") ? { code: 1, log: "LEDGER_REPLAYED: late" } : { code: 0, log: "" };
		});
		const late = submit(envelopeOf("late"));
		void submit(envelopeOf("good"));
		await vi.advanceTimersByTimeAsync(20);
		await expect(late).rejects.toMatchObject({ code: "LEDGER_REPLAYED" });
		expect(sent.map(namesOf)).toEqual([["late", "good"], ["late"], ["good"]]);
	});
});

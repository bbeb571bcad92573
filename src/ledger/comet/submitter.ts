import type { Clock, Digest } from "#base";
import { CodedError } from "#base";
import type { ReadEnvelope } from "../envelope.ts";
import { LedgerError } from "../errors.ts";
import type { Envelope, TransactionResult } from "../ledger.ts";
import type { CometRpc } from "./cometRpc.ts";
import { type BatchedEnvelope, batchBytesMax, batchEnvelopesMax, encodeBatchOf, envelopeBytes } from "./envelopeBatch.ts";
import type { Replica } from "./replica.ts";

export const submitterDefaults = {
	/** How long an envelope waits for company: one batch costs CometBFT as much as one envelope. */
	batchWindowMs: 10,
	/** After how long what has not come into a block is handed over again: CometBFT keeps its mempool in memory alone. */
	resendMs: 2_000,
	/** After how long a submission that no block has answered is given back. */
	giveUpMs: 60_000,
} as const;

/** A batch is closed at this size: several fit a block, and one gossips quickly. */
const batchBytesWanted = 262_144;

export interface SubmitterParameters {
	readonly rpc: Pick<CometRpc, "broadcast">;
	readonly replica: Pick<Replica, "onResults" | "consensus">;
	readonly now: Clock;
	readonly batchWindowMs: number;
	readonly resendMs: number;
	readonly giveUpMs: number;
}

interface Submission {
	readonly envelope: BatchedEnvelope;
	readonly bytes: number;
	readonly read: ReadEnvelope;
	readonly results: Map<Digest, TransactionResult>;
	readonly givenUpAtMs: number;
	readonly resolve: (results: readonly TransactionResult[]) => void;
	readonly reject: (error: unknown) => void;
	sentAtMs: number;
	settled: boolean;
}

/**
 * Brings envelopes to CometBFT and follows them until the members have decided. It hands over again, with the same bytes, whatever has not come into a block:
 * the same transaction enters once, whoever hands it over and however often (LG11).
 */
export class Submitter {
	readonly #parameters: SubmitterParameters;
	readonly #waiting = new Map<Digest, Set<Submission>>();
	readonly #inFlight = new Set<Submission>();
	#queue: Submission[] = [];
	#queuedBytes = 0;
	#timer: NodeJS.Timeout | undefined;
	readonly #again: NodeJS.Timeout;
	readonly #forget: () => void;

	constructor(parameters: SubmitterParameters) {
		this.#parameters = parameters;
		this.#forget = parameters.replica.onResults(({ results }) => this.#hear(results));
		this.#again = setInterval(() => this.#lookAgain(), parameters.resendMs / 2).unref();
	}

	/** Envelopes that no block has answered. */
	get inFlight(): number {
		return this.#inFlight.size;
	}

	/**
	 * @returns One result a transaction, when all have been decided.
	 * @throws {@link LedgerError} `LEDGER_CONSENSUS_SILENT` when nothing was decided in time: the same may be submitted again. The codes of `CheckTx` for what
	 * this member's own mempool refuses.
	 */
	submit({ chain, member, signer, signature }: Envelope, read: ReadEnvelope): Promise<readonly TransactionResult[]> {
		return new Promise((resolve, reject) => {
			const envelope = { head: { chain, member, signer, signature }, transactions: read.transactions };
			const givenUpAtMs = this.#parameters.now() + this.#parameters.giveUpMs;
			const bytes = envelopeBytes(envelope);
			const submission = { envelope, bytes, read, results: new Map(), givenUpAtMs, resolve, reject, sentAtMs: 0, settled: false };
			this.#inFlight.add(submission);
			for (const { id } of read.transactions) {
				const others = this.#waiting.get(id) ?? new Set();
				this.#waiting.set(id, others.add(submission));
			}
			this.#enqueue(submission);
		});
	}

	close(error: Error): void {
		clearTimeout(this.#timer);
		clearInterval(this.#again);
		this.#forget();
		for (const submission of [...this.#inFlight]) this.#fail(submission, error);
	}

	#enqueue(submission: Submission): void {
		const isFull = this.#queuedBytes + submission.bytes > batchBytesWanted || this.#queue.length === batchEnvelopesMax;
		if (isFull && this.#queue.length > 0) this.#send();
		this.#queue.push(submission);
		this.#queuedBytes += submission.bytes;
		this.#timer ??= setTimeout(() => this.#send(), this.#parameters.batchWindowMs);
	}

	#send(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const batch = this.#queue.filter(({ settled }) => !settled);
		this.#queue = [];
		this.#queuedBytes = 0;
		if (batch.length > 0) void this.#broadcast(batch);
	}

	/** A batch that is refused is handed over envelope by envelope: one member's quota, or one late transaction, is not the others' fault. */
	async #broadcast(batch: readonly Submission[]): Promise<void> {
		const bytes = encodeBatchOf(batch.map(({ envelope }) => envelope));
		for (const submission of batch) submission.sentAtMs = this.#parameters.now();
		try {
			if (bytes.length > batchBytesMax) throw new LedgerError("LEDGER_BATCH_MALFORMED", `expected an envelope of at most ${batchBytesMax} bytes`);
			const { code, log } = await this.#parameters.rpc.broadcast(bytes);
			if (code === 0) return;
			if (batch.length > 1) await Promise.all(batch.filter(({ settled }) => !settled).map((each) => this.#broadcast([each])));
			else this.#fail(batch[0]!, refusalOf(log));
		} catch (error) {
			// What cannot be handed over now is handed over again; what never can be is given back.
			if (error instanceof CodedError && error.kind === "again") return;
			for (const submission of batch) this.#fail(submission, error);
		}
	}

	#hear(results: readonly TransactionResult[]): void {
		for (const result of results) {
			for (const submission of this.#waiting.get(result.id) ?? []) {
				submission.results.set(result.id, result);
				if (submission.results.size === submission.read.transactions.length) this.#settle(submission);
			}
		}
	}

	#lookAgain(): void {
		const now = this.#parameters.now();
		const decidedMs = this.#parameters.replica.consensus()?.time ?? 0;
		for (const submission of [...this.#inFlight]) {
			this.#expire(submission, decidedMs);
			if (submission.settled) continue;
			if (now >= submission.givenUpAtMs) this.#fail(submission, unknownYet());
			else if (submission.sentAtMs !== 0 && now - submission.sentAtMs >= this.#parameters.resendMs) this.#enqueue(submission);
		}
	}

	/** What block time has passed can enter no block any more. */
	#expire(submission: Submission, decidedMs: number): void {
		for (const { transaction, id } of submission.read.transactions) {
			if (submission.results.has(id) || transaction.until > decidedMs) continue;
			const message = "expected until later than the block's time; sign it again";
			submission.results.set(id, { id, accepted: false, code: "LEDGER_EXPIRED", message });
		}
		if (submission.results.size === submission.read.transactions.length) this.#settle(submission);
	}

	#settle(submission: Submission): void {
		if (!this.#end(submission)) return;
		submission.resolve(submission.read.transactions.map(({ id }) => submission.results.get(id)!));
	}

	#fail(submission: Submission, error: unknown): void {
		if (this.#end(submission)) submission.reject(error);
	}

	#end(submission: Submission): boolean {
		if (submission.settled) return false;
		submission.settled = true;
		this.#inFlight.delete(submission);
		for (const { id } of submission.read.transactions) {
			const others = this.#waiting.get(id);
			others?.delete(submission);
			if (others?.size === 0) this.#waiting.delete(id);
		}
		return true;
	}
}

/** The application's own refusal, as it comes back through CometBFT. */
function refusalOf(log: string): LedgerError {
	const [code = "", ...message] = log.split(": ");
	if (code === "LEDGER_QUOTA_EXCEEDED" || code === "LEDGER_REPLAYED" || code === "LEDGER_NOT_A_MEMBER" || code === "LEDGER_MEMBER_NOT_ACTIVE") {
		return new LedgerError(code, message.join(": "));
	}
	return new LedgerError("LEDGER_ENVELOPE_MALFORMED", "expected an envelope that this member's mempool takes");
}

function unknownYet(): LedgerError {
	return new LedgerError(
		"LEDGER_CONSENSUS_SILENT",
		"expected the members to decide in time; what was submitted may still enter: submit the same again",
	);
}

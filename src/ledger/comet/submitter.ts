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
	/** After how long a batch that has not come into a block is handed over again, the first time: CometBFT keeps its mempool in memory alone. */
	resendMs: 2_000,
	/** After how long a submission that no block has answered is given back. */
	giveUpMs: 60_000,
	/** Most transactions that wait for the members' decision here: four full blocks. Beyond it a node says at once that it is busy. */
	pendingMax: 8_000,
} as const;

/** A batch is closed at this size: several fit a block, and one gossips quickly. */
const batchBytesWanted = 262_144;

/** Batches that CometBFT has been handed and has not answered for; what comes meanwhile travels together. */
const outstandingMax = 2;

/** While CometBFT has a batch, the rest before it is handed over again doubles, up to so many times `resendMs`. */
const restFactorMax = 4;

export interface SubmitterParameters {
	readonly rpc: Pick<CometRpc, "broadcast">;
	readonly replica: Pick<Replica, "onResults" | "consensus">;
	readonly now: Clock;
	readonly batchWindowMs: number;
	readonly resendMs: number;
	readonly giveUpMs: number;
	readonly pendingMax: number;
}

interface Submission {
	readonly envelope: BatchedEnvelope;
	readonly bytes: number;
	readonly read: ReadEnvelope;
	readonly results: Map<Digest, TransactionResult>;
	readonly givenUpAtMs: number;
	readonly resolve: (results: readonly TransactionResult[]) => void;
	readonly reject: (error: unknown) => void;
	settled: boolean;
}

/** What CometBFT was handed as one transaction; the same bytes are handed over again, which it knows by their hash. */
interface Batch {
	readonly bytes: Uint8Array;
	readonly submissions: readonly Submission[];
	sentAtMs: number;
	/** Until the next time. */
	restMs: number;
}

/**
 * Brings envelopes to CometBFT and follows them until the members have decided. A batch that has not come into a block is handed over again, with the same
 * bytes: where CometBFT still has it that costs a hash, and nobody verifies or gossips it a second time. Gathered anew into other batches, the same envelopes
 * would be other bytes to every member, and a network that is behind would fall further behind with each try.
 */
export class Submitter {
	readonly #parameters: SubmitterParameters;
	readonly #waiting = new Map<Digest, Set<Submission>>();
	readonly #inFlight = new Set<Submission>();
	readonly #batches = new Set<Batch>();
	#pending = 0;
	#queue: Submission[] = [];
	#queuedBytes = 0;
	#outstanding = 0;
	/** The first of the queue has waited its window. */
	#isDue = false;
	#isResending = false;
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
	 * @throws {@link LedgerError} `LEDGER_BUSY` when too many wait already: nothing was taken. `LEDGER_CONSENSUS_SILENT` when nothing was decided in time: the
	 * same may be submitted again. The codes of `CheckTx` for what this member's own mempool refuses.
	 */
	async submit({ chain, member, signer, signature }: Envelope, read: ReadEnvelope): Promise<readonly TransactionResult[]> {
		if (this.#pending + read.transactions.length > this.#parameters.pendingMax && this.#pending > 0) {
			throw new LedgerError("LEDGER_BUSY", "expected fewer transactions that wait for the members' decision; try again");
		}
		return new Promise((resolve, reject) => {
			const envelope = { head: { chain, member, signer, signature }, transactions: read.transactions };
			const givenUpAtMs = this.#parameters.now() + this.#parameters.giveUpMs;
			const submission = { envelope, bytes: envelopeBytes(envelope), read, results: new Map(), givenUpAtMs, resolve, reject, settled: false };
			this.#inFlight.add(submission);
			this.#pending += read.transactions.length;
			for (const { id } of read.transactions) {
				const others = this.#waiting.get(id) ?? new Set();
				this.#waiting.set(id, others.add(submission));
			}
			this.#queue.push(submission);
			this.#queuedBytes += submission.bytes;
			this.#timer ??= setTimeout(() => this.#open(), this.#parameters.batchWindowMs);
			this.#pump();
		});
	}

	close(error: Error): void {
		clearTimeout(this.#timer);
		clearInterval(this.#again);
		this.#forget();
		for (const submission of [...this.#inFlight]) this.#fail(submission, error);
		this.#queue = [];
		this.#batches.clear();
	}

	#open(): void {
		this.#isDue = true;
		this.#pump();
	}

	/** Sends what has waited its window or fills a batch, unless CometBFT has enough to answer for. */
	#pump(): void {
		const isReady = () => this.#isDue || this.#queuedBytes >= batchBytesWanted || this.#queue.length >= batchEnvelopesMax;
		while (this.#queue.length > 0 && this.#outstanding < outstandingMax && isReady()) {
			const batch = this.#take();
			if (batch.length > 0) void this.#send(batch);
		}
		if (this.#queue.length > 0) return;
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#isDue = false;
	}

	/** The first of the queue that go into one batch. */
	#take(): Submission[] {
		let bytes = 0;
		const rest = this.#queue.findIndex((each, i) => {
			bytes += each.bytes;
			return i > 0 && (bytes > batchBytesWanted || i === batchEnvelopesMax);
		});
		const taken = this.#queue.splice(0, rest === -1 ? this.#queue.length : rest);
		for (const each of taken) this.#queuedBytes -= each.bytes;
		return taken.filter(({ settled }) => !settled);
	}

	async #send(submissions: readonly Submission[]): Promise<void> {
		this.#outstanding++;
		await this.#begin(submissions);
		this.#outstanding--;
		this.#pump();
	}

	async #begin(submissions: readonly Submission[]): Promise<void> {
		const bytes = encodeBatchOf(submissions.map(({ envelope }) => envelope));
		const batch = { bytes, submissions, sentAtMs: 0, restMs: this.#parameters.resendMs / 2 };
		this.#batches.add(batch);
		await this.#handOver(batch);
	}

	/** A batch that is refused is handed over envelope by envelope: one member's quota, or one late transaction, is not the others' fault. */
	async #handOver(batch: Batch): Promise<void> {
		const { bytes, submissions } = batch;
		batch.sentAtMs = this.#parameters.now();
		try {
			if (bytes.length > batchBytesMax) throw new LedgerError("LEDGER_BATCH_MALFORMED", `expected an envelope of at most ${batchBytesMax} bytes`);
			const { code, log } = await this.#parameters.rpc.broadcast(bytes);
			if (code === 0) {
				batch.restMs = Math.min(2 * batch.restMs, restFactorMax * this.#parameters.resendMs);
				return;
			}
			this.#batches.delete(batch);
			const left = submissions.filter(({ settled }) => !settled);
			if (submissions.length > 1) for (const each of left) await this.#begin([each]);
			else for (const each of left) this.#fail(each, refusalOf(log));
		} catch (error) {
			// What cannot be handed over now is handed over again; what never can be is given back.
			if (error instanceof CodedError && error.kind === "again") {
				batch.restMs = this.#parameters.resendMs;
				return;
			}
			this.#batches.delete(batch);
			for (const submission of submissions) this.#fail(submission, error);
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
			if (!submission.settled && now >= submission.givenUpAtMs) this.#fail(submission, unknownYet());
		}
		for (const batch of [...this.#batches]) if (batch.submissions.every(({ settled }) => settled)) this.#batches.delete(batch);
		void this.#resend(now);
	}

	/** One after the other, the oldest first: a CometBFT that comes back is not met by all of them at once. */
	async #resend(now: number): Promise<void> {
		if (this.#isResending) return;
		this.#isResending = true;
		for (const batch of [...this.#batches]) {
			if (now - batch.sentAtMs < batch.restMs || batch.submissions.every(({ settled }) => settled)) continue;
			await this.#handOver(batch);
		}
		this.#isResending = false;
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
		this.#pending -= submission.read.transactions.length;
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

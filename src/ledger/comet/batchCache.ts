import { createHash } from "node:crypto";
import { isValidSignature } from "#base";
import type { ReadEnvelope } from "../envelope.ts";
import { transactionMessage } from "../transaction.ts";
import { readBatch } from "./envelopeBatch.ts";

/** A batch that was read, with the verdict on each transaction's signature. */
export interface JudgedBatch {
	readonly envelopes: readonly ReadEnvelope[];
	/** By envelope and transaction. */
	readonly signed: readonly (readonly boolean[])[];
	readonly transactions: number;
	readonly bytes: number;
}

/**
 * Remembers what was read and verified: the same batch comes up to five times (checked, checked again, proposed, judged, finalised), and its verdicts are
 * functions of its bytes alone.
 */
export class BatchCache {
	readonly #bytesMax: number;
	readonly #known = new Map<string, JudgedBatch>();
	#bytes = 0;

	/** @param bytesMax - Of the batches remembered; what is kept of them takes several times that. */
	constructor(bytesMax = 32 * 1024 * 1024) {
		this.#bytesMax = bytesMax;
	}

	/** @throws LedgerError What `readBatch` throws. */
	judge(bytes: Uint8Array): JudgedBatch {
		const name = createHash("sha256").update(bytes).digest("base64");
		const known = this.#known.get(name);
		if (known !== undefined) return known;
		const judged = judgeBatch(bytes);
		this.#known.set(name, judged);
		this.#bytes += judged.bytes;
		for (const [oldest, { bytes: size }] of this.#known) {
			if (this.#bytes <= this.#bytesMax) break;
			this.#known.delete(oldest);
			this.#bytes -= size;
		}
		return judged;
	}
}

function judgeBatch(bytes: Uint8Array): JudgedBatch {
	const envelopes = readBatch(bytes);
	const signed = envelopes.map(({ transactions }) =>
		transactions.map(({ transaction, id }) => isValidSignature(transaction.signer, transactionMessage(id), transaction.signature)),
	);
	const transactions = envelopes.reduce((sum, envelope) => sum + envelope.transactions.length, 0);
	return { envelopes, signed, transactions, bytes: bytes.length };
}

import { canonicalBytes, concatBytes, parseCanonical } from "#base";
import { type EnvelopeHead, envelopeTransactionsMax, joinEnvelope, type ReadEnvelope } from "../envelope.ts";
import { LedgerError } from "../errors.ts";
import { parseTransaction, type ReadTransaction } from "../transaction.ts";

/** First byte of a batch: the format. */
const batchVersion = 1;

/** Most envelopes in one batch. */
export const batchEnvelopesMax = 256;

/** Most bytes of a batch: below CometBFT's own bounds on a transaction (1 MiB) and, in base64, on a request to its RPC (1,000,000). */
export const batchBytesMax = 700_000;

export interface BatchedEnvelope {
	readonly head: EnvelopeHead;
	readonly transactions: readonly Pick<ReadTransaction, "bytes">[];
}

/**
 * What CometBFT calls a transaction: some members' envelopes, one after the other.
 *
 * `1 ‖ u16 envelopes ‖ (u16 length ‖ canonical head ‖ u16 transactions ‖ (u16 length ‖ canonical transaction)*)*`, numbers big-endian, nothing after.
 * Each part has one spelling, so a batch has one.
 */
export function encodeBatchOf(envelopes: readonly BatchedEnvelope[]): Uint8Array {
	const parts = [Uint8Array.of(batchVersion), uint16(envelopes.length)];
	for (const { head, transactions } of envelopes) {
		const { chain, member, signature, signer } = head;
		parts.push(...withLength(canonicalBytes({ chain, member, signature, signer })), uint16(transactions.length));
		for (const { bytes } of transactions) parts.push(...withLength(bytes));
	}
	return concatBytes(...parts);
}

/** Bytes that an envelope adds to a batch. */
export function envelopeBytes({ head, transactions }: BatchedEnvelope): number {
	const { chain, member, signature, signer } = head;
	return 4 + canonicalBytes({ chain, member, signature, signer }).length + transactions.reduce((sum, { bytes }) => sum + 2 + bytes.length, 0);
}

/**
 * Reads bytes that may be anything, and verifies the members' signatures over their envelopes; those of the transactions are not judged here.
 *
 * @throws {@link LedgerError} `LEDGER_BATCH_MALFORMED` for the frame; the codes of `parseTransaction` and `readEnvelope` for what is inside.
 */
export function readBatch(bytes: Uint8Array): ReadEnvelope[] {
	if (bytes.length > batchBytesMax) throw malformed(`expected at most ${batchBytesMax} bytes`);
	const reader = new BatchReader(bytes);
	if (reader.uint8() !== batchVersion) throw malformed(`expected a batch of format ${batchVersion}`);
	const count = reader.uint16();
	if (count < 1 || count > batchEnvelopesMax) throw malformed(`expected 1 to ${batchEnvelopesMax} envelopes`);
	const envelopes = Array.from({ length: count }, () => readOne(reader));
	if (!reader.isAtEnd) throw malformed("expected nothing after the last envelope");
	return envelopes;
}

function readOne(reader: BatchReader): ReadEnvelope {
	const head = parseHead(reader.bytes());
	const count = reader.uint16();
	if (count > envelopeTransactionsMax) throw malformed(`expected at most ${envelopeTransactionsMax} transactions in an envelope`);
	return joinEnvelope(
		head,
		Array.from({ length: count }, () => parseTransaction(reader.bytes())),
	);
}

function parseHead(bytes: Uint8Array): unknown {
	try {
		return parseCanonical(bytes);
	} catch (cause) {
		throw new LedgerError("LEDGER_BATCH_MALFORMED", "expected an envelope's head in canonical JSON", {}, cause);
	}
}

class BatchReader {
	readonly #bytes: Uint8Array;
	#at = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	get isAtEnd(): boolean {
		return this.#at === this.#bytes.length;
	}

	uint8(): number {
		return this.#take(1)[0]!;
	}

	uint16(): number {
		const [high, low] = this.#take(2);
		return high! * 256 + low!;
	}

	/** A copy: what is kept of a batch must not keep all of it. */
	bytes(): Uint8Array {
		return Uint8Array.from(this.#take(this.uint16()));
	}

	#take(length: number): Uint8Array {
		const end = this.#at + length;
		if (end > this.#bytes.length) throw malformed("expected a batch that does not end in the middle");
		const taken = this.#bytes.subarray(this.#at, end);
		this.#at = end;
		return taken;
	}
}

function withLength(bytes: Uint8Array): [Uint8Array, Uint8Array] {
	return [uint16(bytes.length), bytes];
}

function uint16(value: number): Uint8Array {
	return Uint8Array.of(value >> 8, value & 255);
}

function malformed(message: string): LedgerError {
	return new LedgerError("LEDGER_BATCH_MALFORMED", message);
}

import {
	canonicalBytes,
	concatBytes,
	type Digest,
	encodeUtf8,
	isHex,
	isMemberId,
	isPublicKey,
	isValidSignature,
	type MemberId,
	type PublicKey,
	type SigningKey,
	sha256,
} from "#base";
import { LedgerError } from "./errors.ts";
import type { Envelope, Transaction } from "./ledger.ts";
import { type ReadTransaction, readTransaction, transactionId } from "./transaction.ts";

/** Most transactions in one envelope. */
export const envelopeTransactionsMax = 256;

const signatureDomain = encodeUtf8("aceso/envelope/1\0");

/** An envelope whose transactions have been read; each that could not be is an error in its place. */
export interface ReadEnvelope {
	readonly chain: string;
	readonly member: MemberId;
	readonly signer: PublicKey;
	readonly transactions: readonly ReadTransaction[];
}

/** Wraps transactions for submission by a member. @throws {@link LedgerError} `LEDGER_ENVELOPE_COUNT_INVALID`. */
export function createEnvelope(
	transactions: readonly Transaction[],
	{ chain, member, key }: { readonly chain: string; readonly member: MemberId; readonly key: SigningKey },
): Envelope {
	assertCount(transactions.length);
	const signature = key.sign(envelopeMessage({ chain, member, signer: key.publicKey, ids: transactions.map(transactionId) }));
	return { chain, member, signer: key.publicKey, signature, transactions };
}

/**
 * Reads an envelope that may be anything and verifies its member's signature. It does not know which key the member holds: the ledger
 * compares `signer` with its state. The signatures of the transactions inside are not verified here either.
 *
 * @throws {@link LedgerError} `LEDGER_ENVELOPE_MALFORMED`, `LEDGER_ENVELOPE_COUNT_INVALID`, `LEDGER_ENVELOPE_SIGNATURE_INVALID`; the codes of
 * `readTransaction` when one inside cannot be read, since then the member has signed for something that is not a transaction.
 */
export function readEnvelope(value: unknown): ReadEnvelope {
	if (typeof value !== "object" || value === null) throw malformed("expected an object");
	const { chain, member, signer, signature, transactions, ...rest } = value as { readonly [name: string]: unknown };
	if (Object.keys(rest).length > 0) throw malformed("expected exactly the fields chain, member, signature, signer, transactions");
	assertHead({ chain, member, signer, signature });
	if (!Array.isArray(transactions)) throw malformed("expected an array of transactions");
	assertCount(transactions.length);
	return sealedBy({ chain, member, signer, signature } as EnvelopeHead, transactions.map(readTransaction));
}

/** An envelope without its transactions. */
export type EnvelopeHead = Pick<Envelope, "chain" | "member" | "signer" | "signature">;

/**
 * {@link readEnvelope} for who holds the head and the transactions apart, the latter read already.
 *
 * @throws {@link LedgerError} `LEDGER_ENVELOPE_MALFORMED`, `LEDGER_ENVELOPE_COUNT_INVALID`, `LEDGER_ENVELOPE_SIGNATURE_INVALID`.
 */
export function joinEnvelope(head: unknown, transactions: readonly ReadTransaction[]): ReadEnvelope {
	if (typeof head !== "object" || head === null) throw malformed("expected an object");
	const { chain, member, signer, signature, ...rest } = head as { readonly [name: string]: unknown };
	if (Object.keys(rest).length > 0) throw malformed("expected exactly the fields chain, member, signature, signer");
	assertHead({ chain, member, signer, signature });
	assertCount(transactions.length);
	return sealedBy({ chain, member, signer, signature } as EnvelopeHead, transactions);
}

function assertHead({ chain, member, signer, signature }: { readonly [Name in keyof EnvelopeHead]: unknown }): void {
	if (typeof chain !== "string" || !isMemberId(member) || !isPublicKey(signer) || !isHex(signature, 64)) {
		throw malformed("expected a chain, a member id, a public key and a signature");
	}
}

function sealedBy({ chain, member, signer, signature }: EnvelopeHead, transactions: readonly ReadTransaction[]): ReadEnvelope {
	const message = envelopeMessage({ chain, member, signer, ids: transactions.map(({ id }) => id) });
	if (!isValidSignature(signer, message, signature)) {
		throw new LedgerError("LEDGER_ENVELOPE_SIGNATURE_INVALID", "expected a signature by the envelope's signer, found one that does not verify");
	}
	return { chain, member, signer, transactions };
}

/** `"aceso/envelope/1" ‖ 0x00 ‖ H(canonical {chain, member, signer, ids})`. 256 ids take 17 kB, inside canonical JSON's bound. */
function envelopeMessage(content: { chain: string; member: MemberId; signer: PublicKey; ids: readonly Digest[] }): Uint8Array {
	return concatBytes(signatureDomain, sha256(canonicalBytes(content)));
}

function assertCount(count: number): void {
	if (count < 1 || count > envelopeTransactionsMax) {
		throw new LedgerError("LEDGER_ENVELOPE_COUNT_INVALID", `expected 1 to ${envelopeTransactionsMax} transactions, found ${count}`);
	}
}

function malformed(message: string): LedgerError {
	return new LedgerError("LEDGER_ENVELOPE_MALFORMED", message);
}

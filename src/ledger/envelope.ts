import {
	canonicalBytes,
	concatBytes,
	type Digest,
	decodeHex,
	encodeUtf8,
	isHex,
	isMemberId,
	isPublicKey,
	isValidSignature,
	type MemberId,
	type PublicKey,
	type Signature,
	type SigningKey,
	sha256Hex,
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

/** {@link ReadEnvelope} whose member's signature nobody has judged yet. */
export interface UnjudgedEnvelope extends ReadEnvelope {
	readonly signature: Signature;
	/** H(canonical {chain, member, signer, ids}), which {@link envelopeMessage} puts its domain before. */
	readonly digest: Digest;
}

/** Wraps transactions for submission by a member. @throws {@link LedgerError} `LEDGER_ENVELOPE_COUNT_INVALID`. */
export function createEnvelope(
	transactions: readonly Transaction[],
	{ chain, member, key }: { readonly chain: string; readonly member: MemberId; readonly key: SigningKey },
): Envelope {
	assertCount(transactions.length);
	const signature = key.sign(envelopeMessage(envelopeDigest({ chain, member, signer: key.publicKey, ids: transactions.map(transactionId) })));
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
	return judged(openEnvelope(value));
}

/**
 * {@link readEnvelope} for who has the signature judged elsewhere, and admits nothing before it was: {@link assertEnvelopeSigned}.
 *
 * @throws {@link LedgerError} As {@link readEnvelope}, without `LEDGER_ENVELOPE_SIGNATURE_INVALID`.
 */
export function openEnvelope(value: unknown): UnjudgedEnvelope {
	if (typeof value !== "object" || value === null) throw malformed("expected an object");
	const { chain, member, signer, signature, transactions, ...rest } = value as { readonly [name: string]: unknown };
	if (Object.keys(rest).length > 0) throw malformed("expected exactly the fields chain, member, signature, signer, transactions");
	assertHead({ chain, member, signer, signature });
	if (!Array.isArray(transactions)) throw malformed("expected an array of transactions");
	assertCount(transactions.length);
	return unjudged({ chain, member, signer, signature } as EnvelopeHead, transactions.map(readTransaction));
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
	return judged(unjudged({ chain, member, signer, signature } as EnvelopeHead, transactions));
}

function assertHead({ chain, member, signer, signature }: { readonly [Name in keyof EnvelopeHead]: unknown }): void {
	if (typeof chain !== "string" || !isMemberId(member) || !isPublicKey(signer) || !isHex(signature, 64)) {
		throw malformed("expected a chain, a member id, a public key and a signature");
	}
}

function unjudged({ chain, member, signer, signature }: EnvelopeHead, transactions: readonly ReadTransaction[]): UnjudgedEnvelope {
	const digest = envelopeDigest({ chain, member, signer, ids: transactions.map(({ id }) => id) });
	return { chain, member, signer, signature: signature as Signature, digest, transactions };
}

function judged(envelope: UnjudgedEnvelope): ReadEnvelope {
	const { chain, member, signer, signature, digest, transactions } = envelope;
	assertEnvelopeSigned(isValidSignature(signer, envelopeMessage(digest), signature));
	return { chain, member, signer, transactions };
}

/** @throws {@link LedgerError} `LEDGER_ENVELOPE_SIGNATURE_INVALID` unless the signature was found to be valid. */
export function assertEnvelopeSigned(isValid: boolean): void {
	if (isValid) return;
	throw new LedgerError("LEDGER_ENVELOPE_SIGNATURE_INVALID", "expected a signature by the envelope's signer, found one that does not verify");
}

/** What the member signs: `"aceso/envelope/1" ‖ 0x00 ‖ digest`. */
export function envelopeMessage(digest: Digest): Uint8Array {
	return concatBytes(signatureDomain, decodeHex(digest, 32));
}

/** 256 ids take 17 kB, inside canonical JSON's bound. */
function envelopeDigest(content: { chain: string; member: MemberId; signer: PublicKey; ids: readonly Digest[] }): Digest {
	return sha256Hex(canonicalBytes(content)) as Digest;
}

function assertCount(count: number): void {
	if (count < 1 || count > envelopeTransactionsMax) {
		throw new LedgerError("LEDGER_ENVELOPE_COUNT_INVALID", `expected 1 to ${envelopeTransactionsMax} transactions, found ${count}`);
	}
}

function malformed(message: string): LedgerError {
	return new LedgerError("LEDGER_ENVELOPE_MALFORMED", message);
}

import {
	type BaseError,
	canonicalBytes,
	concatBytes,
	type Digest,
	decodeHex,
	encodeHex,
	encodeUtf8,
	isHex,
	isPublicKey,
	isValidSignature,
	type JsonObject,
	minuteMs,
	parseCanonical,
	type SigningKey,
	sha256,
} from "#base";
import type { ContractName } from "#contracts";
import { LedgerError } from "./errors.ts";
import type { Transaction } from "./ledger.ts";

/** A transaction is void when block time is later than this before `until`. */
export const untilHorizonMs = 15 * minuteMs;
/** Random bytes of a transaction's salt. */
export const saltBytes = 16;

const signatureDomain = encodeUtf8("aceso/tx/1\0");
const fieldNames = ["action", "body", "chain", "contract", "salt", "signature", "signer", "until"];
const contractNames: ReadonlySet<string> = new Set<ContractName>(["membership", "credentials", "consent", "access", "models"]);
const actionName = /^[a-z][A-Za-z0-9-]{0,39}$/;
const chainName = /^[a-z0-9][a-z0-9.-]{0,63}$/;

/** A transaction with what was computed from it once: every later step uses these, never the caller's object. */
export interface ReadTransaction {
	readonly transaction: Transaction;
	readonly id: Digest;
	/** Canonical form, the leaf of the log. */
	readonly bytes: Uint8Array;
}

export function isChainName(text: unknown): text is string {
	return typeof text === "string" && chainName.test(text);
}

/** H(canonical form without `signature`), 64 hex digits. */
export function transactionId(transaction: Omit<Transaction, "signature">): Digest {
	const { chain, contract, action, body, signer, until, salt } = transaction;
	return encodeHex(sha256(canonicalBytes({ chain, contract, action, body, signer, until, salt }))) as Digest;
}

/** What the signer signs: `"aceso/tx/1" ‖ 0x00 ‖ id`. */
export function transactionMessage(id: Digest): Uint8Array {
	return concatBytes(signatureDomain, decodeHex(id, 32));
}

/**
 * Signs a transaction with the key it is to be signed by.
 *
 * @param draft.until - Whole minute, UTC ms, at most 15 minutes after block time.
 * @param draft.salt - 16 random bytes, hex.
 */
export function signTransaction(draft: Omit<Transaction, "signature" | "signer">, key: SigningKey): Transaction {
	const unsigned = { ...draft, signer: key.publicKey };
	return { ...unsigned, signature: key.sign(transactionMessage(transactionId(unsigned))) };
}

/** The latest `until` a wallet may choose at `nowMs`: a whole minute, one minute short of the horizon so that clocks may differ. */
export function latestUntil(nowMs: number): number {
	return Math.floor((nowMs + untilHorizonMs - minuteMs) / minuteMs) * minuteMs;
}

/**
 * Reads submitted bytes.
 *
 * @throws {@link LedgerError} `LEDGER_TRANSACTION_MALFORMED` (the `cause` says which rule of canonical JSON was broken).
 */
export function parseTransaction(bytes: Uint8Array): ReadTransaction {
	let value: unknown;
	try {
		value = parseCanonical(bytes);
	} catch (cause) {
		throw notCanonical(cause as BaseError);
	}
	return read(value, bytes);
}

/**
 * Reads a value that may be anything, as {@link parseTransaction} reads bytes. The result shares nothing with the value.
 *
 * @throws {@link LedgerError} `LEDGER_TRANSACTION_MALFORMED`.
 */
export function readTransaction(value: unknown): ReadTransaction {
	let bytes: Uint8Array;
	try {
		bytes = canonicalBytes(value);
	} catch (cause) {
		throw notCanonical(cause as BaseError);
	}
	return parseTransaction(bytes);
}

/** @throws {@link LedgerError} `LEDGER_SIGNATURE_INVALID`. */
export function verifyTransactionSignature({ transaction, id }: ReadTransaction): void {
	if (!isValidSignature(transaction.signer, transactionMessage(id), transaction.signature)) {
		throw new LedgerError("LEDGER_SIGNATURE_INVALID", "expected a signature by the transaction's signer, found one that does not verify");
	}
}

function read(value: unknown, bytes: Uint8Array): ReadTransaction {
	if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed("expected an object");
	const fields = value as { readonly [name: string]: unknown };
	const names = Object.keys(fields);
	if (names.length !== fieldNames.length || !fieldNames.every((name) => Object.hasOwn(fields, name))) {
		throw malformed(`expected exactly the fields ${fieldNames.join(", ")}`);
	}
	if (!isChainName(fields.chain)) throw malformed("expected a chain name");
	if (typeof fields.contract !== "string" || !contractNames.has(fields.contract)) throw malformed("expected a contract's name");
	if (typeof fields.action !== "string" || !actionName.test(fields.action)) throw malformed("expected an action's name");
	if (typeof fields.body !== "object" || fields.body === null || Array.isArray(fields.body)) throw malformed("expected a body that is an object");
	if (!isPublicKey(fields.signer)) throw malformed("expected a signer's public key");
	if (typeof fields.until !== "number" || fields.until < 0) throw malformed("expected until in UTC milliseconds");
	if (!isHex(fields.salt, saltBytes)) throw malformed("expected a salt of 16 bytes in hex");
	if (!isHex(fields.signature, 64)) throw malformed("expected a signature of 64 bytes in hex");
	const transaction = deepFreeze(fields as unknown as Transaction & JsonObject);
	return { transaction, id: transactionId(transaction), bytes };
}

/** Freezes a parsed JSON value in place; its depth is bounded by the canonical form. */
export function deepFreeze<T>(value: T): T {
	if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
		for (const member of Object.values(value)) deepFreeze(member);
		Object.freeze(value);
	}
	return value;
}

function notCanonical(cause: BaseError): LedgerError {
	return new LedgerError("LEDGER_TRANSACTION_MALFORMED", "expected a transaction in canonical JSON", {}, cause);
}

function malformed(message: string): LedgerError {
	return new LedgerError("LEDGER_TRANSACTION_MALFORMED", message, { where: "transaction" });
}

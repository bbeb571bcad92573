import {
	BaseError,
	canonicalBytes,
	canonicalText,
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
	sha256Hex,
	sha256Utf8,
} from "#base";
import type { ContractName } from "#contracts";
import { LedgerError, type LedgerErrorCode } from "./errors.ts";
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
	return encodeHex(sha256Utf8(canonicalText({ chain, contract, action, body, signer, until, salt }))) as Digest;
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
 * @throws {@link LedgerError} `LEDGER_TRANSACTION_…` for the form as a whole, `LEDGER_<FIELD>_MALFORMED` for the first field that is wrong.
 */
export function parseTransaction(bytes: Uint8Array): ReadTransaction {
	let value: unknown;
	try {
		value = parseCanonical(bytes);
	} catch (cause) {
		throw unreadable(cause);
	}
	return read(value, bytes);
}

/**
 * Reads a value that may be anything, as {@link parseTransaction} reads bytes. The result shares nothing with the value.
 *
 * @throws {@link LedgerError} As {@link parseTransaction}.
 */
export function readTransaction(value: unknown): ReadTransaction {
	let bytes: Uint8Array;
	try {
		bytes = canonicalBytes(value);
	} catch (cause) {
		throw unreadable(cause);
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
	if (typeof value !== "object" || value === null || Array.isArray(value)) throw fieldsDiffer();
	const fields = value as { readonly [name: string]: unknown };
	if (Object.keys(fields).length !== fieldNames.length || !fieldNames.every((name) => Object.hasOwn(fields, name))) throw fieldsDiffer();
	for (const [name, { code, expected, isValid }] of fieldRules) {
		if (!isValid(fields[name])) throw new LedgerError(code, `expected ${expected}`, { where: name });
	}
	const transaction = deepFreeze(fields as unknown as Transaction & JsonObject);
	return { transaction, id: readId(transaction, bytes), bytes };
}

const signatureMemberBytes = `"signature":"${"0".repeat(128)}",`.length;
const signerMemberBytes = `"signer":"${"0".repeat(64)}",`.length;

/** Larger than any transaction, written over by each: fresh memory for each cost more than its digest. */
const unsignedRoom = new Uint8Array(32 * 1024);

/** {@link transactionId} of what was just read, without writing it again: the member `signature` is cut out where canonical order has it. */
function readId({ until }: Transaction, bytes: Uint8Array): Digest {
	const behind = bytes.length - signerMemberBytes - `"until":${until}}`.length;
	const unsigned = unsignedRoom.subarray(0, bytes.length - signatureMemberBytes);
	unsigned.set(bytes.subarray(0, behind - signatureMemberBytes));
	unsigned.set(bytes.subarray(behind), behind - signatureMemberBytes);
	return sha256Hex(unsigned) as Digest;
}

interface FieldRule {
	readonly code: LedgerErrorCode;
	readonly expected: string;
	readonly isValid: (value: unknown) => boolean;
}

/** In the order in which they are judged. */
const fieldRules: readonly (readonly [string, FieldRule])[] = [
	["chain", { code: "LEDGER_CHAIN_MALFORMED", expected: "a chain's name", isValid: isChainName }],
	["contract", { code: "LEDGER_CONTRACT_MALFORMED", expected: "a contract's name", isValid: (value) => contractNames.has(value as string) }],
	[
		"action",
		{ code: "LEDGER_ACTION_MALFORMED", expected: "an action's name", isValid: (value) => typeof value === "string" && actionName.test(value) },
	],
	["body", { code: "LEDGER_BODY_MALFORMED", expected: "a body that is an object", isValid: isObject }],
	["signer", { code: "LEDGER_SIGNER_MALFORMED", expected: "a signer's public key", isValid: isPublicKey }],
	["until", { code: "LEDGER_UNTIL_MALFORMED", expected: "until in UTC milliseconds", isValid: (value) => typeof value === "number" && value >= 0 }],
	["salt", { code: "LEDGER_SALT_MALFORMED", expected: "a salt of 16 bytes in hex", isValid: (value) => isHex(value, saltBytes) }],
	["signature", { code: "LEDGER_SIGNATURE_MALFORMED", expected: "a signature of 64 bytes in hex", isValid: (value) => isHex(value, 64) }],
];

function isObject(value: unknown): boolean {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Freezes a parsed JSON value in place; its depth is bounded by the canonical form. */
export function deepFreeze<T>(value: T): T {
	if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
		for (const member of Object.values(value)) deepFreeze(member);
		Object.freeze(value);
	}
	return value;
}

/** Says which rule of canonical JSON was broken. */
function unreadable(cause: unknown): LedgerError {
	if (!(cause instanceof BaseError)) throw cause;
	return new LedgerError(unreadableCode(cause), "expected a transaction in canonical JSON", {}, cause);
}

function unreadableCode({ code, details }: BaseError): LedgerErrorCode {
	if (code === "ENCODING_INVALID") return "LEDGER_TRANSACTION_NOT_UTF8";
	if (code === "JSON_NOT_CANONICAL") return details.found === "syntax" ? "LEDGER_TRANSACTION_NOT_JSON" : "LEDGER_TRANSACTION_NOT_CANONICAL";
	if (details.found === "size") return "LEDGER_TRANSACTION_TOO_LARGE";
	return details.found === "depth" ? "LEDGER_TRANSACTION_TOO_DEEP" : "LEDGER_TRANSACTION_VALUE_NOT_PERMITTED";
}

function fieldsDiffer(): LedgerError {
	return new LedgerError("LEDGER_TRANSACTION_FIELDS_DIFFER", `expected exactly the fields ${fieldNames.join(", ")}`);
}

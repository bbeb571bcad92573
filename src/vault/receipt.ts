import { canonicalBytes, type Digest, decodeHex, encodeHex, equalText, HmacKey, type Instant, isHex, sha256 } from "#base";
import type { AccessEntry } from "#contracts";
import { leafHash } from "#log";
import type { RandomBytes } from "./aead.ts";
import { type ReceiptRefusal, VaultError } from "./errors.ts";
import type { Receipt } from "./vault.ts";

/** A receipt lives this long, in ms (PROTOCOL §7). */
export const receiptLifetimeMs = 5_000;

const keys = new WeakMap<ReceiptKey, HmacKey>();

/**
 * The key that log writer and keyring share, made at start and never stored. The object shows nothing: its bytes are in no property and
 * survive neither JSON nor a structured clone. Whoever holds it can mint receipts, so only those two get it.
 */
export class ReceiptKey {
	constructor(bytes: Uint8Array) {
		if (bytes.length !== 32) throw new VaultError("VAULT_ROW_INVALID", `expected a receipt key of 32 bytes, found ${bytes.length}`);
		keys.set(this, new HmacKey(bytes));
		Object.freeze(this);
	}
}

export function createReceiptKey(randomBytes: RandomBytes): ReceiptKey {
	const bytes = randomBytes(32);
	const key = new ReceiptKey(bytes);
	bytes.fill(0);
	return key;
}

/** RFC 6962 leaf *data* of an entry: H(salt ‖ canonical entry), 32 bytes. The tree hashes it once more with its 0x00 prefix. */
export function entryLeafData(entry: AccessEntry, saltHex: string): Uint8Array {
	return sha256(decodeHex(saltHex, 32), canonicalBytes(entry));
}

/** The entry's leaf hash, H(0x00 ‖ H(salt ‖ canonical entry)) (PROTOCOL §8): what a receipt names and what `previous` of the next entry holds. */
export function hashEntry(entry: AccessEntry, saltHex: string): Digest {
	return encodeHex(leafHash(entryLeafData(entry, saltHex))) as Digest;
}

/**
 * Puts new bytes behind the same object, for log writer and keyring at once, and returns them for the keyring's process: all receipts minted
 * before are void, as after any start. Not part of the room's door.
 */
export function renewReceiptKey(receiptKey: ReceiptKey, randomBytes: RandomBytes): Uint8Array {
	const bytes = randomBytes(32);
	keys.get(receiptKey)?.forget();
	keys.set(receiptKey, new HmacKey(bytes));
	return bytes;
}

export interface MintReceiptParameters {
	readonly receiptKey: ReceiptKey;
	/** Hash of the leaf that is now durable: {@link hashEntry}, or that of a cohort. */
	readonly entryHash: Digest;
	readonly log: string;
	readonly leafIndex: number;
	readonly now: Instant;
	readonly randomBytes: RandomBytes;
}

/** Called by the log writer once the entry is durable, and by nobody else. */
export function mintReceipt(parameters: MintReceiptParameters): Receipt {
	const { receiptKey, entryHash, log, leafIndex, now, randomBytes } = parameters;
	const unsigned = { log, leafIndex, entryHash, nonce: encodeHex(randomBytes(16)), expiresAtMs: now + receiptLifetimeMs };
	return { ...unsigned, mac: keyOf(receiptKey).hex(messageOf(unsigned)) };
}

export interface VerifyReceiptParameters {
	readonly receiptKey: ReceiptKey;
	readonly receipt: Receipt;
	readonly now: Instant;
}

/**
 * Checks form, MAC (in constant time) and life time; not the nonce, which only the keyring remembers, nor the entry.
 *
 * @throws {@link VaultError} `VAULT_RECEIPT_REFUSED` with the reason.
 */
export function verifyReceipt({ receiptKey, receipt, now }: VerifyReceiptParameters): void {
	if (!isReceipt(receipt)) throw refusal("malformed");
	if (!equalText(keyOf(receiptKey).hex(messageOf(receipt)), receipt.mac)) throw refusal("mac-invalid");
	if (receipt.expiresAtMs <= now) throw refusal("expired");
	if (receipt.expiresAtMs > now + receiptLifetimeMs) throw refusal("expiry-too-far");
}

export function refusal(reason: ReceiptRefusal): VaultError {
	return new VaultError("VAULT_RECEIPT_REFUSED", `the receipt does not open these keys: ${reason}`, { reason });
}

/** Also guards the arithmetic below: what passes here encodes without loss. */
export function isReceipt(value: Receipt): boolean {
	return (
		typeof value === "object" &&
		value !== null &&
		typeof value.log === "string" &&
		value.log.length <= 256 &&
		value.log.isWellFormed() &&
		Number.isSafeInteger(value.leafIndex) &&
		value.leafIndex >= 0 &&
		isHex(value.entryHash, 32) &&
		isHex(value.nonce, 16) &&
		Number.isSafeInteger(value.expiresAtMs) &&
		value.expiresAtMs >= 0 &&
		isHex(value.mac, 32)
	);
}

const prefix = Buffer.from("aceso/receipt/1\0", "latin1");
/** Bytes of a receipt's message before the log's name. */
const fixedBytes = prefix.length + 32 + 8 + 16 + 8;

/**
 * What a receipt's MAC is over: "aceso/receipt/1" ‖ 0x00 ‖ entryHash(32) ‖ leafIndex(8, big-endian) ‖ nonce(16) ‖ expiresAtMs(8, big-endian) ‖
 * UTF-8(log). Only the last part varies in length, so no two receipts share a message.
 *
 * @returns A view that the next call writes over.
 */
function messageOf({ entryHash, leafIndex, nonce, expiresAtMs, log }: Omit<Receipt, "mac">): Uint8Array {
	const size = fixedBytes + Buffer.byteLength(log);
	if (message.length !== size) message = size <= room.length ? room.subarray(0, size) : prefixed(size);
	let at = prefix.length;
	at += message.write(entryHash, at, 32, "hex");
	at = writeUint64(message, leafIndex, at);
	at += message.write(nonce, at, 16, "hex");
	at = writeUint64(message, expiresAtMs, at);
	message.write(log, at, "utf8");
	return message;
}

/** A buffer that begins with what every message begins with. */
function prefixed(size: number): Buffer {
	const buffer = Buffer.alloc(size);
	prefix.copy(buffer);
	return buffer;
}

/** One message is made, and hashed in the same step, so they share their place; a log's id is 80 characters at most. */
const room = prefixed(fixedBytes + 256);
let message = room;

function writeUint64(target: Buffer, value: number, at: number): number {
	return target.writeUInt32BE(value >>> 0, target.writeUInt32BE(Math.floor(value / 2 ** 32), at));
}

function keyOf(receiptKey: ReceiptKey): HmacKey {
	const key = keys.get(receiptKey);
	if (key === undefined) throw refusal("mac-invalid");
	return key;
}

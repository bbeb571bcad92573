import { BaseError } from "./errors.ts";

const hexDigits = /^(?:[0-9a-f]{2})*$/;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();
/** Bytes up to which {@link encodeHex} spells digits itself. */
const shortHexMax = 64;
const hexScratch = Buffer.alloc(2 * shortHexMax);
const hexAlphabet = Buffer.from("0123456789abcdef");

/** Lower-case hexadecimal: the one text form of keys, digests and signatures on the ledger (it has no second spelling). */
export function encodeHex(bytes: Uint8Array): string {
	if (bytes.length > shortHexMax) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
	// Keys, digests and signatures: asking for `.buffer` of a short array costs more than spelling it.
	let at = 0;
	for (let i = 0; i < bytes.length; i++) {
		const byte = bytes[i] as number;
		hexScratch[at++] = hexAlphabet[byte >> 4] as number;
		hexScratch[at++] = hexAlphabet[byte & 15] as number;
	}
	return hexScratch.toString("latin1", 0, at);
}

/** @throws {@link BaseError} `ENCODING_INVALID` on upper case, odd length or any other character. */
export function decodeHex(text: string, lengthBytes?: number): Uint8Array {
	if (!hexDigits.test(text) || (lengthBytes !== undefined && text.length !== lengthBytes * 2)) {
		const expected = lengthBytes === undefined ? "an even number of" : String(lengthBytes * 2);
		throw new BaseError("ENCODING_INVALID", `expected ${expected} lower-case hex digits, found ${text.length} characters`);
	}
	return new Uint8Array(Buffer.from(text, "hex"));
}

export function isHex(text: unknown, lengthBytes: number): text is string {
	return typeof text === "string" && text.length === lengthBytes * 2 && hexDigits.test(text);
}

export function encodeBase64(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** Standard alphabet with padding; refuses a spelling that is not the canonical one (RFC 4648 §3.5). */
export function decodeBase64(text: string): Uint8Array {
	const bytes = Buffer.from(text, "base64");
	if (bytes.toString("base64") !== text) {
		throw new BaseError("ENCODING_INVALID", `expected canonical base64, found ${text.length} characters that are not`);
	}
	return new Uint8Array(bytes);
}

export function encodeBase64Url(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}

export function decodeBase64Url(text: string): Uint8Array {
	const bytes = Buffer.from(text, "base64url");
	if (bytes.toString("base64url") !== text) {
		throw new BaseError("ENCODING_INVALID", `expected canonical unpadded base64url, found ${text.length} characters that are not`);
	}
	return new Uint8Array(bytes);
}

export function encodeUtf8(text: string): Uint8Array {
	return utf8.encode(text);
}

/** @throws {@link BaseError} `ENCODING_INVALID` on bytes that are not well-formed UTF-8; a byte-order mark is kept, not swallowed. */
export function decodeUtf8(bytes: Uint8Array): string {
	try {
		return strictUtf8.decode(bytes);
	} catch (cause) {
		throw new BaseError("ENCODING_INVALID", `expected well-formed UTF-8 in ${bytes.length} bytes`, {}, cause);
	}
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
	let length = 0;
	for (const part of parts) length += part.length;
	const all = new Uint8Array(length);
	let offset = 0;
	for (const part of parts) {
		all.set(part, offset);
		offset += part.length;
	}
	return all;
}

/** Compares without an early exit, so that time does not tell where two secrets of equal length differ. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
	if (a.length !== b.length) return false;
	let difference = 0;
	for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
	return difference === 0;
}

/** Big-endian unsigned 64-bit form of a non-negative safe integer. */
export function encodeUint64(value: number): Uint8Array {
	const bytes = new Uint8Array(8);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, Math.floor(value / 2 ** 32));
	view.setUint32(4, value >>> 0);
	return bytes;
}

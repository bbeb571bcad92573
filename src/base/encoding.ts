import { assertHex } from "./bytes.ts";
import { BaseError } from "./errors.ts";

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
	assertHex(text, lengthBytes);
	return new Uint8Array(Buffer.from(text, "hex"));
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

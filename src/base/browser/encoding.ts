import { assertHex } from "../bytes.ts";
import { BaseError } from "../errors.ts";

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
/** Characters up to which one call of `String.fromCharCode` takes its arguments everywhere. */
const argumentsMax = 8_192;

export function encodeHex(bytes: Uint8Array): string {
	let text = "";
	for (let i = 0; i < bytes.length; i++) text += hexOf[bytes[i] as number];
	return text;
}

/** @throws {@link BaseError} `ENCODING_INVALID` on upper case, odd length or any other character. */
export function decodeHex(text: string, lengthBytes?: number): Uint8Array {
	assertHex(text, lengthBytes);
	const bytes = new Uint8Array(text.length / 2);
	for (let i = 0; i < bytes.length; i++) bytes[i] = digit(text.charCodeAt(2 * i)) * 16 + digit(text.charCodeAt(2 * i + 1));
	return bytes;
}

function digit(code: number): number {
	return code < 0x3a ? code - 0x30 : code - 0x57;
}

export function encodeBase64(bytes: Uint8Array): string {
	let latin1 = "";
	for (let from = 0; from < bytes.length; from += argumentsMax) latin1 += String.fromCharCode(...bytes.subarray(from, from + argumentsMax));
	return btoa(latin1);
}

/** Standard alphabet with padding; refuses a spelling that is not the canonical one (RFC 4648 §3.5). */
export function decodeBase64(text: string): Uint8Array {
	const bytes = fromBase64(text);
	if (bytes !== undefined && encodeBase64(bytes) === text) return bytes;
	throw new BaseError("ENCODING_INVALID", `expected canonical base64, found ${text.length} characters that are not`);
}

export function encodeBase64Url(bytes: Uint8Array): string {
	return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function decodeBase64Url(text: string): Uint8Array {
	const bytes = fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
	if (bytes !== undefined && encodeBase64Url(bytes) === text) return bytes;
	throw new BaseError("ENCODING_INVALID", `expected canonical unpadded base64url, found ${text.length} characters that are not`);
}

function fromBase64(text: string): Uint8Array | undefined {
	try {
		return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
	} catch {
		return undefined;
	}
}

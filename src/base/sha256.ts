import { createHash, hash } from "node:crypto";
import { concatBytes } from "./bytes.ts";
import { encodeHex } from "./encoding.ts";

/** Up to this many bytes in several parts are copied together: setting up a streaming hash costs more than the copy. */
const oneShotMax = 4096;

/** SHA-256 over the parts in order, 32 bytes. `H` of PROTOCOL §1. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
	if (parts.length === 1) return fromLatin1(hash("sha256", parts[0] as Uint8Array, "binary"));
	let length = 0;
	for (const part of parts) length += part.length;
	if (length <= oneShotMax) return fromLatin1(hash("sha256", concatBytes(...parts), "binary"));
	const state = createHash("sha256");
	for (const part of parts) state.update(part);
	const digest = state.digest();
	return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
}

export function sha256Hex(...parts: readonly Uint8Array[]): string {
	return parts.length === 1 ? hash("sha256", parts[0] as Uint8Array, "hex") : encodeHex(sha256(...parts));
}

/** {@link sha256} over the UTF-8 of a well-formed text, without making the bytes. */
export function sha256Utf8(text: string): Uint8Array {
	return fromLatin1(hash("sha256", text, "binary"));
}

/**
 * {@link sha256} into 32 bytes of a buffer at `offset`, for whoever hashes millions: nothing is allocated but a short string.
 */
export function sha256Into(target: Uint8Array, offset: number, data: Uint8Array): void {
	const digest = hash("sha256", data, "binary");
	for (let i = 0; i < 32; i++) target[offset + i] = digest.charCodeAt(i);
}

/** A digest comes from Node as a string three times as fast as a Buffer, and 32 bytes made here live on the young heap. */
function fromLatin1(digest: string): Uint8Array {
	const bytes = new Uint8Array(32);
	for (let i = 0; i < 32; i++) bytes[i] = digest.charCodeAt(i);
	return bytes;
}

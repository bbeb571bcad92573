import { sha256 as hash } from "@noble/hashes/sha2.js";
import { encodeUtf8 } from "../bytes.ts";
import { encodeHex } from "./encoding.ts";

/** SHA-256 over the parts in order, 32 bytes. `H` of PROTOCOL §1. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
	if (parts.length === 1) return hash(parts[0] as Uint8Array);
	const state = hash.create();
	for (const part of parts) state.update(part);
	return state.digest();
}

export function sha256Hex(...parts: readonly Uint8Array[]): string {
	return encodeHex(sha256(...parts));
}

/** {@link sha256} over the UTF-8 of a well-formed text. */
export function sha256Utf8(text: string): Uint8Array {
	return hash(encodeUtf8(text));
}

/** {@link sha256} into 32 bytes of a buffer at `offset`. */
export function sha256Into(target: Uint8Array, offset: number, data: Uint8Array): void {
	target.set(hash(data), offset);
}

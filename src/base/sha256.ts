import { createHash, hash } from "node:crypto";
import { encodeHex } from "./encoding.ts";

/** SHA-256 over the parts in order, 32 bytes. `H` of PROTOCOL §1. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
	if (parts.length === 1) {
		const digest = hash("sha256", parts[0] as Uint8Array, "buffer");
		return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
	}
	const state = createHash("sha256");
	for (const part of parts) state.update(part);
	const digest = state.digest();
	return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
}

export function sha256Hex(...parts: readonly Uint8Array[]): string {
	return encodeHex(sha256(...parts));
}

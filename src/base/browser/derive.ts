import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes } from "../bytes.ts";
import { deriveInfo } from "../deriveInfo.ts";

/** HKDF-SHA-256 (RFC 5869) to 32 bytes, for the same `info` and `context` as on Node. */
export function deriveKey(secret: Uint8Array, info: string, ...context: readonly Uint8Array[]): Uint8Array {
	return hkdf(sha256, secret, new Uint8Array(0), deriveInfo(info, context), 32);
}

/** HMAC-SHA-256 (RFC 2104), 32 bytes. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
	return hmac(sha256, key, concatBytes(...parts));
}

import { createHmac, createSecretKey, hkdfSync } from "node:crypto";
import { deriveInfo } from "./deriveInfo.ts";

/** HKDF-SHA-256 (RFC 5869) to 32 bytes. `info` names the use; `context` parts are length-prefixed so that no two splits collide. */
export function deriveKey(secret: Uint8Array, info: string, ...context: readonly Uint8Array[]): Uint8Array {
	return new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(0), deriveInfo(info, context), 32));
}

/** HMAC-SHA-256 (RFC 2104), 32 bytes. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
	// Imported first: raw bytes cost Node a thrown exception before it takes them.
	const mac = createHmac("sha256", createSecretKey(key));
	for (const part of parts) mac.update(part);
	return new Uint8Array(mac.digest());
}

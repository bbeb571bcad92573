import { x25519 } from "@noble/curves/ed25519.js";
import { isHex } from "../bytes.ts";
import { BaseError } from "../errors.ts";
import type { ExchangeKey } from "../exchangeKey.ts";
import { decodeHex, encodeHex } from "./encoding.ts";

/** X25519 (RFC 7748). @param seed - 32 random bytes. */
export function createExchangeKey(seed: Uint8Array): ExchangeKey {
	const secret = Uint8Array.from(seed);
	return {
		publicKey: encodeHex(x25519.getPublicKey(secret)),
		agree(peer) {
			if (!isHex(peer, 32)) throw new BaseError("KEY_INVALID", "expected an X25519 public key of 64 lower-case hex digits");
			try {
				// The library refuses the all-zero secret, as RFC 7748 §6.1 permits.
				return x25519.getSharedSecret(secret, decodeHex(peer));
			} catch (cause) {
				throw new BaseError("KEY_INVALID", "expected an X25519 public key with which a secret can be shared", {}, cause);
			}
		},
	};
}

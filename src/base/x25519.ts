import { createPrivateKey, createPublicKey, diffieHellman } from "node:crypto";
import { isHex } from "./bytes.ts";
import { decodeHex, encodeHex } from "./encoding.ts";
import { BaseError } from "./errors.ts";
import type { ExchangeKey } from "./exchangeKey.ts";

/** PKCS #8 and SubjectPublicKeyInfo of an X25519 key up to its 32 bytes (RFC 8410 §4, §7). */
const privatePrefix = Buffer.from("302e020100300506032b656e04220420", "hex");
const publicPrefix = Buffer.from("302a300506032b656e032100", "hex");

/** X25519 (RFC 7748). @param seed - 32 random bytes. */
export function createExchangeKey(seed: Uint8Array): ExchangeKey {
	const privateKey = createPrivateKey({ key: Buffer.concat([privatePrefix, seed]), format: "der", type: "pkcs8" });
	const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
	return {
		publicKey: encodeHex(spki.subarray(publicPrefix.length)),
		agree(peer) {
			if (!isHex(peer, 32)) throw new BaseError("KEY_INVALID", "expected an X25519 public key of 64 lower-case hex digits");
			const publicKey = createPublicKey({ key: Buffer.concat([publicPrefix, decodeHex(peer)]), format: "der", type: "spki" });
			return new Uint8Array(shareSecret(privateKey, publicKey));
		},
	};
}

function shareSecret(privateKey: ReturnType<typeof createPrivateKey>, publicKey: ReturnType<typeof createPublicKey>): Buffer {
	try {
		// OpenSSL refuses the all-zero secret, as RFC 7748 §6.1 permits.
		return diffieHellman({ privateKey, publicKey });
	} catch (cause) {
		throw new BaseError("KEY_INVALID", "expected an X25519 public key with which a secret can be shared", {}, cause);
	}
}

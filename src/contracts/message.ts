import { canonicalBytes, concatBytes, encodeUtf8, isValidSignature, type PublicKey, type Signature, sha256 } from "#base";

const separator = Uint8Array.of(0);

/**
 * What a key signs besides transactions: `domain ‖ 0x00 ‖ H(canonical fields)`. The domain names the statement and its version, so that a
 * signature under one is worthless under another; no domain contains a zero byte.
 */
export function signedMessage(domain: string, fields: object): Uint8Array {
	return concatBytes(encodeUtf8(domain), separator, sha256(canonicalBytes(fields)));
}

export function isSignedBy(key: PublicKey, message: Uint8Array, signature: Signature): boolean {
	return isValidSignature(key, message, signature);
}

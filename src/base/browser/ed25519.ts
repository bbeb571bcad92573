import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { equalBytes } from "../bytes.ts";
import { BaseError } from "../errors.ts";
import { isPermittedSignature, isPublicKey, type PublicKey, type Signature, type SigningKey } from "../signatureForm.ts";
import { decodeHex, encodeHex } from "./encoding.ts";

const { Point } = ed25519;

/** Whose arithmetic {@link isValidSignature} uses. */
export const signatureLibrary = "noble";

/** @param seed - 32 secret bytes (RFC 8032 §5.1.5). */
export function createSigningKey(seed: Uint8Array): SigningKey {
	if (seed.length !== 32) throw new BaseError("KEY_INVALID", `expected a seed of 32 bytes, found ${seed.length}`);
	const secret = Uint8Array.from(seed);
	return {
		publicKey: encodeHex(ed25519.getPublicKey(secret)) as PublicKey,
		sign: (message) => encodeHex(ed25519.sign(message, secret)) as Signature,
	};
}

/**
 * The one rule by which every signature here is judged (PROTOCOL §2): `S < L`; A and R canonical and not of small order; then the cofactorless
 * equation of RFC 8032 §5.1.7. The library's own verification is cofactored, so the equation stands here. Never throws.
 */
export function isValidSignature(publicKey: string, message: Uint8Array, signature: string): boolean {
	if (!isPermittedSignature(signature) || !isPublicKey(publicKey)) return false;
	const [key, bytes] = [decodeHex(publicKey), decodeHex(signature)];
	const nonce = bytes.subarray(0, 32);
	try {
		const challenge = littleEndian(sha512.create().update(nonce).update(key).update(message).digest()) % Point.Fn.ORDER;
		const expected = Point.BASE.multiplyUnsafe(littleEndian(bytes.subarray(32))).subtract(Point.fromBytes(key).multiplyUnsafe(challenge));
		return equalBytes(expected.toBytes(), nonce);
	} catch {
		// The key is no point of the curve.
		return false;
	}
}

/** {@link isValidSignature}, for callers that would hand it to another thread: here there is one. Never rejects. */
export function isValidSignatureAsync(publicKey: string, message: Uint8Array, signature: string): Promise<boolean> {
	return Promise.resolve(isValidSignature(publicKey, message, signature));
}

function littleEndian(bytes: Uint8Array): bigint {
	return BigInt(`0x${encodeHex(Uint8Array.from(bytes).reverse())}`);
}

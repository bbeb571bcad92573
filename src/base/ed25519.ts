import { createPrivateKey, createPublicKey, sign as cryptoSign } from "node:crypto";
import { encodeHex } from "./encoding.ts";
import { BaseError } from "./errors.ts";
import { holdsInThreadPool } from "./opensslEquation.ts";
import type { SignatureLibrary } from "./signatureEquation.ts";
import { isPermittedSignature, isPublicKey, type PublicKey, type Signature, type SigningKey } from "./signatureForm.ts";
import { chooseEquation, loadSodium } from "./sodiumEquation.ts";

const seedPrefix = Buffer.from("302e020100300506032b657004220420", "hex");
const publicPrefixLength = 12;
const equation = chooseEquation(await loadSodium());

/** Whose arithmetic {@link isValidSignature} uses in this process. The verdicts are the same; libsodium's take half the time. */
export const signatureLibrary: SignatureLibrary = equation.library;

/** @param seed - 32 secret bytes (RFC 8032 §5.1.5). */
export function createSigningKey(seed: Uint8Array): SigningKey {
	if (seed.length !== 32) throw new BaseError("KEY_INVALID", `expected a seed of 32 bytes, found ${seed.length}`);
	const privateKey = createPrivateKey({ key: Buffer.concat([seedPrefix, seed]), format: "der", type: "pkcs8" });
	const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
	const publicKey = spki.subarray(publicPrefixLength).toString("hex") as PublicKey;
	return {
		publicKey,
		sign: (message) => encodeHex(cryptoSign(null, message, privateKey)) as Signature,
	};
}

/**
 * The one rule by which every signature here is judged (PROTOCOL §2): `S < L`; A and R canonical and not of small order; then
 * the cofactorless equation of RFC 8032 §5.1.7. Never throws.
 */
export function isValidSignature(publicKey: string, message: Uint8Array, signature: string): boolean {
	return isPermittedSignature(signature) && isPublicKey(publicKey) && equation.holds(publicKey, message, signature);
}

/**
 * {@link isValidSignature} with the arithmetic on another thread, by OpenSSL: it costs more altogether, but who judges many at once goes on meanwhile.
 * Never rejects.
 */
export function isValidSignatureAsync(publicKey: string, message: Uint8Array, signature: string): Promise<boolean> {
	if (!isPermittedSignature(signature) || !isPublicKey(publicKey)) return Promise.resolve(false);
	return holdsInThreadPool(publicKey, message, signature);
}

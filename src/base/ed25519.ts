import { createPrivateKey, createPublicKey, sign as cryptoSign, verify as cryptoVerify, type KeyObject } from "node:crypto";
import { encodeHex } from "./encoding.ts";
import { BaseError } from "./errors.ts";
import { isPermittedSignature, isPublicKey, type PublicKey, type Signature, type SigningKey } from "./signatureForm.ts";

const seedPrefix = Buffer.from("302e020100300506032b657004220420", "hex");
const publicPrefix = Buffer.from("302a300506032b6570032100", "hex");
/** Twelve bytes are sixteen digits of base64, so that those of a key can follow. */
const publicPrefixBase64 = publicPrefix.toString("base64");

/** @param seed - 32 secret bytes (RFC 8032 §5.1.5). */
export function createSigningKey(seed: Uint8Array): SigningKey {
	if (seed.length !== 32) throw new BaseError("KEY_INVALID", `expected a seed of 32 bytes, found ${seed.length}`);
	const privateKey = createPrivateKey({ key: Buffer.concat([seedPrefix, seed]), format: "der", type: "pkcs8" });
	const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
	const publicKey = spki.subarray(publicPrefix.length).toString("hex") as PublicKey;
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
	const key = keyToTry(publicKey, signature);
	return key !== undefined && cryptoVerify(null, message, key, Buffer.from(signature, "hex"));
}

/** {@link isValidSignature} with the arithmetic on another thread: who judges many at once goes on meanwhile. Never rejects. */
export function isValidSignatureAsync(publicKey: string, message: Uint8Array, signature: string): Promise<boolean> {
	const key = keyToTry(publicKey, signature);
	if (key === undefined) return Promise.resolve(false);
	return new Promise((resolve) => {
		cryptoVerify(null, message, key, Buffer.from(signature, "hex"), (error, valid) => resolve(error === null && valid));
	});
}

/** The key, if key and signature have a form that the one rule permits. */
function keyToTry(publicKey: string, signature: string): KeyObject | undefined {
	return isPermittedSignature(signature) ? getKeyObject(publicKey) : undefined;
}

/** Imported keys, the longest-known first. About 1.1 kB each, so 36 MB a thread at most. */
const keyObjects = new Map<string, KeyObject>();
const keyObjectsMax = 32_768;

/** The imported key, if it is one that the one rule permits. The keys that sign again are kept: importing costs a tenth of a verification. */
function getKeyObject(publicKey: string): KeyObject | undefined {
	return keyObjects.get(publicKey) ?? (isPublicKey(publicKey) ? importKey(publicKey) : undefined);
}

function importKey(publicKey: PublicKey): KeyObject | undefined {
	const bytes = Buffer.from(publicKey, "hex");
	try {
		// As PEM text a key costs 13 µs, as the same bytes 46, as a JWK 30: for any key in an object Node throws and catches four exceptions.
		const key = createPublicKey(`-----BEGIN PUBLIC KEY-----\n${publicPrefixBase64}${bytes.toString("base64")}\n-----END PUBLIC KEY-----\n`);
		if (keyObjects.size >= keyObjectsMax) keyObjects.delete(keyObjects.keys().next().value as string);
		// A text of its own: the caller's may be a slice that would keep a long text alive.
		keyObjects.set(bytes.toString("hex"), key);
		return key;
	} catch {
		return undefined;
	}
}

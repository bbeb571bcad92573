import { createPrivateKey, createPublicKey, sign as cryptoSign, verify as cryptoVerify, type KeyObject } from "node:crypto";
import type { Brand } from "./brand.ts";
import { encodeHex, isHex } from "./encoding.ts";
import { BaseError } from "./errors.ts";

/** An Ed25519 public key (RFC 8032 §5.1.5) as 64 lower-case hex digits. */
export type PublicKey = Brand<string, "PublicKey">;
/** An Ed25519 signature (RFC 8032 §5.1.6) as 128 lower-case hex digits. */
export type Signature = Brand<string, "Signature">;

/** A private key with its public half. The seed stays inside the closure. */
export interface SigningKey {
	readonly publicKey: PublicKey;
	sign(message: Uint8Array): Signature;
}

const fieldPrime = 2n ** 255n - 19n;
const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;
const seedPrefix = Buffer.from("302e020100300506032b657004220420", "hex");
const publicPrefix = Buffer.from("302a300506032b6570032100", "hex");
/** Twelve bytes are sixteen digits of base64, so that those of a key can follow. */
const publicPrefixBase64 = publicPrefix.toString("base64");

/**
 * Encodings of the eight points of small order, and the two spellings of x = 0 that carry a sign bit.
 * Source: RFC 8032 §5.1; the table of "Taming the many EdDSAs" (Chalkias et al. 2020), canonical rows.
 */
const smallOrder: ReadonlySet<string> = new Set([
	"0100000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]);

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

export function parsePublicKey(text: unknown): PublicKey {
	if (!isPublicKey(text)) throw new BaseError("KEY_INVALID", "expected an Ed25519 public key: 64 lower-case hex digits, not of small order");
	return text;
}

/** True for 64 hex digits that are a canonical encoding outside the small-order table. Whether the point is on the curve shows at verification. */
export function isPublicKey(text: unknown): text is PublicKey {
	return isHex(text, 32) && isPermittedPoint(text);
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
	if (!isHex(signature, 64) || !isPermittedPoint(signature.slice(0, 64)) || !isBelowGroupOrder(signature.slice(64))) return undefined;
	return getKeyObject(publicKey);
}

function isBelowGroupOrder(hex: string): boolean {
	// The last byte is the highest: below 0x10 the number is below 2^252, and the group order is not. A cheap look settles all that honest keys sign.
	return hex.startsWith("0", 62) || littleEndian(hex) < groupOrder;
}

function isPermittedPoint(hex: string): boolean {
	if (smallOrder.has(hex)) return false;
	// y ≥ p needs every byte between the first and the last to be ff and the last to be 7f or ff: a cheap look settles almost all.
	if (!hex.startsWith("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 2)) return true;
	return (littleEndian(hex) & (2n ** 255n - 1n)) < fieldPrime;
}

function littleEndian(hex: string): bigint {
	return BigInt(`0x${Buffer.from(hex, "hex").reverse().toString("hex")}`);
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

import type { Brand } from "./brand.ts";
import { isHex } from "./bytes.ts";
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

export function parsePublicKey(text: unknown): PublicKey {
	if (!isPublicKey(text)) throw new BaseError("KEY_INVALID", "expected an Ed25519 public key: 64 lower-case hex digits, not of small order");
	return text;
}

/** True for 64 hex digits that are a canonical encoding outside the small-order table. Whether the point is on the curve shows at verification. */
export function isPublicKey(text: unknown): text is PublicKey {
	return isHex(text, 32) && isPermittedPoint(text);
}

/** What the one rule asks of a signature before any arithmetic: 64 bytes, R a permitted point, `S < L`. */
export function isPermittedSignature(signature: string): signature is Signature {
	return isHex(signature, 64) && isPermittedPoint(signature.slice(0, 64)) && isBelowGroupOrder(signature.slice(64));
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
	return BigInt(`0x${hex.replace(/(..)/g, "$1 ").trim().split(" ").reverse().join("")}`);
}

import { sha256 } from "#base";

/** Root of the empty tree: SHA-256 of nothing (RFC 6962 §2.1). */
export const emptyRoot: Uint8Array = sha256(new Uint8Array(0));

/** Hash of a leaf: H(0x00 ‖ data) (RFC 6962 §2.1). */
export function leafHash(data: Uint8Array): Uint8Array {
	const input = new Uint8Array(1 + data.length);
	input.set(data, 1);
	return sha256(input);
}

/** Hash of an inner node: H(0x01 ‖ left ‖ right) (RFC 6962 §2.1). Both are 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
	const input = new Uint8Array(65);
	input[0] = 1;
	input.set(left, 1);
	input.set(right, 33);
	return sha256(input);
}

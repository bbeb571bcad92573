import { sha256, sha256Into } from "#base";

/** Root of the empty tree: SHA-256 of nothing (RFC 6962 §2.1). */
export const emptyRoot: Uint8Array = sha256(new Uint8Array(0));

/** Of leaves whose data are digests, as nearly all are, and of inner nodes: filled and hashed in one step, so one of each serves. */
const leafInput = new Uint8Array(33);
/** Of longer leaves: fresh memory for each costs more than its hash. */
const longLeafInput = new Uint8Array(1 + 32 * 1024);
const nodeInput = new Uint8Array(65).fill(1, 0, 1);

/** Hash of a leaf: H(0x00 ‖ data) (RFC 6962 §2.1). */
export function leafHash(data: Uint8Array): Uint8Array {
	const input = inputFor(data.length);
	input.set(data, 1);
	return sha256(input);
}

function inputFor(dataLength: number): Uint8Array {
	if (dataLength === 32) return leafInput;
	return dataLength < longLeafInput.length ? longLeafInput.subarray(0, 1 + dataLength) : new Uint8Array(1 + dataLength);
}

/** {@link leafHash} of a leaf whose data are SHA-256 of these bytes. */
export function hashedLeafHash(bytes: Uint8Array): Uint8Array {
	sha256Into(leafInput, 1, bytes);
	return sha256(leafInput);
}

/** Hash of an inner node: H(0x01 ‖ left ‖ right) (RFC 6962 §2.1). Both are 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
	nodeInput.set(left, 1);
	nodeInput.set(right, 33);
	return sha256(nodeInput);
}

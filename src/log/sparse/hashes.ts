import { sha256, sha256Utf8 } from "#base";

/** Stands for an empty place: 32 zero bytes (PROTOCOL §3). */
export const emptyPlace: Uint8Array = new Uint8Array(32);

/** Place of a key: H(namespace ‖ 0x00 ‖ key). Both are ASCII, so the zero byte separates them without doubt. */
export function sparsePath(namespace: string, key: string): Uint8Array {
	return sha256Utf8(`${namespace}\0${key}`);
}

// Filled anew for each hash: nothing here waits, so nobody else sees them between.
const leafInput = new Uint8Array(65).fill(0x10, 0, 1);
const nodeInput = new Uint8Array(65).fill(0x11, 0, 1);

/** H(0x10 ‖ path ‖ H(value)). */
export function sparseLeafHash(path: Uint8Array, valueHash: Uint8Array): Uint8Array {
	return hashPair(leafInput, path, valueHash);
}

/** H(0x11 ‖ left ‖ right). */
export function sparseNodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
	return hashPair(nodeInput, left, right);
}

/** @throws RangeError unless both are 32 bytes: what was left from the last hash must never be hashed along. */
function hashPair(input: Uint8Array, first: Uint8Array, second: Uint8Array): Uint8Array {
	if (first.length !== 32 || second.length !== 32) throw new RangeError("expected two hashes of 32 bytes");
	input.set(first, 1);
	input.set(second, 33);
	return sha256(input);
}

/** Bit `depth` of a path, 0 for left. Depth 0 is the highest bit of the first byte. */
export function pathBit(path: Uint8Array, depth: number): 0 | 1 {
	return (((path[depth >> 3] as number) >> (7 - (depth & 7))) & 1) as 0 | 1;
}

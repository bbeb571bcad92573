import { concatBytes, encodeUtf8, sha256 } from "#base";

/** Stands for an empty place: 32 zero bytes (PROTOCOL §3). */
export const emptyPlace: Uint8Array = new Uint8Array(32);

/** Place of a key: H(namespace ‖ 0x00 ‖ key). Both are ASCII, so the zero byte separates them without doubt. */
export function sparsePath(namespace: string, key: string): Uint8Array {
	return sha256(encodeUtf8(`${namespace}\0${key}`));
}

/** H(0x10 ‖ path ‖ H(value)). */
export function sparseLeafHash(path: Uint8Array, valueHash: Uint8Array): Uint8Array {
	return sha256(concatBytes(Uint8Array.of(0x10), path, valueHash));
}

/** H(0x11 ‖ left ‖ right). */
export function sparseNodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
	const input = new Uint8Array(65);
	input[0] = 0x11;
	input.set(left, 1);
	input.set(right, 33);
	return sha256(input);
}

/** Bit `depth` of a path, 0 for left. Depth 0 is the highest bit of the first byte. */
export function pathBit(path: Uint8Array, depth: number): 0 | 1 {
	return (((path[depth >> 3] as number) >> (7 - (depth & 7))) & 1) as 0 | 1;
}

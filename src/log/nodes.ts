import { nodeHash } from "./hashes.ts";
import { assertSize } from "./ranges.ts";

/**
 * Reads the hash of a complete subtree: the 2^level leaves from `index · 2^level` on. It is asked only for subtrees that lie inside the
 * size in question, and throws when it does not have one.
 */
export type NodeReader = (level: number, index: number) => Uint8Array;

/** A complete subtree: never changes once its last leaf is there. */
export interface LogNode {
	readonly level: number;
	readonly index: number;
	readonly hash: Uint8Array;
}

/**
 * The nodes that become complete when a leaf is appended to a tree of `size` leaves: the leaf itself, then its ancestors upwards.
 *
 * @param hash - The new leaf's {@link leafHash}.
 * @throws {@link LogError} `LOG_RANGE_INVALID`.
 */
export function newNodes(size: number, hash: Uint8Array, read: NodeReader): LogNode[] {
	assertSize(size);
	const nodes: LogNode[] = [{ level: 0, index: size, hash }];
	let [level, index, current] = [0, size, hash];
	while (index % 2 === 1) {
		current = nodeHash(read(level, index - 1), current);
		level++;
		index = (index - 1) / 2;
		nodes.push({ level, index, hash: current });
	}
	return nodes;
}

/** Left subtree of a range splits at the largest power of two below its length (RFC 6962 §2.1). */
export function splitPoint(length: number): number {
	let k = 1;
	while (k * 2 < length) k *= 2;
	return k;
}

/** MTH(D[start:end]) for a range that is a subtree of some tree: its start is a multiple of the power of two that covers it. */
export function rangeHash(start: number, end: number, read: NodeReader): Uint8Array {
	const length = end - start;
	const k = splitPoint(length);
	if (length === 1) return read(0, start);
	if (k * 2 === length) return read(levelOf(length), start / length);
	return nodeHash(rangeHash(start, start + k, read), rangeHash(start + k, end, read));
}

/** Exponent of a power of two up to 2^53. */
function levelOf(length: number): number {
	let level = 0;
	for (let n = length; n > 1; n /= 2) level++;
	return level;
}

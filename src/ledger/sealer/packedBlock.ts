import type { LogNode } from "#log";
import type { StoredBlock, StoredHead } from "./blockStore.ts";
import type { SealedBlock } from "./logWriter.ts";

/**
 * A sealed block as few large arrays, which change threads without being copied: thousands of small ones would cost the sealing thread more than writing
 * them. Never stored; both ends are this file.
 */
export interface PackedBlock {
	readonly block: StoredBlock;
	readonly before: StoredHead;
	readonly after: StoredHead;
	readonly firstLeaf: number;
	/** All leaves, one after the other. */
	readonly leaves: Uint8Array<ArrayBuffer>;
	/** Where each leaf ends. */
	readonly ends: Uint32Array<ArrayBuffer>;
	/** All nodes' hashes, one after the other. */
	readonly hashes: Uint8Array<ArrayBuffer>;
	/** Level and index of each node in turn. */
	readonly places: Float64Array<ArrayBuffer>;
}

const hashBytes = 32;

export function packBlock({ drafted, before, after }: SealedBlock): { readonly packed: PackedBlock; readonly transfer: ArrayBuffer[] } {
	const { block, firstLeaf, leaves, nodes } = drafted;
	const packed = { block, before, after, firstLeaf, ...packLeaves(leaves), ...packNodes(nodes) };
	return { packed, transfer: [packed.leaves.buffer, packed.ends.buffer, packed.hashes.buffer, packed.places.buffer] };
}

/** Its parts are views on the packed arrays. */
export function unpackBlock({ block, before, after, firstLeaf, leaves, ends, hashes, places }: PackedBlock): SealedBlock {
	const nodes = Array.from({ length: places.length / 2 }, (_, i) => ({
		level: places[2 * i]!,
		index: places[2 * i + 1]!,
		hash: hashes.subarray(i * hashBytes, (i + 1) * hashBytes),
	}));
	const each = Array.from(ends, (end, i) => leaves.subarray(i === 0 ? 0 : ends[i - 1], end));
	return { before, after, drafted: { block, firstLeaf, leaves: each, nodes } };
}

function packLeaves(each: readonly Uint8Array[]): Pick<PackedBlock, "leaves" | "ends"> {
	const leaves = new Uint8Array(each.reduce((sum, { length }) => sum + length, 0));
	const ends = new Uint32Array(each.length);
	let at = 0;
	for (const [i, bytes] of each.entries()) {
		leaves.set(bytes, at);
		at += bytes.length;
		ends[i] = at;
	}
	return { leaves, ends };
}

function packNodes(nodes: readonly LogNode[]): Pick<PackedBlock, "hashes" | "places"> {
	const hashes = new Uint8Array(nodes.length * hashBytes);
	const places = new Float64Array(nodes.length * 2);
	for (const [i, { level, index, hash }] of nodes.entries()) {
		hashes.set(hash, i * hashBytes);
		places.set([level, index], 2 * i);
	}
	return { hashes, places };
}

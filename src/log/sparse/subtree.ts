import { emptyPlace, sparseLeafHash, sparseNodeHash } from "./hashes.ts";

/** What stands at a place of the compact tree: nothing, one leaf, or a node over at least two leaves. */
export type Subtree = Empty | Leaf | Branch;

export interface Empty {
	readonly kind: "empty";
	readonly hash: Uint8Array;
}

export interface Leaf {
	readonly kind: "leaf";
	readonly hash: Uint8Array;
	readonly path: Uint8Array;
	readonly valueHash: Uint8Array;
}

export interface Branch {
	readonly kind: "branch";
	readonly hash: Uint8Array;
}

export const empty: Empty = { kind: "empty", hash: emptyPlace };

export function createLeaf(path: Uint8Array, valueHash: Uint8Array): Leaf {
	return { kind: "leaf", hash: sparseLeafHash(path, valueHash), path, valueHash };
}

/** Joins two halves. A subtree with one leaf is that leaf, however deep it lies. */
export function join(left: Subtree, right: Subtree): Subtree {
	if (left.kind === "empty" && right.kind !== "branch") return right;
	if (right.kind === "empty" && left.kind !== "branch") return left;
	return { kind: "branch", hash: sparseNodeHash(left.hash, right.hash) };
}

import { emptyPlace, sparseLeafHash } from "./hashes.ts";

/** What stands at a place of the compact tree: nothing, one leaf, or a node over at least two leaves. */
export type Subtree = Empty | Leaf | Branch;

export interface Empty {
	readonly kind: "empty";
	readonly hash: Uint8Array;
}

export interface Branch {
	readonly kind: "branch";
	readonly hash: Uint8Array;
}

/** A key's place and value. Its hash is computed when asked for: most leaves of a page that is read are never asked. */
export class Leaf {
	readonly kind = "leaf";
	readonly path: Uint8Array;
	readonly valueHash: Uint8Array;
	#hash: Uint8Array | undefined;

	constructor(path: Uint8Array, valueHash: Uint8Array) {
		this.path = path;
		this.valueHash = valueHash;
	}

	get hash(): Uint8Array {
		this.#hash ??= sparseLeafHash(this.path, this.valueHash);
		return this.#hash;
	}
}

export const empty: Empty = { kind: "empty", hash: emptyPlace };

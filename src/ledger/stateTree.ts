import { sha256Utf8 } from "#base";
import { type PageStore, type SparseChange, SparseTree, type SparseTreeOptions, sparsePath } from "#log";
import type { StateChange } from "./state.ts";

/** Place and hash of a state change in the sparse tree: the namespace is the contract's name, the value its canonical bytes. */
export function toSparseChange({ contract, key, text }: StateChange): SparseChange {
	return { path: sparsePath(contract, key), valueHash: text === undefined ? undefined : sha256Utf8(text) };
}

/**
 * So many keys at most are one page of the state tree, of 1.7 kB with fifteen: a million keys lie in 65,536 pages of one each, and a change looks at one and
 * writes one. More would not leave room for a page in a row that SQLite keeps in one piece.
 */
const bucketLeaves = 32;

/** The state tree over its pages; whoever compares pages needs the same everywhere. */
export function createStateTree(store: PageStore, options: Omit<SparseTreeOptions, "bucketLeaves"> = {}): SparseTree {
	return new SparseTree(store, { ...options, bucketLeaves });
}

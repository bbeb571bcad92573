import { sha256Utf8 } from "#base";
import { type SparseChange, sparsePath } from "#log";
import type { StateChange } from "./state.ts";

/** Place and hash of a state change in the sparse tree: the namespace is the contract's name, the value its canonical bytes. */
export function toSparseChange({ contract, key, text }: StateChange): SparseChange {
	return { path: sparsePath(contract, key), valueHash: text === undefined ? undefined : sha256Utf8(text) };
}

import type { SubjectId } from "#base";
import type { WrappedDataKey } from "#vault";

/** One appended entry as it stands on disk. What is in clear says nothing without keys (SPEC AL9). */
export interface EntryRow {
	readonly leafIndex: number;
	/** Where it stands under a cohort leaf; null for an entry that is a leaf of its own. */
	readonly place: number | null;
	/** Keyed token of the pseudonym, 64 hex digits. */
	readonly chain: string;
	readonly seq: number;
	/** Leaf hash of the entry, H(0x00 ‖ H(salt ‖ canonical entry)), 32 bytes: of the leaf itself where it is one of its own. */
	readonly entryHash: Uint8Array;
	readonly dataKey: string;
	/** nonce ‖ ciphertext ‖ tag of salt ‖ canonical entry. */
	readonly sealed: Uint8Array;
}

/** An entry on its way to the disk, sealed where it is written. It never leaves the process. */
export interface StagedRow extends Omit<EntryRow, "sealed"> {
	/** salt(32) ‖ canonical entry. */
	readonly plaintext: Uint8Array;
	/** The data key itself, 32 bytes. */
	readonly key: Uint8Array;
	/** 12 bytes, never used twice under one data key. */
	readonly nonce: Uint8Array;
}

/** A leaf that stands for the entries of one question over many patients. */
export interface CohortRow {
	readonly leafIndex: number;
	readonly leafHash: Uint8Array;
	/** Of all its places in order, 32 bytes each; who has one of them stands in that entry's row. */
	readonly hashes: Uint8Array;
}

/** Last entry of one pseudonym's chain. */
export interface ChainRow {
	readonly chain: string;
	readonly seq: number;
	readonly head: Uint8Array;
	/** Key in the head map, 32 bytes (SPEC AL6). */
	readonly blinded: Uint8Array;
	/** Under whose audit key the chain is sealed. */
	readonly subject: SubjectId;
}

/** A node of the RFC 6962 tree above the leaves: root of the complete subtree of 2^level leaves starting at index · 2^level. */
export interface NodeRow {
	readonly level: number;
	readonly index: number;
	readonly hash: Uint8Array;
}

/** Rows of one commit, but for the entries. */
interface OtherRows {
	readonly keys: readonly WrappedDataKey[];
	readonly nodes: readonly NodeRow[];
	readonly chains: readonly ChainRow[];
	readonly cohorts: readonly CohortRow[];
}

export interface LogBatch extends OtherRows {
	readonly entries: readonly EntryRow[];
}

export interface StagedBatch extends OtherRows {
	/** Size of the log that the batch was staged on: over any other it is not written. */
	readonly base: number;
	readonly entries: readonly StagedRow[];
}

import type { SubjectId } from "#base";
import type { OpeningOrder, WrappedDataKey } from "#vault";

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

/** An {@link EntryRow} on its way to the disk: its chain is the token's 32 bytes, as the file holds them. */
export interface SealedRow extends Omit<EntryRow, "chain"> {
	readonly chain: Uint8Array;
}

/** An entry that is sealed where it is written. It never leaves the process. */
export interface StagedRow extends Omit<SealedRow, "sealed"> {
	/** salt(32) ‖ canonical entry. */
	readonly plaintext: Uint8Array;
	/** The data key itself, 32 bytes. */
	readonly key: Uint8Array;
	/** 12 bytes, never used twice under one data key. */
	readonly nonce: Uint8Array;
	/** What is to be opened once it is durable. */
	readonly order?: OpeningOrder | undefined;
}

/** A leaf that stands for the entries of one question over many patients. */
export interface CohortRow {
	readonly leafIndex: number;
	readonly leafHash: Uint8Array;
	/** Of all its places in order, 32 bytes each; who has one of them stands in that entry's row. */
	readonly hashes: Uint8Array;
}

/** Last entry of one pseudonym's chain: what its next one follows. */
export interface ChainRow {
	/** Keyed token of the pseudonym, 32 bytes: also its key in the head map (SPEC AL6). */
	readonly token: Uint8Array;
	readonly seq: number;
	readonly head: Uint8Array;
	/** The token in hex. */
	readonly chain: string;
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
	/** Size of the log before it. */
	readonly base: number;
	/** Leaves that it adds. */
	readonly leaves: number;
	/** Hashes of the nodes above the leaves that these complete, 32 bytes each, in the order of the leaves and upwards. */
	readonly nodes: Uint8Array;
	readonly keys: readonly WrappedDataKey[];
	readonly cohorts: readonly CohortRow[];
}

export interface LogBatch extends OtherRows {
	readonly entries: readonly SealedRow[];
}

/** It is written over a log of the size that it was staged on, and over no other. */
export interface StagedBatch extends OtherRows {
	readonly entries: readonly StagedRow[];
}

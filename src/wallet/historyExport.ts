import type { MemberId, Pseudonym } from "#base";
import type { AccessEntry } from "#contracts";
import type { SparseProofJson, StateProof } from "#ledger";
import type { CohortPlace } from "#log";

/** One line of the history with its place in the log. */
export interface HistoryEntry {
	readonly entry: AccessEntry;
	/** 32 bytes, hex. */
	readonly salt: string;
	readonly leafIndex: number;
	/** Sibling hashes in the tree of the log's checkpoint, leaf to root, hex. */
	readonly inclusion: readonly string[];
	/** Where it stands under a leaf that is one question over many patients; absent where the entry is a leaf of its own. */
	readonly cohort?: CohortPlace;
}

/** What a head map holds for the patient: the last entry, or null where the patient had none yet. */
export interface HeadProof {
	readonly head: { readonly seq: number; readonly head: string } | null;
	readonly sparse: SparseProofJson;
}

/** A size of the log that the ledger has recorded. */
export interface AnchorProof {
	/** Place among the log's anchors, from 0. */
	readonly index: number;
	readonly size: number;
	readonly root: string;
	readonly mapRoot: string;
	/** Block time, UTC ms. */
	readonly time: number;
	/** Sibling hashes in the log's tree of anchors, whose root is in the log's record, leaf to root, hex. */
	readonly inclusion: readonly string[];
	/** Null where the custodian lost the entries of this size, as the ledger says. */
	readonly map: HeadProof | null;
}

/** What the custodian shows of one log. */
export interface ShownLog {
	/** The log's signed note over size, root and head map; all `inclusion` proofs of entries lead here. */
	readonly checkpoint: string;
	/** Head of this patient in the checkpoint's own map. */
	readonly map: HeadProof;
	/** In the order of `seq`, from 0. */
	readonly entries: readonly HistoryEntry[];
	/** From the newest anchor within the checkpoint's size to the checkpoint, hex; empty without one. */
	readonly consistency: readonly string[];
	/** By rising index: both sides of every change of the patient's last entry, the newest, and those drawn (see {@link drawAnchors}). */
	readonly anchors: readonly AnchorProof[];
}

/** Every entry of an export, log by log. */
export function listEntries({ logs }: HistoryExport): readonly HistoryEntry[] {
	return logs.flatMap(({ shown }) => shown?.entries ?? []);
}

/** One of the custodian's logs, by its registration on the ledger. */
export interface LogHistory {
	readonly log: string;
	/** The ledger's state about this log: number, writer key, size, root and map anchored last, root over its anchors (`access`, `l/<member>/<log>`). */
	readonly record: StateProof;
	/** Null where all of it is lost, as the ledger says. */
	readonly shown: ShownLog | null;
}

/**
 * A patient's access history at one custodian, verifiable offline by someone who trusts the ledger's key and nobody else (PROTOCOL §8).
 * Format `aceso/history/2`.
 */
export interface HistoryExport {
	readonly format: "aceso/history/2";
	/** Ledger on which the logs are anchored. */
	readonly chain: string;
	readonly member: MemberId;
	readonly pseudonym: Pseudonym;
	/** Secret of this pseudonym at this custodian, 32 bytes, hex: leads to its place in every head map. */
	readonly blind: string;
	/** How many logs the custodian ever registered (`access`, `m/<member>`). */
	readonly count: StateProof;
	/** All of them, in the order of their registration. */
	readonly logs: readonly LogHistory[];
}

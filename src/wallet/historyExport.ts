import type { MemberId, Pseudonym } from "#base";
import type { AccessEntry } from "#contracts";
import type { SparseProofJson, StateProof, TransactionProof } from "#ledger";

/** One line of the history with its place in the log. */
export interface HistoryEntry {
	readonly entry: AccessEntry;
	/** 32 bytes, hex. */
	readonly salt: string;
	readonly leafIndex: number;
	/** Sibling hashes in the tree of the export's checkpoint, leaf to root, hex. */
	readonly inclusion: readonly string[];
}

/** What a head map holds for the patient: the last entry, or null where the patient had none yet. */
export interface HeadProof {
	readonly head: { readonly seq: number; readonly head: string } | null;
	readonly sparse: SparseProofJson;
}

/** A size of the log that the ledger has recorded. */
export interface AnchorProof {
	readonly size: number;
	readonly root: string;
	readonly mapRoot: string;
	/** From this size to the export's checkpoint, hex. */
	readonly consistency: readonly string[];
	readonly map: HeadProof;
	/** The transaction that carried it; null for the newest anchor alone, which `record` and `anchor` prove as the ledger's state. */
	readonly transaction: TransactionProof | null;
}

/**
 * A patient's access history in one log, verifiable offline by someone who trusts the ledger's key and nobody else (PROTOCOL §8).
 * Format `aceso/history/1`.
 */
export interface HistoryExport {
	readonly format: "aceso/history/1";
	/** Ledger on which the log is anchored. */
	readonly chain: string;
	readonly log: string;
	readonly member: MemberId;
	readonly pseudonym: Pseudonym;
	/** The log's signed note over size, root and head map; all `inclusion` proofs lead here. */
	readonly checkpoint: string;
	/** Head of this patient in the checkpoint's own map. */
	readonly map: HeadProof;
	/** In the order of `seq`, from 0. */
	readonly entries: readonly HistoryEntry[];
	/** By rising size: those at which the patient's last entry changed (the newest 64), and the one the ledger's state names. */
	readonly anchors: readonly AnchorProof[];
	/** The ledger's state about this log: member, writer key, size and root anchored last (`access`, `l/<member>/<log>`). */
	readonly record: StateProof;
	/** The ledger's state about the member's latest anchor: root of the head map, time (`access`, `a/<member>`). */
	readonly anchor: StateProof;
	/** For each key that signed one of the transactions above: whose it is or was (`membership`, `k/<key>`). */
	readonly signers: readonly StateProof[];
}

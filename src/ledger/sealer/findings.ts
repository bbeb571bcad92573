import { LedgerError, type LedgerErrorCode } from "../errors.ts";
import type { ReplayFinding, ReplayFindingCode } from "../replayLedger.ts";

/** What the auditor finds, besides what a replay finds. */
export type FsckCode =
	| ReplayFindingCode
	/** The file cannot be read as a ledger at all. */
	| "FSCK_FILE_UNREADABLE"
	/** The file began with another genesis. */
	| "FSCK_GENESIS_DIFFERS"
	/** Positions of leaves have a gap. */
	| "FSCK_LEAF_MISSING"
	/** A tile is missing, too many, or holds other hashes than the leaves give. */
	| "FSCK_TILE_DIFFERS"
	/** A block's row differs from what leaves and replay give. */
	| "FSCK_BLOCK_DIFFERS"
	/** The head is not the last block. */
	| "FSCK_HEAD_DIFFERS"
	/** The checkpoint is not signed by the sealer, or commits to another log. */
	| "FSCK_CHECKPOINT_DIFFERS"
	/** The log is shorter than a checkpoint that was seen outside: it is not the newest. */
	| "FSCK_ROLLED_BACK"
	/** A checkpoint that was seen outside commits to another past than the log's. */
	| "FSCK_PAST_DIFFERS"
	/** A row of state differs from what replay gives, is missing or too many. */
	| "FSCK_STATE_ROW_DIFFERS"
	/** A page of the state tree differs from what the state gives, is missing or too many. */
	| "FSCK_PAGE_DIFFERS"
	/** The index of transactions differs from the log. */
	| "FSCK_INDEX_DIFFERS"
	/** The state file is missing, or cannot be read as one. The next start makes it again from genesis and log. */
	| "FSCK_STATE_FILE_UNREADABLE"
	/** The state file is of another genesis. The next start makes it again from genesis and log. */
	| "FSCK_STATE_GENESIS_DIFFERS"
	/** The state file is of a height that the log does not hold: the log is not the newest. */
	| "FSCK_STATE_AHEAD"
	/** The state file names another root for its height than the log: it was made from another history. */
	| "FSCK_STATE_FOREIGN"
	/** What a block replaced in the state does not lead to the state before it. */
	| "FSCK_UNDO_DIFFERS";

export interface FsckFinding {
	readonly code: FsckCode;
	/** Where: a table and position, never a value. */
	readonly where: string;
}

/** What a replay finds, by its place in the log's file. */
export function inLeaves({ code, leafIndex }: ReplayFinding): FsckFinding & { readonly code: ReplayFindingCode } {
	return { code, where: `leaves ${leafIndex}` };
}

/** What a start is refused with where the file is not simply damaged, and what helps. */
const refusals: Partial<Record<FsckCode, readonly [LedgerErrorCode, string]>> = {
	FSCK_GENESIS_DIFFERS: ["LEDGER_GENESIS_DIFFERS", "expected the genesis that this file began with"],
	FSCK_ROLLED_BACK: ["LEDGER_ROLLED_BACK", "expected a log as long as what was seen of it outside, found a shorter one; restore the newer file"],
	FSCK_STATE_AHEAD: ["LEDGER_ROLLED_BACK", "expected the log that its state file was made from, found a shorter one; restore the newer log"],
	FSCK_STATE_FOREIGN: ["LEDGER_CORRUPT", "expected a state file that fits the log; run the auditor, or remove it to have it made again"],
	FSCK_PAGE_DIFFERS: ["LEDGER_CORRUPT", "expected a state file that fits the log; run the auditor, or remove it to have it made again"],
};

/**
 * How a start and a running sealer hear the auditor's judgements: the first finding ends it.
 *
 * @throws {@link LedgerError} `LEDGER_GENESIS_DIFFERS`, `LEDGER_ROLLED_BACK`, `LEDGER_CORRUPT`; `details.finding` is the auditor's code.
 */
export function refuseFirst(findings: Iterable<FsckFinding>): void {
	for (const { code, where } of findings) {
		const [refusal, message] = refusals[code] ?? [
			"LEDGER_CORRUPT",
			`expected the stored ${where} to agree with the rest of the file; run the auditor`,
		];
		throw new LedgerError(refusal, message, { where, finding: code });
	}
}

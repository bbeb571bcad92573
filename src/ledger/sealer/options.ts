import type { Clock, Digest, MemberId, PublicKey, SigningKey } from "#base";
import type { Rulebook, StateReader } from "#contracts";
import type { Genesis } from "../ledger.ts";
import type { StateEntry } from "../state.ts";
import type { WitnessLink } from "./cosigners.ts";

/** What a ledger is made of, besides its file: the same for the sealer, the replay and the auditor. */
export interface LedgerDefinition {
	readonly genesis: Genesis;
	/** The bundles of every version that was ever in force, and of those voted for. */
	readonly rules: Rulebook;
	/** State that the genesis stands for; the membership contract's own. */
	readonly genesisState: (genesis: Genesis) => readonly StateEntry[];
}

export interface SeenCheckpoint {
	readonly size: number;
	readonly root: Digest;
}

export interface SealerOptions extends LedgerDefinition {
	/** SQLite file of the log; `<path>.state` and `<path>.lock` lie beside it, with `-wal` and `-shm` of each. */
	readonly path: string;
	/** Its public half must be `genesis.sealer`. */
	readonly sealerKey: SigningKey;
	/** Looks a member up in committed state; the membership contract's own. */
	readonly readMember: (state: StateReader, member: MemberId) => MemberRecord | undefined;
	readonly now: Clock;
	/** How long after a block the next one begins; what comes meanwhile enters it together. What comes later begins a block at once. */
	readonly blockWindowMs?: number;
	readonly maxBlockTransactions?: number;
	/** Transactions a member may forward to one contract in a minute, where its record does not say. */
	readonly transactionsPerMinute?: number;
	/** How often the newest checkpoint is cosigned again. */
	readonly heartbeatMs?: number;
	/** Threads that verify signatures beside the sealing one; 0 verifies there. */
	readonly verifyThreads?: number;
	/** Changed values and new ids that gather in memory before they are written to the state file; some times as many hold the sealing up. */
	readonly flushChanges?: number;
	/** After how long less than that is written too. */
	readonly flushIntervalMs?: number;
	/** Hears, while the ledger opens, how far the blocks that the state file does not hold have been run again. */
	readonly onCatchUp?: (height: number, last: number) => void;
	/** A checkpoint known from elsewhere (a backup's receipt): the file must contain it. What the witnesses hold is asked of them. */
	readonly seen?: SeenCheckpoint;
	/** Members' witnesses, without the operator's own. */
	readonly witnesses?: readonly WitnessLink[];
	/** Told at the start how many of the witnesses were reached; with none of them nobody knows whether the file is the newest. */
	readonly onWitnessesAsked?: (asked: { readonly reached: number; readonly of: number }) => void;
	/** Shortest time between two requests to one witness. */
	readonly witnessIntervalMs?: number;
	/** How long a start waits for a witness to say what it holds. */
	readonly witnessTimeoutMs?: number;
}

/** What the sealer needs to know of a member. */
export interface MemberRecord {
	readonly key: PublicKey;
	/** Only `active` members forward. */
	readonly status: string;
	/** Transactions that may enter through it per minute and contract. */
	readonly quota?: number;
}

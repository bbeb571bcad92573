import type { Outcome } from "./buildBlock.ts";
import type { TransactionResult } from "./ledger.ts";

export interface SealedWhere {
	readonly height: number;
	/** Block time, UTC ms. */
	readonly time: number;
	/** Position of the block's first accepted transaction. */
	readonly firstLeaf: number;
}

/** What submitters hear of a block's transactions, in the same order. */
export function toResults(outcomes: readonly Outcome[], { height, time, firstLeaf }: SealedWhere): TransactionResult[] {
	let leafIndex = firstLeaf;
	return outcomes.map(({ read, ...outcome }) =>
		outcome.accepted
			? { id: read.id, accepted: true, height, time, leafIndex: leafIndex++, events: outcome.events }
			: { id: read.id, accepted: false, code: outcome.code, message: outcome.message },
	);
}

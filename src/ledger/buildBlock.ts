import type { Digest } from "#base";
import type { ContractEvent, Rules, StateReader } from "#contracts";
import { LedgerError } from "./errors.ts";
import { type BlockContext, executeTransaction } from "./execute.ts";
import { type StateChange, StateOverlay } from "./state.ts";
import { assertTimely } from "./timeliness.ts";
import type { ReadTransaction } from "./transaction.ts";

export interface BlockParameters {
	readonly rules: Rules;
	/** State after the block before. */
	readonly state: StateReader;
	readonly block: BlockContext;
	/** In the order in which they came; signatures already verified. */
	readonly candidates: readonly ReadTransaction[];
	/** Whether the log already holds a transaction. */
	readonly isKnown: (id: Digest) => boolean;
}

export type Outcome =
	| { readonly accepted: true; readonly read: ReadTransaction; readonly events: readonly ContractEvent[] }
	| { readonly accepted: false; readonly read: ReadTransaction; readonly code: string; readonly message: string };

export interface BuiltBlock {
	/** One per candidate, in the same order. */
	readonly outcomes: readonly Outcome[];
	readonly accepted: readonly ReadTransaction[];
	readonly changes: readonly StateChange[];
}

/**
 * Runs candidates one after the other, each over what the accepted ones before it wrote. A refused one leaves no trace.
 *
 * The same function seals, replays and audits: for the same state, block and candidates it gives the same result.
 *
 * @throws {@link LedgerError} `LEDGER_HALTED` when a contract breaks.
 */
export function buildBlock({ rules, state, block, candidates, isKnown }: BlockParameters): BuiltBlock {
	const written = new StateOverlay(state);
	const accepted: ReadTransaction[] = [];
	const inBlock = new Set<Digest>();
	const outcomes = candidates.map((read): Outcome => {
		const late = refusalBeforeExecution(read, block, (id) => inBlock.has(id) || isKnown(id));
		if (late !== undefined) return { accepted: false, read, code: late.code, message: late.message };
		const execution = executeTransaction(rules, written, read, block);
		if (!execution.accepted) return { accepted: false, read, code: execution.code, message: execution.message };
		execution.writes.mergeInto(written);
		accepted.push(read);
		inBlock.add(read.id);
		return { accepted: true, read, events: execution.events };
	});
	return { outcomes, accepted, changes: written.changes() };
}

function refusalBeforeExecution(
	{ transaction, id }: ReadTransaction,
	block: BlockContext,
	isKnown: (id: Digest) => boolean,
): LedgerError | undefined {
	try {
		if (transaction.chain !== block.chain) throw new LedgerError("LEDGER_CHAIN_DIFFERS", "expected a transaction made for this chain");
		assertTimely(transaction, block.time);
		if (isKnown(id)) throw new LedgerError("LEDGER_REPLAYED", "expected a transaction that is not in the log yet");
		return undefined;
	} catch (error) {
		if (error instanceof LedgerError) return error;
		throw error;
	}
}

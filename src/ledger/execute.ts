import type { CodedError } from "#base";
import { type Context, type ContractEvent, ContractRefusal, type Rules, type StateReader } from "#contracts";
import { LedgerError } from "./errors.ts";
import { StateOverlay } from "./state.ts";
import { deepFreeze, type ReadTransaction } from "./transaction.ts";

/** Where and when a transaction runs. */
export interface BlockContext {
	readonly chain: string;
	readonly height: number;
	/** Block time, UTC ms. */
	readonly time: number;
}

export type Execution =
	| { readonly accepted: true; readonly writes: StateOverlay; readonly events: readonly ContractEvent[] }
	| { readonly accepted: false; readonly code: string; readonly message: string };

/**
 * Runs one transaction through its contract, over `state`. Nothing is written: the caller merges `writes`.
 *
 * The signature, `until` and replay are judged before this (see {@link assertTimely}); from here on the result is a function of
 * (state, transaction, block) alone.
 *
 * @throws {@link LedgerError} `LEDGER_HALTED` when the contract throws anything but a refusal: a bug, after which no result can be trusted.
 */
export function executeTransaction(rules: Rules, state: StateReader, { transaction }: ReadTransaction, block: BlockContext): Execution {
	const contracts: Partial<Rules["contracts"]> = rules.contracts;
	const actions = Object.hasOwn(contracts, transaction.contract) ? contracts[transaction.contract]?.actions : undefined;
	const action = actions !== undefined && Object.hasOwn(actions, transaction.action) ? actions[transaction.action] : undefined;
	if (action === undefined) return refused(new LedgerError("LEDGER_ACTION_UNKNOWN", "expected an action that the rules in force know"));
	const writes = new StateOverlay(state);
	const events: ContractEvent[] = [];
	try {
		const body = action.schema.safeParse(transaction.body);
		if (!body.success) return refused(new LedgerError("LEDGER_BODY_INVALID", "expected a body that fits the action's schema"));
		action.apply(createContext(transaction, { ...block, rulesVersion: rules.version }, writes, events), deepFreeze(body.data));
	} catch (error) {
		if (error instanceof ContractRefusal || isStateRefusal(error)) return refused(error);
		throw new LedgerError("LEDGER_HALTED", `expected ${transaction.contract} to accept or refuse, found an exception`, { at: block.height }, error);
	}
	return { accepted: true, writes, events };
}

function createContext(
	transaction: ReadTransaction["transaction"],
	block: BlockContext & { readonly rulesVersion: number },
	writes: StateOverlay,
	events: ContractEvent[],
): Context {
	const own = transaction.contract;
	return Object.freeze<Context>({
		chain: block.chain,
		signer: transaction.signer,
		time: block.time,
		height: block.height,
		rulesVersion: block.rulesVersion,
		get: (key) => writes.get(own, key),
		put: (key, value) => writes.put(own, key, value),
		delete: (key) => writes.delete(own, key),
		read: (contract, key) => writes.get(contract, key),
		emit: (event) => {
			events.push(deepFreeze(copyOf(event)));
		},
	});
}

/** An event is plain data, which this copies many times as fast as `structuredClone`. */
function copyOf<T>(value: T): T {
	if (Array.isArray(value)) return value.map(copyOf) as T;
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOf(member)])) as T;
}

/** Size and depth of what a contract stores can be driven by input, so a breach refuses the transaction and never halts the ledger. */
function isStateRefusal(error: unknown): error is LedgerError {
	return error instanceof LedgerError && error.code === "LEDGER_STATE_NOT_PERMITTED";
}

function refused({ code, message }: CodedError): Execution {
	return { accepted: false, code, message };
}

/**
 * contracts: the rules of the ledger, one folder each: membership, credentials, consent (with `decide`), access, models. Deterministic
 * TypeScript: (state, transaction, block time) → state.
 *
 * It does not promise to know who a person is, nor to run anything: the ledger room does that.
 */

export type { AccessEntry, AccessEntryDraft, Compartment } from "./access/entry.ts";
export * from "./consent/terms.ts";
export {
	type Action,
	type Context,
	type Contract,
	type ContractEvent,
	type ContractName,
	ContractRefusal,
	defineAction,
	type Rules,
	type StateReader,
} from "./contract.ts";
export * from "./vocabulary.ts";

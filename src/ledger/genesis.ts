import { canonicalBytes, concatBytes, type Digest, sha256, sha256Hex } from "#base";
import { LedgerError } from "./errors.ts";
import type { BlockLeaf, Genesis } from "./ledger.ts";
import { mapKey, type StateChange, type StateEntry, toStateChange } from "./state.ts";
import { isChainName } from "./transaction.ts";

/** Names a genesis as a whole: two ledgers with the same digest started the same. Members are hashed one by one, so that a thousand fit. */
export function genesisDigest({ members, ...rest }: Genesis): Digest {
	const hashes = members.map((member) => sha256(canonicalBytes(member)));
	return sha256Hex(canonicalBytes({ ...rest, members: sha256Hex(concatBytes(...hashes)) })) as Digest;
}

/**
 * State before the first block, in the order in which a file keeps it: a large one is written several times as fast.
 *
 * @throws {@link LedgerError} `LEDGER_STATE_NOT_PERMITTED`, `LEDGER_GENESIS_DIFFERS` on a genesis that cannot be.
 */
export function genesisChanges(genesis: Genesis, genesisState: (genesis: Genesis) => readonly StateEntry[]): StateChange[] {
	if (genesis.format !== "aceso/genesis/1" || !isChainName(genesis.chain) || !Number.isSafeInteger(genesis.time)) {
		throw new LedgerError("LEDGER_GENESIS_DIFFERS", "expected a genesis of format aceso/genesis/1 with a chain name and a time");
	}
	const changes = new Map<string, StateChange>();
	for (const entry of genesisState(genesis)) changes.set(mapKey(entry.contract, entry.key), toStateChange(entry));
	return [...changes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change);
}

/** The log's first leaf: height 0 binds the genesis state, so that a state proof exists before the first block. */
export function genesisLeaf(genesis: Genesis, stateRoot: Digest): BlockLeaf {
	return { height: 0, time: genesis.time, transactions: 0, stateRoot, rulesVersion: genesis.rulesVersion };
}

import { Frontier, tileNodeReader } from "#log";
import { LedgerError } from "../errors.ts";
import { beginLedger } from "../sealer/beginLedger.ts";
import { BlockStore } from "../sealer/blockStore.ts";
import { refuseFirst } from "../sealer/findings.ts";
import { judgeEdge, judgeOpened } from "../sealer/judgeStart.ts";
import type { LedgerState } from "../sealer/ledgerState.ts";
import { acquireLock } from "../sealer/lock.ts";
import { asCorrupt } from "../sealer/openSealer.ts";
import { openState } from "../sealer/openState.ts";
import { readConsensusHead, readSnapshotFloor } from "./consensusHead.ts";
import { Replica, type ReplicaOptions, type ReplicaParts } from "./replica.ts";

/**
 * Opens a member's replica, or begins one from the genesis. The judgements of a start are those of the embedded ledger.
 *
 * @throws {@link LedgerError} As `openSealer`: `LEDGER_LOCKED`, `LEDGER_GENESIS_DIFFERS`, `LEDGER_CORRUPT`, `LEDGER_ROLLED_BACK`.
 */
export function openReplica(options: ReplicaOptions): Replica {
	const { path, genesis, rules } = options;
	if (rules.at(genesis.rulesVersion) === undefined) {
		throw new LedgerError("LEDGER_GENESIS_DIFFERS", "expected to hold the rules version that the genesis names");
	}
	const unlock = acquireLock(path);
	try {
		return new Replica(options, openParts(options, unlock));
	} catch (error) {
		unlock();
		throw error;
	}
}

/** Opens the files, under a lock that the caller holds. */
function openParts(options: ReplicaOptions, unlock: () => void): ReplicaParts {
	const { path, genesis, replicaKey } = options;
	let store: BlockStore | undefined;
	let state: LedgerState | undefined;
	try {
		store = BlockStore.open(path);
		const head = store.getHead() ?? beginLedger(store, { ...options, sealerKey: replicaKey }, []);
		refuseFirst(judgeEdge(store, { genesis, sealerKey: replicaKey.publicKey, seen: [] }));
		const log = Frontier.load(head.logSize, tileNodeReader(store.readTile));
		const block = store.getBlock(head.height)!;
		const consensus = readConsensusHead(store);
		state = openState(store, options);
		refuseFirst(judgeOpened(store, state, block, genesis));
		const reopen = () => openParts(options, unlock);
		return { store, head, block, log, state, consensus, oldestHeight: readSnapshotFloor(store), unlock, reopen };
	} catch (error) {
		state?.close();
		store?.close();
		throw asCorrupt(error);
	}
}

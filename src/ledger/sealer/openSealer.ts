import { type Digest, encodeHex, type Instant } from "#base";
import { Frontier, leafHash, SparseTree, tileNodeReader } from "#log";
import { encodeBlockLeaf } from "../blockLeaf.ts";
import { LedgerError } from "../errors.ts";
import { genesisChanges, genesisDigest, genesisLeaf } from "../genesis.ts";
import { toSparseChange } from "../stateTree.ts";
import { assertSound } from "./assertSound.ts";
import { BlockStore, type StoredHead } from "./blockStore.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { acquireLock } from "./lock.ts";
import type { SealerOptions } from "./options.ts";
import { Sealer } from "./sealer.ts";

/**
 * Opens a ledger file for sealing, or begins one from its genesis.
 *
 * @throws {@link LedgerError} `LEDGER_LOCKED`; `LEDGER_GENESIS_DIFFERS` when key, rules or file do not belong to the genesis;
 * `LEDGER_CORRUPT`, `LEDGER_ROLLED_BACK` when the file does not hold together.
 */
export async function openSealer(options: SealerOptions): Promise<Sealer> {
	const { path, genesis, rules, sealerKey } = options;
	if (genesis.sealer !== sealerKey.publicKey || genesis.rulesVersion !== rules.version) {
		throw new LedgerError("LEDGER_GENESIS_DIFFERS", "expected the sealer key and rules version that the genesis names");
	}
	const unlock = acquireLock(path);
	let store: BlockStore | undefined;
	try {
		store = BlockStore.open(path);
		const head = store.getHead() ?? begin(store, options);
		const log = Frontier.load(head.logSize, tileNodeReader(store.readTile));
		const tree = new SparseTree(store.pages);
		const block = assertSound(store, head, log, tree, options);
		return new Sealer(options, { store, head, block, log, tree, unlock });
	} catch (error) {
		store?.close();
		unlock();
		throw asCorrupt(error);
	}
}

/** Writes height 0: the genesis state and its block leaf, with the first checkpoint, all or nothing. */
function begin(store: BlockStore, options: SealerOptions): StoredHead {
	const { genesis, genesisState, sealerKey } = options;
	if (store.lastBlock() !== undefined || store.lastLeafPosition() >= 0) {
		throw new LedgerError("LEDGER_CORRUPT", "expected a head over the blocks of this file, found none", { where: "head" });
	}
	return store.transact(() => {
		const changes = genesisChanges(genesis, genesisState);
		for (const change of changes) store.writeState(change);
		const stateRoot = encodeHex(new SparseTree(store.pages).update(changes.map(toSparseChange))) as Digest;
		const leaf = genesisLeaf(genesis, stateRoot);
		const bytes = encodeBlockLeaf(leaf);
		const log = Frontier.load(0, tileNodeReader(store.readTile));
		store.insertLeaf(0, bytes);
		store.appendNodes(log.append(leafHash(bytes)));
		const logRoot = encodeHex(log.root()) as Digest;
		store.putMeta("genesis", genesisDigest(genesis));
		store.insertBlock({ ...leaf, time: leaf.time as Instant, logSize: 1, logRoot });
		const head = { height: 0, logSize: 1, logRoot, checkpoint: signCheckpoint(genesis.chain, { logSize: 1, logRoot }, sealerKey) };
		store.swapHead(undefined, head);
		return head;
	});
}

/** Whatever a damaged file makes the rooms below throw, the caller sees one code. */
function asCorrupt(error: unknown): unknown {
	if (error instanceof LedgerError && !["LEDGER_PROOF_INVALID", "LEDGER_CHECKPOINT_INVALID", "LEDGER_TRANSACTION_MALFORMED"].includes(error.code))
		return error;
	return new LedgerError("LEDGER_CORRUPT", "expected a ledger file that can be read; run the auditor", {}, error);
}

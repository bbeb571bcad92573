import { canonicalText, type Digest, decodeHex, encodeHex } from "#base";
import { rulesInForce } from "#contracts";
import { type Frontier, tileNodeReader, treeRoot } from "#log";
import { parseBlockLeaf } from "../blockLeaf.ts";
import { LedgerError } from "../errors.ts";
import { genesisDigest } from "../genesis.ts";
import type { Genesis } from "../ledger.ts";
import { verifyCheckpoint } from "../light/verifyCheckpoint.ts";
import { parseTransaction, untilHorizonMs } from "../transaction.ts";
import type { BlockStore, StoredBlock, StoredHead } from "./blockStore.ts";
import type { LedgerState } from "./ledgerState.ts";
import type { SealerOptions, SeenCheckpoint } from "./options.ts";

/** Most transactions whose index is looked over at a start; the auditor looks at all. */
const recentTransactionsMax = 50_000;

export type SoundOptions = Pick<SealerOptions, "genesis" | "sealerKey"> & { readonly seen: readonly SeenCheckpoint[] };

/**
 * Audits at a start what costs little: that head, last block, log and checkpoint agree with each other, with the genesis and with what was seen
 * outside. A whole audit is fsck's.
 *
 * @throws {@link LedgerError} `LEDGER_GENESIS_DIFFERS`, `LEDGER_CORRUPT`, `LEDGER_ROLLED_BACK`.
 */
export function assertSoundLog(store: BlockStore, head: StoredHead, log: Frontier, options: SoundOptions): StoredBlock {
	const { genesis } = options;
	if (store.getMeta("genesis") !== genesisDigest(genesis))
		throw new LedgerError("LEDGER_GENESIS_DIFFERS", "expected the genesis that this file began with");
	const block = store.lastBlock();
	assertEqual("last block", block !== undefined && [block.height, block.logSize, block.logRoot], [head.height, head.logSize, head.logRoot]);
	assertEqual("last leaf", store.lastLeafPosition(), head.logSize - 1);
	assertEqual("log root", encodeHex(log.root()), head.logRoot);
	assertBlockLeaf(store, block!);
	assertCheckpoint(head, genesis.chain, options);
	for (const seen of options.seen) assertSeen(store, head.logSize, seen);
	return block!;
}

/**
 * Likewise for the state: its root, the rules in force and the index of recent ids.
 *
 * @throws {@link LedgerError} `LEDGER_CORRUPT`.
 */
export function assertSoundState(store: BlockStore, block: StoredBlock, state: LedgerState, genesis: Genesis): void {
	assertEqual("state root", encodeHex(state.tree.root), block.stateRoot);
	assertEqual("rules version", block.rulesVersion, rulesInForce(state, block.height, genesis.rulesVersion).version);
	assertRecentIndex(store, state, block);
}

function assertBlockLeaf(store: BlockStore, block: StoredBlock): void {
	const bytes = store.getLeaf(block.logSize - 1);
	const { height, time, transactions, stateRoot, rulesVersion } = block;
	assertEqual("block leaf", bytes && parseBlockLeaf(bytes), { height, rulesVersion, stateRoot, time, transactions });
}

function assertCheckpoint(head: StoredHead, origin: string, { sealerKey }: SoundOptions): void {
	const { size, root } = verifyCheckpoint(head.checkpoint, { origin, sealerKey: sealerKey.publicKey });
	assertEqual("checkpoint", [size, encodeHex(root)], [head.logSize, head.logRoot]);
}

/** A restored older file would make the sealer sign a second history; what was seen outside must be a prefix of the file. */
export function assertSeen(store: BlockStore, logSize: number, seen: SeenCheckpoint): void {
	if (seen.size > logSize) {
		throw new LedgerError("LEDGER_ROLLED_BACK", `expected at least ${seen.size} leaves, found ${logSize}; restore the newer file`, { at: seen.size });
	}
	assertEqual("seen checkpoint", encodeHex(treeRoot(seen.size, tileNodeReader(store.readTile))), encodeHex(decodeHex(seen.root, 32)));
}

/** The index of ids is what refuses replays: those that `until` alone does not refuse yet must all be in it. */
function assertRecentIndex(store: BlockStore, state: LedgerState, last: StoredBlock): void {
	const first = store.firstBlockAfter(last.time - untilHorizonMs);
	if (first === undefined) return;
	const from = Math.max(first.height === 0 ? 0 : first.logSize - 1 - first.transactions, last.logSize - recentTransactionsMax);
	const blockLeaves = new Set([...store.blocks(first.height)].map(({ logSize }) => logSize - 1));
	for (const { position, bytes } of store.leaves(from)) {
		if (!blockLeaves.has(position)) assertEqual("transaction index", state.getTransaction(parseTransaction(bytes).id as Digest), position);
	}
}

function assertEqual(where: string, found: unknown, expected: unknown): void {
	if (found === undefined || found === false || canonicalText(found) !== canonicalText(expected)) {
		throw new LedgerError("LEDGER_CORRUPT", `expected the stored ${where} to agree with the rest of the file; run the auditor`, { where });
	}
}

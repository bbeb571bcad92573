import type { Digest } from "#base";
import { Frontier, tileNodeReader } from "#log";
import type { Genesis } from "../ledger.ts";
import type { LedgerTrust } from "../light/verifyCheckpoint.ts";
import { readLeaf } from "../replayLedger.ts";
import { untilHorizonMs } from "../transaction.ts";
import type { BlockStore, StoredBlock } from "./blockStore.ts";
import type { FsckFinding } from "./findings.ts";
import { judgeBlock, judgeBlocksFrom, judgeCheckpoint, judgeGenesis, judgeHead, judgeLeafInTile, judgeSeen } from "./judgeLog.ts";
import { judgeIndexed, judgeRules, judgeTop } from "./judgeState.ts";
import type { LedgerState } from "./ledgerState.ts";
import type { SeenCheckpoint } from "./options.ts";

/** Most leaves whose transactions are looked up in the index at a start; the audit looks at all. */
const recentLeavesMax = 50_000;

export interface JudgeEdgeParameters {
	readonly genesis: Genesis;
	readonly sealerKey: LedgerTrust["sealerKey"];
	readonly seen: readonly SeenCheckpoint[];
}

/**
 * The part of an audit of the log that a start can afford: the last leaf, and whether everything that is said of the log's end follows from it and
 * from the tiles.
 */
export function* judgeEdge(store: BlockStore, { genesis, sealerKey, seen }: JudgeEdgeParameters): Generator<FsckFinding> {
	yield* judgeGenesis(store, genesis);
	const leafIndex = store.lastLeafPosition();
	const bytes = store.getLeaf(leafIndex);
	const leaf = bytes && readLeaf(bytes);
	if (bytes !== undefined && leaf === undefined) yield { code: "REPLAY_LEAF_UNREADABLE", where: `leaves ${leafIndex}` };
	if (leaf === undefined || !("height" in leaf)) {
		yield { code: "REPLAY_LOG_UNFINISHED", where: `leaves ${leafIndex + 1}` };
		return;
	}
	yield* judgeLeafInTile(store.readTile, leafIndex, bytes);
	const read = tileNodeReader(store.readTile);
	const size = leafIndex + 1;
	const extent = { height: leaf.height, size, root: Frontier.load(size, read).root() };
	yield* judgeBlock(store.getBlock(leaf.height), leaf, leafIndex, extent.root);
	yield* judgeBlocksFrom(store, leaf.height + 1);
	const head = store.getHead();
	yield* judgeHead(head, extent);
	yield* judgeCheckpoint(head, extent, { origin: genesis.chain, sealerKey });
	for (const each of seen) yield* judgeSeen(each, size, read);
}

/** Likewise of the state that was opened, at the last block. */
export function* judgeOpened(store: BlockStore, state: LedgerState, last: StoredBlock, genesis: Genesis): Generator<FsckFinding> {
	yield* judgeTop(state.tree, last.stateRoot);
	yield* judgeRules(last, state, genesis);
	yield* judgeRecent(store, state, last);
}

/** Of the transactions that `until` alone does not refuse yet, all must be in the index. */
function* judgeRecent(store: BlockStore, state: LedgerState, last: StoredBlock): Generator<FsckFinding> {
	const first = store.firstBlockAfter(last.time - untilHorizonMs);
	if (first === undefined) return;
	const from = Math.max(first.logSize - 1 - first.transactions, last.logSize - recentLeavesMax);
	for (const { position, bytes } of store.leaves(from)) {
		const leaf = readLeaf(bytes);
		if (leaf === undefined) yield { code: "REPLAY_LEAF_UNREADABLE", where: `leaves ${position}` };
		else if ("id" in leaf) yield* judgeIndexed([[leaf.id, position]], (id: Digest) => state.getTransaction(id));
	}
}

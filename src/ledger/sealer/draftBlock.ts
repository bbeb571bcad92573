import { type Digest, encodeHex, type Instant } from "#base";
import { type Frontier, type LogNode, leafHash } from "#log";
import { encodeBlockLeaf } from "../blockLeaf.ts";
import type { BuiltBlock } from "../buildBlock.ts";
import type { BlockStore, StoredBlock } from "./blockStore.ts";
import type { LedgerState } from "./ledgerState.ts";

/** A block that has been run and hashed, and of which nothing is stored yet. */
export interface DraftedBlock {
	readonly block: StoredBlock;
	/** Position of the first of {@link leaves}: its transactions, then its block leaf. */
	readonly firstLeaf: number;
	readonly leaves: readonly Uint8Array[];
	readonly nodes: readonly LogNode[];
	/** The log after it. */
	readonly log: Frontier;
}

export interface DraftBlockParameters {
	readonly state: LedgerState;
	/** The log before it; left as it is. */
	readonly log: Frontier;
	readonly built: BuiltBlock;
	readonly height: number;
	readonly time: Instant;
	readonly rulesVersion: number;
}

/** Lays what was accepted over the state, as a draft that `state` is to accept or discard, and appends it to a copy of the log. */
export function draftBlock({ state, log: before, built, height, time, rulesVersion }: DraftBlockParameters): DraftedBlock {
	const { accepted, changes } = built;
	const firstLeaf = before.size;
	const ids = accepted.map(({ id }) => id);
	const stateRoot = state.draft(height, changes, ids, firstLeaf);
	const transactions = accepted.length;
	const leaves = [...accepted.map(({ bytes }) => bytes), encodeBlockLeaf({ height, time, transactions, stateRoot, rulesVersion })];
	const log = before.clone();
	const nodes = leaves.flatMap((bytes) => log.append(leafHash(bytes)));
	const logRoot = encodeHex(log.root()) as Digest;
	const block = { height, time, transactions, stateRoot, logSize: log.size, logRoot, rulesVersion };
	return { block, log, firstLeaf, leaves, nodes };
}

/** Writes a drafted block's leaves, tiles and row; the caller adds the head, in the same transaction. */
export function writeBlock(store: BlockStore, { block, firstLeaf, leaves, nodes }: DraftedBlock): void {
	for (const [i, bytes] of leaves.entries()) store.insertLeaf(firstLeaf + i, bytes);
	store.appendNodes(nodes);
	store.insertBlock(block);
}

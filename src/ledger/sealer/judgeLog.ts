import { decodeHex, encodeHex, equalBytes } from "#base";
import { leafHash, type NodeReader, type TileReader, tileWidth, treeRoot } from "#log";
import { genesisDigest } from "../genesis.ts";
import type { BlockLeaf, Genesis } from "../ledger.ts";
import { commitsTo } from "../light/commitsTo.ts";
import type { LedgerTrust } from "../light/verifyCheckpoint.ts";
import type { BlockStore, StoredBlock, StoredHead } from "./blockStore.ts";
import type { FsckFinding } from "./findings.ts";
import type { SeenCheckpoint } from "./options.ts";

/**
 * The judgements over a log's file, each a function of what is stored and of what it must be. An audit takes the latter from all leaves run
 * again and goes through everything (`fsckLedger`); a start takes it from the last leaf and the tiles, and looks at the edge alone (`judgeStart`).
 */

/** What the head and the checkpoint must speak of. */
export interface LogExtent {
	readonly height: number;
	readonly size: number;
	readonly root: Uint8Array;
}

export function* judgeGenesis(store: BlockStore, genesis: Genesis): Generator<FsckFinding> {
	if (store.getMeta("genesis") !== genesisDigest(genesis)) yield { code: "FSCK_GENESIS_DIFFERS", where: "meta genesis" };
}

/** @param logRoot - Root of the log up to the block leaf. */
export function* judgeBlock(row: StoredBlock | undefined, leaf: BlockLeaf, leafIndex: number, logRoot: Uint8Array): Generator<FsckFinding> {
	const agrees =
		row !== undefined &&
		row.time === leaf.time &&
		row.transactions === leaf.transactions &&
		row.stateRoot === leaf.stateRoot &&
		row.rulesVersion === leaf.rulesVersion &&
		row.logSize === leafIndex + 1 &&
		row.logRoot === encodeHex(logRoot);
	if (!agrees) yield { code: "FSCK_BLOCK_DIFFERS", where: `blocks ${leaf.height}` };
}

/** Rows of blocks that no leaf speaks of. */
export function* judgeBlocksFrom(store: BlockStore, height: number): Generator<FsckFinding> {
	for (const block of store.blocks(height)) yield { code: "FSCK_BLOCK_DIFFERS", where: `blocks ${block.height}` };
}

export const headDiffers: FsckFinding = { code: "FSCK_HEAD_DIFFERS", where: "head" };

export function* judgeHead(head: StoredHead | undefined, { height, size, root }: LogExtent): Generator<FsckFinding> {
	const agrees = head !== undefined && head.height === height && head.logSize === size && head.logRoot === encodeHex(root);
	if (!agrees) yield headDiffers;
}

export function* judgeCheckpoint(head: StoredHead | undefined, extent: LogExtent, trust: LedgerTrust): Generator<FsckFinding> {
	if (!commitsTo(head?.checkpoint ?? "", trust, extent)) yield { code: "FSCK_CHECKPOINT_DIFFERS", where: "head checkpoint" };
}

/** A restored older file would make the sealer sign a second history; what was seen outside must be a prefix of the file. */
export function* judgeSeen(seen: SeenCheckpoint, logSize: number, read: NodeReader): Generator<FsckFinding> {
	if (seen.size > logSize) yield rolledBack(seen);
	else if (!equalBytes(treeRoot(seen.size, read), decodeHex(seen.root, 32))) yield { code: "FSCK_PAST_DIFFERS", where: `seen ${seen.size}` };
}

export function rolledBack({ size }: SeenCheckpoint): FsckFinding {
	return { code: "FSCK_ROLLED_BACK", where: `seen ${size}` };
}

/** A leaf and the hash that its tile holds of it. An audit rebuilds every tile instead. */
export function* judgeLeafInTile(readTile: TileReader, position: number, bytes: Uint8Array | undefined): Generator<FsckFinding> {
	const index = Math.floor(position / tileWidth);
	const hash = hashIn(readTile, index, position % tileWidth);
	if (bytes === undefined) yield { code: "FSCK_LEAF_MISSING", where: `leaves ${position}` };
	else if (hash === undefined || !equalBytes(leafHash(bytes), hash)) yield { code: "FSCK_TILE_DIFFERS", where: `tiles 0/${index}` };
}

/** Undefined also where the tile's row changed since it was written. */
function hashIn(readTile: TileReader, index: number, place: number): Uint8Array | undefined {
	try {
		const hash = readTile(0, index)?.subarray(place * 32, place * 32 + 32);
		return hash?.length === 32 ? hash : undefined;
	} catch {
		return undefined;
	}
}

import { LogError } from "./errors.ts";
import { nodeHash } from "./hashes.ts";
import type { NodeReader } from "./nodes.ts";

/** Levels of the tree in one tile (C2SP tlog-tiles: height 8). */
export const tileHeight = 8;
/** Hashes in a full tile. */
export const tileWidth = 256;

/**
 * Reads a tile: the hashes of tree level `tileHeight · tileLevel` from `tileWidth · index` on, 32 bytes each, fewer than
 * {@link tileWidth} at the right edge. Undefined when there is none.
 */
export type TileReader = (tileLevel: number, index: number) => Uint8Array | undefined;

/** Complete nodes of every level out of tiles, which hold each eighth level; the levels between are hashed again. */
export function tileNodeReader(readTile: TileReader): NodeReader {
	return (level, index) => {
		const tileLevel = Math.floor(level / tileHeight);
		const height = level - tileLevel * tileHeight;
		const first = index * 2 ** height;
		const tile = readTile(tileLevel, Math.floor(first / tileWidth));
		const from = (first % tileWidth) * 32;
		const to = from + 2 ** height * 32;
		if (tile === undefined || tile.length < to) {
			throw new LogError("LOG_NODE_MISSING", "expected a tile that covers the node, found it missing or short", { at: index });
		}
		let row: Uint8Array[] = [];
		for (let at = from; at < to; at += 32) row.push(tile.subarray(at, at + 32));
		while (row.length > 1) {
			const above: Uint8Array[] = [];
			for (let i = 0; i < row.length; i += 2) above.push(nodeHash(row[i]!, row[i + 1]!));
			row = above;
		}
		return row[0]!;
	};
}

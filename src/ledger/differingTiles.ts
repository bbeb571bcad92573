import { equalBytes } from "#base";
import { type MerkleTree, tileHeight, tileWidth } from "#log";
import type { StoredTile } from "./tileTable.ts";

/** Places of tiles (`tiles <level>/<index>`) that are missing, too many, damaged, or hold other hashes than a log's leaves give. */
export function differingTiles(log: MerkleTree, stored: Iterable<StoredTile>): string[] {
	const left = widthsOf(log.size);
	const differing: string[] = [];
	for (const { level, index, hashes, intact } of stored) {
		const where = `tiles ${level}/${index}`;
		const width = left.get(where);
		left.delete(where);
		if (!intact || width === undefined || hashes.length !== width * 32 || !agrees(log, level, index, hashes)) differing.push(where);
	}
	return [...differing, ...left.keys()];
}

/** Hashes in each tile of a log of `size` leaves, by its place. */
function widthsOf(size: number): Map<string, number> {
	const widths = new Map<string, number>();
	for (let level = 0, nodes = size; nodes > 0; level++, nodes = Math.floor(nodes / tileWidth)) {
		for (let index = 0; index * tileWidth < nodes; index++) widths.set(`tiles ${level}/${index}`, Math.min(tileWidth, nodes - index * tileWidth));
	}
	return widths;
}

function agrees(log: MerkleTree, level: number, index: number, hashes: Uint8Array): boolean {
	for (let i = 0; i * 32 < hashes.length; i++) {
		if (!equalBytes(hashes.subarray(i * 32, i * 32 + 32), log.read(level * tileHeight, index * tileWidth + i))) return false;
	}
	return true;
}

import type { Checkpoint } from "./checkpoint.ts";
import { decodeEntryBundle } from "./entryBundle.ts";
import { LogError } from "./errors.ts";
import { leafHash } from "./hashes.ts";
import type { NodeReader } from "./nodes.ts";
import { consistencyProof, inclusionProof, treeRoot } from "./proofs.ts";
import { assertGrowth } from "./ranges.ts";
import { formatTilePath } from "./tilePath.ts";
import { tileNodeReader, tileWidth } from "./tiles.ts";
import { verifyConsistency } from "./verifyConsistency.ts";
import { verifyInclusion } from "./verifyInclusion.ts";

/** Fetches a resource of a tiled log by its path (`tile/0/000`, `tile/entries/x001/234.p/7`); undefined when there is none. */
export type TileSource = (path: string) => Promise<Uint8Array | undefined>;

/** What a log of `size` leaves offers at a level: the width of tile `index`, 0 where there is none. */
function widthAt(size: number, tileLevel: number, index: number): number {
	return Math.max(0, Math.min(tileWidth, Math.floor(size / tileWidth ** tileLevel) - index * tileWidth));
}

/**
 * Reads the entries `from` … `to − 1` in order, a bundle at a time.
 *
 * Nothing is verified: hash the entries into a tree and hold its root against a checkpoint before believing any.
 *
 * @param to - At most the size of a checkpoint that was verified.
 * @throws {@link LogError} `LOG_TILE_UNAVAILABLE`, `LOG_BUNDLE_MALFORMED`.
 */
export async function* fetchEntries(source: TileSource, from: number, to: number): AsyncGenerator<Uint8Array> {
	for (let at = from; at < to; ) {
		const index = Math.floor(at / tileWidth);
		const first = index * tileWidth;
		const width = widthAt(to, 0, index);
		const entries = decodeEntryBundle(await fetchTile(source, "entries", index, width), width);
		yield* entries.slice(at - first);
		at = first + width;
	}
}

/**
 * Reads one entry and verifies, by an inclusion proof computed from tiles, that it is in the log of a checkpoint. The caller has verified the
 * checkpoint's signatures.
 *
 * @throws {@link LogError} `LOG_RANGE_INVALID`, `LOG_TILE_UNAVAILABLE`, `LOG_BUNDLE_MALFORMED`, `LOG_PROOF_INVALID`.
 */
export async function fetchEntry(source: TileSource, index: number, { size, root }: Checkpoint): Promise<Uint8Array> {
	const proof = await withTiles(source, size, (read) => inclusionProof(index, size, read));
	const bundle = Math.floor(index / tileWidth);
	const width = widthAt(size, 0, bundle);
	const entry = decodeEntryBundle(await fetchTile(source, "entries", bundle, width), width)[index % tileWidth]!;
	verifyInclusion({ leafHash: leafHash(entry), index, size, proof, root });
	return entry;
}

/**
 * Computes, from tiles, the consistency proof from an older checkpoint to a newer one, and verifies it against both roots.
 *
 * @throws {@link LogError} `LOG_RANGE_INVALID`, `LOG_TILE_UNAVAILABLE`, `LOG_PROOF_INVALID`.
 */
export async function fetchConsistencyProof(source: TileSource, from: Checkpoint, to: Checkpoint): Promise<Uint8Array[]> {
	const proof = await withTiles(source, to.size, (read) => consistencyProof(from.size, to.size, read));
	verifyConsistency({ from: from.size, to: to.size, fromRoot: from.root, toRoot: to.root, proof });
	return proof;
}

/**
 * The root of the first `size` leaves of the log that a checkpoint commits to, computed from tiles and verified to lie in it: whoever holds another
 * root for this size, signed, has seen another log.
 *
 * @param size - From 1 to the checkpoint's size.
 * @throws {@link LogError} `LOG_RANGE_INVALID`, `LOG_TILE_UNAVAILABLE`, `LOG_PROOF_INVALID`.
 */
export async function fetchRootWithin(source: TileSource, size: number, checkpoint: Checkpoint): Promise<Uint8Array> {
	assertGrowth(size, checkpoint.size);
	const root = await withTiles(source, checkpoint.size, (read) => treeRoot(size, read));
	await fetchConsistencyProof(source, { origin: checkpoint.origin, size, root }, checkpoint);
	return root;
}

/** Runs a computation over nodes, fetching each tile it turns out to need. */
async function withTiles<T>(source: TileSource, size: number, compute: (read: NodeReader) => T): Promise<T> {
	const tiles = new Map<string, Uint8Array>();
	for (;;) {
		let missing: { level: number; index: number } | undefined;
		const read = tileNodeReader((level, index) => {
			const tile = tiles.get(`${level}/${index}`);
			if (tile === undefined) missing = { level, index };
			return tile;
		});
		try {
			return compute(read);
		} catch (error) {
			if (missing === undefined) throw error;
		}
		const { level, index } = missing;
		tiles.set(`${level}/${index}`, await fetchTile(source, level, index, widthAt(size, level, index)));
	}
}

async function fetchTile(source: TileSource, level: number | "entries", index: number, width: number): Promise<Uint8Array> {
	const bytes = width > 0 ? await source(formatTilePath({ level, index, width })) : undefined;
	if (bytes === undefined || (level !== "entries" && bytes.length !== width * 32)) {
		throw new LogError("LOG_TILE_UNAVAILABLE", `expected a tile of width ${width}, found none`, { at: index });
	}
	return bytes;
}

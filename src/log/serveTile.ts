import { equalBytes } from "#base";
import { encodeEntryBundle } from "./entryBundle.ts";
import { LogError } from "./errors.ts";
import { leafHash } from "./hashes.ts";
import { parseTilePath } from "./tilePath.ts";
import { type TileReader, tileWidth } from "./tiles.ts";

/** What a log must be able to read to serve its tiles. */
export interface TiledStore {
	/** Leaves that may be shown. */
	readonly size: number;
	readonly readTile: TileReader;
	readonly readEntry: (position: number) => Uint8Array | undefined;
}

/**
 * The bytes of a tile or entry bundle by its path (C2SP tlog-tiles), or undefined where the log has none: another path, or wider than its size.
 * A partial tile is the beginning of the full one, so every width that a past checkpoint needed stays available. Entries are held against the
 * hashes of their tile before they are handed out.
 *
 * @throws {@link LogError} `LOG_NODE_MISSING`, `LOG_ENTRY_DIFFERS` when the store is damaged.
 */
export function serveTile(path: string, store: TiledStore): Uint8Array | undefined {
	const asked = parseTilePath(path);
	if (asked === undefined) return undefined;
	const { level, index, width } = asked;
	const nodes = Math.floor(store.size / tileWidth ** (level === "entries" ? 0 : level));
	if (index * tileWidth + width > nodes) return undefined;
	const tile = store.readTile(level === "entries" ? 0 : level, index)?.subarray(0, width * 32);
	if (tile?.length !== width * 32) throw new LogError("LOG_NODE_MISSING", "expected a tile of the log, found it missing or short", { at: index });
	return level === "entries" ? encodeEntryBundle(readEntries(store, index * tileWidth, tile)) : tile;
}

function readEntries({ readEntry }: TiledStore, first: number, hashes: Uint8Array): Uint8Array[] {
	return Array.from({ length: hashes.length / 32 }, (_, i) => {
		const entry = readEntry(first + i);
		if (entry === undefined || !equalBytes(leafHash(entry), hashes.subarray(i * 32, i * 32 + 32))) {
			throw new LogError("LOG_ENTRY_DIFFERS", "expected an entry that its tile's hash names, found it missing or changed", { at: first + i });
		}
		return entry;
	});
}

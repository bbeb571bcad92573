import type { DatabaseSync, StatementSync } from "node:sqlite";
import { concatBytes } from "#base";
import { type LogNode, tileHeight, tileWidth } from "#log";
import { assertRow, rowChecksum } from "./rowChecksum.ts";

/** Tiles of the log as in C2SP tlog-tiles: level, index, up to 256 hashes. */
export const tileTableSchema = `
	CREATE TABLE tiles(level INTEGER NOT NULL, position INTEGER NOT NULL, hashes BLOB NOT NULL, checksum INTEGER NOT NULL,
		PRIMARY KEY (level, position)) STRICT;
`;

export interface StoredTile {
	readonly level: number;
	readonly index: number;
	readonly hashes: Uint8Array;
	/** The row's checksum holds. */
	readonly intact: boolean;
}

interface EdgeTile {
	readonly index: number;
	/** As stored. */
	hashes: Uint8Array;
	/** Not stored yet. */
	added: Uint8Array[];
}

/** The table of tiles in a ledger's or a witness's file. Its right edge is kept in memory; after a rolled-back write call {@link TileTable.forget}. */
export class TileTable {
	readonly #db: DatabaseSync;
	readonly #edges = new Map<number, EdgeTile>();
	#read: StatementSync | undefined;
	#write: StatementSync | undefined;

	constructor(db: DatabaseSync) {
		this.#db = db;
	}

	forget(): void {
		this.#edges.clear();
	}

	/** @throws LedgerError `LEDGER_CORRUPT` when the row changed since it was written. */
	read(level: number, index: number): Uint8Array | undefined {
		this.#read ??= this.#db.prepare("SELECT hashes, checksum FROM tiles WHERE level = ? AND position = ?");
		const row = this.#read.get(level, index);
		if (row === undefined) return undefined;
		const hashes = row.hashes as Uint8Array;
		assertRow("tile", row.checksum as number, tileName(level, index), hashes);
		return hashes;
	}

	/** Keeps the nodes that lie on a tile's level, in order of completion. Each tile is written once: hand a block's nodes over together. */
	append(nodes: readonly LogNode[]): void {
		const touched = new Set<number>();
		for (const { level, index, hash } of nodes) {
			if (level % tileHeight !== 0) continue;
			const tileLevel = level / tileHeight;
			this.#edgeAt(tileLevel, Math.floor(index / tileWidth)).added.push(hash);
			touched.add(tileLevel);
		}
		for (const tileLevel of touched) this.#store(tileLevel, this.#edges.get(tileLevel)!);
	}

	/** Unchecked, for the auditor. */
	*all(): Generator<StoredTile> {
		for (const row of this.#db.prepare("SELECT * FROM tiles ORDER BY level, position").iterate()) {
			const [level, index, hashes] = [row.level as number, row.position as number, row.hashes as Uint8Array];
			yield { level, index, hashes, intact: rowChecksum(tileName(level, index), hashes) === row.checksum };
		}
	}

	/** The tile that grows at a level; the one before it is full, and written. */
	#edgeAt(level: number, index: number): EdgeTile {
		const known = this.#edges.get(level);
		if (known?.index === index) return known;
		if (known !== undefined) this.#store(level, known);
		const stored = known === undefined ? this.read(level, index) : undefined;
		const edge = { index, hashes: stored ?? new Uint8Array(0), added: [] };
		this.#edges.set(level, edge);
		return edge;
	}

	#store(level: number, edge: EdgeTile): void {
		if (edge.added.length === 0) return;
		edge.hashes = concatBytes(edge.hashes, ...edge.added);
		edge.added = [];
		this.#write ??= this.#db.prepare(
			"INSERT INTO tiles VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET hashes = excluded.hashes, checksum = excluded.checksum",
		);
		this.#write.run(level, edge.index, edge.hashes, rowChecksum(tileName(level, edge.index), edge.hashes));
	}
}

function tileName(level: number, index: number): string {
	return `tile ${level}/${index}`;
}

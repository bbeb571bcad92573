import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Digest, decodeHex, encodeHex, type Instant } from "#base";
import type { LogNode, TileReader } from "#log";
import { LedgerError } from "../errors.ts";
import type { LedgerHead } from "../ledger.ts";
import { type StoredTile, TileTable, tileTableSchema } from "../tileTable.ts";
import { isIntactDatabase } from "./intactDatabase.ts";

/** Version of the tables below, in SQLite's `user_version`. */
const schemaVersion = 3;

const schema = `
	CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
	-- Exactly one row: what is sealed, and the checkpoint that was signed over it.
	CREATE TABLE head(one INTEGER PRIMARY KEY CHECK (one = 1), height INTEGER NOT NULL, log_size INTEGER NOT NULL, log_root BLOB NOT NULL,
		checkpoint TEXT NOT NULL) STRICT;
	CREATE TABLE blocks(height INTEGER PRIMARY KEY, time INTEGER NOT NULL, transactions INTEGER NOT NULL, log_size INTEGER NOT NULL,
		log_root BLOB NOT NULL, state_root BLOB NOT NULL, rules_version INTEGER NOT NULL) STRICT;
	CREATE TABLE leaves(position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
	${tileTableSchema}
`;

/** Copied back often and little, by the flushing thread: what is synced meanwhile waits for the disk. */
const copiedBackPages = 200;
/** Where nobody does (a ledger that seals now and then, a reader that held it up for long), a block copies back itself. */
const gatheredPagesMax = 2_000;
const pageBytes = 4_096;
/** Pages that a block writes besides its leaves: tiles, its row, the head, and what leads to them. */
const blockPages = 8;

export interface StoredHead {
	readonly height: number;
	readonly logSize: number;
	readonly logRoot: Digest;
	/** Signed note. */
	readonly checkpoint: string;
}

export interface StoredBlock extends LedgerHead {
	readonly transactions: number;
}

/**
 * The tables of the log's file: leaves, tiles, blocks and what was signed over them. All else follows from it (see `StateFile`). It stores and reads;
 * what belongs together, its caller decides inside {@link BlockStore.transact}.
 */
export class BlockStore {
	readonly #db: DatabaseSync;
	readonly #statements = new Map<string, StatementSync>();
	readonly #tiles: TileTable;
	/** About as many as were written to the write-ahead log since somebody was told to copy it back. */
	#uncopiedBytes = 0;

	private constructor(db: DatabaseSync) {
		this.#db = db;
		this.#tiles = new TileTable(db);
	}

	/**
	 * Opens for writing; makes the tables in an empty file.
	 *
	 * @throws {@link LedgerError} `LEDGER_CORRUPT` on a file of another version.
	 */
	static open(path: string): BlockStore {
		const db = new DatabaseSync(path);
		db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000; PRAGMA cache_size=-65536");
		db.exec(`PRAGMA wal_autocheckpoint=${gatheredPagesMax}`);
		const version = readVersion(db);
		if (version === 0) db.exec(`BEGIN IMMEDIATE; ${schema} PRAGMA user_version=${schemaVersion}; COMMIT`);
		return BlockStore.#checked(db);
	}

	/** Opens for reading only, inside one read transaction, so that a running sealer does not change what is seen. */
	static openReadOnly(path: string): BlockStore {
		const db = new DatabaseSync(path, { readOnly: true });
		db.exec("PRAGMA busy_timeout=5000; BEGIN");
		return BlockStore.#checked(db);
	}

	static #checked(db: DatabaseSync): BlockStore {
		const version = readVersion(db);
		if (version === schemaVersion) return new BlockStore(db);
		db.close();
		throw new LedgerError("LEDGER_CORRUPT", `expected a ledger file of version ${schemaVersion}, found ${version}`, { where: "schema" });
	}

	#prepare(sql: string): StatementSync {
		const known = this.#statements.get(sql);
		if (known !== undefined) return known;
		const statement = this.#db.prepare(sql);
		this.#statements.set(sql, statement);
		return statement;
	}

	/**
	 * All writes of `work` become durable together, or none. When this throws, memory has forgotten everything and reads the file again; a
	 * crash at any point leaves the file before or after, never between.
	 */
	transact<T>(work: () => T): T {
		this.#db.exec("BEGIN IMMEDIATE");
		try {
			const result = work();
			this.#db.exec("COMMIT");
			return result;
		} catch (error) {
			this.#tiles.forget();
			if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
			throw error;
		}
	}

	/** Whether so much has gathered in the write-ahead log that somebody should copy it back. Says so once. */
	takeCopying(): boolean {
		if (this.#uncopiedBytes < copiedBackPages * pageBytes) return false;
		this.#uncopiedBytes = 0;
		return true;
	}

	close(): void {
		this.#db.close();
	}

	/** SQLite's own look at its pages and indexes, and whether the tables are still those that were made. */
	isIntact(): boolean {
		return isIntactDatabase(this.#db, schema);
	}

	getMeta(name: string): string | undefined {
		return this.#prepare("SELECT value FROM meta WHERE name = ?").get(name)?.value as string | undefined;
	}

	putMeta(name: string, value: string): void {
		this.#prepare("INSERT INTO meta VALUES (?, ?)").run(name, value);
	}

	/** {@link putMeta} for what changes. */
	setMeta(name: string, value: string): void {
		this.#prepare("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value").run(name, value);
	}

	getHead(): StoredHead | undefined {
		const row = this.#prepare("SELECT height, log_size, log_root, checkpoint FROM head WHERE one = 1").get();
		if (row === undefined) return undefined;
		return {
			height: row.height as number,
			logSize: row.log_size as number,
			logRoot: encodeHex(row.log_root as Uint8Array) as Digest,
			checkpoint: row.checkpoint as string,
		};
	}

	/**
	 * Replaces the head, if the one before is still the one expected (compare and swap).
	 *
	 * @throws {@link LedgerError} `LEDGER_CORRUPT` when somebody else has written.
	 */
	swapHead(before: StoredHead | undefined, after: StoredHead): void {
		const values = [after.height, after.logSize, decodeHex(after.logRoot), after.checkpoint];
		const { changes } =
			before === undefined
				? this.#prepare("INSERT OR IGNORE INTO head VALUES (1, ?, ?, ?, ?)").run(...values)
				: this.#prepare("UPDATE head SET height = ?, log_size = ?, log_root = ?, checkpoint = ? WHERE one = 1 AND height = ? AND log_size = ?").run(
						...values,
						before.height,
						before.logSize,
					);
		if (changes !== 1) throw new LedgerError("LEDGER_CORRUPT", "expected the head that was sealed last, found another", { where: "head" });
	}

	insertBlock({ height, time, transactions, logSize, logRoot, stateRoot, rulesVersion }: StoredBlock): void {
		this.#uncopiedBytes += blockPages * pageBytes;
		this.#prepare("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?)").run(
			height,
			time,
			transactions,
			logSize,
			decodeHex(logRoot),
			decodeHex(stateRoot),
			rulesVersion,
		);
	}

	getBlock(height: number): StoredBlock | undefined {
		const row = this.#prepare("SELECT * FROM blocks WHERE height = ?").get(height);
		return row === undefined ? undefined : toBlock(row);
	}

	lastBlock(): StoredBlock | undefined {
		const row = this.#prepare("SELECT * FROM blocks ORDER BY height DESC LIMIT 1").get();
		return row === undefined ? undefined : toBlock(row);
	}

	*blocks(fromHeight = 0): Generator<StoredBlock> {
		for (const row of this.#db.prepare("SELECT * FROM blocks WHERE height >= ? ORDER BY height").iterate(fromHeight)) yield toBlock(row);
	}

	/** Height of the first block later than an instant, or undefined. */
	firstBlockAfter(time: number): StoredBlock | undefined {
		const row = this.#prepare("SELECT * FROM blocks WHERE time > ? ORDER BY height LIMIT 1").get(time);
		return row === undefined ? undefined : toBlock(row);
	}

	insertLeaf(position: number, bytes: Uint8Array): void {
		this.#uncopiedBytes += bytes.length;
		this.#prepare("INSERT INTO leaves VALUES (?, ?)").run(position, bytes);
	}

	getLeaf(position: number): Uint8Array | undefined {
		return this.#prepare("SELECT bytes FROM leaves WHERE position = ?").get(position)?.bytes as Uint8Array | undefined;
	}

	countLeaves(): { readonly count: number; readonly last: number } {
		const row = this.#prepare("SELECT count(*) AS count, coalesce(max(position), -1) AS last FROM leaves").get()!;
		return { count: row.count as number, last: row.last as number };
	}

	lastLeafPosition(): number {
		return this.#prepare("SELECT coalesce(max(position), -1) AS last FROM leaves").get()!.last as number;
	}

	*leaves(from = 0): Generator<{ readonly position: number; readonly bytes: Uint8Array }> {
		for (const row of this.#db.prepare("SELECT position, bytes FROM leaves WHERE position >= ? ORDER BY position").iterate(from)) {
			yield { position: row.position as number, bytes: row.bytes as Uint8Array };
		}
	}

	/** Keeps the nodes that lie on a tile's level; the others are computed from them when asked for. In order of completion. */
	appendNodes(nodes: readonly LogNode[]): void {
		this.#tiles.append(nodes);
	}

	readonly readTile: TileReader = (level, index) => this.#tiles.read(level, index);

	tiles(): Generator<StoredTile> {
		return this.#tiles.all();
	}
}

function readVersion(db: DatabaseSync): number {
	return db.prepare("PRAGMA user_version").get()!.user_version as number;
}

function toBlock(row: Record<string, unknown>): StoredBlock {
	return {
		height: row.height as number,
		time: row.time as Instant,
		transactions: row.transactions as number,
		logSize: row.log_size as number,
		logRoot: encodeHex(row.log_root as Uint8Array) as Digest,
		stateRoot: encodeHex(row.state_root as Uint8Array) as Digest,
		rulesVersion: row.rules_version as number,
	};
}

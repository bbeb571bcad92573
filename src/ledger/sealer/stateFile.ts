import { existsSync, rmSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Digest, decodeHex, encodeHex } from "#base";
import type { ContractName } from "#contracts";
import { LedgerError } from "../errors.ts";
import { keptHeights } from "../height.ts";
import type { StateChange } from "../state.ts";
import { isIntactDatabase } from "./intactDatabase.ts";
import { byPageName, type PageChange, PageTable, pageTableSchema } from "./pageTable.ts";
import { type PageUndoEntry, PageUndoTable, pageUndoTableSchema } from "./pageUndoTable.ts";

/** Version of the tables below, in SQLite's `user_version`. */
const schemaVersion = 4;

const schema = `
	CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
	-- Exactly one row: the block that everything below is the outcome of.
	CREATE TABLE applied(one INTEGER PRIMARY KEY CHECK (one = 1), height INTEGER NOT NULL, state_root BLOB NOT NULL) STRICT;
	CREATE TABLE transactions(id BLOB PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
	${pageTableSchema}
	CREATE TABLE state(contract TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (contract, key)) STRICT, WITHOUT ROWID;
	${pageUndoTableSchema}
	-- Each value that a block's changes replaced (NULL where there was none).
	CREATE TABLE value_undo(height INTEGER NOT NULL, contract TEXT NOT NULL, key TEXT NOT NULL, value TEXT, PRIMARY KEY (height, contract, key))
		STRICT, WITHOUT ROWID;
`;

/** Pages of its write-ahead log from which on a batch that is written copies them back itself: who writes without ever calling `copyBack`. */
const copyBackAtMost = 48_000;
/** Rows written from which on it is worth copying back when there is time, and when there is none. */
const copyBackFrom = { pause: 2_000, busy: 24_000 } as const;

export interface AppliedBlock {
	readonly height: number;
	readonly stateRoot: Digest;
}

/** What one block replaced. */
export interface BlockUndo {
	readonly height: number;
	readonly pages: readonly PageUndoEntry[];
	readonly values: readonly StateChange[];
}

/** The outcome of some blocks in a row, newest values only, and what each block replaced. */
export interface StateBatch extends AppliedBlock {
	readonly values: Iterable<StateChange>;
	readonly pages: Iterable<PageChange>;
	readonly transactions: Iterable<readonly [id: Digest, position: number]>;
	readonly undo: Iterable<BlockUndo>;
}

/**
 * The file of what follows from the log: state, its tree, the index of ids, and what the last blocks replaced. It may be behind the log, never ahead
 * of it, and can be made again from genesis and leaves at any time; so nothing here is synced block by block.
 */
export class StateFile {
	readonly #db: DatabaseSync;
	readonly #statements = new Map<string, StatementSync>();
	readonly #looks = new Map<string, StatementSync>();
	readonly #pages: PageTable;
	readonly #pageUndo: PageUndoTable;
	readonly #begin: StatementSync;
	readonly #commit: StatementSync;
	/** Rows written since the write-ahead log was copied back by {@link copyBack}. */
	#rowsWritten = 0;

	private constructor(db: DatabaseSync) {
		this.#db = db;
		this.#pages = new PageTable(db);
		this.#pageUndo = new PageUndoTable(db);
		this.#begin = db.prepare("BEGIN");
		this.#commit = db.prepare("COMMIT");
	}

	/** Opens for writing in batches, beside readers. */
	static open(path: string): StateFile {
		const db = new DatabaseSync(path);
		db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000; PRAGMA cache_size=-65536`);
		db.exec(`PRAGMA wal_autocheckpoint=${copyBackAtMost}`);
		return StateFile.#checked(db);
	}

	/** Opens for looking up, each look on the newest batch. */
	static openReadOnly(path: string): StateFile {
		const db = new DatabaseSync(path, { readOnly: true });
		db.exec("PRAGMA busy_timeout=5000; PRAGMA cache_size=-65536; PRAGMA mmap_size=4294967296");
		return StateFile.#checked(db);
	}

	/** {@link openReadOnly}; undefined where there is no state file of this version. */
	static openIfReadable(path: string): StateFile | undefined {
		try {
			return StateFile.openReadOnly(path);
		} catch {
			return undefined;
		}
	}

	/** Opens for the auditor, inside one read transaction, so that a running sealer does not change what is seen. */
	static openMoment(path: string): StateFile {
		const file = StateFile.openReadOnly(path);
		file.#db.exec("BEGIN");
		return file;
	}

	/**
	 * Makes the file, in one stroke: `write` fills it, and only when all of it is on disk does it come to lie at `path`.
	 *
	 * @param genesis - Digest of the genesis it belongs to.
	 */
	static create(path: string, genesis: Digest, write: (file: StateFile) => void): void {
		removeStateFile(path);
		const db = new DatabaseSync(path);
		try {
			// A crash leaves a file without a version, which is not believed: no journal is needed to take anything back.
			db.exec("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-262144; BEGIN IMMEDIATE");
			db.exec(schema);
			db.prepare("INSERT INTO meta VALUES ('genesis', ?)").run(genesis);
			write(new StateFile(db));
			db.exec("COMMIT; PRAGMA synchronous=FULL; PRAGMA journal_mode=DELETE");
			// The mode stays with the file. Changing it later would need a moment without readers.
			db.exec(`PRAGMA user_version=${schemaVersion}; PRAGMA journal_mode=WAL`);
		} finally {
			db.close();
		}
	}

	static #checked(db: DatabaseSync): StateFile {
		const version = db.prepare("PRAGMA user_version").get()!.user_version as number;
		if (version === schemaVersion) return new StateFile(db);
		db.close();
		throw new LedgerError("LEDGER_CORRUPT", `expected a state file of version ${schemaVersion}, found ${version}`, { where: "state file" });
	}

	#prepare(sql: string): StatementSync {
		const known = this.#statements.get(sql);
		if (known !== undefined) return known;
		const statement = this.#db.prepare(sql);
		this.#statements.set(sql, statement);
		return statement;
	}

	close(): void {
		this.#db.close();
	}

	/**
	 * Runs looks at one moment of the file, several times as fast as each for itself: SQLite takes and gives back its lock once.
	 */
	atOnce<T>(work: () => T): T {
		if (this.#db.isTransaction) return work();
		this.#begin.run();
		try {
			return work();
		} finally {
			this.#commit.run();
		}
	}

	/** Digest of the genesis it was made from. */
	genesis(): string | undefined {
		return this.#prepare("SELECT value FROM meta WHERE name = 'genesis'").get()?.value as string | undefined;
	}

	applied(): AppliedBlock | undefined {
		const row = this.#prepare("SELECT height, state_root FROM applied WHERE one = 1").get();
		return row === undefined ? undefined : { height: row.height as number, stateRoot: encodeHex(row.state_root as Uint8Array) as Digest };
	}

	/** Takes the outcome of the blocks after the one applied last: all of it, or none. */
	apply(batch: StateBatch): void {
		this.#db.exec("BEGIN IMMEDIATE");
		try {
			this.write(batch);
			this.#db.exec("COMMIT");
		} catch (error) {
			if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
			throw error;
		}
	}

	/** {@link apply} inside a transaction of the caller. In the order of the tables' keys, which writes a large batch several times as fast. */
	write({ height, stateRoot, values, pages, transactions, undo }: StateBatch): void {
		for (const value of [...values].sort(byName)) this.#writeValue(value);
		for (const page of [...pages].sort(byPageName)) {
			this.#pages.write(page);
			this.#rowsWritten++;
		}
		for (const [id, position] of [...transactions].sort(([a], [b]) => (a < b ? -1 : 1))) {
			this.#prepare("INSERT INTO transactions VALUES (?, ?)").run(decodeHex(id), position);
		}
		for (const block of undo) this.#writeUndo(block);
		const lastDropped = height - keptHeights + 1;
		this.#pageUndo.dropThrough(lastDropped);
		this.#prepare("DELETE FROM value_undo WHERE height <= ?").run(lastDropped);
		this.#prepare("INSERT OR REPLACE INTO applied VALUES (1, ?, ?)").run(height, decodeHex(stateRoot, 32));
	}

	#writeValue({ contract, key, text }: StateChange): void {
		this.#rowsWritten++;
		if (text === undefined) this.#prepare("DELETE FROM state WHERE contract = ? AND key = ?").run(contract, key);
		else this.#prepare("INSERT INTO state VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value").run(contract, key, text);
	}

	#writeUndo({ height, pages, values }: BlockUndo): void {
		this.#pageUndo.write(height, pages);
		for (const { contract, key, text } of [...values].sort(byName)) {
			this.#prepare("INSERT INTO value_undo VALUES (?, ?, ?, ?)").run(height, contract, key, text ?? null);
		}
	}

	/**
	 * Copies the write-ahead log back where that is worth it, as far as readers allow. The more batches it holds, the fewer pages are copied for each; but
	 * until then a look has to find the pages there, and another thread's sync of the disk waits for a burst of them.
	 */
	copyBack(when: keyof typeof copyBackFrom): void {
		if (this.#rowsWritten < copyBackFrom[when]) return;
		try {
			this.#db.exec("PRAGMA wal_checkpoint(PASSIVE)");
			this.#rowsWritten = 0;
		} catch (error) {
			// SQLite could not: a full disk, say. What was to be copied stays where it is and counts; the next pause tries again.
			if (typeof (error as { readonly errcode?: unknown }).errcode !== "number") throw error;
		}
	}

	/** @throws {@link LedgerError} `LEDGER_CORRUPT` when the row changed since it was written. */
	readPage(prefix: string): Uint8Array | undefined {
		return this.#pages.read(prefix);
	}

	/** A value's canonical text. Whether it is the one that was written, the tree tells. */
	getValue(contract: ContractName, key: string): string | undefined {
		return this.#look("SELECT value FROM state WHERE contract = ? AND key = ?", contract, key) as string | undefined;
	}

	getTransaction(id: Digest): number | undefined {
		return this.#look("SELECT position FROM transactions WHERE id = ?", decodeHex(id, 32)) as number | undefined;
	}

	/** The one column of the one row there may be. Asked for every transaction: an array takes less than an object with names. */
	#look(sql: string, ...keys: (string | Uint8Array)[]): unknown {
		let statement = this.#looks.get(sql);
		if (statement === undefined) {
			statement = this.#db.prepare(sql);
			statement.setReturnArrays(true);
			this.#looks.set(sql, statement);
		}
		return (statement.get(...keys) as unknown as readonly unknown[] | undefined)?.[0];
	}

	countTransactions(): number {
		return this.#prepare("SELECT count(*) AS count FROM transactions").get()!.count as number;
	}

	/** What the blocks after `height` replaced in a page, the newest block first. @throws {@link LedgerError} `LEDGER_CORRUPT`. */
	pageUndos(prefix: string, height: number): Uint8Array[] {
		return this.#pageUndo.after(prefix, height);
	}

	/** What the first block after `height` that changed a value replaced; undefined when none did. */
	valueUndo(contract: ContractName, key: string, height: number): StateChange | undefined {
		const sql = `WITH RECURSIVE heights(at) AS (SELECT ?1 + 1 UNION ALL SELECT at + 1 FROM heights WHERE at < (SELECT max(height) FROM value_undo))
			SELECT value FROM heights CROSS JOIN value_undo ON height = at AND contract = ?2 AND key = ?3 LIMIT 1`;
		const row = this.#prepare(sql).get(height, contract, key);
		return row === undefined ? undefined : { contract, key, text: (row.value as string | null) ?? undefined };
	}

	/** Everything that a block replaced, for the auditor. @throws {@link LedgerError} `LEDGER_CORRUPT`. */
	undoOf(height: number): BlockUndo {
		const values = this.#prepare("SELECT contract, key, value FROM value_undo WHERE height = ?").all(height);
		return {
			height,
			pages: this.#pageUndo.of(height),
			values: values.map((row) => ({
				contract: row.contract as ContractName,
				key: row.key as string,
				text: (row.value as string | null) ?? undefined,
			})),
		};
	}

	/** Lowest and highest height with something to undo. */
	undoHeights(): { readonly first: number; readonly last: number } | undefined {
		const row = this.#prepare("SELECT min(height) AS first, max(height) AS last FROM value_undo").get()!;
		const heights = [this.#pageUndo.heights(), row.first === null ? undefined : { first: row.first as number, last: row.last as number }];
		const found = heights.filter((each) => each !== undefined);
		return found.length === 0 ? undefined : { first: Math.min(...found.map(({ first }) => first)), last: Math.max(...found.map(({ last }) => last)) };
	}

	allPages(): ReturnType<PageTable["all"]> {
		return this.#pages.all();
	}

	/** Unchecked, in key order. */
	*stateRows(): Generator<StateChange & { readonly text: string }> {
		for (const row of this.#db.prepare("SELECT * FROM state ORDER BY contract, key").iterate()) {
			yield { contract: row.contract as ContractName, key: row.key as string, text: row.value as string };
		}
	}

	/** SQLite's own look at its pages and indexes, and whether the tables are still those that were made. */
	isIntact(): boolean {
		return isIntactDatabase(this.#db, schema);
	}
}

/** A state file with what SQLite keeps beside it. It follows from the log, so nothing is lost. */
export function removeStateFile(path: string): void {
	for (const suffix of ["", "-wal", "-shm", "-journal"]) if (existsSync(path + suffix)) rmSync(path + suffix);
}

function byName(a: StateChange, b: StateChange): number {
	if (a.contract !== b.contract) return a.contract < b.contract ? -1 : 1;
	return a.key < b.key ? -1 : 1;
}

import { DatabaseSync } from "node:sqlite";
import { type Digest, decodeHex, encodeHex } from "#base";
import { Frontier, leafHash, type TileReader, tileNodeReader } from "#log";
import { LedgerError } from "../errors.ts";
import { isIntactDatabase } from "../sealer/intactDatabase.ts";
import { type StoredTile, TileTable, tileTableSchema } from "../tileTable.ts";

const schemaVersion = 1;

const schema = `
	CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
	-- Leaves beyond the tip are fetched but not verified; a start throws them away.
	CREATE TABLE leaves(position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
	${tileTableSchema}
	-- At most one row: what was cosigned last.
	CREATE TABLE tip(one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, root BLOB NOT NULL, checkpoint TEXT NOT NULL) STRICT;
	-- Signed notes that show that the sealer broke its word.
	CREATE TABLE evidence(id INTEGER PRIMARY KEY, code TEXT NOT NULL, ours TEXT NOT NULL, theirs TEXT NOT NULL) STRICT;
`;

/** What a witness cosigned last: it never cosigns anything that does not grow out of this. */
export interface WitnessTip {
	readonly size: number;
	readonly root: Digest;
	/** Signed note of the sealer. */
	readonly checkpoint: string;
}

/** Why a witness stopped cosigning. */
export type WitnessEvidenceCode =
	/** The sealer signed two logs of which neither is the beginning of the other. */
	| "EVIDENCE_SPLIT_VIEW"
	/** The sealer signed a log that the rules do not allow. */
	| "EVIDENCE_RULES_BROKEN";

/** Proof against the sealer that anybody can verify: both notes carry its signature. */
export interface WitnessEvidence {
	readonly code: WitnessEvidenceCode;
	/** The checkpoint that this witness holds, "" when it held none. */
	readonly ours: string;
	/** The checkpoint that cannot be. */
	readonly theirs: string;
}

/** As the auditor says it. */
const unreadable = { finding: "WITNESS_FILE_UNREADABLE", where: "database" };

/** The tables of one witness's file: a whole copy of the log, its tiles, the tip, and evidence. */
export class WitnessStore {
	readonly #db: DatabaseSync;
	readonly #tiles: TileTable;

	private constructor(db: DatabaseSync) {
		this.#db = db;
		this.#tiles = new TileTable(db);
	}

	/** Opens for writing; makes the tables in an empty file. @throws {@link LedgerError} `LEDGER_CORRUPT`, `LEDGER_GENESIS_DIFFERS`. */
	static open(path: string, genesis: Digest): WitnessStore {
		const db = new DatabaseSync(path);
		try {
			db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000");
			if (readVersion(db) === 0) {
				db.exec(`BEGIN IMMEDIATE; ${schema} PRAGMA user_version=${schemaVersion}`);
				db.prepare("INSERT INTO meta VALUES ('genesis', ?)").run(genesis);
				db.exec("COMMIT");
			}
			const store = WitnessStore.#checked(db, genesis);
			store.dropPending();
			return store;
		} catch (error) {
			db.close();
			throw error;
		}
	}

	/** Opens for looking, on one moment of the file, whatever a running witness does meanwhile. @throws {@link LedgerError} As {@link open}. */
	static openReadOnly(path: string, genesis: Digest): WitnessStore {
		const db = new DatabaseSync(path, { readOnly: true });
		try {
			db.exec("PRAGMA busy_timeout=5000; BEGIN");
			return WitnessStore.#checked(db, genesis);
		} catch (error) {
			db.close();
			throw error;
		}
	}

	static #checked(db: DatabaseSync, genesis: Digest): WitnessStore {
		if (readVersion(db) !== schemaVersion) {
			throw new LedgerError("LEDGER_CORRUPT", `expected a witness's file of version ${schemaVersion}`, { where: "schema" });
		}
		const stored = db.prepare("SELECT value FROM meta WHERE name = 'genesis'").get()?.value;
		if (stored !== genesis) throw new LedgerError("LEDGER_GENESIS_DIFFERS", "expected the genesis that this witness began with");
		return new WitnessStore(db);
	}

	readonly readTile: TileReader = (level, index) => this.#tiles.read(level, index);

	/** SQLite's own look at its pages, and whether the tables are still those that were made. */
	isIntact(): boolean {
		return isIntactDatabase(this.#db, schema);
	}

	/** Unchecked, for the auditor. */
	tiles(): Generator<StoredTile> {
		return this.#tiles.all();
	}

	/** @throws {@link LedgerError} `LEDGER_CORRUPT` where the row lies under another key: without its tip a witness would cosign another past. */
	tip(): WitnessTip | undefined {
		const row = this.#db.prepare("SELECT one, size, root, checkpoint FROM tip").get();
		if (row === undefined) return undefined;
		if (row.one !== 1) throw new LedgerError("LEDGER_CORRUPT", `expected the tip under the key 1, found it under ${row.one}`, unreadable);
		return { size: row.size as number, root: encodeHex(row.root as Uint8Array) as Digest, checkpoint: row.checkpoint as string };
	}

	leaf(position: number): Uint8Array | undefined {
		return this.#db.prepare("SELECT bytes FROM leaves WHERE position = ?").get(position)?.bytes as Uint8Array | undefined;
	}

	/** Leaves in order; they stay readable while others are written. */
	*leaves(from: number): Generator<Uint8Array> {
		const batch = this.#db.prepare("SELECT bytes FROM leaves WHERE position >= ? ORDER BY position LIMIT 256");
		for (let at = from; ; ) {
			const rows = batch.all(at);
			for (const { bytes } of rows) yield bytes as Uint8Array;
			if (rows.length < 256) return;
			at += rows.length;
		}
	}

	/** Keeps leaves that are not verified yet. They need not survive a crash. */
	insertPending(position: number, entries: readonly Uint8Array[]): void {
		this.#transact(() => {
			const insert = this.#db.prepare("INSERT INTO leaves VALUES (?, ?)");
			for (const [i, bytes] of entries.entries()) insert.run(position + i, bytes);
		});
	}

	dropPending(): void {
		this.#db.prepare("DELETE FROM leaves WHERE position >= ?").run(this.tip()?.size ?? 0);
	}

	/**
	 * Makes the pending leaves the witness's own and moves the tip, durably and only if the tip is still the one expected: two requests, or
	 * two processes, can never both move it.
	 *
	 * @throws {@link LedgerError} `LEDGER_CORRUPT`.
	 */
	swapTip(before: WitnessTip | undefined, after: WitnessTip): void {
		this.#durably(() => {
			const log = Frontier.load(before?.size ?? 0, tileNodeReader(this.readTile));
			for (const bytes of this.leaves(log.size)) this.#tiles.append(log.append(leafHash(bytes)));
			const values = [after.size, decodeHex(after.root, 32), after.checkpoint];
			const { changes } =
				before === undefined
					? this.#db.prepare("INSERT OR IGNORE INTO tip VALUES (1, ?, ?, ?)").run(...values)
					: this.#db
							.prepare("UPDATE tip SET size = ?, root = ?, checkpoint = ? WHERE size = ? AND root = ?")
							.run(...values, before.size, decodeHex(before.root, 32));
			if (changes !== 1 || log.size !== after.size || encodeHex(log.root()) !== after.root) {
				throw new LedgerError("LEDGER_CORRUPT", "expected the tip that was cosigned last, found another", { where: "tip" });
			}
		});
	}

	evidence(): WitnessEvidence[] {
		return this.#db
			.prepare("SELECT code, ours, theirs FROM evidence ORDER BY id")
			.all()
			.map(({ code, ours, theirs }) => ({ code: code as WitnessEvidenceCode, ours: ours as string, theirs: theirs as string }));
	}

	addEvidence({ code, ours, theirs }: WitnessEvidence): void {
		this.#durably(() => this.#db.prepare("INSERT INTO evidence(code, ours, theirs) VALUES (?, ?, ?)").run(code, ours, theirs));
	}

	close(): void {
		this.#db.close();
	}

	/** {@link #transact} that has reached the disk when it returns. */
	#durably(work: () => void): void {
		this.#db.exec("PRAGMA synchronous=FULL");
		try {
			this.#transact(work);
		} finally {
			this.#db.exec("PRAGMA synchronous=NORMAL");
		}
	}

	#transact(work: () => void): void {
		this.#db.exec("BEGIN IMMEDIATE");
		try {
			work();
			this.#db.exec("COMMIT");
		} catch (error) {
			this.#tiles.forget();
			if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
			throw error;
		}
	}
}

function readVersion(db: DatabaseSync): unknown {
	return db.prepare("PRAGMA user_version").get()!.user_version;
}

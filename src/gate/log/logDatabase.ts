import { DatabaseSync } from "node:sqlite";
import { AccessLogError } from "./errors.ts";
import { primaryErrcode } from "./sqliteErrors.ts";

/** What the file's identity names as its format. Raised when tables change: files of another format are refused. */
export const logFormat = "aceso/access-log/3";

// The views' halves have columns of the same types: only then does SQLite walk both by their indexes and stop where the query ends.
const schema = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
	leaf_index INTEGER PRIMARY KEY, chain BLOB NOT NULL, seq INTEGER NOT NULL, entry_hash BLOB NOT NULL,
	data_key TEXT NOT NULL, sealed BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS entry_index (chain BLOB NOT NULL, seq INTEGER NOT NULL, leaf_index INTEGER NOT NULL, PRIMARY KEY (chain, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cohorts (leaf_index INTEGER PRIMARY KEY, leaf_hash BLOB NOT NULL, hashes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS cohort_entries (
	leaf_index INTEGER NOT NULL, place INTEGER NOT NULL, chain BLOB NOT NULL, seq INTEGER NOT NULL, entry_hash BLOB NOT NULL,
	data_key TEXT NOT NULL, sealed BLOB NOT NULL, UNIQUE (leaf_index, place)
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS cohort_entries_chain ON cohort_entries (chain, seq);
CREATE VIEW IF NOT EXISTS all_entries AS
	SELECT leaf_index, CAST(NULL AS INTEGER) AS place, chain, seq, entry_hash, data_key, sealed FROM entries
	UNION ALL SELECT leaf_index, place, chain, seq, entry_hash, data_key, sealed FROM cohort_entries;
CREATE VIEW IF NOT EXISTS indexed_entries AS
	SELECT e.leaf_index, CAST(NULL AS INTEGER) AS place, i.chain, i.seq, e.entry_hash, e.data_key, e.sealed
		FROM entry_index AS i JOIN entries AS e ON e.leaf_index = i.leaf_index
	UNION ALL SELECT leaf_index, place, chain, seq, entry_hash, data_key, sealed FROM cohort_entries;
CREATE VIEW IF NOT EXISTS all_leaves AS
	SELECT leaf_index, entry_hash AS leaf_hash FROM entries UNION ALL SELECT leaf_index, leaf_hash FROM cohorts;
CREATE TABLE IF NOT EXISTS groups (first_leaf INTEGER PRIMARY KEY, leaves INTEGER NOT NULL, nodes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS chains (chain BLOB PRIMARY KEY, seq INTEGER NOT NULL, head BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS data_keys (id TEXT PRIMARY KEY, subject TEXT NOT NULL, compartments TEXT NOT NULL, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS map_pages (prefix TEXT PRIMARY KEY, page BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS anchors (size INTEGER PRIMARY KEY, place INTEGER NOT NULL UNIQUE, root TEXT NOT NULL, map_root TEXT NOT NULL, time INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS anchor_nodes (id INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
`;

/** How long one connection of this process waits for the other's transaction, in ms. */
const busyTimeoutMs = 5_000;

/**
 * The log's database with its lock and tables: WAL, synchronous = FULL.
 *
 * The lock stands in a file of its own, `<path>-lock`, so that this process can have two connections, one to read and one to write. It is
 * SQLite's own exclusive lock, taken for the life of this connection, and the system drops it at `kill -9`.
 *
 * @throws {@link AccessLogError} `ACCESS_LOG_LOCKED` when another connection holds the lock; `ACCESS_LOG_FOREIGN` for a log of another format, which
 * would look like an empty one here and is left as it is.
 */
export function openLogDatabase(path: string): DatabaseSync {
	const db = new DatabaseSync(path, { timeout: 0 });
	try {
		db.prepare("ATTACH DATABASE ? AS lock").run(`${path}-lock`);
		// In this locking mode the lock taken by the transaction outlives it.
		db.exec("PRAGMA lock.locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;");
		refuseOtherFormat(db);
		db.exec(`${durably} BEGIN IMMEDIATE;${schema}COMMIT;`);
	} catch (cause) {
		db.close();
		if (cause instanceof AccessLogError) throw cause;
		if (primaryErrcode(cause) === 5)
			throw new AccessLogError("ACCESS_LOG_LOCKED", "expected to be the log's only writer, found another process", {}, cause);
		throw cause;
	}
	return db;
}

function refuseOtherFormat(db: DatabaseSync): void {
	if (db.prepare("SELECT 1 FROM main.sqlite_schema WHERE name = 'meta'").get() === undefined) return;
	const row = db.prepare("SELECT value FROM meta WHERE key = 'identity'").get();
	if (row === undefined) return;
	// An identity that says nothing at all is damage, which the auditor names.
	const format = /"format":"([^"]+)"/.exec(String(row["value"]))?.[1] ?? logFormat;
	if (format === logFormat) return;
	throw new AccessLogError("ACCESS_LOG_FOREIGN", `expected an access log of the format ${logFormat}, found ${format}`);
}

/** A second connection to a database that this process holds by {@link openLogDatabase}. */
export function openLogConnection(path: string): DatabaseSync {
	const db = new DatabaseSync(path);
	db.exec(durably);
	return db;
}

// A settling is statements that could fail half-way: by default SQLite copies each page that one changes to a file elsewhere first, a third of its time.
const durably = `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = ${busyTimeoutMs};`;

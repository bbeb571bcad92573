/**
 * Tables of the embedded store. A *batch* is what became visible at once: one `putRecords`, one import, or one purge. Its rows have
 * consecutive positions, so a row's leaf in the row log is `first_leaf + position`; `first_leaf` is null while an import is open, which is
 * also what hides its rows.
 */
export const storeSchema = `
	CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
	CREATE TABLE row_log (id INTEGER PRIMARY KEY CHECK (id = 0), size INTEGER NOT NULL, edge BLOB NOT NULL);
	INSERT INTO row_log VALUES (0, 0, x'');
	CREATE TABLE subjects (number INTEGER PRIMARY KEY, subject TEXT NOT NULL UNIQUE);
	CREATE TABLE purged_subjects (subject TEXT PRIMARY KEY) WITHOUT ROWID;
	CREATE TABLE lookups (kind TEXT, token TEXT, subject TEXT, PRIMARY KEY (kind, token, subject)) WITHOUT ROWID;
	CREATE INDEX lookups_by_subject ON lookups (subject);
	CREATE TABLE compartment_sets (id INTEGER PRIMARY KEY, joined TEXT NOT NULL UNIQUE);
	CREATE TABLE batches (
		batch INTEGER PRIMARY KEY AUTOINCREMENT,
		kind TEXT NOT NULL CHECK (kind IN ('rows', 'purge')),
		first_leaf INTEGER,
		leaves INTEGER NOT NULL,
		first_seq INTEGER NOT NULL,
		last_seq INTEGER NOT NULL
	);
	CREATE INDEX batches_by_leaf ON batches (first_leaf);
	CREATE TABLE open_imports (batch INTEGER PRIMARY KEY, import TEXT NOT NULL UNIQUE);
	CREATE TABLE data_keys (
		id TEXT PRIMARY KEY,
		subject TEXT NOT NULL,
		compartment_set INTEGER NOT NULL REFERENCES compartment_sets,
		wrapped BLOB NOT NULL,
		batch INTEGER NOT NULL
	) WITHOUT ROWID;
	CREATE INDEX data_keys_by_subject ON data_keys (subject);
	CREATE TABLE records (
		seq INTEGER PRIMARY KEY AUTOINCREMENT,
		batch INTEGER NOT NULL,
		position INTEGER NOT NULL,
		subject TEXT NOT NULL,
		token TEXT NOT NULL,
		version INTEGER NOT NULL,
		compartment_set INTEGER NOT NULL,
		data_key TEXT NOT NULL,
		row_hash BLOB NOT NULL,
		stored_at INTEGER NOT NULL,
		deleted INTEGER NOT NULL,
		ciphertext BLOB NOT NULL
	);
	CREATE UNIQUE INDEX records_by_token ON records (subject, token, version);
	CREATE INDEX records_by_set ON records (subject, compartment_set);
	CREATE TABLE purged_leaves (leaf INTEGER PRIMARY KEY, row_hash BLOB NOT NULL, purge INTEGER NOT NULL);
`;

/** Under what the records of a subject are labelled, as the gate's keyed token says; made in stores of before too, where nobody has one. */
export const labelledSchema = "CREATE TABLE IF NOT EXISTS labelled (subject TEXT PRIMARY KEY, token TEXT NOT NULL) WITHOUT ROWID;";

/** Which large objects there have to be, for the audit without a key (BL31). By itself: a store made before it gets it at the next opening. */
export const objectsSchema = `
	CREATE TABLE IF NOT EXISTS objects (id TEXT PRIMARY KEY, data_key TEXT NOT NULL, sealed_bytes INTEGER NOT NULL) WITHOUT ROWID;
`;

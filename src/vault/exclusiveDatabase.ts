import { DatabaseSync } from "node:sqlite";
import { VaultError } from "./errors.ts";

/**
 * Opens a SQLite file that this process alone may use. The lock is the operating system's and dies with the process (`locking_mode =
 * EXCLUSIVE`), so a killed process leaves nothing to clean up. WAL, synchronous = FULL: a commit that returned is on disk; deleted
 * content is overwritten in the file (`secure_delete`).
 *
 * @throws {@link VaultError} `VAULT_LOCKED` when another connection holds the file.
 */
export function openExclusiveDatabase(path: string): DatabaseSync {
	const database = new DatabaseSync(path, { timeout: 0 });
	try {
		database.exec(`
			PRAGMA locking_mode = EXCLUSIVE;
			PRAGMA auto_vacuum = INCREMENTAL;
			PRAGMA journal_mode = WAL;
			PRAGMA synchronous = FULL;
			PRAGMA secure_delete = ON;
			PRAGMA temp_store = MEMORY;
			PRAGMA trusted_schema = OFF;
			BEGIN IMMEDIATE; COMMIT;
		`);
	} catch (cause) {
		database.close();
		if (isBusy(cause)) throw new VaultError("VAULT_LOCKED", "expected to be the only process on these files; stop the other one first", {}, cause);
		throw new VaultError("VAULT_INTEGRITY", "expected a SQLite database that opens", {}, cause);
	}
	return database;
}

/** Runs `work` in one durable transaction; whatever it throws undoes all of it. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
	database.exec("BEGIN IMMEDIATE");
	try {
		const result = work();
		database.exec("COMMIT");
		return result;
	} catch (error) {
		database.exec("ROLLBACK");
		throw error;
	}
}

/**
 * Moves every page out of the write-ahead log and truncates it to nothing, so that no overwritten page lives on in it.
 *
 * @throws {@link VaultError} `VAULT_BUSY` when a reader keeps the log for more than a hundred attempts.
 */
export function truncateWriteAheadLog(database: DatabaseSync): void {
	const checkpoint = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
	for (let attempt = 0; attempt < 100; attempt++) {
		const row = checkpoint.get() as { busy: number };
		if (row.busy === 0) return;
	}
	throw new VaultError("VAULT_BUSY", "expected the write-ahead log to be free for truncation, found a reader that keeps it");
}

function isBusy(error: unknown): boolean {
	const code = (error as { errcode?: number }).errcode;
	return code !== undefined && [5, 6].includes(code & 0xff);
}

import { DatabaseSync } from "node:sqlite";
import { LedgerError } from "../errors.ts";

/**
 * Holds a ledger for one process. The lock is SQLite's own on a file beside the ledger, so the operating system releases it when the
 * process dies, however it dies; the file itself means nothing.
 *
 * @returns Releases the lock.
 * @throws {@link LedgerError} `LEDGER_LOCKED` when another process, or another opener in this one, holds it.
 */
export function acquireLock(path: string): () => void {
	const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 });
	try {
		lock.exec("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE");
	} catch (cause) {
		lock.close();
		throw new LedgerError("LEDGER_LOCKED", "expected to be the only one that opens this ledger, found another; stop it first", {}, cause);
	}
	return () => lock.close();
}

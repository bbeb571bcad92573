import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { NodeError } from "./errors.ts";

/** Name of the file in a data folder whose lock a process holds while it works there. */
export const lockFileName = "node.lock";

/**
 * Holds a data folder for one process, from before its first file is made. The lock is SQLite's own on a file that means nothing, so the
 * operating system releases it when the process dies, however it dies.
 *
 * @param folder - Must exist.
 * @returns Releases the lock.
 * @throws NodeError `NODE_FOLDER_LOCKED` when another process, or another opener in this one, holds it.
 */
export function lockFolder(folder: string): () => void {
	const lock = new DatabaseSync(join(folder, lockFileName), { timeout: 0 });
	try {
		lock.exec("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE");
	} catch (cause) {
		lock.close();
		throw new NodeError(
			"NODE_FOLDER_LOCKED",
			"another process works on this data folder; stop it first, or choose another with --data",
			{ folder },
			cause,
		);
	}
	// A start that fails half-way lets go of it twice, and the second time must not hide why it failed.
	return () => {
		if (lock.isOpen) lock.close();
	};
}

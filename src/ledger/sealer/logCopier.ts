import { DatabaseSync } from "node:sqlite";

/** Passes in a row: each but the first copies only what was written during the one before. */
const passesMax = 5;

/**
 * Copies the log's write-ahead log back into its file, beside the thread that writes it and without holding it up. What is durable does not depend on
 * it: it keeps the write-ahead log from growing.
 */
export class LogCopier {
	readonly #db: DatabaseSync;

	/** @param path - The log's file, which is there. */
	constructor(path: string) {
		this.#db = new DatabaseSync(path);
		this.#db.exec("PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000");
	}

	/** As far as readers allow. Ends when nothing was written during a pass: only then the next block begins the write-ahead log anew. */
	copyBack(): void {
		const pass = this.#db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
		for (let passes = 0, [before, frames] = [-1, 0]; passes < passesMax && frames !== before; passes++) {
			before = frames;
			frames = pass.get()!.log as number;
		}
	}

	close(): void {
		this.#db.close();
	}
}

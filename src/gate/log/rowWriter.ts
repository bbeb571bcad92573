import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { LogBatch } from "./logRows.ts";
import { isPassing } from "./sqliteErrors.ts";

/** Levels of a tree of at most 2^46 leaves fit beside the index in one integer key. */
export const levelsMax = 64;

/** Runs `write` in one durable transaction; whatever it throws undoes all of it. */
export function inTransaction(db: DatabaseSync, write: () => void): void {
	db.exec("BEGIN IMMEDIATE");
	try {
		write();
		db.exec("COMMIT");
	} catch (error) {
		// SQLite may have rolled back already (a full disk does); then there is nothing left to undo.
		if (db.isTransaction) db.exec("ROLLBACK");
		throw error;
	}
}

/**
 * Entries that may stand in the log without being in its index. More of them at once would cost the thread less, since a page of the index is then
 * written for several; but whoever waits for the next group waits for the settling too, and these take less time than a group's readers do.
 */
const settleEvery = 1_024;

/**
 * Puts batches into the log's tables, over any connection to them.
 *
 * What a reader finds a patient's entries by lies all over the file, a page for each patient: written with each group it would cost more than the
 * entries themselves. So a group is written where the file ends, and index and heads follow for hundreds of entries at a time
 * ({@link RowWriter.settle}); whoever reads looks through what is not yet settled.
 */
export class RowWriter {
	readonly #db: DatabaseSync;
	readonly #size: StatementSync;
	readonly #settled: StatementSync;
	readonly #putKey: StatementSync;
	readonly #putEntry: StatementSync;
	readonly #putCohort: StatementSync;
	readonly #putCohortEntry: StatementSync;
	readonly #putGroup: StatementSync;
	readonly #settle: readonly StatementSync[];
	readonly #setSettled: StatementSync;
	#unsettled: number;

	constructor(db: DatabaseSync) {
		this.#db = db;
		this.#size = db.prepare("SELECT first_leaf + leaves AS size FROM groups ORDER BY first_leaf DESC LIMIT 1");
		this.#settled = db.prepare("SELECT value FROM meta WHERE key = 'settled'");
		this.#putKey = db.prepare("INSERT INTO data_keys VALUES (?, ?, ?, ?)");
		this.#putEntry = db.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)");
		this.#putCohort = db.prepare("INSERT INTO cohorts VALUES (?, ?, ?)");
		this.#putCohortEntry = db.prepare("INSERT INTO cohort_entries VALUES (?, ?, ?, ?, ?, ?, ?)");
		this.#putGroup = db.prepare("INSERT INTO groups VALUES (?, ?, ?)");
		this.#settle = [
			db.prepare("INSERT INTO entry_index SELECT chain, seq, leaf_index FROM entries WHERE leaf_index >= ? ORDER BY chain, seq"),
			// SQLite takes the other columns of a group from the row that has its maximum.
			db.prepare(`INSERT INTO chains SELECT chain, max(seq), entry_hash FROM all_entries WHERE leaf_index >= ? GROUP BY chain
				ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, head = excluded.head`),
		];
		this.#setSettled = db.prepare("INSERT INTO meta VALUES ('settled', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
		this.#unsettled = this.size() - this.settled();
	}

	/** Number of leaves stored. */
	size(): number {
		return (this.#size.get() as { readonly size: number } | undefined)?.size ?? 0;
	}

	/** Number of leaves whose entries index and heads know. */
	settled(): number {
		return Number((this.#settled.get() as { readonly value: string } | undefined)?.value ?? "0");
	}

	/** All rows become durable together, or none does and it throws. */
	write(batch: LogBatch): void {
		inTransaction(this.#db, () => {
			for (const key of batch.keys) this.#putKey.run(key.id, key.subject, key.compartments.join("+"), key.wrapped);
			for (const row of batch.cohorts) this.#putCohort.run(row.leafIndex, row.leafHash, row.hashes);
			for (const { leafIndex, place, chain, seq, entryHash, dataKey, sealed } of batch.entries) {
				if (place === null) this.#putEntry.run(leafIndex, chain, seq, entryHash, dataKey, sealed);
				else this.#putCohortEntry.run(leafIndex, place, chain, seq, entryHash, dataKey, sealed);
			}
			this.#putGroup.run(batch.base, batch.leaves, batch.nodes);
		});
		this.#unsettled += batch.entries.length;
	}

	/** {@link RowWriter.settle}, once enough entries wait for it. */
	settleWhenDue(): void {
		if (this.#unsettled >= settleEvery) this.settle();
	}

	/**
	 * Brings index and heads up to the log, together. A full disk or a busy file leaves it for the next time, since nothing depends on it but how
	 * fast a reader is. So does a power cut: nobody waits for a sync of the disk here, and the next group's covers this too.
	 */
	settle(): void {
		const [from, size] = [this.settled(), this.size()];
		try {
			if (from < size) this.#settleFrom(from, size);
			this.#unsettled = 0;
		} catch (error) {
			if (!isPassing(error)) throw error;
		}
	}

	#settleFrom(from: number, size: number): void {
		this.#db.exec("PRAGMA synchronous = NORMAL");
		try {
			inTransaction(this.#db, () => {
				for (const statement of this.#settle) statement.run(from);
				this.#setSettled.run(String(size));
			});
		} finally {
			this.#db.exec("PRAGMA synchronous = FULL");
		}
	}
}

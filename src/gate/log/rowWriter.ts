import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { LogBatch } from "./logRows.ts";

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

/** Puts batches into the log's tables, over any connection to them. */
export class RowWriter {
	readonly #db: DatabaseSync;
	readonly #size: StatementSync;
	readonly #putKey: StatementSync;
	readonly #putEntry: StatementSync;
	readonly #putCohort: StatementSync;
	readonly #putCohortEntry: StatementSync;
	readonly #putNode: StatementSync;
	readonly #putChain: StatementSync;

	constructor(db: DatabaseSync) {
		this.#db = db;
		this.#size = db.prepare(
			"SELECT max((SELECT coalesce(max(leaf_index), -1) FROM entries), (SELECT coalesce(max(leaf_index), -1) FROM cohorts)) AS last",
		);
		this.#putKey = db.prepare("INSERT INTO data_keys VALUES (?, ?, ?, ?)");
		this.#putEntry = db.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)");
		this.#putCohort = db.prepare("INSERT INTO cohorts VALUES (?, ?, ?)");
		this.#putCohortEntry = db.prepare("INSERT INTO cohort_entries VALUES (?, ?, ?, ?, ?, ?, ?)");
		this.#putNode = db.prepare("INSERT INTO nodes VALUES (?, ?)");
		this.#putChain = db.prepare("INSERT INTO chains VALUES (?, ?, ?) ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, head = excluded.head");
	}

	/** Number of leaves stored. */
	size(): number {
		return (this.#size.get() as { readonly last: number }).last + 1;
	}

	/** All rows become durable together, or none does and it throws. */
	write(batch: LogBatch): void {
		inTransaction(this.#db, () => {
			for (const key of batch.keys) this.#putKey.run(key.id, key.subject, key.compartments.join("+"), key.wrapped);
			for (const row of batch.cohorts) this.#putCohort.run(row.leafIndex, row.leafHash, row.hashes);
			for (const { leafIndex, place, chain, seq, entryHash, dataKey, sealed } of batch.entries) {
				const rest = [chain, seq, entryHash, dataKey, sealed] as const;
				if (place === null) this.#putEntry.run(leafIndex, ...rest);
				else this.#putCohortEntry.run(leafIndex, place, ...rest);
			}
			for (const row of batch.nodes) this.#putNode.run(row.index * levelsMax + row.level, row.hash);
			for (const row of batch.chains) this.#putChain.run(row.token, row.seq, row.head);
		});
	}
}

import type { DatabaseSync } from "node:sqlite";
import type { VaultLeaf } from "../vault.ts";
import type { BatchRow } from "./batches.ts";
import type { CompartmentSets } from "./compartmentSets.ts";
import { columns, type RecordRow, toRecord } from "./storedRows.ts";

/** Rows read at once. */
const pageRows = 500;

/** Every leaf of the row log in its order, with the row that stands for it or what became of it. */
export function* listLeaves(database: DatabaseSync, sets: CompartmentSets): Iterable<VaultLeaf> {
	const nextBatch = database.prepare("SELECT * FROM batches WHERE first_leaf >= ? AND leaves > 0 ORDER BY first_leaf LIMIT 1");
	for (let leaf = 0; ; ) {
		const batch = nextBatch.get(leaf) as BatchRow | undefined;
		if (batch === undefined) return;
		if (batch.kind === "purge") yield { kind: "purge", index: batch.first_leaf };
		else yield* leavesOf(database, sets, batch);
		leaf = batch.first_leaf + batch.leaves;
	}
}

function* leavesOf(database: DatabaseSync, sets: CompartmentSets, batch: BatchRow): Iterable<VaultLeaf> {
	const purged = purgedLeavesOf(database, batch);
	const page = database.prepare(
		`SELECT r.seq, r.position, ${columns} FROM records r WHERE r.seq > ? AND r.seq <= ? AND r.batch = ? ORDER BY r.seq LIMIT ${pageRows}`,
	);
	let next = 0;
	for (let after = batch.first_seq - 1; ; ) {
		const rows = page.all(after, batch.last_seq, batch.batch) as unknown as (RecordRow & { seq: number; position: number })[];
		for (const row of rows) {
			const index = batch.first_leaf + row.position;
			while (next < purged.length && (purged[next] as VaultLeaf).index < index) yield purged[next++] as VaultLeaf;
			yield { kind: "row", index, row: toRecord(row, sets) };
		}
		if (rows.length < pageRows) break;
		after = (rows.at(-1) as { seq: number }).seq;
	}
	yield* purged.slice(next);
}

function purgedLeavesOf(database: DatabaseSync, { first_leaf, leaves }: BatchRow): readonly VaultLeaf[] {
	return database
		.prepare("SELECT leaf, row_hash, purge FROM purged_leaves WHERE leaf >= ? AND leaf < ? ORDER BY leaf")
		.all(first_leaf, first_leaf + leaves)
		.map((row): VaultLeaf => ({ kind: "purged", index: row.leaf as number, rowHash: row.row_hash as Uint8Array, purge: row.purge as number }));
}

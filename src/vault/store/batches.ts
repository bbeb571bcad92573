import type { DatabaseSync } from "node:sqlite";
import { type RowLog, rowLeaf } from "./rowLog.ts";

/** What became visible at once (see `storeSchema.ts`). */
export interface BatchRow {
	readonly batch: number;
	readonly kind: "rows" | "purge";
	readonly first_leaf: number;
	readonly leaves: number;
	readonly first_seq: number;
	readonly last_seq: number;
}

/** Bounds of a batch's rows, so that no index on the batch is needed. */
const seqRange = "(SELECT first_seq FROM batches WHERE batch = ?1) AND (SELECT last_seq FROM batches WHERE batch = ?1)";

/** A batch without rows and without a leaf; returns its number. */
export function addBatch(database: DatabaseSync, kind: BatchRow["kind"]): number {
	return Number(database.prepare("INSERT INTO batches VALUES (NULL, ?, NULL, 0, 0, -1)").run(kind).lastInsertRowid);
}

/** Gives a batch its leaves in the row log, which shows its rows. */
export function publishBatch(database: DatabaseSync, rowLog: RowLog, batch: number, rowHashes: Iterable<Uint8Array>): void {
	const firstLeaf = rowLog.size;
	for (const rowHash of rowHashes) rowLog.append(rowLeaf(rowHash));
	database.prepare("UPDATE batches SET first_leaf = ? WHERE batch = ?").run(firstLeaf, batch);
}

/** Hashes of a batch's rows, in their order. */
export function* rowHashesOf(database: DatabaseSync, batch: number): Iterable<Uint8Array> {
	const rows = database.prepare(`SELECT row_hash FROM records WHERE batch = ?1 AND seq BETWEEN ${seqRange} ORDER BY seq`).iterate(batch);
	for (const row of rows) yield row.row_hash as Uint8Array;
}

/** Closes the gaps a purge left in an import that is still open. */
export function renumberBatch(database: DatabaseSync, batch: number): void {
	const rows = database.prepare(`SELECT seq FROM records WHERE batch = ?1 AND seq BETWEEN ${seqRange} ORDER BY seq`).all(batch);
	const move = database.prepare("UPDATE records SET position = ? WHERE seq = ?");
	for (const [position, row] of rows.entries()) move.run(position, row.seq as number);
	database.prepare("UPDATE batches SET leaves = ? WHERE batch = ?").run(rows.length, batch);
}

/** Takes back an import that was never shown: rows, keys, and that there was one. */
export function discardBatch(database: DatabaseSync, batch: number): void {
	database.prepare(`DELETE FROM records WHERE batch = ?1 AND seq BETWEEN ${seqRange}`).run(batch);
	database.prepare("DELETE FROM data_keys WHERE batch = ?").run(batch);
	database.prepare("DELETE FROM batches WHERE batch = ?").run(batch);
	database.prepare("DELETE FROM open_imports WHERE batch = ?").run(batch);
}

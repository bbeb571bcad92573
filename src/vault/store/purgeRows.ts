import type { DatabaseSync } from "node:sqlite";
import type { SubjectId } from "#base";
import { addBatch, renumberBatch } from "./batches.ts";
import { purgeLeaf, type RowLog } from "./rowLog.ts";

interface DoomedRow {
	readonly seq: number;
	readonly row_hash: Uint8Array;
	readonly batch: number;
	/** Null while its import is open. */
	readonly leaf: number | null;
}

/**
 * Removes every version of each record of which some version lies in the sets, with their data keys and objects: an older version elsewhere
 * would otherwise come back as the latest. The row log gets a leaf that names the leaves of what went.
 *
 * @param sets - Numbers of compartment sets.
 */
export function purgeRows(database: DatabaseSync, rowLog: RowLog, subject: SubjectId, sets: readonly number[]): void {
	const setList = JSON.stringify(sets);
	const doomed = findDoomed(database, subject, setList);
	const remove = database.prepare("DELETE FROM records WHERE seq = ?");
	for (const { seq } of doomed) remove.run(seq);
	recordPurge(
		database,
		rowLog,
		doomed.flatMap(({ leaf, row_hash }) => (leaf === null ? [] : [{ leaf, rowHash: row_hash }])),
	);
	for (const batch of new Set(doomed.filter(({ leaf }) => leaf === null).map((row) => row.batch))) renumberBatch(database, batch);
	database
		.prepare(
			`DELETE FROM data_keys WHERE subject = ?1 AND (compartment_set IN (SELECT value FROM json_each(?2))
			OR NOT EXISTS (SELECT 1 FROM records r WHERE r.data_key = data_keys.id AND r.subject = ?1))`,
		)
		.run(subject, setList);
	database.exec("DELETE FROM objects WHERE data_key NOT IN (SELECT id FROM data_keys)");
}

function findDoomed(database: DatabaseSync, subject: SubjectId, setList: string): readonly DoomedRow[] {
	return database
		.prepare(
			`SELECT r.seq, r.row_hash, r.batch, b.first_leaf + r.position AS leaf FROM records r JOIN batches b ON b.batch = r.batch
			WHERE r.subject = ?1 AND r.token IN (
				SELECT token FROM records WHERE subject = ?1 AND compartment_set IN (SELECT value FROM json_each(?2))
			)`,
		)
		.all(subject, setList) as unknown as readonly DoomedRow[];
}

function recordPurge(database: DatabaseSync, rowLog: RowLog, purged: readonly { readonly leaf: number; readonly rowHash: Uint8Array }[]): void {
	if (purged.length === 0) return;
	const purge = rowLog.size;
	const insert = database.prepare("INSERT INTO purged_leaves VALUES (?, ?, ?)");
	for (const { leaf, rowHash } of purged) insert.run(leaf, rowHash, purge);
	rowLog.append(purgeLeaf(purged.map(({ leaf }) => leaf).sort((a, b) => a - b)));
	database.prepare("UPDATE batches SET first_leaf = ?, leaves = 1 WHERE batch = ?").run(purge, addBatch(database, "purge"));
}

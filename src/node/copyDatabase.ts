import { backup, DatabaseSync } from "node:sqlite";

/**
 * Copies a SQLite file while its owner goes on writing it: what was committed when the copy began, whole.
 *
 * @param to - Must not exist.
 */
export async function copyDatabase(path: string, to: string): Promise<void> {
	const database = new DatabaseSync(path, { readOnly: true });
	try {
		// One snapshot for all of it: without a transaction each commit meanwhile would make the copy begin again.
		database.exec("PRAGMA busy_timeout=5000; BEGIN");
		database.prepare("SELECT count(*) FROM sqlite_schema").get();
		await backup(database, to);
	} finally {
		database.close();
	}
}

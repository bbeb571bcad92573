import { DatabaseSync } from "node:sqlite";

/**
 * SQLite's own look at a database's pages and indexes, and whether its tables are still those that `schema` makes. A connection that only reads
 * does not look at `CHECK` constraints (SQLite 3.53), so readers of a table with one row name its key.
 */
export function isIntactDatabase(db: DatabaseSync, schema: string): boolean {
	if (db.prepare("PRAGMA integrity_check(1)").get()?.integrity_check !== "ok") return false;
	const fresh = new DatabaseSync(":memory:");
	try {
		fresh.exec(schema);
		return readTables(db) === readTables(fresh);
	} finally {
		fresh.close();
	}
}

function readTables(db: DatabaseSync): string {
	return JSON.stringify(db.prepare("SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").all());
}

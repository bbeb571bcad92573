import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import { definition, put, sealerKey, submit } from "../testing/toyLedger.ts";
import { fsckLedger } from "./fsckLedger.ts";
import { LogCopier } from "./logCopier.ts";

const pageBytes = 4_096;

function openLog(): { readonly path: string; readonly db: DatabaseSync; readonly copier: LogCopier; readonly walBytes: () => number } {
	const path = temporaryPath();
	const db = new DatabaseSync(path);
	db.exec("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE leaves(position INTEGER PRIMARY KEY, bytes BLOB)");
	const copier = new LogCopier(path);
	onTestFinished(() => {
		copier.close();
		db.close();
	});
	return { path, db, copier, walBytes: () => statSync(`${path}-wal`).size };
}

function write(db: DatabaseSync, rows: number): void {
	db.exec("BEGIN IMMEDIATE");
	for (let i = 0; i < rows; i++) db.prepare("INSERT INTO leaves(bytes) VALUES (?)").run(new Uint8Array(pageBytes));
	db.exec("COMMIT");
}

describe("LogCopier", () => {
	it("[LG61] copies back while the writer is inside a transaction, whose rows stay its own", () => {
		const { path, db, copier } = openLog();
		write(db, 20);
		const before = statSync(path).size;
		db.exec("BEGIN IMMEDIATE; INSERT INTO leaves(bytes) VALUES (x'00')");
		copier.copyBack();
		expect(statSync(path).size).toBeGreaterThan(before + 20 * pageBytes);
		db.exec("ROLLBACK");
		expect(db.prepare("SELECT count(*) AS count FROM leaves").get()).toEqual({ count: 20 });
	});

	it("[LG61] lets the writer begin its write-ahead log anew, however much is written in all", () => {
		const { db, copier, walBytes } = openLog();
		write(db, 20);
		const once = walBytes();
		for (let round = 0; round < 20; round++) {
			copier.copyBack();
			write(db, 20);
		}
		expect(walBytes()).toBeLessThan(2 * once);
	});

	it("[LG61] is held up by a reader and not broken: what the reader looks at stays, and is copied once it is gone", () => {
		const { path, db, copier } = openLog();
		write(db, 20);
		copier.copyBack();
		const reader = new DatabaseSync(path, { readOnly: true });
		reader.exec("BEGIN");
		const count = () => reader.prepare("SELECT count(*) AS count FROM leaves").get();
		expect(count()).toEqual({ count: 20 });
		write(db, 20);
		const before = statSync(path).size;
		copier.copyBack();
		expect(statSync(path).size).toBe(before);
		expect(count()).toEqual({ count: 20 });
		reader.close();
		copier.copyBack();
		expect(statSync(path).size).toBeGreaterThan(before + 20 * pageBytes);
	});
});

describe("a sealer's log", () => {
	it("[LG61] is copied back by the flushing thread, long before a block would do it", async () => {
		const path = temporaryPath();
		// The block itself would begin at 2,000 pages.
		const sealer = await openToySealer(path, { flushChanges: 1 });
		const size = () => statSync(path).size;
		const begun = size();
		for (let block = 0; block < 40; block++) {
			await submit(sealer, ...Array.from({ length: 40 }, (_, i) => put(`k${i}`, block)));
			await sealer.flush();
		}
		expect(size()).toBeGreaterThan(begun + 100 * pageBytes);
		expect(statSync(`${path}-wal`).size).toBeLessThan(1_000 * pageBytes);
		await sealer.close();
		expect(fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey }).findings).toEqual([]);
	});
});

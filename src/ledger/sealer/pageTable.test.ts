import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { PageTable, pageTableSchema } from "./pageTable.ts";

function open(): { readonly db: DatabaseSync; readonly table: PageTable } {
	const db = new DatabaseSync(":memory:");
	db.exec(pageTableSchema);
	return { db, table: new PageTable(db) };
}

/** Zeros on purpose: where digits are filled up with them, names could run into each other. */
const names = ["", "0", "00", "000000000000", "0000000000000", "01", "010", "0f", "1", "a3", "a30", "ffffffffffff", "fffffffffffff", "f".repeat(63)];

describe("PageTable", () => {
	it("[LG32] keeps each page under its own name, however many digits and zeros it has", () => {
		const { table } = open();
		for (const [i, name] of names.entries()) table.write([name, Uint8Array.of(i)]);
		for (const [i, name] of names.entries()) expect(table.read(name)).toEqual(Uint8Array.of(i));
		const all = [...table.all()].map(({ prefix, page, intact }) => [prefix, page[0], intact]);
		expect(all.sort()).toEqual(names.map((name, i) => [name, i, true]).sort());
		table.write(["0", undefined]);
		expect(table.read("0")).toBeUndefined();
		expect(table.read("00")).toEqual(Uint8Array.of(2));
	});

	it("[LG30] a number that rotted does not pass for the page of another, nor for its own", () => {
		const { db, table } = open();
		table.write(["a3", Uint8Array.of(7)]);
		for (let bit = 0n; bit < 53n; bit++) {
			// SQLite has no exclusive or.
			db.exec(`UPDATE pages SET name = (name | ${1n << bit}) - (name & ${1n << bit})`);
			const rows = [...table.all()];
			expect(rows.some(({ prefix, intact }) => prefix === "a3" && intact)).toBe(false);
			db.exec("DELETE FROM pages");
			table.write(["a3", Uint8Array.of(7)]);
		}
	});
});

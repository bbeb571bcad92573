import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { byPageName, PageTable, pageTableSchema } from "./pageTable.ts";

function open(): { readonly db: DatabaseSync; readonly table: PageTable } {
	const db = new DatabaseSync(":memory:");
	db.exec(pageTableSchema);
	return { db, table: new PageTable(db) };
}

/** Zeros on purpose: where digits are filled up with them, names could run into each other. */
const names = [
	"",
	"0",
	"00",
	"000000000000",
	"0000000000000",
	"01",
	"010",
	"0f",
	"1",
	"a3",
	"a30",
	"a300",
	"000",
	"0000",
	"fff",
	"ffff",
	"ffffffffffff",
	"fffffffffffff",
	"f".repeat(63),
];

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

	it("[LG60] upper pages lie together before all others, and changes are ordered as the table lies", () => {
		const { db, table } = open();
		const numbered = names.filter((name) => name.length <= 12);
		for (const name of numbered) table.write([name, Uint8Array.of(1)]);
		const lying = [...table.all()].map(({ prefix }) => prefix);
		const changes = numbered.map((name) => [name, undefined] as const).sort(byPageName);
		expect(changes.map(([name]) => name)).toEqual(lying);
		expect(lying.findIndex((name) => name.length > 3)).toBe(numbered.filter((name) => name.length <= 3).length);
		expect(db.prepare("SELECT count(*) AS count FROM pages WHERE name < 0").get()?.count).toBe(numbered.filter((name) => name.length <= 3).length);
	});

	it.each(["", "a3", "a3f", "a3f0", "ffffffffffff"])(
		"[LG30] a number that rotted does not pass for the page of another, nor for its own (%s)",
		(name) => {
			const { db, table } = open();
			table.write([name, Uint8Array.of(7)]);
			for (let bit = 0n; bit < 53n; bit++) {
				// SQLite has no exclusive or.
				db.exec(`UPDATE pages SET name = (name | ${1n << bit}) - (name & ${1n << bit})`);
				const rows = [...table.all()];
				expect(rows.some(({ prefix, intact }) => prefix === name && intact)).toBe(false);
				db.exec("DELETE FROM pages");
				table.write([name, Uint8Array.of(7)]);
			}
		},
	);
});

import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PageUndoEntry, PageUndoTable, pageUndoTableSchema } from "./pageUndoTable.ts";

const prefix = fc.array(fc.constantFrom(..."0af"), { maxLength: 5 }).map((digits) => digits.join(""));
const block = fc.dictionary(prefix, fc.uint8Array({ minLength: 1, maxLength: 1_000 }), { maxKeys: 20 });
const blocks = fc.array(block, { minLength: 1, maxLength: 6 });

function open(): { readonly db: DatabaseSync; readonly table: PageUndoTable } {
	const db = new DatabaseSync(":memory:");
	db.exec(pageUndoTableSchema);
	return { db, table: new PageUndoTable(db) };
}

function sorted(pages: Readonly<Record<string, Uint8Array>>): PageUndoEntry[] {
	return Object.entries(pages).sort(([a], [b]) => (a < b ? -1 : 1));
}

function plain(entries: readonly PageUndoEntry[]): [string, string][] {
	return entries.map(([name, slots]) => [name, Buffer.from(slots).toString("hex")]);
}

describe("PageUndoTable", () => {
	it("[LG34] tells all of a block, in whatever order, and of one page what each later block replaced, the newest first, until it is dropped", () => {
		fc.assert(
			fc.property(blocks, fc.nat(5), (run, dropped) => {
				const { db, table } = open();
				for (const [i, pages] of run.entries()) table.write(i + 1, Object.entries(pages));
				table.dropThrough(dropped);
				const left = run.map((pages, i) => (i + 1 > dropped ? sorted(pages) : []));
				for (const [i, entries] of left.entries()) expect(plain(table.of(i + 1)).sort()).toEqual(plain(entries).sort());
				const filled = left.flatMap((entries, i) => (entries.length > 0 ? [i + 1] : []));
				expect(table.heights()).toEqual(filled.length === 0 ? undefined : { first: filled[0], last: filled.at(-1) });
				for (const name of new Set(run.flatMap((pages) => [...Object.keys(pages), "", "0", "ffff"]))) {
					for (let height = dropped; height <= run.length; height++) {
						const later = left.slice(height).toReversed();
						const expected = later.flatMap((entries) => entries.filter(([each]) => each === name));
						expect(plain(table.after(name, height).map((slots) => [name, slots]))).toEqual(plain(expected));
					}
				}
				db.close();
			}),
			{ numRuns: 150 },
		);
	});

	it.each([
		["cut short in a name", "04616263"],
		["cut short in a length", "026162"],
		["cut short in what a page held", "026162000501"],
		["a name that is none", "02617a000101"],
		["a page of another row", "026163000101"],
		["a page twice", "026162000101026162000101"],
		["pages out of order", "0361623100010103616230000101"],
	])("[LG30] a row with %s is damage", (_, hex) => {
		const { db, table } = open();
		table.write(7, [["ab", Uint8Array.of(1)]]);
		db.prepare("UPDATE page_undo SET pages = ?").run(Buffer.from(hex, "hex"));
		expect(() => table.of(7)).toThrow(expect.objectContaining({ code: "LEDGER_CORRUPT" }));
		expect(() => table.after("ab", 6)).toThrow(expect.objectContaining({ code: "LEDGER_CORRUPT" }));
		db.close();
	});
});

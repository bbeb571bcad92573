import type { DatabaseSync, StatementSync } from "node:sqlite";
import { LedgerError } from "../errors.ts";

/**
 * What the pages of the state tree held before each of the last blocks. A block changes thousands of pages, and a row for each costs more than what it
 * holds: pages whose names begin with the same two digits share a row, those with shorter names have one each.
 *
 * `part` is height × 512 + the number of the row within the block. Stored form of a row: for each page in order of their names a byte (length of the
 * name), the name, two bytes (length, big-endian) and the form of `PageUndo`.
 */
export const pageUndoTableSchema = "CREATE TABLE page_undo(part INTEGER PRIMARY KEY, pages BLOB NOT NULL) STRICT;";

/** A page's name and what `PageUndo` says of it. */
export type PageUndoEntry = readonly [prefix: string, slots: Uint8Array];

const partsPerHeight = 512;
const hexDigits = /^[0-9a-f]{0,64}$/;

/** The table of what pages held before, in a state file. */
export class PageUndoTable {
	readonly #db: DatabaseSync;
	readonly #prepared = new Map<string, StatementSync>();

	constructor(db: DatabaseSync) {
		this.#db = db;
	}

	write(height: number, pages: readonly PageUndoEntry[]): void {
		const parts = new Map<number, PageUndoEntry[]>();
		for (const entry of pages.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
			const part = partOf(entry[0]);
			const entries = parts.get(part);
			if (entries === undefined) parts.set(part, [entry]);
			else entries.push(entry);
		}
		const insert = this.#prepare("INSERT INTO page_undo VALUES (?, ?)");
		for (const [part, entries] of parts) insert.run(height * partsPerHeight + part, encodePart(entries));
	}

	/** Forgets a height and those before it. */
	dropThrough(height: number): void {
		this.#prepare("DELETE FROM page_undo WHERE part < ?").run((height + 1) * partsPerHeight);
	}

	/**
	 * What the blocks after `height` replaced in a page, the newest block first.
	 *
	 * @throws {@link LedgerError} `LEDGER_CORRUPT`.
	 */
	after(prefix: string, height: number): Uint8Array[] {
		const sql = `WITH RECURSIVE heights(at) AS (SELECT max(part) / ${partsPerHeight} FROM page_undo UNION ALL SELECT at - 1 FROM heights WHERE at - 1 > ?1)
			SELECT part, pages FROM heights CROSS JOIN page_undo ON part = at * ${partsPerHeight} + ?2 WHERE at > ?1`;
		const rows = this.#prepare(sql).all(height, partOf(prefix));
		return rows.flatMap((row) => readRow(row).flatMap(([name, slots]) => (name === prefix ? [slots] : [])));
	}

	/** All that a block replaced. @throws {@link LedgerError} `LEDGER_CORRUPT`. */
	of(height: number): PageUndoEntry[] {
		const rows = this.#prepare("SELECT part, pages FROM page_undo WHERE part BETWEEN ? AND ? ORDER BY part");
		return rows.all(height * partsPerHeight, (height + 1) * partsPerHeight - 1).flatMap(readRow);
	}

	/** Lowest and highest height that there is something of. */
	heights(): { readonly first: number; readonly last: number } | undefined {
		const row = this.#prepare("SELECT min(part) AS first, max(part) AS last FROM page_undo").get()!;
		if (row.first === null) return undefined;
		return { first: Math.floor((row.first as number) / partsPerHeight), last: Math.floor((row.last as number) / partsPerHeight) };
	}

	#prepare(sql: string): StatementSync {
		const known = this.#prepared.get(sql);
		if (known !== undefined) return known;
		const statement = this.#db.prepare(sql);
		this.#prepared.set(sql, statement);
		return statement;
	}
}

/** 1 for the top page, 16 to 31 below it, from there on by the first two digits. */
function partOf(prefix: string): number {
	return Number.parseInt(`1${prefix.slice(0, 2)}`, 16);
}

function encodePart(entries: readonly PageUndoEntry[]): Buffer {
	const bytes = Buffer.allocUnsafe(entries.reduce((sum, [prefix, slots]) => sum + 3 + prefix.length + slots.length, 0));
	let at = 0;
	for (const [prefix, slots] of entries) {
		at = bytes.writeUInt8(prefix.length, at);
		at += bytes.write(prefix, at, "latin1");
		at = bytes.writeUInt16BE(slots.length, at);
		bytes.set(slots, at);
		at += slots.length;
	}
	return bytes;
}

/** A row's pages; none may be in another row than its own, nor twice, nor out of order. */
function readRow(row: Record<string, unknown>): PageUndoEntry[] {
	const { buffer, byteOffset, length } = row.pages as Uint8Array;
	const bytes = Buffer.from(buffer, byteOffset, length);
	const entries: PageUndoEntry[] = [];
	for (let at = 0; at < length; ) {
		const prefix = bytes.toString("latin1", at + 1, at + 1 + bytes[at]!);
		at += 1 + prefix.length;
		const isInOrder = entries.length === 0 || prefix > entries.at(-1)![0];
		if (at + 2 > length || !isInOrder || !hexDigits.test(prefix) || partOf(prefix) !== (row.part as number) % partsPerHeight) throw corrupt();
		const end = at + 2 + bytes.readUInt16BE(at);
		if (end > length) throw corrupt();
		entries.push([prefix, bytes.subarray(at + 2, end)]);
		at = end;
	}
	return entries;
}

function corrupt(): LedgerError {
	return new LedgerError("LEDGER_CORRUPT", "expected what pages held before a block, found bytes that do not tell; run the auditor", {
		where: "page undo",
	});
}

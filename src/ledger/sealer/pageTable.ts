import type { DatabaseSync, StatementSync } from "node:sqlite";
import { assertRow, rowChecksum } from "../rowChecksum.ts";

/**
 * Pages of the state tree. Names of up to twelve digits are numbers, so that SQLite finds and rewrites a page by its row id, and in path order, so that
 * a page lies beside those below it; deeper ones, which nobody meets by chance but somebody might look for, are kept by their text. The upper pages, which
 * nearly every batch rewrites, lie together before all others: each beside those below it they would take a page of the file each.
 */
export const pageTableSchema = `
	CREATE TABLE pages(name INTEGER PRIMARY KEY, page BLOB NOT NULL, checksum INTEGER NOT NULL) STRICT;
	CREATE TABLE deep_pages(name TEXT PRIMARY KEY, page BLOB NOT NULL, checksum INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** A page with its name, the hex digits that lead to it; undefined deletes. */
export type PageChange = readonly [prefix: string, page: Uint8Array | undefined];

/** A page as it lies there. */
export interface StoredPage {
	readonly prefix: string;
	readonly page: Uint8Array;
	/** The row's checksum holds. */
	readonly intact: boolean;
}

const numberedDigitsMax = 12;
/** Digits of the upper pages' names, and how many numbers below zero these take. */
const upperDigitsMax = 3;
const upperNames = 16 ** upperDigitsMax * 16;

interface PageStatements {
	readonly read: StatementSync;
	readonly write: StatementSync;
	readonly remove: StatementSync;
}

/** The table of pages in a state file. */
export class PageTable {
	readonly #db: DatabaseSync;
	readonly #prepared = new Map<string, PageStatements>();

	constructor(db: DatabaseSync) {
		this.#db = db;
	}

	/** @throws LedgerError `LEDGER_CORRUPT` when the row changed since it was written. */
	read(prefix: string): Uint8Array | undefined {
		const row = this.#statements(prefix).read.get(nameOf(prefix)) as unknown as readonly [page: Uint8Array, checksum: number] | undefined;
		if (row === undefined) return undefined;
		const [page, checksum] = row;
		assertRow("page", checksum, checksumName(prefix), page);
		return page;
	}

	write([prefix, page]: PageChange): void {
		const { write, remove } = this.#statements(prefix);
		if (page === undefined) remove.run(nameOf(prefix));
		else write.run(nameOf(prefix), page, rowChecksum(checksumName(prefix), page));
	}

	/** Unchecked, for the auditor. */
	*all(): Generator<StoredPage> {
		for (const table of ["pages", "deep_pages"]) {
			for (const row of this.#db.prepare(`SELECT * FROM ${table} ORDER BY name`).iterate()) {
				const [prefix, page] = [prefixOf(row.name as number | string), row.page as Uint8Array];
				yield { prefix, page, intact: rowChecksum(checksumName(prefix), page) === row.checksum };
			}
		}
	}

	#statements(prefix: string): PageStatements {
		const table = prefix.length <= numberedDigitsMax ? "pages" : "deep_pages";
		let statements = this.#prepared.get(table);
		if (statements === undefined) {
			statements = {
				read: this.#db.prepare(`SELECT page, checksum FROM ${table} WHERE name = ?`),
				// Written over where it lies: taken out and put in again it would move.
				write: this.#db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET page = excluded.page, checksum = excluded.checksum`),
				remove: this.#db.prepare(`DELETE FROM ${table} WHERE name = ?`),
			};
			// Read for nearly every transaction: an array takes less than an object with names.
			statements.read.setReturnArrays(true);
			this.#prepared.set(table, statements);
		}
		return statements;
	}
}

/** Orders changes as the tables lie. */
export function byPageName([a]: PageChange, [b]: PageChange): number {
	const [isUpperA, isUpperB] = [a.length <= upperDigitsMax, b.length <= upperDigitsMax];
	if (isUpperA !== isUpperB) return isUpperA ? -1 : 1;
	return a < b ? -1 : 1;
}

/** Twelve digits, filled up with zeros, and how many of them count: 52 bits. Of the upper pages three digits and the same, below zero. */
function nameOf(prefix: string): number | string {
	if (prefix.length > numberedDigitsMax) return prefix;
	if (prefix.length <= upperDigitsMax) return numberOf(prefix, upperDigitsMax) - upperNames;
	return numberOf(prefix, numberedDigitsMax);
}

function numberOf(prefix: string, digits: number): number {
	return Number.parseInt(prefix.padEnd(digits, "0"), 16) * 16 + prefix.length;
}

/** Of a number that {@link nameOf} does not give, a text that no page is called by: what rotted must not pass for another page. */
function prefixOf(name: number | string): string {
	if (typeof name === "string") return name;
	const [number, length] = name < 0 ? [name + upperNames, upperDigitsMax] : [name, numberedDigitsMax];
	if (number < 0) return `?${name}`;
	const digits = Math.floor(number / 16)
		.toString(16)
		.padStart(length, "0");
	const prefix = digits.slice(0, number % 16);
	return nameOf(prefix) === name ? prefix : `?${name}`;
}

function checksumName(prefix: string): string {
	return `page ${prefix}`;
}

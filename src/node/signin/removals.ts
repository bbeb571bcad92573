import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { encodeHex } from "#base";
import type { SignInDatabase } from "./signInDatabase.ts";

/** Beside the database and in no backup: it has to outlive what a backup brings back. */
const fileName = "signin-removed.log";
const heading = /^aceso\/signin-removed\/1 ([0-9a-f]{32})$/;
const line = /^([0-9a-f]{64}) (\d{1,16})$/;

export interface RemovalsParameters {
	/** Of the member. */
	readonly folder: string;
	readonly database: SignInDatabase;
	readonly randomBytes: (length: number) => Uint8Array;
}

/**
 * Which ways to a key were removed, in a file of its own that is written before the row goes. A database that is brought back from a backup still has
 * them: they are taken out again when it is opened. Where the file was lost with the database nobody can tell any more; then every owner of a key has
 * to look through their ways. Names are keyed hashes, as in the database.
 */
export class Removals {
	readonly #path: string;
	readonly #database: SignInDatabase;
	readonly #randomBytes: (length: number) => Uint8Array;

	constructor({ folder, database, randomBytes }: RemovalsParameters) {
		this.#path = join(folder, fileName);
		this.#database = database;
		this.#randomBytes = randomBytes;
	}

	/** On the disk when this returns. */
	add(name: string): void {
		if (!existsSync(this.#path)) this.#begin();
		// A line that a crash cut short is closed by this newline, and is none.
		this.#append(`\n${name} ${this.#database.now()}\n`);
	}

	/** Holds the database against the file; once, when it is opened. */
	settle(): void {
		const { db } = this.#database;
		const known = db.prepare("SELECT value FROM fact WHERE name = 'removals'").get()?.value as string | undefined;
		const [found, removed] = this.#read();
		if (known !== undefined && known !== found) this.#askForReview();
		const now = found ?? this.#begin();
		if (now !== known)
			db.prepare("INSERT INTO fact(name, value) VALUES ('removals', ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value").run(now);
		for (const [name, atMs] of removed) this.#removeAgain(name, atMs);
	}

	/** A name may be in use again since: what was kept later stays. */
	#removeAgain(name: string, atMs: number): void {
		const { db } = this.#database;
		const row = db.prepare("SELECT sealed FROM keeper WHERE name = ?").get(name);
		const kept = row === undefined ? undefined : this.#database.open<{ readonly keptAtMs: number }>(`keeper/${name}`, row.sealed as Uint8Array);
		if (kept !== undefined && kept.keptAtMs <= atMs) db.prepare("DELETE FROM keeper WHERE name = ?").run(name);
	}

	#askForReview(): void {
		this.#database.db
			.prepare(
				"INSERT INTO review(account, since) SELECT DISTINCT account, ? FROM keeper WHERE true ON CONFLICT(account) DO UPDATE SET since = excluded.since",
			)
			.run(this.#database.now());
	}

	#begin(): string {
		const id = encodeHex(this.#randomBytes(16));
		this.#append(`\naceso/signin-removed/1 ${id}\n`);
		return id;
	}

	/** Which file it is, by its last heading, and what was removed when; of a name the last time. */
	#read(): readonly [string | undefined, ReadonlyMap<string, number>] {
		const removed = new Map<string, number>();
		let id: string | undefined;
		for (const text of existsSync(this.#path) ? readFileSync(this.#path, "utf8").split("\n") : []) {
			const found = line.exec(text);
			if (found !== null) removed.set(found[1] as string, Number(found[2]));
			id = heading.exec(text)?.[1] ?? id;
		}
		return [id, removed];
	}

	#append(text: string): void {
		const file = openSync(this.#path, "a", 0o600);
		try {
			writeSync(file, text);
			fsyncSync(file);
		} finally {
			closeSync(file);
		}
	}
}

import { encodeBase64Url, hourMs, minuteMs, type PublicKey } from "#base";
import { SignInError } from "./errors.ts";
import type { SignInDatabase } from "./signInDatabase.ts";

/** Longest that somebody counts as signed in without showing passkey or passphrase again, in ms. */
const sittingMaxMs = 12 * hourMs;
/** A page that has not asked for so long is closed, asleep or gone, in ms. An open one asks twice a minute. */
const silentMaxMs = hourMs;
/** When a sitting was asked about last is written at most so often, in ms. */
const seenEveryMs = minuteMs;
/** Sittings of one key; with one more the oldest ends. */
const perAccountMax = 32;

export type SittingBy = "passkey" | "passphrase" | "provider";

/** Somebody's key that was opened and not closed since, as its owner lists it. */
export interface OpenSitting {
	/** Names it when it is ended. */
	readonly id: string;
	readonly by: SittingBy;
	/** Browser and system in words of this node's own; "" where it knows neither. */
	readonly device: string;
	/** UTC ms. */
	readonly atMs: number;
	/** When its page was last heard of, UTC ms. */
	readonly seenAtMs: number;
}

export interface SittingParameters {
	readonly key: PublicKey;
	readonly by: SittingBy;
	/** `User-Agent` of the browser that opened the key. */
	readonly agent: string | undefined;
	/** What the house's identity provider calls its session, if it does: `issuer\0sid`. */
	readonly providerSession?: string | undefined;
}

/**
 * Who opened their key here and goes on. A sitting gives nothing: an honest page asks whether it stands, and forgets the key where it does not. Its
 * name is a secret of that page; the file has a keyed hash of it.
 */
export class Sittings {
	readonly #database: SignInDatabase;
	readonly #randomBytes: (length: number) => Uint8Array;

	constructor(database: SignInDatabase, randomBytes: (length: number) => Uint8Array) {
		this.#database = database;
		this.#randomBytes = randomBytes;
	}

	/** @returns The secret by which the page asks. */
	begin({ key, by, agent, providerSession }: SittingParameters): string {
		const { db, now } = this.#database;
		const secret = encodeBase64Url(this.#randomBytes(24));
		const id = this.#database.nameOf("sitting", secret);
		const account = this.#accountOf(key);
		const session = providerSession === undefined ? "" : this.#database.nameOf("provider-session", providerSession);
		const sealed = this.#database.seal(`sitting/${id}`, { by, device: deviceOf(agent) });
		db.prepare("INSERT INTO open_sitting(id, account, session, at, seen_at, sealed) VALUES (?, ?, ?, ?, ?, ?)").run(
			...[id, account, session, now(), now(), sealed],
		);
		db.prepare(
			"DELETE FROM open_sitting WHERE account = ? AND id IN (SELECT id FROM open_sitting WHERE account = ? ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?)",
		).run(account, account, perAccountMax);
		return secret;
	}

	/** Whether a sitting goes on, and which of its owner's it is. */
	look(secret: unknown): { readonly stands: boolean; readonly id?: string } {
		if (typeof secret !== "string" || !/^[A-Za-z0-9_-]{32}$/.test(secret)) return { stands: false };
		const { db, now } = this.#database;
		const id = this.#database.nameOf("sitting", secret);
		const row = db.prepare("SELECT at, seen_at FROM open_sitting WHERE id = ?").get(id) as Times | undefined;
		if (row === undefined || !goesOn(row, now())) return { stands: false };
		if (now() >= row.seen_at + seenEveryMs) db.prepare("UPDATE open_sitting SET seen_at = ? WHERE id = ?").run(now(), id);
		return { stands: true, id };
	}

	/** Those that go on, newest first. */
	list(key: PublicKey): readonly OpenSitting[] {
		const rows = this.#database.db
			.prepare("SELECT id, at, seen_at, sealed FROM open_sitting WHERE account = ? ORDER BY at DESC, rowid DESC")
			.all(this.#accountOf(key)) as unknown as (Times & { readonly id: string; readonly sealed: Uint8Array })[];
		return rows.flatMap((row): readonly OpenSitting[] => {
			const told = this.#database.open<Pick<OpenSitting, "by" | "device">>(`sitting/${row.id}`, row.sealed);
			return told === undefined || !goesOn(row, this.#database.now()) ? [] : [{ id: row.id, ...told, atMs: row.at, seenAtMs: row.seen_at }];
		});
	}

	/** @throws {@link SignInError} `SIGNIN_NOT_YOURS`. */
	end(key: PublicKey, id: string): void {
		const { changes } = this.#database.db.prepare("DELETE FROM open_sitting WHERE id = ? AND account = ?").run(id, this.#accountOf(key));
		if (changes === 0) throw new SignInError("SIGNIN_NOT_YOURS", "expected something of your own that is still there; load the list again");
	}

	/** @param but - The one that goes on. @throws {@link SignInError} `SIGNIN_NOT_YOURS` where that is none of the person's. */
	endOthers(key: PublicKey, but: string): void {
		if (!this.list(key).some(({ id }) => id === but)) {
			throw new SignInError("SIGNIN_NOT_YOURS", "expected something of your own that is still there; load the list again");
		}
		this.#database.db.prepare("DELETE FROM open_sitting WHERE account = ? AND id <> ?").run(this.#accountOf(key), but);
	}

	endAll(key: PublicKey): void {
		this.#database.db.prepare("DELETE FROM open_sitting WHERE account = ?").run(this.#accountOf(key));
	}

	/** Those that began with one session at the house's identity provider. */
	endOfProviderSession(providerSession: string): void {
		this.#database.db.prepare("DELETE FROM open_sitting WHERE session = ?").run(this.#database.nameOf("provider-session", providerSession));
	}

	#accountOf(key: PublicKey): string {
		return this.#database.nameOf("account", key);
	}
}

interface Times {
	readonly at: number;
	readonly seen_at: number;
}

function goesOn({ at, seen_at }: Times, nowMs: number): boolean {
	return nowMs < at + sittingMaxMs && nowMs < seen_at + silentMaxMs;
}

const browsers: readonly (readonly [RegExp, string])[] = [
	[/\bEdgA?\//, "Edge"],
	[/\bOPR\//, "Opera"],
	[/\bSamsungBrowser\//, "Samsung Internet"],
	[/\b(?:Firefox|FxiOS)\//, "Firefox"],
	[/\b(?:Chrome|CriOS|Chromium)\//, "Chrome"],
	[/\bVersion\/.*\bSafari\//, "Safari"],
];
const systems: readonly (readonly [RegExp, string])[] = [
	[/\biPhone\b/, "iPhone"],
	[/\biPad\b/, "iPad"],
	[/\bAndroid\b/, "Android"],
	[/\bWindows\b/, "Windows"],
	[/\bMac OS X\b/, "Mac"],
	[/\bCrOS\b/, "ChromeOS"],
	[/\bLinux\b/, "Linux"],
];

/** What a browser says of itself, in words of ours alone: its owner has to know it again, and nobody's text stands in the list. */
export function deviceOf(agent: string | undefined): string {
	const text = (agent ?? "").slice(0, 500);
	const find = (table: typeof browsers) => table.find(([pattern]) => pattern.test(text))?.[1];
	return [find(browsers), find(systems)].filter((each) => each !== undefined).join(", ");
}

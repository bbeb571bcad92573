import { dayMs, encodeHex, type PublicKey } from "#base";
import type { SignInDatabase } from "./signInDatabase.ts";

/** What is written down of signing in, for the person themselves. */
export type SignInEventKind =
	/** A locked copy was handed out to who showed the passkey. */
	| "opened-passkey"
	/** A locked copy was handed out to who showed the passphrase's proof. */
	| "opened-passphrase"
	/** Somebody signed in at the house's identity provider and got the copy. */
	| "opened-provider"
	/** A wrong passphrase for a name that is this person's. */
	| "refused-passphrase"
	| "copy-left"
	| "copy-removed"
	| "app-allowed"
	| "app-taken-back"
	/** Where the key was open it was closed, from another place. */
	| "sitting-ended"
	/** The house's identity provider said that the person has signed out there. */
	| "provider-signed-out"
	| "ways-reviewed"
	| "signed-out-everywhere";

export interface SignInEvent {
	readonly kind: SignInEventKind;
	readonly atMs: number;
	/** Name of the application, or of the passphrase's owner; "" where there is none. */
	readonly detail: string;
}

/** How long an event is kept, in ms, and how many of one person at most. */
const keptMs = 400 * dayMs;
const perAccountMax = 200;

/** What happened with a person's key and applications here, as that person sees it. Each row is sealed and named by a keyed hash, like all of sign-in. */
export class SignInEvents {
	readonly #database: SignInDatabase;
	readonly #randomBytes: (length: number) => Uint8Array;

	constructor(database: SignInDatabase, randomBytes: (length: number) => Uint8Array) {
		this.#database = database;
		this.#randomBytes = randomBytes;
	}

	add(key: PublicKey, kind: SignInEventKind, detail = ""): void {
		const { db, now } = this.#database;
		const account = this.#database.nameOf("account", key);
		const id = encodeHex(this.#randomBytes(16));
		const event: SignInEvent = { kind, atMs: now(), detail };
		db.prepare("INSERT INTO event(id, account, at, sealed) VALUES (?, ?, ?, ?)").run(
			id,
			account,
			event.atMs,
			this.#database.seal(`event/${id}`, event),
		);
		db.prepare(
			"DELETE FROM event WHERE account = ? AND (at <= ? OR id IN (SELECT id FROM event WHERE account = ? ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?))",
		).run(account, event.atMs - keptMs, account, perAccountMax);
	}

	/** Newest first. */
	list(key: PublicKey): readonly SignInEvent[] {
		const rows = this.#database.db
			.prepare("SELECT id, sealed FROM event WHERE account = ? ORDER BY at DESC, rowid DESC")
			.all(this.#database.nameOf("account", key)) as unknown as { readonly id: string; readonly sealed: Uint8Array }[];
		return rows.map(({ id, sealed }) => this.#database.open<SignInEvent>(`event/${id}`, sealed)).filter((event) => event !== undefined);
	}
}

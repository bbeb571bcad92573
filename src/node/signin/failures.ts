import { hourMs } from "#base";
import type { SignInDatabase } from "./signInDatabase.ts";

/** What fails at signing in, for whoever watches over the house: kinds and numbers, and nobody's name. */
export type FailureKind =
	/** A passphrase for a name that somebody has. */
	| "passphrase-wrong"
	/** A name that nobody has. */
	| "name-unknown"
	/** A name that is slowed down was tried again. */
	| "name-slowed-down"
	/** A passkey that nobody left here, or whose answer is not one. */
	| "passkey-refused"
	/** The house's identity provider named nobody, nobody who is bound, or not strongly enough. */
	| "provider-refused"
	/** A logout token that is none. */
	| "provider-logout-refused";

/** Failures of one kind within one hour. */
export interface FailureCount {
	/** Beginning of the hour, UTC ms. */
	readonly hourMs: number;
	readonly kind: FailureKind;
	readonly count: number;
}

/** How often signing in failed, by hour and kind; kept for 30 days. */
export class Failures {
	readonly #database: SignInDatabase;

	constructor(database: SignInDatabase) {
		this.#database = database;
	}

	note(kind: FailureKind): void {
		const { db, now } = this.#database;
		const hour = Math.trunc(now() / hourMs) * hourMs;
		db.prepare("INSERT INTO failure(hour, kind, count) VALUES (?, ?, 1) ON CONFLICT(hour, kind) DO UPDATE SET count = count + 1").run(hour, kind);
	}

	/** Newest first. */
	list(): readonly FailureCount[] {
		const rows = this.#database.db.prepare("SELECT hour, kind, count FROM failure ORDER BY hour DESC, kind").all();
		return rows.map(({ hour, kind, count }) => ({ hourMs: Number(hour), kind: kind as FailureKind, count: Number(count) }));
	}
}

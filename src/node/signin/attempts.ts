import { minuteMs } from "#base";
import { RequestRate } from "#ledger";
import { SignInError } from "./errors.ts";
import type { SignInDatabase } from "./signInDatabase.ts";

/** Wrong answers before a name is heard less often. */
const freeFailures = 5;
const longestWaitMs = 60 * minuteMs;

/**
 * Slows down guessing at one name: after five wrong answers it is heard once a minute, then every two, four … up to an hour. Somebody who only
 * wants to lock a person out reaches this door alone: passkeys are not slowed down.
 */
export class Attempts {
	readonly #database: SignInDatabase;

	constructor(database: SignInDatabase) {
		this.#database = database;
	}

	/** @throws {@link SignInError} `SIGNIN_TOO_OFTEN`; the same for a name that nobody has. */
	assertHeard(subject: string): void {
		const row = this.#database.db.prepare("SELECT locked_until FROM attempt WHERE subject = ?").get(this.#nameOf(subject));
		const waitMs = Number(row?.locked_until ?? 0) - this.#database.now();
		if (waitMs > 0) throw tooOften(waitMs);
	}

	failed(subject: string): void {
		const { db, now } = this.#database;
		const name = this.#nameOf(subject);
		const failures = Number(db.prepare("SELECT failures FROM attempt WHERE subject = ?").get(name)?.failures ?? 0) + 1;
		const waitMs = failures < freeFailures ? 0 : Math.min(longestWaitMs, minuteMs * 2 ** Math.min(failures - freeFailures, 10));
		db.prepare(
			`INSERT INTO attempt(subject, failures, locked_until, last_at) VALUES (?, ?, ?, ?)
			ON CONFLICT(subject) DO UPDATE SET failures = excluded.failures, locked_until = excluded.locked_until, last_at = excluded.last_at`,
		).run(name, failures, now() + waitMs, now());
	}

	succeeded(subject: string): void {
		this.#database.db.prepare("DELETE FROM attempt WHERE subject = ?").run(this.#nameOf(subject));
	}

	#nameOf(subject: string): string {
		return this.#database.nameOf("attempt", subject);
	}
}

/** What one address may ask: a house behind one address has many people. */
const perAddress = { perSecond: 5, burst: 300 } as const;

/** @returns A check that refuses an address which asks too often, with {@link SignInError} `SIGNIN_TOO_OFTEN`. */
export function createAddressLimit(): (address: string) => void {
	const rate = new RequestRate(perAddress);
	return (address) => {
		if (!rate.take(address, performance.now())) throw tooOften(1_000);
	};
}

function tooOften(waitMs: number): SignInError {
	return new SignInError("SIGNIN_TOO_OFTEN", "too many tries; wait and try again", { waitS: Math.ceil(waitMs / 1_000) });
}

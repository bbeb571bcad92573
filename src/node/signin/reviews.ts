import type { PublicKey } from "#base";
import type { SignInDatabase } from "./signInDatabase.ts";

/** Who has to look through the ways to their key, because this node cannot tell any more which of them were removed. */
export class Reviews {
	readonly #database: SignInDatabase;

	constructor(database: SignInDatabase) {
		this.#database = database;
	}

	/** Since when a look is due, UTC ms; undefined where none is. */
	dueSince(key: PublicKey): number | undefined {
		const row = this.#database.db.prepare("SELECT since FROM review WHERE account = ?").get(this.#accountOf(key));
		return row === undefined ? undefined : Number(row.since);
	}

	done(key: PublicKey): void {
		this.#database.db.prepare("DELETE FROM review WHERE account = ?").run(this.#accountOf(key));
	}

	#accountOf(key: PublicKey): string {
		return this.#database.nameOf("account", key);
	}
}

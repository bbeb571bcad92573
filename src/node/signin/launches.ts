import { encodeBase64Url, minuteMs } from "#base";
import type { Launch } from "#gate";
import type { SignInDatabase } from "./signInDatabase.ts";

/** How long an application has to come back with the launch it was opened with, in ms. */
const launchLifetimeMs = 5 * minuteMs;

/** Launches out of a patient's record: each names who began it, for which application, about whom; each serves once. */
export class Launches {
	readonly #database: SignInDatabase;
	readonly #randomBytes: (length: number) => Uint8Array;

	constructor(database: SignInDatabase, randomBytes: (length: number) => Uint8Array) {
		this.#database = database;
		this.#randomBytes = randomBytes;
	}

	/** The opaque `launch` to hand to the application. */
	begin(launch: Launch): string {
		const id = encodeBase64Url(this.#randomBytes(24));
		const name = this.#database.nameOf("launch", id);
		this.#database.db
			.prepare("INSERT INTO launch(id, expires_at, sealed) VALUES (?, ?, ?)")
			.run(name, this.#database.now() + launchLifetimeMs, this.#database.seal(`launch/${name}`, launch));
		return id;
	}

	/** What a launch says, while it has not been used. */
	look(id: string): Launch | undefined {
		const name = this.#database.nameOf("launch", id);
		const row = this.#database.db.prepare("SELECT sealed FROM launch WHERE id = ? AND expires_at > ?").get(name, this.#database.now());
		return row === undefined ? undefined : this.#database.open<Launch>(`launch/${name}`, row.sealed as Uint8Array);
	}

	/** Uses a launch up; false when somebody has already. */
	use(id: string): boolean {
		return this.#database.db.prepare("DELETE FROM launch WHERE id = ?").run(this.#database.nameOf("launch", id)).changes === 1;
	}
}

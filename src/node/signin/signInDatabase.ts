import { createCipheriv, createDecipheriv } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { type Clock, decodeHex, deriveKey, encodeHex, encodeUtf8, hmacSha256 } from "#base";

const schema = `
CREATE TABLE IF NOT EXISTS oidc(model TEXT NOT NULL, id TEXT NOT NULL, grant_id TEXT NOT NULL, uid TEXT NOT NULL, account TEXT NOT NULL,
	expires_at INTEGER NOT NULL, consumed_at INTEGER, sealed BLOB NOT NULL, PRIMARY KEY(model, id)) STRICT;
CREATE INDEX IF NOT EXISTS oidc_grant ON oidc(grant_id);
CREATE INDEX IF NOT EXISTS oidc_uid ON oidc(uid);
CREATE INDEX IF NOT EXISTS oidc_account ON oidc(account);
CREATE INDEX IF NOT EXISTS oidc_expiry ON oidc(expires_at);
CREATE TABLE IF NOT EXISTS mandate(id TEXT PRIMARY KEY, grant_id TEXT NOT NULL, account TEXT NOT NULL, until INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS mandate_grant ON mandate(grant_id);
CREATE TABLE IF NOT EXISTS app(client TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS launch(id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS invitation(id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS keeper(name TEXT PRIMARY KEY, account TEXT NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS keeper_account ON keeper(account);
CREATE TABLE IF NOT EXISTS challenge(id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS event(id TEXT PRIMARY KEY, account TEXT NOT NULL, at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS event_account ON event(account, at);
DROP TABLE IF EXISTS sitting;
CREATE TABLE IF NOT EXISTS open_sitting(id TEXT PRIMARY KEY, account TEXT NOT NULL, session TEXT NOT NULL, at INTEGER NOT NULL, seen_at INTEGER NOT NULL,
	sealed BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS open_sitting_account ON open_sitting(account);
CREATE TABLE IF NOT EXISTS review(account TEXT PRIMARY KEY, since INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS failure(hour INTEGER NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(hour, kind)) STRICT;
CREATE TABLE IF NOT EXISTS fact(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS replacement(account TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS provider_flow(id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS attempt(subject TEXT PRIMARY KEY, failures INTEGER NOT NULL, locked_until INTEGER NOT NULL, last_at INTEGER NOT NULL) STRICT;
`;

/**
 * What sign-in remembers, in a file of its own. Names of rows are keyed hashes and their contents are sealed, both under a secret that lies beside
 * the node's other secrets and not in the file: who steals the file alone has no token, no name and no patient's id.
 */
export class SignInDatabase {
	readonly db: DatabaseSync;
	readonly now: Clock;
	readonly #naming: Uint8Array;
	readonly #sealing: Uint8Array;
	readonly #randomBytes: (length: number) => Uint8Array;

	constructor({ path, secret, now, randomBytes }: SignInDatabaseParameters) {
		this.#naming = deriveKey(secret, "aceso/sign-in-names/1");
		this.#sealing = deriveKey(secret, "aceso/sign-in-rows/1");
		this.now = now;
		this.#randomBytes = randomBytes;
		this.db = new DatabaseSync(path);
		this.db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY");
		this.db.exec(schema);
	}

	/** What a row is called whose name is a secret. */
	nameOf(kind: string, secret: string): string {
		return encodeHex(hmacSha256(this.#naming, encodeUtf8(`${kind}\0${secret}`)));
	}

	seal(name: string, value: unknown): Uint8Array {
		const nonce = this.#randomBytes(12);
		const cipher = createCipheriv("aes-256-gcm", this.#sealing, nonce).setAAD(encodeUtf8(name));
		const text = encodeUtf8(JSON.stringify(value));
		return new Uint8Array(Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]));
	}

	/** Undefined for a row that was altered, moved or sealed under another secret: it counts as absent. */
	open<T>(name: string, sealed: Uint8Array): T | undefined {
		try {
			const decipher = createDecipheriv("aes-256-gcm", this.#sealing, sealed.subarray(0, 12)).setAAD(encodeUtf8(name));
			decipher.setAuthTag(sealed.subarray(-16));
			const text = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString("utf8");
			return JSON.parse(text) as T;
		} catch {
			return undefined;
		}
	}

	/** Removes what is past its time. */
	expire(): void {
		const now = this.now();
		for (const table of ["oidc", "launch", "invitation", "challenge", "provider_flow"])
			this.db.prepare(`DELETE FROM ${table} WHERE expires_at <= ?`).run(now);
		this.db.prepare("DELETE FROM mandate WHERE until <= ?").run(now);
		this.db.prepare("DELETE FROM attempt WHERE last_at <= ?").run(now - attemptsForgottenMs);
		this.db.prepare("DELETE FROM open_sitting WHERE at <= ?").run(now - sittingsForgottenMs);
		this.db.prepare("DELETE FROM failure WHERE hour <= ?").run(now - failuresKeptMs);
	}

	close(): void {
		this.db.close();
	}
}

const failuresKeptMs = 30 * 86_400_000;
/** No sitting lasts longer. */
const sittingsForgottenMs = 86_400_000;
/** Failures are forgotten a day after the last one. */
const attemptsForgottenMs = 86_400_000;

export interface SignInDatabaseParameters {
	readonly path: string;
	/** 32 bytes. */
	readonly secret: Uint8Array;
	readonly now: Clock;
	readonly randomBytes: (length: number) => Uint8Array;
}

export function readSecret(hex: string): Uint8Array {
	return decodeHex(hex, 32);
}

import { type Adapter, type AdapterPayload, errors } from "oidc-provider";
import type { AppRegister } from "./apps.ts";
import type { SignInDatabase } from "./signInDatabase.ts";

/** What is its own secret: kept under a keyed hash, and the secret itself is not in the row either. */
const bearers = new Set(["AccessToken", "AuthorizationCode", "RefreshToken", "ClientCredentials"]);

interface Row {
	readonly consumed_at: number | null;
	readonly sealed: Uint8Array;
}

/**
 * Where oidc-provider keeps sessions, grants, codes and tokens: one table of the node's own. Using up a code or a refresh token, and remembering a
 * client's assertion, are one statement each, so that of two requests at once only one succeeds.
 */
export class OidcAdapter implements Adapter {
	readonly #model: string;
	readonly #database: SignInDatabase;
	readonly #apps: AppRegister;

	constructor(model: string, database: SignInDatabase, apps: AppRegister) {
		this.#model = model;
		this.#database = database;
		this.#apps = apps;
	}

	async upsert(id: string, payload: AdapterPayload, expiresInS: number): Promise<void> {
		const { db, now } = this.#database;
		const name = this.#nameOf(id);
		const kept = bearers.has(this.#model) ? { ...payload, jti: undefined } : payload;
		const values = [
			this.#model,
			name,
			payload.grantId === undefined ? "" : this.#database.nameOf("grant", payload.grantId),
			payload.uid === undefined ? "" : this.#database.nameOf("uid", payload.uid),
			payload.accountId === undefined ? "" : this.#database.nameOf("account", payload.accountId),
			now() + (Number.isFinite(expiresInS) ? expiresInS : 0) * 1_000,
			this.#database.seal(`${this.#model}/${name}`, kept),
		];
		const fresh = this.#model === "ReplayDetection";
		const { changes } = db
			.prepare(
				`INSERT INTO oidc(model, id, grant_id, uid, account, expires_at, sealed) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(model, id) DO ${
					fresh ? "NOTHING" : "UPDATE SET expires_at = excluded.expires_at, sealed = excluded.sealed, account = excluded.account"
				}`,
			)
			.run(...values);
		// Two at once have both looked and found nothing.
		if (fresh && changes === 0) throw new errors.InvalidClientAuth("client assertion tokens must only be used once");
	}

	async find(id: string): Promise<AdapterPayload | undefined> {
		if (this.#model === "Client") return this.#apps.find(id);
		const name = this.#nameOf(id);
		const row = this.#database.db
			.prepare("SELECT consumed_at, sealed FROM oidc WHERE model = ? AND id = ? AND expires_at > ?")
			.get(this.#model, name, this.#database.now()) as unknown as Row | undefined;
		return this.#payloadOf(name, row, id);
	}

	async findByUid(uid: string): Promise<AdapterPayload | undefined> {
		const row = this.#database.db
			.prepare("SELECT id, consumed_at, sealed FROM oidc WHERE model = ? AND uid = ? AND expires_at > ?")
			.get(this.#model, this.#database.nameOf("uid", uid), this.#database.now()) as unknown as (Row & { readonly id: string }) | undefined;
		return this.#payloadOf(row?.id ?? "", row);
	}

	async findByUserCode(): Promise<undefined> {
		return undefined;
	}

	async consume(id: string): Promise<void> {
		const { db, now } = this.#database;
		const name = this.#nameOf(id);
		const { changes } = db
			.prepare("UPDATE oidc SET consumed_at = ? WHERE model = ? AND id = ? AND consumed_at IS NULL")
			.run(now(), this.#model, name);
		if (changes === 1) return;
		// Somebody used it in the same instant: one of the two stole it, and nobody knows which.
		const row = db.prepare("SELECT grant_id FROM oidc WHERE model = ? AND id = ?").get(this.#model, name);
		if (typeof row?.grant_id === "string" && row.grant_id !== "") db.prepare("DELETE FROM oidc WHERE grant_id = ?").run(row.grant_id);
		throw new errors.InvalidGrant("used already");
	}

	async destroy(id: string): Promise<void> {
		this.#database.db.prepare("DELETE FROM oidc WHERE model = ? AND id = ?").run(this.#model, this.#nameOf(id));
	}

	async revokeByGrantId(grantId: string): Promise<void> {
		this.#database.db.prepare("DELETE FROM oidc WHERE grant_id = ?").run(this.#database.nameOf("grant", grantId));
	}

	#nameOf(id: string): string {
		return this.#database.nameOf(this.#model, id);
	}

	#payloadOf(name: string, row: Row | undefined, id?: string): AdapterPayload | undefined {
		if (row === undefined) return undefined;
		const payload = this.#database.open<AdapterPayload>(`${this.#model}/${name}`, row.sealed);
		if (payload === undefined) return undefined;
		return {
			...payload,
			...(bearers.has(this.#model) && id !== undefined ? { jti: id } : {}),
			...(row.consumed_at === null ? {} : { consumed: Math.trunc(row.consumed_at / 1_000) }),
		};
	}
}

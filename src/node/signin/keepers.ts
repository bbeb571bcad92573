import {
	type AuthenticationResponseJSON,
	type RegistrationResponseJSON,
	verifyAuthenticationResponse,
	verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { z } from "zod";
import {
	canonicalBytes,
	type Digest,
	decodeBase64Url,
	decodeHex,
	encodeBase64Url,
	encodeHex,
	encodeUtf8,
	equalBytes,
	hmacSha256,
	minuteMs,
	type PublicKey,
	sha256,
	sha256Hex,
} from "#base";
import type { KeptKey } from "#wallet";
import { Attempts } from "./attempts.ts";
import { SignInError } from "./errors.ts";
import { Failures } from "./failures.ts";
import type { Removals } from "./removals.ts";
import type { SignInDatabase } from "./signInDatabase.ts";
import type { SignInEvents } from "./signInEvents.ts";
import type { SittingParameters, Sittings } from "./sittings.ts";
import { type ProvidedIdentity, providerSessionOf } from "./staffProvider.ts";

/** How long a passkey has to answer, in ms. */
const challengeLifetimeMs = 5 * minuteMs;
/** Locked copies that one key may leave here. */
const perAccountMax = 16;

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const base64Url = (max: number) =>
	z
		.string()
		.regex(/^[A-Za-z0-9_-]+$/)
		.max(max);
const lockedSchema = z.strictObject({
	format: z.literal("aceso/locked/1"),
	kind: z.enum(["wallet-seed", "ledger-key"]),
	by: z.enum(["prf", "passphrase", "provider"]),
	salt: hex(16),
	sealed: hex(60),
});
const loginName = z.string().regex(/^[a-z0-9][a-z0-9._@-]{2,63}$/);
const registration = z.strictObject({
	id: base64Url(1_400),
	rawId: base64Url(1_400),
	type: z.literal("public-key"),
	clientExtensionResults: z.strictObject({}),
	response: z.strictObject({
		clientDataJSON: base64Url(4_000),
		attestationObject: base64Url(16_000),
		transports: z.array(z.string().max(20)).max(8),
	}),
});
const assertionSchema = z.strictObject({
	id: base64Url(1_400),
	rawId: base64Url(1_400),
	type: z.literal("public-key"),
	clientExtensionResults: z.strictObject({}),
	response: z.strictObject({
		clientDataJSON: base64Url(4_000),
		authenticatorData: base64Url(4_000),
		signature: base64Url(2_000),
		userHandle: base64Url(200).optional(),
	}),
});
/** How the copy is asked for again. What a passkey's PRF gave is in none of these: it stays in the browser. */
const loginSchema = z.discriminatedUnion("by", [
	z.strictObject({ by: z.literal("passphrase"), name: loginName, proof: hex(32) }),
	z.strictObject({ by: z.literal("passkey"), challenge: hex(16), response: registration }),
	/** Who signed in at the house's identity provider is known from there, and stands in no request. */
	z.strictObject({ by: z.literal("provider") }),
]);
const keptSchema = z
	.strictObject({
		locked: lockedSchema,
		login: loginSchema,
		note: z
			.string()
			.regex(/^[0-9a-f]*$/)
			.max(1_024),
		rotation: z.int().min(0).max(1_000),
	})
	.refine(({ locked, login }) => (locked.by === "prf" ? "passkey" : locked.by) === login.by);

/** A locked copy as its owner lists it. */
export interface KeptCopy {
	/** Names it when it is removed. */
	readonly id: string;
	readonly by: "passkey" | "passphrase" | "provider";
	/** Sign-in name of a passphrase; "" for a passkey. */
	readonly name: string;
	readonly note: string;
	/** UTC ms. */
	readonly keptAtMs: number;
	/** When it was handed out last, UTC ms; null for never. */
	readonly usedAtMs: number | null;
}

/** A copy that was handed out, and the sitting that began with it. */
export type HandedKey = KeptKey & { readonly sitting: string };

/** What a copy is left with, beside what was signed. */
export interface Keeping {
	readonly key: PublicKey;
	readonly digest: Digest;
	/** Whom the house's identity provider has just named. */
	readonly provided?: ProvidedIdentity | undefined;
}

interface KeeperRow extends KeptKey, Pick<KeptCopy, "keptAtMs" | "usedAtMs"> {
	readonly name?: string;
	readonly provided?: true;
	readonly proofHash?: string;
	readonly passkey?: { readonly id: string; readonly publicKey: string; readonly counter: number };
}

export interface RelyingParty {
	readonly origin: string;
	readonly member: string;
}

export interface KeepersParameters {
	readonly database: SignInDatabase;
	readonly events: SignInEvents;
	readonly sittings: Sittings;
	readonly removals: Removals;
	readonly party: RelyingParty;
	/** Makes the salts of names that nobody has; 32 bytes. */
	readonly salting: Uint8Array;
	readonly randomBytes: (length: number) => Uint8Array;
}

/** A key that nobody has; its list of what happened is read by nobody. */
const nobody = "0".repeat(64) as PublicKey;

/** What every passkey of a member is asked for with its PRF, 32 bytes: the answer differs from passkey to passkey. */
export function prfInput(member: string): Uint8Array {
	return sha256(encodeUtf8(`aceso/passkey-prf/1\0${member}`));
}

/**
 * Locked copies of people's keys. A copy is handed out to whoever shows the passkey or the passphrase's proof; what unlocks it, the node never
 * sees.
 */
export class Keepers {
	readonly #database: SignInDatabase;
	readonly #events: SignInEvents;
	readonly #sittings: Sittings;
	readonly #removals: Removals;
	readonly #attempts: Attempts;
	readonly #failures: Failures;
	readonly #party: RelyingParty;
	readonly #salting: Uint8Array;
	readonly #randomBytes: (length: number) => Uint8Array;

	constructor({ database, events, sittings, removals, party, salting, randomBytes }: KeepersParameters) {
		this.#database = database;
		this.#events = events;
		this.#sittings = sittings;
		this.#removals = removals;
		this.#attempts = new Attempts(database);
		this.#failures = new Failures(database);
		this.#party = party;
		this.#salting = salting;
		this.#randomBytes = randomBytes;
	}

	/** A challenge for a passkey: to be answered once, within five minutes. */
	challenge() {
		const challenge = encodeHex(this.#randomBytes(16));
		const name = this.#database.nameOf("challenge", challenge);
		this.#database.db
			.prepare("INSERT INTO challenge(id, expires_at, sealed) VALUES (?, ?, ?)")
			.run(name, this.#database.now() + challengeLifetimeMs, this.#database.seal(`challenge/${name}`, 0));
		return { challenge, rpId: this.#rpId, prf: encodeHex(prfInput(this.#party.member)) };
	}

	/**
	 * Keeps a copy for the key that signed for it.
	 * @param digest - What was signed: H(canonical of all of it).
	 * @throws {@link SignInError} `SIGNIN_BODY_INVALID`, `SIGNIN_ANSWER_DIFFERS`, `SIGNIN_REFUSED` where the passkey does not answer the challenge, or the name is taken.
	 */
	async keep(input: unknown, { key, digest, provided }: Keeping): Promise<void> {
		const parsed = keptSchema.safeParse(input);
		if (!parsed.success) {
			const at = (parsed.error.issues[0]?.path.map(String).join(".") ?? "").slice(0, 80);
			throw new SignInError("SIGNIN_BODY_INVALID", "expected a locked copy and how it is asked for", { at });
		}
		if (sha256Hex(canonicalBytes(parsed.data)) !== digest) {
			throw new SignInError("SIGNIN_ANSWER_DIFFERS", "expected the copy that was signed for");
		}
		const { locked, login, note, rotation } = parsed.data;
		const own = { key, locked, note, rotation, keptAtMs: this.#database.now(), usedAtMs: null };
		const { db } = this.#database;
		const account = this.#database.nameOf("account", key);
		if (Number(db.prepare("SELECT count(*) AS n FROM keeper WHERE account = ?").get(account)?.n) >= perAccountMax) throw refused();
		const [name, row] = await this.#rowOf(login, own, provided);
		const { changes } = db
			.prepare("INSERT INTO keeper(name, account, sealed) VALUES (?, ?, ?) ON CONFLICT(name) DO NOTHING")
			.run(name, account, this.#database.seal(`keeper/${name}`, row));
		if (changes === 0) throw new SignInError("SIGNIN_REFUSED", "expected a sign-in name or passkey that is not in use here; choose another");
		this.#events.add(key, "copy-left");
	}

	/** The salt of a name; the same kind of answer for one that nobody has, and the same each time. */
	saltOf(name: unknown): string {
		const asked = String(name).slice(0, 64);
		return this.#row(this.#nameOf(asked))?.locked.salt ?? encodeHex(hmacSha256(this.#salting, encodeUtf8(asked))).slice(0, 32);
	}

	/** @throws {@link SignInError} `SIGNIN_REFUSED` alike for every reason, `SIGNIN_TOO_OFTEN`. */
	openByPassphrase(input: unknown, agent?: string): HandedKey {
		const parsed = z.strictObject({ name: z.string().max(64), proof: hex(32) }).safeParse(input);
		if (!parsed.success) throw refused();
		const { name, proof } = parsed.data;
		this.#assertHeard(name);
		const row = this.#row(this.#nameOf(name));
		const isRight = equalBytes(decodeHex(row?.proofHash ?? "0".repeat(64)), decodeHex(hashProof(proof)));
		if (row === undefined || !isRight) {
			this.#attempts.failed(name);
			this.#failures.note(row === undefined ? "name-unknown" : "passphrase-wrong");
			// Of a name that nobody has as much is written: the time of the answer would tell which names are somebody's.
			this.#events.add(row?.key ?? nobody, "refused-passphrase", row === undefined ? "" : name);
			throw refused();
		}
		this.#attempts.succeeded(name);
		return this.#handOut(this.#nameOf(name), row, { by: "passphrase", agent });
	}

	#assertHeard(name: string): void {
		try {
			this.#attempts.assertHeard(name);
		} catch (error) {
			this.#failures.note("name-slowed-down");
			throw error;
		}
	}

	/** @throws {@link SignInError} `SIGNIN_REFUSED` alike for every reason. */
	async openByPasskey(input: unknown, agent?: string): Promise<HandedKey> {
		try {
			return await this.#openByPasskey(input, agent);
		} catch (error) {
			if (error instanceof SignInError) this.#failures.note("passkey-refused");
			throw error;
		}
	}

	async #openByPasskey(input: unknown, agent: string | undefined): Promise<HandedKey> {
		const parsed = z.strictObject({ challenge: hex(16), response: assertionSchema }).safeParse(input);
		if (!parsed.success || !this.#useChallenge(parsed.data.challenge)) throw refused();
		const { challenge, response } = parsed.data;
		const name = this.#database.nameOf("passkey", response.id);
		const row = this.#row(name);
		if (row?.passkey === undefined) throw refused();
		const { id, publicKey, counter } = row.passkey;
		const newCounter = await answerOf(async () => {
			const { verified, authenticationInfo } = await verifyAuthenticationResponse({
				response: response as AuthenticationResponseJSON,
				expectedChallenge: encodeBase64Url(decodeHex(challenge)),
				expectedOrigin: this.#party.origin,
				expectedRPID: this.#rpId,
				credential: { id, publicKey: new Uint8Array(decodeBase64Url(publicKey)), counter },
				requireUserVerification: true,
			});
			return verified ? authenticationInfo.newCounter : undefined;
		});
		return this.#handOut(name, { ...row, passkey: { id, publicKey, counter: newCounter } }, { by: "passkey", agent });
	}

	/** The copy of whom the house's identity provider named; nothing is handed out. @throws {@link SignInError} `SIGNIN_PROVIDER_REFUSED`. */
	lookProvided(identity: ProvidedIdentity): KeptKey {
		const row = this.#row(this.#providedName(identity));
		if (row === undefined) {
			throw new SignInError("SIGNIN_PROVIDER_REFUSED", "the sign-in there did not come about, is over, or is too weak; begin again");
		}
		return row;
	}

	/** Whose subject of the house's identity provider it is; undefined where nobody is bound to it. */
	keyProvided(identity: ProvidedIdentity): PublicKey | undefined {
		return this.#row(this.#providedName(identity))?.key;
	}

	/** @throws {@link SignInError} `SIGNIN_PROVIDER_REFUSED`. */
	openProvided(identity: ProvidedIdentity, agent?: string): HandedKey {
		const { key } = this.lookProvided(identity);
		const name = this.#providedName(identity);
		const row = this.#row(name) as KeeperRow;
		const providerSession = identity.session === undefined ? undefined : providerSessionOf(identity.issuer, identity.session);
		return this.#handOut(name, { ...row, key }, { by: "provider", agent, providerSession });
	}

	/** The copies of one key, oldest first. */
	list(key: PublicKey): readonly KeptCopy[] {
		return this.#namesOf(key).flatMap((id): readonly KeptCopy[] => {
			const row = this.#row(id);
			if (row === undefined) return [];
			const { note, name = "", keptAtMs, usedAtMs, passkey, provided } = row;
			return [{ id, by: provided ? "provider" : passkey === undefined ? "passphrase" : "passkey", name, note, keptAtMs, usedAtMs }];
		});
	}

	/** @throws {@link SignInError} `SIGNIN_NOT_YOURS`; `SIGNIN_LAST_COPY` for the only one. */
	remove(key: PublicKey, id: string): void {
		const names = this.#namesOf(key);
		if (!names.includes(id)) throw new SignInError("SIGNIN_NOT_YOURS", "expected something of your own that is still there; load the list again");
		if (names.length === 1) throw new SignInError("SIGNIN_LAST_COPY", "expected another way to the key first; leave one, then remove this");
		// First where no backup reaches: a crash in between is made good at the next start.
		this.#removals.add(id);
		this.#database.db.prepare("DELETE FROM keeper WHERE name = ?").run(id);
	}

	/** The copy goes to its owner's browser; that it did is written down for the owner. */
	#handOut(name: string, row: KeeperRow, how: Omit<SittingParameters, "key">): HandedKey {
		const changed: KeeperRow = { ...row, usedAtMs: this.#database.now() };
		this.#database.db.prepare("UPDATE keeper SET sealed = ? WHERE name = ?").run(this.#database.seal(`keeper/${name}`, changed), name);
		this.#events.add(row.key, `opened-${how.by}`, row.name ?? "");
		const { key, locked, note, rotation } = row;
		return { key, locked, note, rotation, sitting: this.#sittings.begin({ key, ...how }) };
	}

	#namesOf(key: PublicKey): readonly string[] {
		const rows = this.#database.db.prepare("SELECT name FROM keeper WHERE account = ? ORDER BY rowid").all(this.#database.nameOf("account", key));
		return rows.map(({ name }) => name as string);
	}

	get #rpId(): string {
		return new URL(this.#party.origin).hostname;
	}

	#nameOf(name: string): string {
		return this.#database.nameOf("keeper", name);
	}

	#row(name: string): KeeperRow | undefined {
		const row = this.#database.db.prepare("SELECT sealed FROM keeper WHERE name = ?").get(name);
		return row === undefined ? undefined : this.#database.open<KeeperRow>(`keeper/${name}`, row.sealed as Uint8Array);
	}

	/** A subject is its issuer's alone. */
	#providedName({ issuer, subject }: ProvidedIdentity): string {
		return this.#database.nameOf("provided", `${issuer}\0${subject}`);
	}

	#rowOf(
		login: z.infer<typeof loginSchema>,
		own: KeeperRow,
		provided: ProvidedIdentity | undefined,
	): Promise<[string, KeeperRow]> | [string, KeeperRow] {
		// Whom the house's provider names leaves a key in no other way: a passkey beside it would outlive what the provider ends.
		const isProvided = provided !== undefined || this.list(own.key).some(({ by }) => by === "provider");
		if (isProvided !== (login.by === "provider")) throw refused();
		if (login.by === "passphrase") return this.#byPassphrase(login, own);
		if (login.by === "passkey") return this.#byPasskey(login, own);
		if (provided === undefined) throw refused();
		return [this.#providedName(provided), { ...own, provided: true }];
	}

	#useChallenge(challenge: string): boolean {
		const { db, now } = this.#database;
		return (
			db.prepare("DELETE FROM challenge WHERE id = ? AND expires_at > ?").run(this.#database.nameOf("challenge", challenge), now()).changes === 1
		);
	}

	#byPassphrase({ name, proof }: { readonly name: string; readonly proof: string }, own: KeeperRow): [string, KeeperRow] {
		return [this.#nameOf(name), { ...own, name, proofHash: hashProof(proof) }];
	}

	async #byPasskey(login: { readonly challenge: string; readonly response: unknown }, own: KeeperRow): Promise<[string, KeeperRow]> {
		if (!this.#useChallenge(login.challenge)) throw refused();
		const credential = await answerOf(async () => {
			const { verified, registrationInfo } = await verifyRegistrationResponse({
				response: login.response as RegistrationResponseJSON,
				expectedChallenge: encodeBase64Url(decodeHex(login.challenge)),
				expectedOrigin: this.#party.origin,
				expectedRPID: this.#rpId,
				requireUserVerification: true,
			});
			return verified ? registrationInfo.credential : undefined;
		});
		const { id, publicKey, counter } = credential;
		return [this.#database.nameOf("passkey", id), { ...own, passkey: { id, publicKey: encodeBase64Url(publicKey), counter } }];
	}
}

/** Of whom a copy is kept, each once. */
export function keptKeys(database: SignInDatabase): ReadonlySet<PublicKey> {
	const keys = new Set<PublicKey>();
	for (const { name, sealed } of database.db.prepare("SELECT name, sealed FROM keeper").iterate()) {
		const row = database.open<KeeperRow>(`keeper/${name as string}`, sealed as Uint8Array);
		if (row !== undefined) keys.add(row.key);
	}
	return keys;
}

/** Whatever the passkey's answer lacks is told alike. */
async function answerOf<T>(verify: () => Promise<T | undefined>): Promise<T> {
	let answer: T | undefined;
	try {
		answer = await verify();
	} catch {
		// The library says what was wrong, quoting the answer.
	}
	if (answer === undefined) throw refused();
	return answer;
}

/** The proof is 32 bytes of scrypt's output already: one hash keeps it from being shown by whoever reads the file. */
function hashProof(proof: string): string {
	return sha256Hex(encodeUtf8("aceso/sign-in-proof-hash/1\0"), decodeHex(proof));
}

function refused(): SignInError {
	return new SignInError("SIGNIN_REFUSED", "name, passphrase or passkey do not fit together");
}

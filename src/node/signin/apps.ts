import type { AdapterPayload } from "oidc-provider";
import { z } from "zod";
import { encodeBase64Url, encodeUtf8, equalBytes, sha256, sha256Hex } from "#base";
import { purposes } from "#contracts";
import { SignInError } from "./errors.ts";
import type { SignInDatabase } from "./signInDatabase.ts";
import { smartScopesOf } from "./smartScopes.ts";

const line = z.string().regex(/^[^\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u);
const publicKey = z.strictObject({
	kty: z.enum(["RSA", "EC"]),
	kid: line.min(1).max(128),
	alg: z.enum(["RS384", "ES384"]),
	use: z.literal("sig").optional(),
	key_ops: z.array(z.literal("verify")).optional(),
	n: z.string().min(342).max(700).optional(),
	e: z.string().max(8).optional(),
	crv: z.literal("P-384").optional(),
	x: z.string().max(70).optional(),
	y: z.string().max(70).optional(),
});

/** An application that the operator lets in. */
const appSchema = z
	.strictObject({
		client: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/),
		/** As people read it when they are asked. */
		name: line.min(1).max(100),
		/** Exact addresses that a code may be sent to; none for a backend service. */
		redirectUris: z.array(z.string().max(500)).max(8),
		launchUri: z.string().max(500).optional(),
		/** Who shows what: nobody (`public`, PKCE alone), a secret, a key. */
		authentication: z.enum(["public", "secret", "private-key"]),
		/** Keys that assertions may be signed with: the allow-list. Nothing is fetched from elsewhere. */
		keys: z.array(publicKey).max(8).optional(),
		/** Scopes it may ask for at most. */
		scopes: z.array(line.min(1).max(256)).min(1).max(64),
		purpose: z.enum(purposes).refine((purpose) => purpose !== "SYSTEM" && purpose !== "LOOKUP" && purpose !== "ETREAT"),
		level: z.enum(["identified", "pseudonymised"]),
		/** For a backend service: the mandate, signed by whose name it works in. */
		mandate: z.record(z.string(), z.unknown()).optional(),
		/** May ask whether anybody's token is good: a resource server. */
		introspects: z.boolean().optional(),
	})
	.refine(({ authentication, keys }) => (authentication === "private-key") === (keys?.length ?? 0) > 0);

export type App = z.infer<typeof appSchema>;

interface KeptApp extends App {
	/** H(secret), hex; the secret itself is 32 random bytes and told once. */
	readonly secretHash?: string;
}

const confidential = { public: "none", secret: "client_secret_basic", "private-key": "private_key_jwt" } as const;

/** The applications that the operator has registered. */
export class AppRegister {
	readonly #database: SignInDatabase;
	readonly #randomBytes: (length: number) => Uint8Array;

	constructor(database: SignInDatabase, randomBytes: (length: number) => Uint8Array) {
		this.#database = database;
		this.#randomBytes = randomBytes;
	}

	/**
	 * Registers an application, or replaces it. The secret of one that has one is made here and told this once.
	 * @throws {@link SignInError} `SIGNIN_APP_INVALID` with the path of the first fault.
	 */
	register(input: unknown): { readonly client: string; readonly secret?: string } {
		const app = parseApp(input);
		const secret = app.authentication === "secret" ? encodeBase64Url(this.#randomBytes(32)) : undefined;
		const kept: KeptApp = secret === undefined ? app : { ...app, secretHash: hashSecret(secret) };
		this.#database.db
			.prepare("INSERT INTO app(client, sealed) VALUES (?, ?) ON CONFLICT(client) DO UPDATE SET sealed = excluded.sealed")
			.run(app.client, this.#database.seal(`app/${app.client}`, kept));
		return { client: app.client, ...(secret === undefined ? {} : { secret }) };
	}

	remove(client: string): void {
		this.#database.db.prepare("DELETE FROM app WHERE client = ?").run(client);
	}

	list(): readonly App[] {
		const rows = this.#database.db.prepare("SELECT client FROM app ORDER BY client").all() as { client: string }[];
		return rows.map(({ client }) => this.get(client)).filter((app) => app !== undefined);
	}

	get(client: string): App | undefined {
		const kept = this.#kept(client);
		if (kept === undefined) return undefined;
		const { secretHash: _, ...app } = kept;
		return app;
	}

	/** As oidc-provider reads a client. */
	find(client: string): AdapterPayload | undefined {
		const app = this.#kept(client);
		if (app === undefined) return undefined;
		const isBackend = app.redirectUris.length === 0;
		return {
			client_id: app.client,
			client_name: app.name,
			token_endpoint_auth_method: confidential[app.authentication],
			application_type: app.redirectUris.some((uri) => !/^https:/.test(uri)) ? "native" : "web",
			redirect_uris: [...app.redirectUris],
			response_types: isBackend ? [] : ["code"],
			grant_types: isBackend ? ["client_credentials"] : ["authorization_code", "refresh_token"],
			...(app.secretHash === undefined ? {} : { client_secret: app.secretHash }),
			...(app.keys === undefined ? {} : { jwks: { keys: app.keys.map((key) => ({ ...key })) } }),
		} as AdapterPayload;
	}

	#kept(client: string): KeptApp | undefined {
		const row = this.#database.db.prepare("SELECT sealed FROM app WHERE client = ?").get(client) as { sealed: Uint8Array } | undefined;
		return row === undefined ? undefined : this.#database.open<KeptApp>(`app/${client}`, row.sealed);
	}
}

/** Whether a secret is the one whose hash is kept. */
export function isSecret(secretHash: string, secret: string): boolean {
	return equalBytes(encodeUtf8(hashSecret(secret)), encodeUtf8(secretHash));
}

function hashSecret(secret: string): string {
	return sha256Hex(sha256(encodeUtf8("aceso/app-secret/1")), encodeUtf8(secret));
}

function parseApp(input: unknown): App {
	const parsed = appSchema.safeParse(input);
	if (!parsed.success) {
		const at = parsed.error.issues[0]?.path.map(String).join(".") || "app";
		throw new SignInError("SIGNIN_APP_INVALID", `expected an application's registration: fault at ${at.slice(0, 80)}`, { at: at.slice(0, 80) });
	}
	const app = parsed.data;
	const fault = app.redirectUris.find((uri) => !isRedirectUri(uri));
	if (fault !== undefined) {
		throw new SignInError("SIGNIN_APP_INVALID", "expected redirect addresses with https, on this machine's loopback, or of an app's own scheme", {
			at: "redirectUris",
		});
	}
	const isBackend = app.redirectUris.length === 0;
	if (isBackend && !app.introspects && (app.authentication !== "private-key" || app.mandate === undefined)) {
		throw new SignInError("SIGNIN_APP_INVALID", "expected a backend service to have keys and a mandate", { at: "mandate" });
	}
	if (smartScopesOf(app.scopes).some(({ context }) => (context === "system") !== isBackend)) {
		throw new SignInError("SIGNIN_APP_INVALID", "expected system scopes for backend services, and for nothing else", { at: "scopes" });
	}
	return app;
}

/** Plain http only on the loopback; a scheme of its own has a dot (RFC 8252 §7.1). */
function isRedirectUri(text: string): boolean {
	const url = URL.parse(text);
	if (url === null || url.hash !== "" || text.endsWith("#") || url.username !== "" || url.password !== "") return false;
	if (url.protocol === "https:") return true;
	if (url.protocol === "http:") return isLoopback(url.hostname);
	return /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/.test(url.protocol);
}

export function isLoopback(hostname: string): boolean {
	return hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
}

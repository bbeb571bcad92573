import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oidc from "openid-client";
import { z } from "zod";
import { decodeHex, deriveKey, encodeHex, encodeUtf8, minuteMs } from "#base";
import { isLoopback } from "./apps.ts";
import { SignInError } from "./errors.ts";
import type { SignInDatabase } from "./signInDatabase.ts";

/** How long somebody has to sign in there and come back, in ms; and how long what was shown then serves, once. */
const flowLifetimeMs = 10 * minuteMs;
/** A sign-in there may be this old, in s: whoever left a browser open an hour ago is asked again. */
const maxAgeS = 15 * 60;
/** Longest that its answers are waited for, in s. */
const timeoutS = 10;

const line = z.string().regex(/^[^\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u);
const configSchema = z
	.strictObject({
		/** Exactly as it names itself. */
		issuer: z.string().max(300),
		clientId: line.min(1).max(200),
		clientSecret: z.string().min(16).max(500),
		/** As colleagues know it; on the button. */
		name: line.min(1).max(60),
		/** Values of `acr` that are strong enough, or of `amr` of which one has to be there: at least one of the two is asked for. */
		acr: z.array(line.min(1).max(200)).min(1).max(8).optional(),
		amr: z.array(line.min(1).max(40)).min(1).max(8).optional(),
	})
	.refine(({ acr, amr }) => acr !== undefined || amr !== undefined);
export type StaffProviderConfig = z.infer<typeof configSchema>;

/** Who signed in there. A subject is its issuer's alone: the same words of another are somebody else. */
export interface ProvidedIdentity {
	readonly issuer: string;
	readonly subject: string;
	/** What the provider calls its own session (`sid`), where it does. */
	readonly session?: string;
}

/** What a provider says has ended: everything of a subject, one session of it, or a session whoever's it is. */
export interface ProvidedLogout {
	readonly issuer: string;
	readonly subject: string | undefined;
	readonly session: string | undefined;
}

/** A session's name is its issuer's alone. */
export function providerSessionOf(issuer: string, session: string): string {
	return `${issuer}\0${session}`;
}

type Flow =
	| { readonly stage: "out"; readonly state: string; readonly nonce: string; readonly verifier: string; readonly back: string }
	| { readonly stage: "back"; readonly identity: ProvidedIdentity };

export interface StaffProviderParameters {
	/** Of the member. */
	readonly folder: string;
	readonly database: SignInDatabase;
	readonly origin: string;
	/** Sign-in's root secret. */
	readonly root: Uint8Array;
	readonly randomBytes: (length: number) => Uint8Array;
}

/** @throws {@link SignInError} `SIGNIN_PROVIDER_INVALID`; undefined where the house has none. */
export function readProviderConfig(folder: string): StaffProviderConfig | undefined {
	const path = join(folder, "staff-provider.json");
	if (!existsSync(path)) return undefined;
	let found: unknown;
	try {
		found = JSON.parse(readFileSync(path, "utf8"));
	} catch {
		throw new SignInError("SIGNIN_PROVIDER_INVALID", "expected staff-provider.json to be JSON");
	}
	const parsed = configSchema.safeParse(found);
	const issuer = parsed.success ? URL.parse(parsed.data.issuer) : null;
	const isSafe = issuer !== null && issuer.search === "" && issuer.hash === "" && (issuer.protocol === "https:" || isLoopback(issuer.hostname));
	if (parsed.success && isSafe) return parsed.data;
	const at = parsed.success ? "issuer" : (parsed.error.issues[0]?.path.map(String).join(".") ?? "");
	throw new SignInError("SIGNIN_PROVIDER_INVALID", `expected issuer, clientId, clientSecret, name, and acr or amr: fault at ${at}`, { at });
}

/** Logout tokens are for now: an older one is none, in s. */
const logoutMaxAgeS = 300;
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout";
/** By a key of the provider alone: what its clients' secrets sign (HS256) says nothing. */
const logoutAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const logoutSchema = z.looseObject({
	jti: z.string().min(1).max(500),
	sub: z.string().min(1).max(500).optional(),
	sid: z.string().min(1).max(500).optional(),
	nonce: z.unknown().optional(),
	events: z.record(z.string(), z.looseObject({})),
});

/** Keys of providers by where they lie; asked for again when a token names one that is not there, at most twice a minute. */
const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

function keysOf(url: string): ReturnType<typeof createRemoteJWKSet> {
	const known = keySets.get(url) ?? createRemoteJWKSet(new URL(url), { timeoutDuration: timeoutS * 1_000 });
	keySets.set(url, known);
	return known;
}

/** Discovery of a provider, once in a process; a failure is not kept. */
const discovered = new Map<string, Promise<oidc.Configuration>>();

/**
 * The house's own identity provider, for those who work here (OpenID Connect Core 1.0, code flow with PKCE, RFC 9207). It says who somebody is and
 * nothing of what they may: that stands on the ledger. What it says gives the key's locked copy, and half a secret that unlocks it.
 */
export class StaffProvider {
	readonly config: StaffProviderConfig;
	readonly #parameters: StaffProviderParameters;

	constructor(config: StaffProviderConfig, parameters: StaffProviderParameters) {
		this.config = config;
		this.#parameters = parameters;
	}

	/** Where the provider sends browsers back to, as it has to be registered there. */
	get redirectUri(): string {
		return `${this.#parameters.origin}/signin/provider/back`;
	}

	/** @returns Where the browser goes, and what its cookie holds. */
	async begin(back: string): Promise<{ readonly location: string; readonly flow: string }> {
		const configuration = await this.#discover();
		const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
		const location = oidc.buildAuthorizationUrl(configuration, {
			...{ redirect_uri: this.redirectUri, scope: "openid", state, nonce, max_age: String(maxAgeS) },
			...{ code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" },
			...(this.config.acr === undefined ? {} : { acr_values: this.config.acr.join(" ") }),
		});
		return { location: location.href, flow: this.#keep({ stage: "out", state, nonce, verifier, back }) };
	}

	/**
	 * Takes what the provider sent the browser back with.
	 * @param query - Of the address, as it came.
	 * @returns Where the browser goes on, and what its cookie holds from then on.
	 * @throws {@link SignInError} `SIGNIN_PROVIDER_REFUSED`, whatever is wrong with it.
	 */
	async finish(flow: string, query: string): Promise<{ readonly back: string; readonly flow: string }> {
		const begun = this.#use(flow, "out");
		const configuration = await this.#discover();
		try {
			const checks = {
				expectedState: begun.state,
				expectedNonce: begun.nonce,
				pkceCodeVerifier: begun.verifier,
				maxAge: maxAgeS,
				idTokenExpected: true,
			};
			const tokens = await oidc.authorizationCodeGrant(configuration, new URL(`${this.redirectUri}${query}`), checks);
			const claims = tokens.claims();
			if (claims === undefined || !this.#isStrong(claims)) throw new Error("too weak");
			const session = typeof claims["sid"] === "string" ? { session: claims["sid"] } : {};
			const identity = { issuer: this.config.issuer, subject: claims.sub, ...session };
			return { back: begun.back, flow: this.#keep({ stage: "back", identity }) };
		} catch (cause) {
			throw refused(cause);
		}
	}

	/** Who has just signed in there, once. @throws {@link SignInError} `SIGNIN_PROVIDER_REFUSED`. */
	take(flow: string): ProvidedIdentity {
		const { identity } = this.#use(flow, "back");
		// The configuration may name another since.
		if (identity.issuer !== this.config.issuer) throw refused();
		return identity;
	}

	/**
	 * Takes a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6), once.
	 * @throws {@link SignInError} `SIGNIN_PROVIDER_REFUSED`, whatever is wrong with it.
	 */
	async readLogout(token: string): Promise<ProvidedLogout> {
		const { issuer, clientId } = this.config;
		const { database } = this.#parameters;
		const { jwks_uri: keysAt } = (await this.#discover()).serverMetadata();
		try {
			if (keysAt === undefined) throw new Error("no keys");
			const checks = { issuer, audience: clientId, algorithms: logoutAlgorithms, maxTokenAge: logoutMaxAgeS, clockTolerance: 30 };
			const { payload } = await jwtVerify(token, keysOf(keysAt), { ...checks, currentDate: new Date(database.now()) });
			const { jti, sub, sid, nonce, events } = logoutSchema.parse(payload);
			if (nonce !== undefined || (sub === undefined && sid === undefined) || !(logoutEvent in events)) throw new Error("no logout");
			this.#useOnce(`${issuer}\0${jti}`);
			return { issuer, subject: sub, session: sid };
		} catch (cause) {
			throw refused(cause);
		}
	}

	/** A token that is shown again says nothing new, and may be an old one. */
	#useOnce(jti: string): void {
		const { database } = this.#parameters;
		const name = database.nameOf("provider-logout", jti);
		const { changes } = database.db
			.prepare("INSERT INTO provider_flow(id, expires_at, sealed) VALUES (?, ?, ?) ON CONFLICT(id) DO NOTHING")
			.run(name, database.now() + 2 * logoutMaxAgeS * 1_000, database.seal(`provider_flow/${name}`, { stage: "logout" }));
		if (changes === 0) throw new Error("shown before");
	}

	/** The half of what unlocks a copy that this node holds: it is given to nobody but who signed in as the subject. 32 bytes, hex. */
	shareOf({ issuer, subject }: ProvidedIdentity, salt: string): string {
		return encodeHex(deriveKey(this.#parameters.root, "aceso/sign-in-provider/1", encodeUtf8(`${issuer}\0${subject}\0`), decodeHex(salt, 16)));
	}

	#isStrong({ acr, amr }: oidc.IDToken): boolean {
		const { acr: accepted, amr: wanted } = this.config;
		if (accepted !== undefined && !(typeof acr === "string" && accepted.includes(acr))) return false;
		return wanted === undefined || (Array.isArray(amr) && amr.some((each) => wanted.includes(String(each))));
	}

	#keep(flow: Flow): string {
		const { database, randomBytes } = this.#parameters;
		const id = encodeHex(randomBytes(24));
		const name = database.nameOf("provider", id);
		database.db
			.prepare("INSERT INTO provider_flow(id, expires_at, sealed) VALUES (?, ?, ?)")
			.run(name, database.now() + flowLifetimeMs, database.seal(`provider_flow/${name}`, flow));
		return id;
	}

	/** Each stage serves once. */
	#use<Stage extends Flow["stage"]>(id: string, stage: Stage): Extract<Flow, { readonly stage: Stage }> {
		const { database } = this.#parameters;
		const name = database.nameOf("provider", id.slice(0, 64));
		const row = database.db.prepare("DELETE FROM provider_flow WHERE id = ? AND expires_at > ? RETURNING sealed").get(name, database.now());
		const flow = row === undefined ? undefined : database.open<Flow>(`provider_flow/${name}`, row.sealed as Uint8Array);
		if (flow?.stage !== stage) throw refused();
		return flow as Extract<Flow, { readonly stage: Stage }>;
	}

	#discover(): Promise<oidc.Configuration> {
		const { issuer, clientId, clientSecret } = this.config;
		const key = `${issuer}\0${clientId}`;
		const known = discovered.get(key);
		if (known !== undefined) return known;
		// Signatures of ID tokens are verified although they come over TLS: a proxy in between is nobody who may sign people in.
		const execute = [oidc.enableNonRepudiationChecks, ...(issuer.startsWith("http:") ? [oidc.allowInsecureRequests] : [])];
		const found = oidc.discovery(new URL(issuer), clientId, clientSecret, oidc.ClientSecretBasic(clientSecret), { execute, timeout: timeoutS });
		discovered.set(key, found);
		return found.catch((cause: unknown) => {
			discovered.delete(key);
			throw new SignInError("SIGNIN_PROVIDER_SILENT", "the identity provider does not answer as one; try again later", {}, cause);
		});
	}
}

function refused(cause?: unknown): SignInError {
	return new SignInError("SIGNIN_PROVIDER_REFUSED", "the sign-in there did not come about, is over, or is too weak; begin again", {}, cause);
}

import {
	createLocalJWKSet,
	createRemoteJWKSet,
	decodeProtectedHeader,
	errors,
	type JWSHeaderParameters,
	type JWTVerifyGetKey,
	jwtVerify,
} from "jose";
import { NodeError } from "../errors.ts";
import type { CdsClient, CdsConfig } from "./cdsConfig.ts";

/** Longest token, in characters. */
const tokenMost = 8_192;
/** Longest life a token may have, and so how long its id is remembered, in seconds. */
const lifetimeMostS = 300;
/** How far clocks may be apart, in seconds. */
const toleranceS = 5;
/** Ids remembered at once for one client; one more is refused rather than an older one forgotten. */
const idsMost = 20_000;
/** Signatures that are taken. CDS Hooks recommends ES384 and RS384 and forbids `none` and everything symmetric. */
const algorithms = ["EdDSA", "Ed25519", "ES384", "RS384"];

/** What a token was refused for; a closed list, so that no part of a token is ever said back. */
export type TokenFault =
	| "missing"
	| "malformed"
	| "algorithm"
	| "issuer"
	| "key-set"
	| "key"
	| "signature"
	| "audience"
	| "time"
	| "claims"
	| "replayed";

export interface ClientVerifier {
	/**
	 * The client that made a request.
	 *
	 * @param authorization - The request's Authorization header.
	 * @param url - What the token's audience has to be: the address of the service that is called, as configured and not as the request names it.
	 * @throws NodeError `CDS_TOKEN_REFUSED`.
	 */
	verify(authorization: string | undefined, url: string): Promise<CdsClient>;
}

/** Fetches the key set at an address; jose's own where absent. A test brings another. */
export type FetchKeySet = (url: string) => JWTVerifyGetKey;

const fetchKeySet: FetchKeySet = (url) =>
	createRemoteJWKSet(new URL(url), { timeoutDuration: 3_000, cooldownDuration: 30_000, cacheMaxAge: 600_000 });

/** Source: CDS Hooks 2.0, "Trusting CDS Clients"; RFC 7519; RFC 8725. Keys come from the configuration and from nowhere else. */
export function createClientVerifier({ clients }: CdsConfig, nowMs: () => number, fetchKeys: FetchKeySet = fetchKeySet): ClientVerifier {
	const byIssuer = new Map(clients.map((client) => [client.issuer, { client, findKey: keyFinder(client, fetchKeys), used: new UsedIds() }]));
	return {
		async verify(authorization, url) {
			const token = readBearer(authorization);
			const known = byIssuer.get(issuerOf(token));
			if (known === undefined) throw refused("issuer");
			const { client, findKey, used } = known;
			const { payload } = await jwtVerify(token, findKey, {
				...{ algorithms, issuer: client.issuer, audience: url, requiredClaims: ["iat", "exp", "jti"], clockTolerance: toleranceS },
				...{ maxTokenAge: lifetimeMostS, currentDate: new Date(nowMs()), typ: "JWT" },
			}).catch((error: unknown) => {
				throw refused(faultOf(error));
			});
			const { jti, exp = 0, iat = 0, nbf } = payload;
			if (exp - iat > lifetimeMostS || exp <= iat || (nbf !== undefined && nbf > exp)) throw refused("time");
			if (typeof jti !== "string" || jti === "" || jti.length > 200) throw refused("claims");
			// Only a valid signature may occupy memory.
			if (!used.admit(jti, (exp + toleranceS) * 1000, nowMs())) throw refused("replayed");
			return client;
		},
	};
}

function readBearer(authorization: string | undefined): string {
	if (authorization === undefined) throw refused("missing");
	const token = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)$/.exec(authorization)?.[1];
	if (token === undefined || token.length > tokenMost) throw refused("malformed");
	return token;
}

/** Unverified: it only says under whose keys the token has to verify. */
function issuerOf(token: string): string {
	const header = readHeader(token);
	if (!algorithms.includes(header.alg ?? "")) throw refused("algorithm");
	try {
		const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
		const issuer = (claims as { iss?: unknown } | null)?.iss;
		if (typeof issuer === "string") return issuer;
	} catch {
		// Told below.
	}
	throw refused("malformed");
}

function readHeader(token: string): JWSHeaderParameters {
	try {
		return decodeProtectedHeader(token);
	} catch {
		throw refused("malformed");
	}
}

/** A key of the client by the token's `kid`: one that was handed over, or one of a key set that it may use. `jwk` and `x5u` of a token are not looked at. */
function keyFinder({ keys, keySets }: CdsClient, fetchKeys: FetchKeySet): JWTVerifyGetKey {
	const own = createLocalJWKSet({ keys: keys.map((key) => ({ ...key })) });
	const remote = new Map(keySets.map((url) => [url, fetchKeys(url)]));
	return async (header, token) => {
		if (header.kid === undefined) throw refused("key");
		if (header.jku === undefined) return own(header, token);
		const allowed = remote.get(header.jku);
		if (allowed === undefined) throw refused("key-set");
		return allowed(header, token);
	};
}

function faultOf(error: unknown): TokenFault {
	if (error instanceof NodeError) return error.details["reason"] as TokenFault;
	if (error instanceof errors.JWTExpired) return "time";
	if (error instanceof errors.JWTClaimValidationFailed) return claimFaults[error.claim] ?? "claims";
	if (error instanceof errors.JWSSignatureVerificationFailed) return "signature";
	if (error instanceof errors.JOSEAlgNotAllowed) return "algorithm";
	if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return "key";
	return "malformed";
}

const claimFaults: Readonly<Record<string, TokenFault>> = { aud: "audience", iat: "time", exp: "time", nbf: "time", iss: "issuer" };

export function refused(reason: TokenFault): NodeError {
	return new NodeError("CDS_TOKEN_REFUSED", "expected the Authorization header to hold a JSON Web Token of a client that this service knows", {
		reason,
	});
}

/** Ids of tokens that are still within their life. */
class UsedIds {
	readonly #until = new Map<string, number>();

	/** False for one that was used, and while there is no room to remember another. */
	admit(id: string, untilMs: number, nowMs: number): boolean {
		if (this.#until.has(id)) return false;
		if (this.#until.size >= idsMost) this.#forget(nowMs);
		if (this.#until.size >= idsMost) return false;
		this.#until.set(id, untilMs);
		return true;
	}

	#forget(nowMs: number): void {
		for (const [id, until] of this.#until) if (until <= nowMs) this.#until.delete(id);
	}
}

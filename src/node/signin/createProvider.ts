import { type Configuration, errors, interactionPolicy, type KoaContextWithOIDC, Provider } from "oidc-provider";
import { deriveKey, encodeBase64Url, encodeHex, encodeUtf8, hmacSha256 } from "#base";
import { type App, isSecret } from "./apps.ts";
import { OidcAdapter } from "./oidcAdapter.ts";
import { renderProblemPage } from "./pages/problemPage.ts";
import type { SignIn } from "./signIn.ts";
import { loadSignInSecrets } from "./signInSecrets.ts";
import { isWithin, parseSmartScope, smartScopesOf } from "./smartScopes.ts";

/** Seconds. A token of an application without a refresh token lives as long as the sitting it is for. */
const ttlS = {
	code: 60,
	interaction: 10 * 60,
	/** A refreshed access token; short, because what revokes it is noticed at each use anyway, and theft is not. */
	accessRefreshed: 15 * 60,
	access: 60 * 60,
	session: 12 * 60 * 60,
	refresh: 90 * 24 * 60 * 60,
	backend: 5 * 60,
} as const;

/** How long the access token of an application without `offline_access` lives, and with it the mandate behind it, in ms. */
export const sittingMs = ttlS.access * 1_000;
/** How long an application with `offline_access` may ask, in ms. */
export const offlineMs = ttlS.refresh * 1_000;

/** Scopes that are over no record. */
export const identityScopes = ["openid", "fhirUser", "profile", "launch", "launch/patient", "offline_access"] as const;

/** Longest that a client's assertion may live, in s (SMART App Launch 2.2, asymmetric authentication). */
const assertionLifetimeMaxS = 300;

/**
 * OAuth 2.1 and OpenID Connect by oidc-provider, with what SMART App Launch asks for: authorization code with PKCE and nothing else for people,
 * private keys for backend services. Resource indicators are on with the requested scopes as the resource server's own, because oidc-provider
 * drops a scope that no resource server has, without a word.
 */
export function createProvider(signIn: SignIn): Provider {
	const { network, mandates, apps } = signIn;
	const { root, jwks } = loadSignInSecrets(signIn.folder, network.randomBytes);
	const cookieKey = deriveKey(root, "aceso/sign-in-cookies/1");
	const pairwise = deriveKey(root, "aceso/sign-in-subjects/1");
	const secure = signIn.origin.startsWith("https:");
	const configuration: Configuration = {
		adapter: (model: string) => new OidcAdapter(model, signIn.database, apps),
		jwks: jwks as never,
		routes: { authorization: "/authorize", token: "/token", jwks: "/jwks", introspection: "/introspect", revocation: "/revoke" },
		scopes: [...identityScopes],
		claims: { openid: ["sub"], fhirUser: ["fhirUser"], profile: ["fhirUser"] },
		conformIdTokenClaims: false,
		subjectTypes: ["pairwise"],
		pairwiseIdentifier: async (_ctx, accountId, client) =>
			encodeBase64Url(hmacSha256(pairwise, encodeUtf8(`${client.sectorIdentifier ?? client.clientId}\0${accountId}`))),
		pkce: { required: (_ctx, client) => client.grantTypeAllowed("authorization_code") },
		responseTypes: ["code"],
		clientAuthMethods: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
		enabledJWA: { clientAuthSigningAlgValues: ["RS384", "ES384"], idTokenSigningAlgValues: ["RS256"] },
		assertJwtClientAuthClaimsAndHeader: async (_ctx, claims) => {
			const lifetimeS = Number(claims.exp) - network.now() / 1_000;
			if (!(lifetimeS <= assertionLifetimeMaxS + 5)) throw new errors.InvalidClientAuth("expected an assertion of at most five minutes");
		},
		acceptQueryParamAccessTokens: false,
		allowOmittingSingleRegisteredRedirectUri: false,
		rotateRefreshToken: true,
		clockTolerance: 5,
		cookies: {
			names: secure
				? { session: "__Host-aceso-session", interaction: "__Host-aceso-interaction", resume: "__Secure-aceso-resume" }
				: { session: "aceso-session", interaction: "aceso-interaction", resume: "aceso-resume" },
			keys: [encodeHex(cookieKey)],
			long: { httpOnly: true, sameSite: "lax", path: "/" },
			short: { httpOnly: true, sameSite: "lax", path: "/" },
		},
		ttl: {
			AccessToken: (ctx) => (isOffline(ctx as KoaContextWithOIDC) ? ttlS.accessRefreshed : ttlS.access),
			AuthorizationCode: ttlS.code,
			ClientCredentials: ttlS.backend,
			Grant: ttlS.refresh,
			IdToken: ttlS.accessRefreshed,
			Interaction: ttlS.interaction,
			RefreshToken: ttlS.refresh,
			Session: ttlS.session,
		},
		features: {
			devInteractions: { enabled: false },
			userinfo: { enabled: false },
			rpInitiatedLogout: { enabled: false },
			clientCredentials: { enabled: true },
			introspection: { enabled: true, allowedPolicy: async (_ctx, client, token) => mayIntrospect(client.clientId, token as never) },
			revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
			resourceIndicators: {
				enabled: true,
				defaultResource: async () => signIn.fhirBase,
				useGrantedResource: async () => true,
				getResourceServerInfo: async (ctx, resource, client) => {
					if (resource !== signIn.fhirBase) throw new errors.InvalidTarget("expected the address of this FHIR server");
					return {
						scope: (await offeredScopes(ctx, client.clientId)).join(" "),
						audience: signIn.fhirBase,
						accessTokenFormat: "opaque",
					};
				},
			},
		},
		extraParams: {
			aud: (ctx, value) => {
				if (value?.replace(/\/$/, "") !== signIn.fhirBase) throw new errors.InvalidTarget("expected aud to be the address of this FHIR server");
				ctx.oidc.params!.aud = signIn.fhirBase;
			},
			launch: (ctx, value) => {
				const asked = ctx.oidc.requestParamScopes.has("launch");
				if (asked !== (value !== undefined)) throw new errors.InvalidRequest("expected a launch parameter with the scope launch, and only then");
				if (value !== undefined && signIn.launches.look(value)?.body.client !== ctx.oidc.client?.clientId) {
					throw new errors.InvalidRequest("expected a launch that was begun for this application and is not over");
				}
			},
		},
		findAccount: async (_ctx, account, token) => {
			// Whoever no longer stands has no account: sessions, codes and refresh tokens of theirs are refused from then on.
			const grantId = (token as { grantId?: string } | undefined)?.grantId;
			if (grantId !== undefined && (await mandates.ofGrant(grantId)) === undefined) {
				mandates.endGrant(grantId);
				return undefined;
			}
			return { accountId: account, claims: async () => ({ sub: account, fhirUser: await signIn.fhirUserOf(grantId, account) }) };
		},
		extraTokenClaims: async (_ctx, token) => {
			if (token.kind !== "AccessToken") return undefined;
			const found = await mandates.ofGrant(token.grantId);
			return found?.patientId === undefined ? undefined : { patient: found.patientId };
		},
		issueRefreshToken: async (_ctx, client, code) => client.grantTypeAllowed("refresh_token") && code.scopes.has("offline_access"),
		// The mandate says how long, and whoever ends a session ends its grants too.
		expiresWithSession: async () => false,
		loadExistingGrant: async (ctx) => {
			// Only what was signed for this very authorisation: an earlier grant is never used in silence.
			const grantId = ctx.oidc.result?.consent?.grantId;
			return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
		},
		interactions: { policy: interactionPolicy.base(), url: async (_ctx, interaction) => `${signIn.origin}/signin/${interaction.uid}` },
		clientBasedCORS: (_ctx, origin, client) => client.redirectUris?.some((uri) => URL.parse(uri)?.origin === origin) ?? false,
		renderError: async (ctx, out) => {
			const { html, headers } = renderProblemPage(String(out.error), ctx.get("accept-language"), network.randomBytes);
			ctx.set({ ...headers });
			ctx.type = "html";
			ctx.body = html;
		},
	};
	const provider = new Provider(`${signIn.origin}/oauth`, configuration);
	provider.proxy = secure;
	provider.Client.prototype.compareClientSecret = async function compare(this: { readonly clientSecret?: string }, actual: string) {
		return isSecret(this.clientSecret ?? "", actual);
	} as never;
	provider.use(async (ctx, next) => {
		await next();
		if ((ctx as KoaContextWithOIDC).oidc?.route === "token") addLaunchContext(ctx as KoaContextWithOIDC);
	});
	return provider;

	async function mayIntrospect(
		client: string,
		token: { readonly clientId?: string; readonly kind: string; readonly grantId?: string },
	): Promise<boolean> {
		const asker = apps.get(client);
		if (asker === undefined || asker.authentication === "public") return false;
		if (token.clientId !== client && asker.introspects !== true) return false;
		return token.clientId !== undefined && (await signIn.mandateOfToken(token as never)) !== undefined;
	}

	/** What the application may have of what it asks for; at the token endpoint the grant narrows it further. */
	async function offeredScopes(ctx: KoaContextWithOIDC, client: string): Promise<readonly string[]> {
		const app = apps.get(client);
		if (app === undefined) return [];
		const { Grant: grant } = ctx.oidc.entities;
		const asked = grant === undefined ? [...ctx.oidc.requestParamScopes] : grant.getResourceScope(signIn.fhirBase).split(" ");
		const offered = scopesWithin(app, asked);
		if (app.redirectUris.length > 0) return offered;
		const mandate = await mandates.open(app.mandate);
		if (mandate?.body.client !== client) throw new errors.InvalidGrant("the mandate of this service is over");
		const given = scopesWithin({ ...app, scopes: [...mandate.body.scopes] }, offered);
		if (given.length === 0) throw new errors.InvalidScope("none of these scopes may be had", String(ctx.oidc.params?.scope ?? ""));
		return given;
	}

	/** Beside the token: about whom (SMART App Launch 2.2, launch context). */
	function addLaunchContext(ctx: KoaContextWithOIDC): void {
		const body = ctx.body as Record<string, unknown> | undefined;
		if (body?.access_token === undefined) return;
		const { AccessToken: token, Grant: grant } = ctx.oidc.entities;
		const identity =
			grant
				?.getOIDCScope()
				.split(" ")
				.filter((scope) => scope !== "") ?? [];
		body.scope = [...identity, ...String(body.scope ?? "").split(" ")].filter((scope) => scope !== "").join(" ");
		const patient = token?.extra?.patient;
		if (patient === undefined) return;
		body.patient = patient;
		// The portal of the house does not stand around a launched application: it has to say itself whose record it shows.
		body.need_patient_banner = true;
	}
}

const isOffline = ({ oidc }: KoaContextWithOIDC): boolean => oidc.entities.Grant?.getOIDCScope().split(" ").includes("offline_access") ?? false;

/** Scopes over records that an application may ask for, as it spelled them. */
export function scopesWithin(app: Pick<App, "scopes">, asked: readonly string[]): readonly string[] {
	const allowed = smartScopesOf(app.scopes);
	return asked.filter((text) => {
		const scope = parseSmartScope(text);
		return scope !== undefined && allowed.some((wide) => isWithin(scope, wide));
	});
}

import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { Provider } from "oidc-provider";

/** A hospital's identity provider: oidc-provider as it is published, on which everybody who comes is the one who is on duty. */
export async function serveHospitalProvider(redirectUri: string, duty: () => { readonly subject: string; readonly acr: string }) {
	const server = createServer();
	const issuer = await listen(server);
	const provider = new Provider(issuer, {
		clients: [
			{
				client_id: "aceso",
				client_secret: "a-secret-of-the-hospital",
				redirect_uris: [redirectUri],
				token_endpoint_auth_method: "client_secret_basic",
			},
		],
		acrValues: ["urn:hospital:two-factors", "urn:hospital:password"],
		claims: { openid: ["sub"], acr: null, amr: null, auth_time: null },
		cookies: { keys: ["of the test"] },
		features: { devInteractions: { enabled: false } },
		findAccount: async (_ctx, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
		interactions: { url: async (_ctx, interaction) => `/interaction/${interaction.uid}` },
		loadExistingGrant: async (ctx) => {
			const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client?.clientId ?? "", accountId: ctx.oidc.session?.accountId ?? "" });
			grant.addOIDCScope("openid");
			await grant.save();
			return grant;
		},
		pkce: { required: () => true },
	});
	server.on("request", (request, response) => {
		if (!request.url?.startsWith("/interaction/")) return void provider.callback()(request, response);
		const { subject, acr } = duty();
		return void provider.interactionFinished(request, response, { login: { accountId: subject, acr, amr: ["pwd", "otp"] } });
	});
	return { issuer, close: () => close(server) };
}

/** What a provider that was taken over, or somebody in between, answers in place of what it should. */
export interface Lies {
	readonly claims?: JWTPayload;
	readonly alg?: "none" | "HS256" | "foreign-key";
	/** `iss` beside the code. */
	readonly responseIssuer?: string;
}

/** A provider of a few lines, which tells whatever lie is asked for. */
export async function serveLyingProvider(lies: () => Lies) {
	const [own, foreign] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
	const nonces = new Map<string, string>();
	const server = createServer();
	const issuer = await listen(server);
	server.on("request", async (request, response) => {
		const url = new URL(request.url ?? "", issuer);
		const json = (body: object) => response.setHeader("content-type", "application/json").end(JSON.stringify(body));
		if (url.pathname === "/.well-known/openid-configuration") {
			return json({
				...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` },
				...{ response_types_supported: ["code"], subject_types_supported: ["public"], id_token_signing_alg_values_supported: ["RS256"] },
				...{ authorization_response_iss_parameter_supported: true, code_challenge_methods_supported: ["S256"] },
			});
		}
		if (url.pathname === "/jwks") return json({ keys: [{ ...(await exportJWK(own.publicKey)), alg: "RS256", kid: "1", use: "sig" }] });
		if (url.pathname === "/authorize") {
			nonces.set("code", url.searchParams.get("nonce") ?? "");
			const back = new URL(url.searchParams.get("redirect_uri") ?? "");
			back.search = new URLSearchParams({
				code: "code",
				state: url.searchParams.get("state") ?? "",
				iss: lies().responseIssuer ?? issuer,
			}).toString();
			return response.writeHead(303, { location: back.href }).end();
		}
		const nowS = Math.trunc(Date.now() / 1_000);
		const claims = {
			nonce: nonces.get("code"),
			auth_time: nowS,
			acr: "urn:hospital:two-factors",
			sub: "emp-1",
			iss: issuer,
			aud: "aceso",
			iat: nowS,
			exp: nowS + 60,
			...lies().claims,
		};
		return json({ access_token: "x", token_type: "Bearer", id_token: await tokenOf(claims, lies().alg) });
	});
	return { issuer, close: () => close(server), logoutToken };

	/** What it would say by the back channel, with whatever it lies about. @param nowMs - By the clock of whom it is told. */
	function logoutToken(nowMs: number): Promise<string> {
		const nowS = Math.trunc(nowMs / 1_000);
		const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
		return tokenOf({ iss: issuer, aud: "aceso", iat: nowS, jti: randomUUID(), sub: "emp-1", events, ...lies().claims }, lies().alg);
	}

	async function tokenOf(claims: JWTPayload, alg: Lies["alg"]): Promise<string> {
		const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
		if (alg === "none") return `${part({ alg: "none" })}.${part(claims)}.`;
		if (alg === "HS256") return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode("a-secret-of-the-hospital"));
		return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "1" }).sign(alg === "foreign-key" ? foreign.privateKey : own.privateKey);
	}
}

async function listen(server: Server): Promise<string> {
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function close(server: Server): Promise<void> {
	server.closeAllConnections();
	return new Promise((resolve) => server.close(() => resolve()));
}

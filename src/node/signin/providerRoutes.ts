import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readCredentials } from "#contracts";
import { assertSameOrigin } from "./allowRoutes.ts";
import { SignInError } from "./errors.ts";
import type { FailureKind } from "./failures.ts";
import { html, languageOf, renderPage } from "./pages/html.ts";
import { renderProblemPage } from "./pages/problemPage.ts";
import { say } from "./pages/texts.ts";
import type { SignIn } from "./signIn.ts";
import { type ProvidedLogout, providerSessionOf, type StaffProvider } from "./staffProvider.ts";

const logoutUrl = "/signin/provider/logout";

/** Where a browser may go on after it was at the provider. */
const ways = { portal: "/#provider", invitation: "/signin/provider/close" } as const;

/** Signing in by the house's own identity provider; under `/signin/provider`. */
export function providerRoutes(signIn: SignIn) {
	const cookie = cookieOf(signIn);
	return async (app: FastifyInstance): Promise<void> => {
		app.addHook("preHandler", async (request) => {
			signIn.assertHeard(request.ip);
			// The provider itself comes without a browser, and shows what it signed.
			if (request.method === "POST" && request.routeOptions.url !== logoutUrl) assertSameOrigin(signIn, request);
		});
		app.get("/", async () => ({ name: signIn.staffProvider?.config.name ?? null }));
		app.get<{ Querystring: { readonly way?: string } }>("/begin", async (request, reply) =>
			leading(request, reply, signIn, async (provider) => {
				const { location, flow } = await provider.begin(request.query.way === "invitation" ? ways.invitation : ways.portal);
				return reply.header("set-cookie", cookie.set(flow)).redirect(location, 303);
			}),
		);
		app.get("/back", async (request, reply) =>
			leading(request, reply, signIn, async (provider) => {
				const at = request.url.indexOf("?");
				const { back, flow } = await counting(signIn, "provider-refused", () =>
					provider.finish(cookie.read(request), at < 0 ? "" : request.url.slice(at)),
				);
				return reply.header("set-cookie", cookie.set(flow)).redirect(`${signIn.origin}${back}`, 303);
			}),
		);
		app.get("/close", async (request, reply) => {
			const language = languageOf(request.headers["accept-language"]);
			const title = say(language, "providerClose");
			const page = renderPage({ language, title, body: html`<h1>${title}</h1>`, randomBytes: signIn.network.randomBytes });
			return reply.headers(page.headers).type("text/html; charset=utf-8").send(page.html);
		});
		/** The provider's word that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0). */
		app.post<{ Body: { readonly logout_token?: unknown } }>("/logout", async ({ body }, reply) => {
			reply.header("cache-control", "no-store");
			const token = body?.logout_token;
			if (typeof token !== "string" || token.length > 8_000) throw new SignInError("SIGNIN_PROVIDER_REFUSED", "expected a logout token");
			await endProvided(signIn, await counting(signIn, "provider-logout-refused", () => providerOf(signIn).readLogout(token)));
			return reply.status(200).send();
		});
		/** The copy of whoever has just signed in there, with what unlocks it. */
		app.post("/open", async (request, reply) =>
			counting(signIn, "provider-refused", async () => {
				const provider = providerOf(signIn);
				const identity = provider.take(cookie.read(request));
				reply.header("set-cookie", cookie.end);
				const { key, locked } = signIn.keepers.lookProvided(identity);
				const held = readCredentials(signIn.network.ledger, key, signIn.network.now());
				// Whoever no longer works here gets the copy of a key that opens nothing, or so one hopes: none at all is better.
				if (!held.some(({ issuer }) => issuer === signIn.institution.id)) {
					throw new SignInError("SIGNIN_PROVIDER_REFUSED", "the sign-in there did not come about, is over, or is too weak; begin again");
				}
				return { ...signIn.keepers.openProvided(identity, request.headers["user-agent"]), share: provider.shareOf(identity, locked.salt) };
			}),
		);
	};
}

/**
 * What began with that sign-in ends: sittings, and applications that were let in for the sitting alone. Those that were let in to stay were let in by
 * the person's own signature, and stay until they take it back (§2.7).
 */
async function endProvided(signIn: SignIn, { issuer, subject, session }: ProvidedLogout): Promise<void> {
	if (session !== undefined) signIn.sittings.endOfProviderSession(providerSessionOf(issuer, session));
	const key = subject === undefined ? undefined : signIn.keepers.keyProvided({ issuer, subject });
	if (key === undefined) return;
	if (session === undefined) signIn.sittings.endAll(key);
	for (const { mandate } of await signIn.mandates.ofAccount(key))
		if (!mandate.body.scopes.includes("offline_access")) signIn.mandates.end(mandate.id, key);
	signIn.events.add(key, "provider-signed-out");
}

/** What is refused is counted, for whoever watches over the house. */
async function counting<Result>(signIn: SignIn, kind: FailureKind, work: () => Promise<Result>): Promise<Result> {
	try {
		return await work();
	} catch (error) {
		if (error instanceof SignInError && error.code === "SIGNIN_PROVIDER_REFUSED") signIn.failures.note(kind);
		throw error;
	}
}

function providerOf({ staffProvider }: SignIn): StaffProvider {
	if (staffProvider === undefined) throw new SignInError("SIGNIN_PROVIDER_REFUSED", "this house has no identity provider of its own");
	return staffProvider;
}

/** What goes wrong on the way is told on a page: nobody's script is there to tell it. */
async function leading(request: FastifyRequest, reply: FastifyReply, signIn: SignIn, go: (provider: StaffProvider) => Promise<FastifyReply>) {
	try {
		return await go(providerOf(signIn));
	} catch (error) {
		if (!(error instanceof SignInError)) throw error;
		const page = renderProblemPage(error.code, request.headers["accept-language"], signIn.network.randomBytes);
		return reply.status(403).headers(page.headers).type("text/html; charset=utf-8").send(page.html);
	}
}

/** Only the browser that began a sign-in can finish it. */
export function cookieOf(signIn: SignIn) {
	const isSecure = () => signIn.origin.startsWith("https:");
	const name = () => (isSecure() ? "__Host-aceso-provider" : "aceso-provider");
	// `Lax`: the provider's page leads back here.
	const attributes = () => `Path=/; HttpOnly; SameSite=Lax${isSecure() ? "; Secure" : ""}`;
	return {
		set: (flow: string) => `${name()}=${flow}; Max-Age=600; ${attributes()}`,
		get end() {
			return `${name()}=; Max-Age=0; ${attributes()}`;
		},
		read({ headers }: FastifyRequest): string {
			const found = (headers.cookie ?? "").split("; ").find((each) => each.startsWith(`${name()}=`));
			return found?.slice(name().length + 1) ?? "";
		},
	};
}

import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import * as oidc from "openid-client";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalBytes, createSigningKey, type Digest, encodeHex, type MemberId, sha256Hex } from "#base";
import { keysOfPassphrase, lockSecret, signRequest } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { hasChromium, launchChromium } from "../testing/chromium.ts";
import { openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";
import { SmartBrowser, signMandate } from "../testing/smartBrowser.ts";
import { SignIn } from "./signIn.ts";

/** Clients that others wrote, as they are published, over real connections. */
let small: SmallNetwork;
let app: FastifyInstance;
let signIn: SignIn;
let origin: string;
let doctor: Staff;
let patient: SmallPatient;
/** The origin of an application that runs in a browser. */
let site: Server;
let siteUrl: string;
const secret = new Uint8Array(32).fill(9);
const passphrase = "an application written elsewhere";

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	await app.listen({ host: "127.0.0.1", port: 0 });
	origin = `http://localhost:${(app.server.address() as AddressInfo).port}`;
	signIn = new SignIn({ network: small.network, institution: small.institution(), origin: () => origin });
	doctor = await small.hireKey("practitioner", createSigningKey(secret));
	patient = await small.admit({ family: "Ekberg", given: "Sten", birthDate: "1944-04-04" });
	await small.grant(patient, toPractitioners("north", ["laboratory", "conditions"]));
	site = createServer((request, response) => {
		const name = (request.url ?? "/").split("?")[0];
		response.setHeader("content-type", name === "/fhir-client.js" ? "text/javascript" : "text/html");
		response.end(name === "/fhir-client.js" ? fhirClient() : `<!doctype html><script src="/fhir-client.js"></script><p>${name}</p>`);
	});
	await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
	siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
	signIn.apps.register({
		client: "chart",
		name: "Chart by others",
		authentication: "public",
		redirectUris: [`${siteUrl}/back`],
		scopes: ["openid", "fhirUser", "launch", "launch/patient", "offline_access", "patient/*.rs"],
		purpose: "TREAT",
		level: "identified",
	});
});
afterAll(async () => {
	site.close();
	await app.close();
	signIn.close();
	await small.close();
});

const fhirClient = () => readFileSync(fileURLToPath(import.meta.resolve("fhirclient/build/fhir-client.js")));

describe("clients of others, unmodified", () => {
	it("[SI60] openid-client goes through discovery, code, ID token, refresh and revocation", async () => {
		const config = await oidc.discovery(new URL(`${origin}/oauth`), "chart", undefined, oidc.None(), { execute: [oidc.allowInsecureRequests] });
		const verifier = oidc.randomPKCECodeVerifier();
		const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
		const url = oidc.buildAuthorizationUrl(config, {
			redirect_uri: `${siteUrl}/back`,
			scope: "openid fhirUser launch/patient offline_access patient/Observation.rs",
			aud: `${origin}/fhir`,
			code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
			code_challenge_method: "S256",
			...{ state, nonce },
		});
		const browser = new SmartBrowser(app, origin);
		const question = await browser.open(url.href);
		const mandate = signMandate(small, doctor.key, question, { patient: { by: "local", localId: patient.localId } });
		const allowed = await browser.allow(question, mandate);
		const back = await browser.follow((allowed.json() as { location: string }).location);
		const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce });
		expect(tokens.claims()).toMatchObject({ iss: `${origin}/oauth`, aud: "chart", fhirUser: `${origin}/fhir/Practitioner/${doctor.key.publicKey}` });
		expect(tokens.patient).toBe(patient.localId);
		const again = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? "");
		const read = (token: string) => fetch(`${origin}/fhir/Observation?patient=${patient.localId}`, { headers: { authorization: `Bearer ${token}` } });
		expect((await read(again.access_token)).status).toBe(200);
		await oidc.tokenRevocation(config, again.access_token);
		expect((await read(again.access_token)).status).toBe(401);
	});

	it("[SI60] openid-client gets a backend service its token by private key", async () => {
		const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
		const body = {
			kind: "mandate",
			client: "nightly",
			scopes: ["system/Observation.rs"],
			purpose: "TREAT",
			level: "identified",
			untilMs: small.network.now() + 86_400_000,
			challenge: "0".repeat(64),
		} as const;
		const place = { audience: "north" as MemberId, via: "north" as MemberId, nowMs: small.network.now(), nonce: small.network.randomBytes(16) };
		const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
		signIn.apps.register({
			client: "nightly",
			name: "Nightly",
			redirectUris: [],
			authentication: "private-key",
			keys: [{ kty, crv, x, y, kid: "k1", alg: "ES384" }],
			scopes: ["system/*.rs"],
			purpose: "TREAT",
			level: "identified",
			mandate: (await small.institution().gate.acceptMandate(signRequest(doctor.key, body, place))).request,
		});
		const jwk = privateKey.export({ format: "jwk" });
		const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-384" }, false, ["sign"]);
		const authentication = oidc.PrivateKeyJwt({ key, kid: "k1" });
		const config = await oidc.discovery(new URL(`${origin}/oauth`), "nightly", undefined, authentication, { execute: [oidc.allowInsecureRequests] });
		const tokens = await oidc.clientCredentialsGrant(config, { scope: "system/Observation.rs" });
		const url = `${origin}/fhir/Observation?patient=${patient.localId}`;
		const answer = await fetch(url, { headers: { authorization: `Bearer ${tokens.access_token}` } });
		expect([answer.status, ((await answer.json()) as { total: number }).total]).toEqual([200, 1]);
	});

	it.skipIf(!hasChromium)(
		"[SI60] fhirclient, in a browser and on an origin of its own, launches standalone and out of a record and reads",
		async () => {
			await keepDoctor();
			const browser: Browser = await launchChromium();
			const page = await (await browser.newContext({ locale: "en-GB" })).newPage();
			const client = "FHIR" as const;
			const start = async (url: string, options: object) => {
				await page.goto(`${siteUrl}${url}`);
				await page.evaluate(
					([name, given]) =>
						(globalThis as unknown as Record<string, { oauth2: { authorize(o: object): Promise<void> } }>)[name]?.oauth2.authorize(given),
					[client, options] as const,
				);
				await page.waitForSelector("body[data-ready=yes]");
				await page.fill("#name", "dr.ekman");
				await page.fill("#passphrase", passphrase);
				await page.click("#passphrase-form button");
				await page.waitForSelector("#choices:not([hidden])", { timeout: 60_000 });
			};
			const finish = async () => {
				await page.click("#allow");
				await page.waitForURL(`${siteUrl}/back**`);
				return page.evaluate(async (name) => {
					type Ready = {
						patient: { id: string; request(url: string): Promise<unknown> };
						request(url: string): Promise<unknown>;
						getFhirUser(): string;
					};
					const fhir = (globalThis as unknown as Record<string, { oauth2: { ready(): Promise<Ready> } }>)[name];
					const ready = await (fhir as NonNullable<typeof fhir>).oauth2.ready();
					const found = (await ready.request(`Observation?patient=${ready.patient.id}`)) as { total: number };
					const refused = await ready.request(`Condition?patient=${ready.patient.id}`).then(
						() => "read",
						(error: { status?: number; statusCode?: number }) => String(error.status ?? error.statusCode),
					);
					return { patient: ready.patient.id, user: ready.getFhirUser(), total: found.total, refused };
				}, client);
			};
			const scope = "openid fhirUser launch/patient patient/Observation.rs";
			await start("/start", { iss: `${origin}/fhir`, clientId: "chart", scope, redirectUri: `${siteUrl}/back`, pkceMode: "required" });
			await page.fill("#patient", patient.localId);
			const told = await finish();
			const user = `Practitioner/${doctor.key.publicKey}`;
			expect(told).toEqual({ patient: patient.localId, user: expect.stringContaining(user), total: 1, refused: "403" });
			// Out of a record: the application is opened with `iss` and `launch`.
			const payload = small.sign(doctor.key, { kind: "launch", client: "chart", patient: { by: "local", localId: patient.localId } });
			const { launch, iss } = (await app.inject({ method: "POST", url: "/api/launches", payload })).json() as { launch: string; iss: string };
			const opened = { clientId: "chart", scope: "openid fhirUser launch patient/Observation.rs", redirectUri: `${siteUrl}/back` };
			await start(`/launch?iss=${encodeURIComponent(iss)}&launch=${launch}`, opened);
			expect(await page.textContent("#patient-fixed")).toContain(patient.localId);
			expect(await finish()).toMatchObject({ patient: patient.localId, total: 1 });
			await browser.close();
		},
		180_000,
	);
});

async function keepDoctor(): Promise<void> {
	const { randomBytes } = small.network;
	const salt = encodeHex(randomBytes(16));
	const { key, proof } = await keysOfPassphrase(passphrase, salt);
	const locked = await lockSecret(secret, { kind: "ledger-key", by: "passphrase", key, salt, randomBytes });
	const kept = { locked, login: { by: "passphrase", name: "dr.ekman", proof }, note: "", rotation: 0 };
	const signed = small.sign(doctor.key, { kind: "keep-key", digest: sha256Hex(canonicalBytes(kept)) as Digest });
	const answer = await app.inject({ method: "POST", url: "/signin/keepers", payload: { signed, kept } });
	expect(answer.statusCode).toBe(200);
}

import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { createLocalJWKSet, type JWTVerifyGetKey, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pgxModelId } from "#insight";
import { createInstitutionApp } from "../app.ts";
import { cdsConfigPath, loadCdsConfig } from "../cds/cdsConfig.ts";
import { createClientVerifier } from "../cds/verifyClient.ts";
import {
	baseUrl,
	clopidogrel,
	configFor,
	drMiller,
	genotype,
	hireWithSeed,
	makeClient,
	orderSelect,
	publishPgxModel,
	type TestClient,
} from "../testing/cdsClient.ts";
import { codeOf, openSmallNetwork, type SmallNetwork, type SmallPatient, toPractitioners } from "../testing/smallNetwork.ts";

/** What a stranger, a stolen token, another hospital's record system or a careless one sends to decision support. */
const drOther = "Practitioner/dr-other";
const otherIssuer = "https://other-ehr.example";
const path = "/cds-services/pgx-order-select";

let small: SmallNetwork;
let app: FastifyInstance;
let client: TestClient;
let other: TestClient;
let patient: SmallPatient;
let neighbour: SmallPatient;
/** Counts every request that reaches it. */
let listener: { server: Server; url: string; hits: number };

const post = async (url: string, token: string | undefined, payload: object) => {
	const response = await app.inject({ method: "POST", url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` }, payload });
	return {
		status: response.statusCode,
		text: response.body,
		...(response.json() as { code?: string; details?: Record<string, string>; cards?: readonly { uuid?: string }[]; recorded?: number }),
	};
};
const order = (more: Readonly<Record<string, unknown>> = {}) => orderSelect(patient.localId, [clopidogrel], more);
const entries = () => small.institution().log.size();

beforeAll(async () => {
	small = await openSmallNetwork();
	await publishPgxModel(small);
	client = await makeClient({ nowMs: small.network.now });
	other = await makeClient({ iss: otherIssuer, nowMs: small.network.now });
	const [miller, colleague] = [await hireWithSeed(small, small.network.randomBytes(32)), await hireWithSeed(small, small.network.randomBytes(32))];
	const config = configFor([
		{ client, users: { [drMiller]: miller.seed } },
		{ client: other, iss: otherIssuer, users: { [drOther]: colleague.seed } },
	]);
	writeFileSync(cdsConfigPath(join(small.folder, "members", "north")), JSON.stringify(config));
	app = createInstitutionApp(small.network, small.institution());
	const more = (subject: { readonly reference: string }) => [genotype("CYP2C19", "HGNC:2621", "*2/*2")(subject)];
	patient = await small.admit({ family: "Lindgren", given: "Karl", birthDate: "1958-02-03", more });
	neighbour = await small.admit({ family: "Bergman", given: "Ida", birthDate: "1961-04-05", more });
	for (const each of [patient, neighbour]) await small.grant(each, toPractitioners("north", ["genomics", "medications"], { models: [pgxModelId] }));
	const server = createServer((_request, response) => {
		listener.hits++;
		response.end("{}");
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	listener = { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hits: 0 };
}, 120_000);

afterAll(async () => {
	listener.server.close();
	await app.close();
	await small.close();
});

describe("decision support under attack", () => {
	const nowS = () => Math.floor(small.network.now() / 1000);
	const none = (claims: object) =>
		[{ alg: "none", typ: "JWT", kid: "one" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
	const good = () => ({ iss: "https://ehr.example", aud: `${baseUrl}${path}`, iat: nowS(), exp: nowS() + 60, jti: crypto.randomUUID() });

	it.each<[string, () => Promise<string | undefined>, string]>([
		["no token", async () => undefined, "missing"],
		["a token without a signature (alg none)", async () => `${none(good())}.`, "algorithm"],
		[
			"a token signed by a key of one's own under the client's key id",
			async () => (await makeClient({ nowMs: small.network.now })).token(path),
			"signature",
		],
		[
			"a token by HMAC with the client's public key as its secret",
			async () => new SignJWT(good()).setProtectedHeader({ alg: "HS256", kid: "one", typ: "JWT" }).sign(Buffer.from(JSON.stringify(client.jwk))),
			"algorithm",
		],
		[
			"a token that brings its own key",
			async () => {
				const mallory = await makeClient({ nowMs: small.network.now });
				return mallory.token(path, {}, { jwk: mallory.jwk });
			},
			"signature",
		],
		["a token of an issuer that nobody knows", () => client.token(path, { iss: "https://mallory.example" }), "issuer"],
		["another client's token under this issuer's name", () => other.token(path, { iss: "https://ehr.example" }), "signature"],
		["a token for another service of this house", () => client.token("/cds-services/pgx-order-sign"), "audience"],
		["a token for the same service elsewhere", () => client.token(path, { aud: `https://elsewhere.example${path}` }), "audience"],
		["a token whose life has ended", () => client.token(path, { iat: nowS() - 200, exp: nowS() - 60 }), "time"],
		["a token of tomorrow", () => client.token(path, { iat: nowS() + 3_600, exp: nowS() + 3_700 }), "time"],
		["a token that lives for a day", () => client.token(path, { exp: nowS() + 86_400 }), "time"],
		["a token without an id", () => client.token(path, { jti: undefined }), "claims"],
		["a token of another type", () => client.token(path, {}, { typ: "at+jwt" }), "claims"],
		["a token with a key id that nobody knows", () => client.token(path, {}, { kid: "two" }), "key"],
		["a token that names a key set of its own", () => client.token(path, {}, { jku: `${listener.url}/jwks.json` }), "key-set"],
	])("[CD2] refuses %s, writes nothing and says nothing back", async (_what, make, reason) => {
		const before = entries();
		const token = await make();
		const response = await post(path, token, order());
		expect(response).toMatchObject({ status: 401, code: "CDS_TOKEN_REFUSED", details: { reason } });
		expect(entries()).toBe(before);
		expect(listener.hits).toBe(0);
		expect(response.text).not.toMatch(/ehr\.example|mallory|Lindgren/);
	});

	it("[CD2] a token works once, at the service that it names", async () => {
		const token = await client.token(path);
		expect((await post(path, token, order())).status).toBe(200);
		expect(await post(path, token, order())).toMatchObject({ status: 401, details: { reason: "replayed" } });
		expect(await post(`${path}/feedback`, token, { feedback: [] })).toMatchObject({ status: 401, details: { reason: "audience" } });
	});

	it("[CD2] a Host header does not move the audience", async () => {
		const token = await client.token(path, { aud: `http://attacker.example${path}` });
		const response = await app.inject({
			method: "POST",
			url: path,
			headers: { authorization: `Bearer ${token}`, host: "attacker.example" },
			payload: order(),
		});
		expect(response.statusCode).toBe(401);
	});

	it.each(["Ed25519", "EdDSA", "ES384", "RS384"])("[CD2] takes %s, and a key set at an address that the configuration names", async (alg) => {
		const signer = await makeClient({ alg, nowMs: small.network.now });
		const [fetched, keySet] = [[] as string[], "https://ehr.example/jwks.json"];
		const stored = configFor([{ client: signer, users: {} }]);
		const withSet = { ...stored, clients: stored.clients.map((each) => ({ ...each, keys: [], keySets: [keySet] })) };
		const file = join(small.folder, `cds-${alg}.json`);
		writeFileSync(file, JSON.stringify(withSet));
		const verifier = createClientVerifier(loadCdsConfig(file) as never, small.network.now, (url): JWTVerifyGetKey => {
			fetched.push(url);
			return createLocalJWKSet({ keys: [signer.jwk as never] });
		});
		const verify = async (header: object) => verifier.verify(`Bearer ${await signer.token(path, {}, header as never)}`, `${baseUrl}${path}`);
		expect((await verify({ jku: keySet })).issuer).toBe("https://ehr.example");
		expect(fetched).toEqual([keySet]);
		expect(await codeOf(verify({ jku: "https://ehr.example.mallory.example/jwks.json" }))).toBe("CDS_TOKEN_REFUSED");
		expect(await codeOf(verify({}))).toBe("CDS_TOKEN_REFUSED");
	});

	it.each([
		["a symmetric key", { kty: "oct", kid: "one", k: "AAAA" }],
		["a small RSA key", { kty: "RSA", kid: "one", n: "A".repeat(340), e: "AQAB" }],
		["a curve of less strength", { kty: "EC", crv: "P-256", kid: "one", x: "A", y: "A" }],
	])("[CD2] a configuration with %s is refused, and so the node does not start with it", async (_what, key) => {
		const file = join(small.folder, "cds-bad.json");
		writeFileSync(file, JSON.stringify({ format: "aceso/cds-clients/1", baseUrl, clients: [{ issuer: "x", keys: [key], keySets: [], users: {} }] }));
		expect(await codeOf(() => loadCdsConfig(file))).toBe("CDS_CONFIG_INVALID");
	});

	it("[CD5] a client asks for its own users alone: another client's, or nobody's, is refused before anything is read", async () => {
		const before = entries();
		for (const userId of [drOther, "Practitioner/nobody", "Patient/x"]) {
			const body = order();
			expect(await post(path, await client.token(path), { ...body, context: { ...body.context, userId } })).toMatchObject({
				status: 403,
				code: "CDS_USER_UNKNOWN",
			});
		}
		expect(entries()).toBe(before);
	});

	it("[CD4] orders or prefetched data of another patient are refused before anything is read", async () => {
		const before = entries();
		const foreign = {
			resourceType: "MedicationRequest",
			status: "active",
			medicationCodeableConcept: { text: "Fluvoxamine" },
			subject: { reference: `Patient/${neighbour.localId}` },
		};
		const bundle = { resourceType: "Bundle", entry: [{ resource: foreign }] };
		const absolute = { ...foreign, subject: { reference: `https://ehr.example/fhir/Patient/${neighbour.localId}` } };
		for (const prefetched of [foreign, bundle, absolute, { resourceType: "Patient", id: neighbour.localId }])
			expect(await post(path, await client.token(path), order({ prefetch: { medications: prefetched } }))).toMatchObject({
				status: 400,
				details: { at: "prefetch" },
			});
		const swapped = orderSelect(neighbour.localId, [clopidogrel]);
		const body = { ...swapped, context: { ...swapped.context, patientId: patient.localId } };
		expect(await post(path, await client.token(path), body)).toMatchObject({ status: 400, details: { at: "context.draftOrders" } });
		expect(entries()).toBe(before);
	});

	it("[CD4] the server that a request names is never called, and its token is kept nowhere", async () => {
		const fhirAuthorization = {
			access_token: "secret-token-marker",
			token_type: "Bearer",
			expires_in: 300,
			scope: "patient/*.read",
			subject: "aceso",
		};
		for (const fhirServer of [listener.url, "http://169.254.169.254/latest", "https://127.0.0.1:1"]) {
			const response = await post(path, await client.token(path), order({ fhirServer, fhirAuthorization }));
			expect(response.status).toBe(200);
			expect(response.text).not.toContain("secret-token-marker");
		}
		expect(await post(path, await client.token(path), order({ fhirServer: "file:///etc/passwd" }))).toMatchObject({ status: 400 });
		expect(listener.hits).toBe(0);
	});

	it("[CD9] feedback on another client's card, another service's or an unknown one is one refusal, and decides none of those sent along", async () => {
		const { cards } = await post(path, await client.token(path), order());
		const entry = (card: string | undefined) => ({
			card,
			outcome: "overridden",
			overrideReason: { userComment: "Tolerated it before." },
			outcomeTimestamp: "2026-11-29T10:00:00Z",
		});
		const send = async (from: TestClient, at: string, ...feedback: readonly object[]) =>
			post(`${at}/feedback`, await from.token(`${at}/feedback`), { feedback });
		const [own, unknown] = [cards?.[0]?.uuid, crypto.randomUUID()];
		const answers = [
			await send(other, path, entry(own)),
			await send(client, "/cds-services/pgx-order-sign", entry(own)),
			await send(client, path, entry(unknown)),
			await send(client, path, entry(own), entry(unknown)),
		];
		for (const { status, code, text } of answers)
			expect({ status, code, text }).toEqual({ status: 404, code: "CDS_CARD_UNKNOWN", text: answers[0]?.text });
		expect(await send(client, path, entry(own))).toMatchObject({ status: 200, recorded: 1 });
	});

	it("[CD5] a call that reads writes the computation and what it filed on the log", async () => {
		const before = entries();
		await post(path, await client.token(path), order());
		expect(entries()).toBe(before + 2);
	});

	it("[CD5] a revoked grant and a revoked credential take effect at the next call", async () => {
		const granted = await small.admit({
			family: "Revoked",
			given: "R",
			birthDate: "1971-01-01",
			more: (subject) => [genotype("CYP2C19", "HGNC:2621", "*2/*2")(subject)],
		});
		const consent = await small.grant(granted, toPractitioners("north", ["genomics"], { models: [pgxModelId] }));
		const call = async () => JSON.stringify((await post(path, await client.token(path), orderSelect(granted.localId, [clopidogrel]))).cards);
		expect(await call()).toContain("Poor Metabolizer");
		await small.revoke(granted, consent);
		expect(await call()).not.toContain("Poor Metabolizer");
		await small.grant(granted, toPractitioners("north", ["genomics"], { models: ["another-model"] }));
		expect(await call()).not.toContain("Poor Metabolizer");
	});

	it("[CD6] a hostile Genotype or order name reaches no card as markup", async () => {
		const hostile = await small.admit({
			family: "Hostile",
			given: "H",
			birthDate: "1980-01-01",
			more: (subject) => [genotype("CYP2C19", "HGNC:2621", "<img src=x onerror=alert(1)>/*2")(subject)],
		});
		await small.grant(hostile, toPractitioners("north", ["genomics", "medications"], { models: [pgxModelId] }));
		const body = orderSelect(hostile.localId, [{ code: "0", display: "clopidogrel <script>alert(1)</script> [x](javascript:alert(1))" }]);
		const { text, status } = await post(path, await client.token(path), body);
		expect(status).toBe(200);
		expect(text).not.toMatch(/<img|<script|javascript:/);
	});
});

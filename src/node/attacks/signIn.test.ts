import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign as signBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { encodeHex, type MemberId, type SigningKey, sha256Utf8 } from "#base";
import { signRequest } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { SignIn } from "../signin/signIn.ts";
import { openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";
import { type Authorisation, beginAuthorisation, type MandateChoice, SmartBrowser, signMandate } from "../testing/smartBrowser.ts";

/** What is tried against signing in: by other sites, other applications, thieves of codes and tokens, and whoever has the database. */
const origin = "https://north.example";
const aud = `${origin}/fhir`;
const redirectUri = "https://app.example/back";
const scope = "launch/patient offline_access patient/Observation.rs";

let small: SmallNetwork;
let app: FastifyInstance;
let signIn: SignIn;
let doctor: Staff;
let patient: SmallPatient;
let service: KeyObject;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution(), { publicUrl: origin });
	signIn = new SignIn({ network: small.network, institution: small.institution(), origin: () => origin });
	patient = await small.admit({ family: "Quist", given: "Runa", birthDate: "1959-09-09" });
	await small.grant(patient, toPractitioners("north", ["laboratory"]));
	const scopes = ["openid", "launch", "launch/patient", "offline_access", "patient/*.rs"];
	const common = { redirectUris: [redirectUri], scopes, purpose: "TREAT", level: "identified", authentication: "public" };
	signIn.apps.register({ client: "chart", name: "Chart <script>alert(1)</script>", ...common });
	signIn.apps.register({ client: "other", name: "Other", ...common, redirectUris: ["https://other.example/back"] });
});
beforeEach(async () => {
	doctor = await small.hire("practitioner");
});
afterAll(async () => {
	await app.close();
	signIn.close();
	await small.close();
});

const about = () => ({ by: "local", localId: patient.localId }) as const;

async function post(url: string, parameters: Record<string, string>, headers: Record<string, string> = {}) {
	const payload = new URLSearchParams(parameters).toString();
	const answer = await app.inject({ method: "POST", url, payload, headers: { "content-type": "application/x-www-form-urlencoded", ...headers } });
	return { status: answer.statusCode, body: answer.body === "" ? {} : (answer.json() as Record<string, unknown>) };
}

async function authorise(key: SigningKey = doctor.key, choice: MandateChoice = {}, more: Partial<Authorisation> = {}) {
	const browser = new SmartBrowser(app, origin);
	const begun = beginAuthorisation({ client: "chart", redirectUri, aud, scope, ...more });
	const question = await browser.open(begun.url);
	const allowed = await browser.allow(question, signMandate(small, key, question, { patient: about(), ...choice }));
	const back = await browser.follow((allowed.json() as { location: string }).location);
	return { ...begun, back, browser, question, code: back.searchParams.get("code") ?? "" };
}

const redeem = ({ code, verifier }: { code: string; verifier: string }, more: Record<string, string> = {}) =>
	post("/oauth/token", { grant_type: "authorization_code", client_id: "chart", redirect_uri: redirectUri, code, code_verifier: verifier, ...more });
const refresh = (token: unknown, more: Record<string, string> = {}) =>
	post("/oauth/token", { grant_type: "refresh_token", client_id: "chart", refresh_token: String(token), ...more });
const opens = async (token: unknown): Promise<string> => {
	try {
		return (await signIn.openBearer(String(token))).mandate.key;
	} catch (error) {
		return (error as { code: string }).code;
	}
};
/** What an application is told when an authorisation is refused. */
async function refusal(more: Partial<Authorisation>, change: (parameters: URLSearchParams) => void = () => {}): Promise<string | null> {
	const url = new URL(beginAuthorisation({ client: "chart", redirectUri, aud, scope, ...more }).url, origin);
	change(url.searchParams);
	const answer = await new SmartBrowser(app, origin).ask(url.pathname + url.search);
	const { location } = answer.headers;
	return location === undefined ? `page ${answer.statusCode}` : new URL(String(location)).searchParams.get("error");
}

describe("codes and tokens", () => {
	it("[SI30] a code that is replayed gives nothing and ends what its first use got", async () => {
		const authorised = await authorise();
		const first = await redeem(authorised);
		expect(await opens(first.body.access_token)).toBe(doctor.key.publicKey);
		expect((await redeem(authorised)).body.error).toBe("invalid_grant");
		expect(await opens(first.body.access_token)).toBe("SIGNIN_TOKEN_INVALID");
		expect((await refresh(first.body.refresh_token)).body.error).toBe("invalid_grant");
	});

	it("[SI30] of many who redeem a code at the same instant none keeps anything", async () => {
		const authorised = await authorise();
		const answers = await Promise.all(Array.from({ length: 6 }, () => redeem(authorised)));
		const tokens = answers.flatMap(({ body }) => (body.access_token === undefined ? [] : [body.access_token]));
		expect(tokens.length).toBeLessThanOrEqual(1);
		for (const token of tokens) expect(await opens(token)).toBe("SIGNIN_TOKEN_INVALID");
	});

	it("[SI31] no PKCE, a plain challenge or another verifier: no token", async () => {
		expect(await refusal({}, (parameters) => parameters.delete("code_challenge"))).toBe("invalid_request");
		expect(await refusal({}, (parameters) => parameters.set("code_challenge_method", "plain"))).toBe("invalid_request");
		expect(await refusal({}, (parameters) => parameters.delete("code_challenge_method"))).toBe("invalid_request");
		const authorised = await authorise();
		expect((await redeem({ ...authorised, verifier: "a".repeat(43) })).body.error).toBe("invalid_grant");
		const { code } = authorised;
		expect((await post("/oauth/token", { grant_type: "authorization_code", client_id: "chart", redirect_uri: redirectUri, code })).body.error).toBe(
			"invalid_grant",
		);
	});

	it("[SI32] a code goes to the registered address alone, and only that redeems it, at the application it was given", async () => {
		for (const address of [
			`${redirectUri}/`,
			`${redirectUri}?a=b`,
			"https://evil.example/back",
			"https://other.example/back",
			"https://app.example",
		]) {
			expect(await refusal({ redirectUri: address }), address).toBe("page 400");
		}
		const authorised = await authorise();
		expect((await redeem(authorised, { redirect_uri: "https://other.example/back" })).body.error).toBe("invalid_grant");
		expect((await redeem(await authorise(), { client_id: "other" })).body.error).toBe("invalid_grant");
	});

	it("[SI32] registers no address in clear, with a fragment or of everybody", () => {
		const registered = { client: "x", name: "X", scopes: ["patient/*.rs"], purpose: "TREAT", level: "identified", authentication: "public" };
		for (const address of [
			"http://app.example/",
			"https://app.example/#x",
			"javascript:alert(1)",
			"app:/back",
			"https://u:p@app.example/",
			"/back",
			"*",
		]) {
			expect(() => signIn.apps.register({ ...registered, redirectUris: [address] }), address).toThrow(
				expect.objectContaining({ code: "SIGNIN_APP_INVALID" }),
			);
		}
	});

	it("[SI33] an authorisation for another server's address, or for none, is refused; its token would be of no use either", async () => {
		expect(await refusal({ aud: "https://south.example/fhir" })).toBe("invalid_target");
		expect(await refusal({}, (parameters) => parameters.delete("aud"))).toBe("invalid_target");
		expect(await refusal({}, (parameters) => parameters.append("aud", "https://south.example/fhir"))).toBe("invalid_request");
		expect(await refusal({}, (parameters) => parameters.set("resource", "https://south.example/fhir"))).toBe("invalid_target");
		// A token of one house at another's node.
		const south = new SignIn({ network: small.network, institution: small.institution("south"), origin: () => origin });
		const { body } = await redeem(await authorise());
		await expect(south.openBearer(String(body.access_token))).rejects.toMatchObject({ code: "SIGNIN_TOKEN_INVALID" });
		south.close();
	});

	it("[SI34] more than was asked cannot be signed, and more than was signed is not refreshed", async () => {
		const browser = new SmartBrowser(app, origin);
		const question = await browser.open(beginAuthorisation({ client: "chart", redirectUri, aud, scope }).url);
		const tries: MandateChoice[] = [
			{ scopes: ["launch/patient", "patient/Observation.rs", "patient/*.rs"] },
			{ scopes: ["launch/patient"] },
			{ more: { client: "other" } },
			{ more: { purpose: "HRESCH" } },
			{ more: { level: "pseudonymised" } },
			{ more: { challenge: "0".repeat(64) } },
			{ untilMs: small.network.now() + 400 * 86_400_000 },
			{ scopes: ["launch/patient", "patient/Observation.rs"], untilMs: small.network.now() + 2 * 3_600_000 },
			{ untilMs: small.network.now() - 1 },
		];
		for (const choice of tries) {
			const answer = await browser.allow(question, signMandate(small, doctor.key, question, { patient: about(), ...choice }));
			expect([choice, answer.statusCode, answer.json().code]).toEqual([
				choice,
				expect.any(Number),
				expect.stringMatching(/SIGNIN_ANSWER_DIFFERS|GATE_MANDATE_INVALID/),
			]);
		}
		expect((await browser.allow(question, signMandate(small, doctor.key, question))).json()).toMatchObject({ code: "SIGNIN_ANSWER_DIFFERS" });
		const authorised = await authorise();
		const { body } = await redeem(authorised);
		expect((await refresh(body.refresh_token, { scope: "patient/*.rs" })).body.error).toBe("invalid_scope");
	});

	it("[SI38] a refresh token used again ends everything that came of its grant", async () => {
		const first = await redeem(await authorise());
		const second = await refresh(first.body.refresh_token);
		expect(await opens(second.body.access_token)).toBe(doctor.key.publicKey);
		expect((await refresh(first.body.refresh_token)).body.error).toBe("invalid_grant");
		expect(await opens(second.body.access_token)).toBe("SIGNIN_TOKEN_INVALID");
		expect((await refresh(second.body.refresh_token)).body.error).toBe("invalid_grant");
		const third = await redeem(await authorise());
		const both = await Promise.all([refresh(third.body.refresh_token), refresh(third.body.refresh_token)]);
		expect(both.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
		for (const { body } of both) if (body.access_token !== undefined) expect(await opens(body.access_token)).toBe("SIGNIN_TOKEN_INVALID");
	});
});

describe("whoever no longer stands", () => {
	it("[SI21] a revoked clinician's token, refresh token and unused code are worth nothing from that block on", async () => {
		const { body } = await redeem(await authorise());
		const unused = await authorise();
		expect(await opens(body.access_token)).toBe(doctor.key.publicKey);
		await small.fire(doctor);
		expect(await opens(body.access_token)).toBe("SIGNIN_TOKEN_INVALID");
		expect((await refresh(body.refresh_token)).body.error).toBe("invalid_grant");
		expect((await redeem(unused)).body.error).toBe("invalid_grant");
		const browser = new SmartBrowser(app, origin);
		const question = await browser.open(beginAuthorisation({ client: "chart", redirectUri, aud, scope }).url);
		const answer = await browser.allow(question, signMandate(small, doctor.key, question, { patient: about() }));
		expect(answer.json()).toMatchObject({ code: "GATE_MANDATE_INVALID" });
	});

	it("[SI21] an application that is removed has no tokens left, one that is narrowed no wider ones", async () => {
		const more = {
			redirectUris: [redirectUri],
			scopes: ["launch/patient", "patient/*.rs"],
			purpose: "TREAT",
			level: "identified",
			authentication: "public",
		};
		signIn.apps.register({ client: "short", name: "Short", ...more });
		const authorised = await authorise(doctor.key, {}, { client: "short", scope: "launch/patient patient/Observation.rs patient/Condition.rs" });
		const { body } = await redeem(authorised, { client_id: "short" });
		const scopes = async () => (await signIn.openBearer(String(body.access_token))).scopes.map(({ text }) => text);
		expect(await scopes()).toHaveLength(2);
		signIn.apps.register({ client: "short", name: "Short", ...more, scopes: ["launch/patient", "patient/Condition.rs"] });
		expect(await scopes()).toEqual(["patient/Condition.rs"]);
		signIn.apps.remove("short");
		expect(await opens(body.access_token)).toBe("SIGNIN_TOKEN_INVALID");
	});

	it("[SI20] an outsider, a patient without enrolment here and another house's staff sign nothing", async () => {
		const outsider = await small.hire("practitioner", { member: "south" });
		const browser = new SmartBrowser(app, origin);
		const question = await browser.open(beginAuthorisation({ client: "chart", redirectUri, aud, scope }).url);
		for (const key of [outsider.key, patient.wallet.pseudonymKey("south" as MemberId, 0)]) {
			const answer = await browser.allow(question, signMandate(small, key, question, { patient: about() }));
			expect(answer.json()).toMatchObject({ code: "GATE_MANDATE_INVALID" });
		}
		const mandate = signMandate(small, doctor.key, question, { patient: about() });
		const forged = [
			{ ...mandate, body: { ...mandate.body, untilMs: mandate.body.untilMs + 1 } },
			{ ...mandate, key: outsider.key.publicKey },
		];
		for (const each of forged) expect((await browser.allow(question, each)).json()).toMatchObject({ code: "GATE_SIGNATURE_INVALID" });
		expect((await browser.allow(question, mandate)).statusCode).toBe(200);
	});

	it("[SI22] a row written into the database opens nothing, and the file holds nothing in clear", async () => {
		const { body } = await redeem(await authorise());
		const path = join(small.folder, "members", "north", "signin.db");
		const bytes = ["", "-wal"].map((end) => readFileSync(path + end).toString("latin1")).join("");
		for (const secret of [body.access_token, body.refresh_token, patient.localId, patient.pseudonym, doctor.key.publicKey, "patient/Observation"]) {
			expect(bytes.includes(String(secret)), "in clear").toBe(false);
		}
		const db = new DatabaseSync(path);
		// The doctor's row under somebody else's grant: sealed for its own place.
		const other = await redeem(await authorise((await small.hire("practitioner")).key));
		const rows = db.prepare("SELECT id, sealed FROM mandate ORDER BY rowid DESC LIMIT 2").all() as { id: string; sealed: Uint8Array }[];
		db.prepare("UPDATE mandate SET sealed = ? WHERE id = ?").run(rows[1]?.sealed as Uint8Array, rows[0]?.id as string);
		expect(await opens(other.body.access_token)).toBe("SIGNIN_TOKEN_INVALID");
		db.close();
		// With the node's secret too, but without the person's key: the signature inside is what the gate believes.
		const id = "f".repeat(64);
		const real = signMandate(small, doctor.key, { ...(await authorise()).question }, { patient: about() });
		const request = { ...real, body: { ...real.body, scopes: ["patient/*.cruds"] } };
		const grant = new signIn.provider.Grant({ clientId: "chart", accountId: doctor.key.publicKey });
		const grantId = await grant.save();
		signIn.mandates.keep(grantId, { id: id as never, key: doctor.key.publicKey, body: request.body, request }, patient.localId);
		expect(await signIn.mandates.ofGrant(grantId)).toBeUndefined();
	});
});

describe("pages", () => {
	it("[SI35] the session is another one after signing in, and cookies are for this host, over https, unseen by scripts", async () => {
		const browser = new SmartBrowser(app, origin);
		const question = await browser.open(beginAuthorisation({ client: "chart", redirectUri, aud, scope }).url);
		const before = browser.cookies.get("__Host-aceso-session");
		const allowed = await browser.allow(question, signMandate(small, doctor.key, question, { patient: about() }));
		await browser.follow((allowed.json() as { location: string }).location);
		const after = browser.cookies.get("__Host-aceso-session");
		expect(after).toBeDefined();
		expect(after).not.toBe(before);
		for (const line of browser.setCookies) {
			expect(line).toMatch(/^__(?:Host|Secure)-/);
			for (const attribute of ["httponly", "secure", "samesite=lax", "path=/"]) expect(line.toLowerCase(), line).toContain(attribute);
			expect(line.toLowerCase()).not.toContain("domain=");
			if (line.startsWith("__Host-")) expect(line).toMatch(/; path=\/(?:;|$)/i);
		}
	});

	it("[SI36] another site's page allows and denies nothing; neither does another browser", async () => {
		const browser = new SmartBrowser(app, origin);
		const question = await browser.open(beginAuthorisation({ client: "chart", redirectUri, aud, scope }).url);
		const mandate = signMandate(small, doctor.key, question, { patient: about() });
		const foreign: readonly Record<string, string>[] = [
			{ "x-aceso-csrf": "" },
			{ "x-aceso-csrf": "0".repeat(64) },
			{ origin: "https://evil.example" },
			{ origin: "null" },
			{ "sec-fetch-site": "cross-site" },
			{ "sec-fetch-site": "same-site" },
		];
		for (const headers of foreign) {
			expect((await browser.allow(question, mandate, headers)).json()).toMatchObject({ code: "SIGNIN_FOREIGN_PAGE" });
		}
		const form = { "content-type": "application/x-www-form-urlencoded" };
		const deny = await browser.ask(`/signin/${question.uid}/deny`, { method: "POST", payload: "csrf=", headers: form });
		expect(deny.json()).toMatchObject({ code: "SIGNIN_FOREIGN_PAGE" });
		const stranger = new SmartBrowser(app, origin);
		expect((await stranger.allow(question, mandate)).json()).toMatchObject({ code: "SIGNIN_EXPIRED" });
		const own = await stranger.open(beginAuthorisation({ client: "chart", redirectUri, aud, scope }).url);
		// A victim's signed answer, put under the thief's own authorisation.
		expect((await stranger.allow(own, mandate)).json()).toMatchObject({ code: "SIGNIN_ANSWER_DIFFERS" });
		expect((await stranger.allow({ ...question, csrf: question.csrf }, mandate)).json()).toMatchObject({ code: "SIGNIN_EXPIRED" });
		const fresh = signMandate(small, doctor.key, question, { patient: about() });
		expect((await browser.allow(question, fresh)).statusCode).toBe(200);
	});

	it("[SI39] what came from outside is text on a page that runs its own script alone", async () => {
		const browser = new SmartBrowser(app, origin);
		const sent = await browser.ask(beginAuthorisation({ client: "chart", redirectUri, aud, scope }).url);
		const page = await browser.ask(String(sent.headers.location));
		expect(page.body).not.toContain("<script>alert");
		expect(page.body).toContain("Chart &lt;script&gt;");
		const policy = String(page.headers["content-security-policy"]);
		expect(policy).toContain("default-src 'none'");
		expect(policy).toContain("frame-ancestors 'none'");
		expect(policy).not.toMatch(/unsafe|\*|script-src[^;]*'self'/);
		const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
		const scripts = page.body.match(/<(?:script|style)[^>]*>/g) ?? [];
		for (const tag of scripts) expect(tag.includes(`nonce="${nonce}"`) || tag.includes("application/json"), tag).toBe(true);
		expect(page.body).not.toMatch(/(?:src|href)="(?!\/signin\/)/);
		expect((await browser.ask(String(sent.headers.location))).headers["content-security-policy"]).not.toContain(nonce);
		expect(page.headers["strict-transport-security"]).toBe("max-age=31536000");
		expect((await browser.ask("/oauth/jwks")).headers["strict-transport-security"]).toBe("max-age=31536000");
		expect(page.headers).toMatchObject({ "cache-control": "no-store", "x-frame-options": "DENY", "referrer-policy": "same-origin" });
		const problem = await browser.ask("/oauth/authorize?client_id=%3Cscript%3E&redirect_uri=x", { headers: { accept: "text/html" } });
		expect(problem.body).not.toContain("<script>");
		expect(problem.headers["content-security-policy"]).toContain("default-src 'none'");
	});

	it("[SI39] addresses come from the configuration, not from who asks", async () => {
		const headers = { host: "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "http" };
		const answers = [
			await app.inject({ url: "/oauth/.well-known/openid-configuration", headers }),
			await app.inject({ url: beginAuthorisation({ client: "chart", redirectUri, aud, scope }).url, headers }),
			await app.inject({ url: "/.well-known/smart-configuration", headers }),
		];
		for (const { body, headers: given } of answers) expect(body + JSON.stringify(given)).not.toContain("evil.example");
	});

	it("[SI35] a node reached in clear from other machines signs nobody in", async () => {
		const open = createInstitutionApp(small.network, small.institution(), { publicUrl: "http://north.example" });
		for (const url of ["/oauth/authorize", "/oauth/token", "/.well-known/smart-configuration"]) {
			expect((await open.inject({ url })).json()).toMatchObject({ code: "SIGNIN_ADDRESS_INVALID" });
		}
		await open.close();
	});
});

describe("backend services", () => {
	let mandated: Staff;
	const endpoint = `${origin}/oauth/token`;
	const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
	const claimsOf = (more: object = {}) => {
		const nowS = Math.trunc(small.network.now() / 1_000);
		return { iss: "nightly", sub: "nightly", aud: endpoint, jti: encodeHex(small.network.randomBytes(16)), iat: nowS, exp: nowS + 240, ...more };
	};

	function assertion(claims: object = claimsOf(), key: KeyObject = service, header: object = { alg: "ES384", kid: "k1", typ: "JWT" }): string {
		const input = `${encode(header)}.${encode(claims)}`;
		return `${input}.${signBytes("sha384", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
	}

	const ask = (shown: string, scopes = "system/Observation.rs", more: Record<string, string> = {}) =>
		post("/oauth/token", {
			grant_type: "client_credentials",
			client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
			client_assertion: shown,
			scope: scopes,
			...more,
		});

	beforeAll(async () => {
		mandated = await small.hire("practitioner");
		const pair = generateKeyPairSync("ec", { namedCurve: "P-384" });
		service = pair.privateKey;
		const body = {
			kind: "mandate",
			client: "nightly",
			scopes: ["system/Observation.rs", "system/Condition.rs?category=problem-list-item"],
			purpose: "TREAT",
			level: "identified",
			untilMs: small.network.now() + 30 * 86_400_000,
			challenge: "0".repeat(64),
		} as const;
		const place = { audience: "north" as MemberId, via: "north" as MemberId, nowMs: small.network.now(), nonce: small.network.randomBytes(16) };
		const mandate = (await small.institution().gate.acceptMandate(signRequest(mandated.key, body, place))).request;
		const { kty, crv, x, y } = pair.publicKey.export({ format: "jwk" });
		signIn.apps.register({
			client: "nightly",
			name: "Nightly report",
			redirectUris: [],
			authentication: "private-key",
			keys: [{ kty, crv, x, y, kid: "k1", alg: "ES384" }],
			scopes: ["system/*.rs"],
			purpose: "TREAT",
			level: "identified",
			mandate,
		});
	});

	it("[SI9] gets five minutes for what mandate, registration and request all hold, in the name of who signed", async () => {
		const { status, body } = await ask(assertion(), "system/Observation.rs system/Patient.rs system/Condition.rs?category=problem-list-item");
		expect([status, body]).toEqual([200, expect.objectContaining({ token_type: "Bearer", expires_in: 300 })]);
		expect(String(body.scope).split(" ").sort()).toEqual(["system/Condition.rs?category=problem-list-item", "system/Observation.rs"]);
		expect(await opens(body.access_token)).toBe(mandated.key.publicKey);
		expect((await ask(assertion(), "system/Patient.rs")).body.error).toBe("invalid_scope");
		expect((await ask(assertion(), "patient/*.rs user/*.rs")).body.error).toBe("invalid_scope");
	});

	it("[SI37] an assertion replayed, at the same instant or later, is refused", async () => {
		const once = assertion();
		const answers = await Promise.all([ask(once), ask(once), ask(once)]);
		expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
		expect((await ask(once)).body.error).toBe("invalid_client");
	});

	it("[SI37] alg confusion, other keys, other servers, long lives and missing claims are refused", async () => {
		const foreign = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
		const hs = (() => {
			const input = `${encode({ alg: "HS256", kid: "k1", typ: "JWT" })}.${encode(claimsOf())}`;
			const publicText = createHash("sha256").update("k1").digest();
			return `${input}.${createHmac("sha256", publicText).update(input).digest("base64url")}`;
		})();
		const none = `${encode({ alg: "none" })}.${encode(claimsOf())}.`;
		const shown = [
			hs,
			none,
			assertion(claimsOf(), foreign),
			assertion(claimsOf(), service, { alg: "ES384", kid: "k1", typ: "JWT", jwk: foreign.export({ format: "jwk" }) }).replace(/.$/, (last) =>
				last === "A" ? "B" : "A",
			),
			assertion(claimsOf({ aud: "https://south.example/oauth/token" })),
			assertion(claimsOf({ exp: Math.trunc(small.network.now() / 1_000) + 3_600 })),
			assertion(claimsOf({ exp: Math.trunc(small.network.now() / 1_000) - 60 })),
			assertion(claimsOf({ jti: undefined })),
			assertion(claimsOf({ exp: undefined })),
			assertion(claimsOf({ iss: "chart", sub: "chart" })),
			assertion(claimsOf({ sub: "chart" })),
		];
		for (const [at, each] of shown.entries()) expect((await ask(each)).status, `assertion ${at}`).toBeGreaterThanOrEqual(400);
		expect((await post("/oauth/token", { grant_type: "client_credentials", client_id: "chart", scope: "system/*.rs" })).status).toBe(400);
		expect((await post("/oauth/token", { grant_type: "password", client_id: "chart", username: "a", password: "b" })).body.error).toBe(
			"unsupported_grant_type",
		);
	});

	it("[SI21] ends with the credential of who signed its mandate", async () => {
		const { body } = await ask(assertion());
		await small.fire(mandated);
		expect(await opens(body.access_token)).toBe("SIGNIN_TOKEN_INVALID");
		expect((await ask(assertion())).body.error).toBe("invalid_grant");
	});
});

it("[SI22] what is past its time is removed, and neither a code nor a session outlives it", async () => {
	const { body } = await redeem(await authorise());
	const rows = () => Number(signIn.database.db.prepare("SELECT count(*) AS n FROM oidc").get()?.n);
	const before = rows();
	small.advance(91 * 86_400_000);
	expect(await opens(body.access_token)).toBe("SIGNIN_TOKEN_INVALID");
	expect(rows()).toBeLessThan(before);
	expect(rows()).toBe(0);
});

it("[SI22] names of rows are no plain hashes of what they name", async () => {
	const { body } = await redeem(await authorise());
	const db = new DatabaseSync(join(small.folder, "members", "north", "signin.db"));
	const ids = new Set((db.prepare("SELECT id FROM oidc").all() as { id: string }[]).map(({ id }) => id));
	db.close();
	expect(ids.has(encodeHex(sha256Utf8(String(body.access_token))))).toBe(false);
	expect(ids.size).toBeGreaterThan(0);
});

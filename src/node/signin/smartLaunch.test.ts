import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SigningKey } from "#base";
import { createInstitutionApp } from "../app.ts";
import { openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";
import { type Authorisation, beginAuthorisation, type MandateChoice, SmartBrowser, signMandate } from "../testing/smartBrowser.ts";
import { SignIn } from "./signIn.ts";

const origin = "https://north.example";
const aud = `${origin}/fhir`;
const redirectUri = "https://app.example/back";
const offered = ["openid", "fhirUser", "launch", "launch/patient", "offline_access", "patient/*.rs", "user/Observation.rs"];

let small: SmallNetwork;
let app: FastifyInstance;
let signIn: SignIn;
let doctor: Staff;
let patient: SmallPatient;
let secret: string;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution(), { publicUrl: origin });
	signIn = new SignIn({ network: small.network, institution: small.institution(), origin: () => origin });
	doctor = await small.hire("practitioner");
	patient = await small.admit({ family: "Lindqvist", given: "Ada", birthDate: "1971-03-04" });
	await small.grant(patient, toPractitioners("north", ["laboratory"]));
	const common = { redirectUris: [redirectUri], scopes: offered, purpose: "TREAT", level: "identified" };
	signIn.apps.register({ client: "chart", name: "Growth chart", authentication: "public", ...common });
	secret = signIn.apps.register({ client: "server-app", name: "Server app", authentication: "secret", ...common }).secret ?? "";
});
afterAll(async () => {
	await app.close();
	signIn.close();
	await small.close();
});

const about = () => ({ by: "local", localId: patient.localId }) as const;
const common = { client: "chart", redirectUri, aud };

async function post(url: string, parameters: Record<string, string>, headers: Record<string, string> = {}) {
	const payload = new URLSearchParams(parameters).toString();
	const answer = await app.inject({ method: "POST", url, payload, headers: { "content-type": "application/x-www-form-urlencoded", ...headers } });
	return { status: answer.statusCode, body: answer.body === "" ? {} : (answer.json() as Record<string, unknown>) };
}

async function authorise(scope: string, key: SigningKey, choice: MandateChoice = {}, more: Partial<Authorisation> = {}) {
	const browser = new SmartBrowser(app, origin);
	const begun = beginAuthorisation({ ...common, scope, ...more });
	const question = await browser.open(begun.url);
	const allowed = await browser.allow(question, signMandate(small, key, question, choice));
	expect([allowed.statusCode, allowed.body.slice(0, 300)]).toEqual([200, expect.stringContaining("location")]);
	const back = await browser.follow((allowed.json() as { location: string }).location);
	return { ...begun, back, browser, code: back.searchParams.get("code") ?? "", question };
}

const redeem = ({ code, verifier }: { code: string; verifier: string }, more: Record<string, string> = {}) =>
	post("/oauth/token", { grant_type: "authorization_code", client_id: "chart", redirect_uri: redirectUri, code, code_verifier: verifier, ...more });

describe("SMART App Launch", () => {
	it("[SI1] says where and how applications are authorised, at the FHIR server's address too", async () => {
		for (const url of ["/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration"]) {
			const { statusCode, body, headers } = await app.inject({ url });
			expect([statusCode, headers["access-control-allow-origin"]]).toEqual([200, "*"]);
			expect(JSON.parse(body)).toMatchObject({ authorization_endpoint: `${origin}/oauth/authorize`, code_challenge_methods_supported: ["S256"] });
		}
		const discovery = await app.inject({ url: "/oauth/.well-known/openid-configuration" });
		expect(discovery.json()).toMatchObject({
			issuer: `${origin}/oauth`,
			token_endpoint: `${origin}/oauth/token`,
			code_challenge_methods_supported: ["S256"],
			response_types_supported: ["code"],
		});
		const { keys } = (await app.inject({ url: "/oauth/jwks" })).json() as { keys: Record<string, unknown>[] };
		expect(keys).toHaveLength(1);
		expect(keys[0]).not.toHaveProperty("d");
	});

	it("[SI2] a standalone launch gives token, patient and identity for exactly what was signed", async () => {
		const scope = "openid fhirUser launch/patient patient/Observation.rs?category=laboratory patient/Condition.read";
		const { back, state, ...rest } = await authorise(scope, doctor.key, { patient: about() });
		expect([back.origin + back.pathname, back.searchParams.get("state"), back.searchParams.get("iss")]).toEqual([
			redirectUri,
			state,
			`${origin}/oauth`,
		]);
		const { status, body } = await redeem(rest);
		expect([status, body]).toEqual([
			200,
			expect.objectContaining({ token_type: "Bearer", patient: patient.localId, need_patient_banner: true, expires_in: 3_600 }),
		]);
		expect(String(body.scope).split(" ").sort()).toEqual(scope.split(" ").sort());
		expect(body).not.toHaveProperty("refresh_token");
		const claims = JSON.parse(Buffer.from(String(body.id_token).split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;
		expect(claims).toMatchObject({ iss: `${origin}/oauth`, aud: "chart", fhirUser: `${aud}/Practitioner/${doctor.key.publicKey}` });
		expect(claims.sub).not.toContain(doctor.key.publicKey);
		const bearer = await signIn.openBearer(String(body.access_token));
		expect(bearer.mandate.key).toBe(doctor.key.publicKey);
		expect(bearer.patientId).toBe(patient.localId);
		expect(bearer.scopes.map(({ text }) => text).sort()).toEqual(["patient/Condition.read", "patient/Observation.rs?category=laboratory"]);
	});

	it("[SI3] a scope that is not granted is absent from token, introspection and what the token opens", async () => {
		const scope =
			"launch/patient patient/Observation.rs?category=laboratory patient/Observation.rs?category=vital-signs patient/Condition.rs patient/Patient.cud";
		const kept = ["launch/patient", "patient/Observation.rs?category=laboratory"];
		const authorised = await authorise(scope, doctor.key, { patient: about(), scopes: kept }, { client: "server-app" });
		expect(authorised.question.scopes, "what the application may not ask for is not offered").not.toContain("patient/Patient.cud");
		const basic = { authorization: `Basic ${Buffer.from(`server-app:${secret}`).toString("base64")}` };
		const { code, verifier } = authorised;
		const form = { grant_type: "authorization_code", redirect_uri: redirectUri, code, code_verifier: verifier };
		const { body } = await post("/oauth/token", form, basic);
		expect(String(body.scope).split(" ").sort()).toEqual([...kept].sort());
		const told = await post("/oauth/introspect", { token: String(body.access_token) }, basic);
		expect(told.body).toMatchObject({ active: true, scope: "patient/Observation.rs?category=laboratory" });
		const bearer = await signIn.openBearer(String(body.access_token));
		expect(bearer.scopes.map(({ text }) => text)).toEqual(["patient/Observation.rs?category=laboratory"]);
	});

	it("[SI4] a launch out of a record is about that record, for whoever opened it, once", async () => {
		const begin = async () => {
			const payload = small.sign(doctor.key, { kind: "launch", client: "chart", patient: about() });
			return (await app.inject({ method: "POST", url: "/api/launches", payload })).json() as { launch: string; iss: string };
		};
		const { launch, iss } = await begin();
		expect(iss).toBe(aud);
		const { question, ...rest } = await authorise("launch patient/*.rs", doctor.key, { patient: about() }, { launch });
		expect(question.patient).toBe(patient.localId);
		expect((await redeem(rest)).body).toMatchObject({ patient: patient.localId });
		const again = await new SmartBrowser(app, origin).ask(beginAuthorisation({ ...common, scope: "launch patient/*.rs", launch }).url);
		expect(new URL(String(again.headers.location)).searchParams.get("error")).toBe("invalid_request");
		// Another person, or about somebody else.
		const colleague = await small.hire("practitioner");
		for (const [key, choice] of [
			[colleague.key, { patient: about() }],
			[doctor.key, { patient: { by: "local", localId: "somebody" } }],
		] as const) {
			const browser = new SmartBrowser(app, origin);
			const other = await browser.open(beginAuthorisation({ ...common, scope: "launch patient/*.rs", launch: (await begin()).launch }).url);
			const answer = await browser.allow(other, signMandate(small, key, other, choice));
			expect(answer.json()).toMatchObject({ code: "SIGNIN_ANSWER_DIFFERS" });
		}
	});

	it("[SI5] a patient's own wallet authorises for their own record", async () => {
		const browser = new SmartBrowser(app, origin);
		const begun = beginAuthorisation({ ...common, scope: "openid fhirUser launch/patient patient/*.rs" });
		const question = await browser.open(begun.url);
		const mandate = signMandate(small, patient.key, question, { patient: { by: "pseudonym", pseudonym: patient.pseudonym } });
		const allowed = await browser.allow(question, mandate, {}, { patientId: patient.localId });
		const back = await browser.follow((allowed.json() as { location: string }).location);
		const { body } = await redeem({ code: back.searchParams.get("code") ?? "", verifier: begun.verifier });
		expect(body).toMatchObject({ patient: patient.localId });
		const bearer = await signIn.openBearer(String(body.access_token));
		expect(bearer.mandate.body).toMatchObject({ purpose: "PATRQT", patient: { by: "pseudonym", pseudonym: patient.pseudonym } });
		// Nor for anybody else's, nor under anybody else's number: an application may know people by it.
		const other = await small.admit({ family: "Berg", given: "Per", birthDate: "1980-01-01" });
		const next = await browser.open(beginAuthorisation({ ...common, scope: "launch/patient patient/*.rs" }).url);
		for (const about of [{ by: "pseudonym", pseudonym: other.pseudonym } as const, { by: "local", localId: other.localId } as const]) {
			const refused = await browser.allow(next, signMandate(small, patient.key, next, { patient: about, purpose: "PATRQT" }));
			expect(refused.json()).toMatchObject({ code: "GATE_MANDATE_INVALID" });
		}
		for (const patientId of [other.localId, "nobody", "", 1, {}]) {
			const own = signMandate(small, patient.key, next, { patient: { by: "pseudonym", pseudonym: patient.pseudonym } });
			const refused = await browser.allow(next, own, {}, { patientId });
			expect(refused.json()).toMatchObject({ code: "SIGNIN_ANSWER_DIFFERS" });
		}
	});

	it("[SI6] a refresh token is given for offline_access alone, and is another each time", async () => {
		const authorised = await authorise("offline_access launch/patient patient/*.rs", doctor.key, { patient: about() });
		const first = await redeem(authorised);
		expect(first.body).toMatchObject({ refresh_token: expect.any(String), expires_in: 900 });
		const refresh = (token: unknown) => post("/oauth/token", { grant_type: "refresh_token", client_id: "chart", refresh_token: String(token) });
		const second = await refresh(first.body.refresh_token);
		expect(second.body).toMatchObject({ patient: patient.localId, expires_in: 900 });
		expect(second.body.refresh_token).not.toBe(first.body.refresh_token);
	});

	it("[SI7] introspection answers who may ask, revocation ends what it is given", async () => {
		const authorised = await authorise("launch/patient patient/*.rs", doctor.key, { patient: about() }, { client: "server-app" });
		const basic = { authorization: `Basic ${Buffer.from(`server-app:${secret}`).toString("base64")}` };
		const { code, verifier } = authorised;
		const form = { grant_type: "authorization_code", redirect_uri: redirectUri, code, code_verifier: verifier };
		expect((await post("/oauth/token", form, { authorization: `Basic ${Buffer.from("server-app:wrong").toString("base64")}` })).status).toBe(401);
		const token = String((await post("/oauth/token", form, basic)).body.access_token);
		expect((await post("/oauth/introspect", { token }, basic)).body).toMatchObject({
			active: true,
			client_id: "server-app",
			scope: "patient/*.rs",
			aud,
			patient: patient.localId,
		});
		expect((await post("/oauth/introspect", { token }, {})).status).toBe(400);
		expect((await post("/oauth/introspect", { token, client_id: "chart" })).body).toEqual({ active: false });
		expect((await post("/oauth/revoke", { token, client_id: "chart" })).status).not.toBe(500);
		expect((await post("/oauth/introspect", { token }, basic)).body).toMatchObject({ active: true });
		expect((await post("/oauth/revoke", { token }, basic)).status).toBe(200);
		expect((await post("/oauth/introspect", { token }, basic)).body).toEqual({ active: false });
	});

	it("[SI8] whoever does not allow it sends the application back with access_denied", async () => {
		const browser = new SmartBrowser(app, origin);
		const question = await browser.open(beginAuthorisation({ ...common, scope: "launch/patient patient/*.rs" }).url);
		const denied = await browser.ask(`/signin/${question.uid}/deny`, {
			method: "POST",
			payload: `csrf=${question.csrf}`,
			headers: { "content-type": "application/x-www-form-urlencoded", origin },
		});
		const back = await browser.follow(String(denied.headers.location));
		expect([back.origin, back.searchParams.get("error"), back.searchParams.get("code")]).toEqual(["https://app.example", "access_denied", null]);
	});
});

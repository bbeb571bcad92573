import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Digest, sha256Hex } from "#base";
import type { PatientReference } from "#gate";
import { createInstitutionApp } from "../app.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";
import { beginAuthorisation, SmartBrowser, signMandate } from "../testing/smartBrowser.ts";
import { narrowAccess } from "./narrowAccess.ts";
import { SignIn } from "./signIn.ts";
import { parseSmartScope, type SmartScope } from "./smartScopes.ts";

/** What an application's token opens under `/fhir`. */
const origin = "https://north.example";
const redirectUri = "https://app.example/back";
let small: SmallNetwork;
let app: FastifyInstance;
let signIn: SignIn;
let doctor: Staff;
let patient: SmallPatient;
let other: SmallPatient;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution(), { publicUrl: origin });
	signIn = new SignIn({ network: small.network, institution: small.institution(), origin: () => origin });
	doctor = await small.hire("practitioner");
	patient = await small.admit({ family: "Haugen", given: "Nils", birthDate: "1961-02-03" });
	other = await small.admit({ family: "Dahl", given: "Ida", birthDate: "1962-03-04" });
	for (const each of [patient, other]) await small.grant(each, toPractitioners("north", ["laboratory", "conditions", "vitals"]));
	const scopes = ["launch/patient", "patient/*.cruds", "user/*.cruds"];
	signIn.apps.register({
		client: "chart",
		name: "Chart",
		authentication: "public",
		redirectUris: [redirectUri],
		scopes,
		purpose: "TREAT",
		level: "identified",
	});
});
afterAll(async () => {
	await app.close();
	signIn.close();
	await small.close();
});

async function tokenFor(scope: string, about: SmallPatient | undefined = patient, staff = doctor): Promise<string> {
	const browser = new SmartBrowser(app, origin);
	const begun = beginAuthorisation({ client: "chart", redirectUri, aud: `${origin}/fhir`, scope });
	const question = await browser.open(begun.url);
	const choice = about === undefined ? {} : { patient: { by: "local", localId: about.localId } as const };
	const allowed = await browser.allow(question, signMandate(small, staff.key, question, choice));
	const back = await browser.follow((allowed.json() as { location: string }).location);
	const form = {
		grant_type: "authorization_code",
		client_id: "chart",
		redirect_uri: redirectUri,
		code: back.searchParams.get("code") ?? "",
		code_verifier: begun.verifier,
	};
	const payload = new URLSearchParams(form).toString();
	const answer = await app.inject({ method: "POST", url: "/oauth/token", payload, headers: { "content-type": "application/x-www-form-urlencoded" } });
	return (answer.json() as { access_token: string }).access_token;
}

interface Told {
	readonly resourceType: string;
	readonly id?: string;
	readonly total?: number;
	readonly entry?: readonly { readonly resource: { readonly resourceType: string; readonly id: string } }[];
}

async function fhir(token: string, url: string, more: { method?: "GET" | "POST"; payload?: string } = {}) {
	const headers = { authorization: `Bearer ${token}`, ...(more.payload === undefined ? {} : { "content-type": "application/fhir+json" }) };
	const answer = await app.inject({ url: `/fhir${url}`, headers, ...more });
	const told = answer.json() as Told;
	// What says that something may be missing stands in every answer.
	const entry = told.entry?.filter(({ resource }) => resource.resourceType !== "OperationOutcome");
	return { status: answer.statusCode, body: { ...told, ...(entry === undefined ? {} : { entry }) }, headers: answer.headers };
}
const types = ({ body }: { body: Told }) => [...new Set((body.entry ?? []).map(({ resource }) => resource.resourceType))];

describe("FHIR by an application's token", () => {
	it("[SI50] reads as the person who signed, with an entry in their name, within the scopes alone", async () => {
		const token = await tokenFor("launch/patient patient/Observation.rs");
		// The first question to a patient opens their terms, with an entry of its own.
		await fhir(token, `/Observation?patient=${patient.localId}`);
		const before = small.institution().log.size();
		const found = await fhir(token, `/Observation?patient=${patient.localId}`);
		expect([found.status, types(found)]).toEqual([200, ["Observation"]]);
		expect(small.institution().log.size()).toBe(before + 1);
		const id = found.body.entry?.[0]?.resource.id ?? "";
		expect((await fhir(token, `/Observation/${id}`)).body.id).toBe(id);
		expect([(await fhir(token, `/Condition?patient=${patient.localId}`)).status, (await fhir(token, "/Condition/x")).status]).toEqual([403, 403]);
		const wide = await fhir(await tokenFor("launch/patient patient/*.rs"), `/Condition?patient=${patient.localId}`);
		expect(types(wide)).toEqual(["Condition"]);
	});

	it("[SI50] read does not search, search does not read, neither writes", async () => {
		const reads = await tokenFor("launch/patient patient/Observation.r");
		const searches = await tokenFor("launch/patient patient/Observation.s");
		const url = `/Observation?patient=${patient.localId}`;
		expect([(await fhir(reads, url)).status, (await fhir(searches, url)).status]).toEqual([403, 200]);
		const id = (await fhir(searches, url)).body.entry?.[0]?.resource.id ?? "";
		expect([(await fhir(reads, `/Observation/${id}`)).status, (await fhir(searches, `/Observation/${id}`)).status]).toEqual([200, 403]);
		const payload = JSON.stringify({
			resourceType: "Observation",
			status: "final",
			code: { text: "x" },
			subject: { reference: `Patient/${patient.localId}` },
		});
		expect((await fhir(reads, "/Observation", { method: "POST", payload })).status).toBe(403);
	});

	it("[SI51] a launch about one patient reads no other's record, by address, parameter or a page of another search", async () => {
		const token = await tokenFor("launch/patient patient/*.rs");
		const theirs = await tokenFor("launch/patient patient/*.rs", other);
		const observation = (await fhir(theirs, `/Observation?patient=${other.localId}&_count=1`)).body as Told & {
			link: { relation: string; url: string }[];
		};
		const id = observation.entry?.[0]?.resource.id ?? "";
		expect(id).not.toBe("");
		expect((await fhir(token, `/Observation/${id}`)).status).toBe(404);
		expect((await fhir(token, `/Observation?patient=${other.localId}`)).body.entry ?? []).toEqual([]);
		expect((await fhir(token, `/Patient/${other.localId}`)).status).toBe(404);
		const next = observation.link.find(({ relation }) => relation === "next")?.url ?? "";
		if (next !== "") {
			const page = new URL(next);
			expect((await fhir(token, page.pathname.replace("/fhir", "") + page.search)).status).toBe(400);
		}
	});

	it("[SI52] a scope widens nothing: without a consent there is nothing, and the answer is that of a signed request", async () => {
		const token = await tokenFor("launch/patient patient/*.rs");
		const stranger = await small.admit({ family: "Moe", given: "Kari", birthDate: "1970-07-07" });
		const strange = await tokenFor("launch/patient patient/*.rs", stranger);
		expect((await fhir(strange, `/Observation?patient=${stranger.localId}`)).body.entry ?? []).toEqual([]);
		expect((await fhir(token, `/MedicationRequest?patient=${patient.localId}`)).body.entry ?? []).toEqual([]);
		expect((await fhir("nothing", `/Observation?patient=${patient.localId}`)).status).toBe(401);
	});

	it("[SI52] a consent revoked while the token lives is gone at once; so is the token of a clinician who is", async () => {
		const person = await small.admit({ family: "Lie", given: "Tor", birthDate: "1950-05-05" });
		const consent = await small.grant(person, toPractitioners("north", ["laboratory"]));
		const leaving = await small.hire("practitioner");
		const token = await tokenFor("launch/patient patient/*.rs", person, leaving);
		const url = `/Observation?patient=${person.localId}`;
		expect((await fhir(token, url)).body.entry).toHaveLength(1);
		await small.revoke(person, consent);
		expect((await fhir(token, url)).body.entry ?? []).toEqual([]);
		await small.fire(leaving);
		const ended = await fhir(token, url);
		expect([ended.status, ended.headers["www-authenticate"]]).toEqual([401, expect.stringContaining("Bearer")]);
	});

	it("[SI3] a category scope leaves records of other categories out of search, total and read", async () => {
		const all = await tokenFor("launch/patient patient/Observation.rs");
		const none = await tokenFor("launch/patient patient/Observation.rs?category=vital-signs");
		const url = `/Observation?patient=${patient.localId}`;
		const [wide, narrow] = [await fhir(all, url), await fhir(none, url)];
		const inCategory = (wide.body.entry ?? []).filter(({ resource }) => JSON.stringify(resource).includes("vital-signs"));
		expect((narrow.body.entry ?? []).map(({ resource }) => resource.id)).toEqual(inCategory.map(({ resource }) => resource.id));
		expect(narrow.body.total).toBe(inCategory.length);
		const hidden = (wide.body.entry ?? []).find(({ resource }) => !JSON.stringify(resource).includes("vital-signs"));
		expect(hidden).toBeDefined();
		expect((await fhir(none, `/Observation/${hidden?.resource.id}`)).status).toBe(404);
	});

	it("[SI50] an export, a search without a patient and a patient's history are within the scopes too, and no launch about one patient begins one about many", async () => {
		const place = { method: "GET", url: "/fhir/$export", content: sha256Hex() as Digest };
		const open = async (scope: string, about?: PatientReference) => {
			const body = { kind: "fhir", ...place, purpose: "TREAT", level: "identified", ...(about === undefined ? {} : { patient: about }) } as const;
			const access = await small.institution().gate.openFhir({ scheme: "signed", request: small.sign(doctor.key, body) }, place);
			return narrowAccess(access, [parseSmartScope(scope) as SmartScope]);
		};
		const narrow = await open("user/Condition.rs");
		const { id } = await narrow.startExport(["conditions", "laboratory"], "");
		const exported = [];
		for await (const records of narrow.exportRecords(id, ["conditions", "laboratory"]))
			exported.push(...records.map(({ resource }) => resource.resourceType));
		expect(new Set(exported)).toEqual(new Set(["Condition"]));
		const searched: string[] = [];
		const { classes } = await narrow.releaseEach(["conditions", "vitals"], (records) =>
			searched.push(...records.map(({ resource }) => resource.resourceType)),
		);
		expect(new Set(searched)).toEqual(new Set(["Condition"]));
		expect(classes).toContainEqual({ class: "vitals", status: "not-available", levels: [] });
		await expect(narrow.releaseEach(["vitals"], () => undefined)).rejects.toMatchObject({ code: "SIGNIN_SCOPE_MISSING" });
		await expect(narrow.startExport(["vitals"], "")).rejects.toMatchObject({ code: "SIGNIN_SCOPE_MISSING" });
		await expect(narrow.accesses(byLocal(patient.localId))).rejects.toMatchObject({ code: "SIGNIN_SCOPE_MISSING" });
		for (const launched of [await open("patient/*.rs"), await open("user/*.rs", byLocal(patient.localId))]) {
			await expect(launched.startExport(["conditions"], "")).rejects.toMatchObject({ code: "SIGNIN_SCOPE_MISSING" });
			await expect(launched.releaseEach(["conditions"], () => undefined)).rejects.toMatchObject({ code: "SIGNIN_SCOPE_MISSING" });
			const fetched = async () => {
				for await (const _ of launched.exportRecords(id, ["conditions"]));
			};
			await expect(fetched()).rejects.toMatchObject({ code: "SIGNIN_SCOPE_MISSING" });
		}
	});
});

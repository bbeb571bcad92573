import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createInstitutionApp } from "../app.ts";
import { askFhir, authorise, type FhirAsk } from "../testing/fhirClient.ts";
import {
	byConsent,
	byLocal,
	byPseudonym,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	toPractitioners,
} from "../testing/smallNetwork.ts";

let small: SmallNetwork;
let app: FastifyInstance;
let patient: SmallPatient;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	patient = await small.admit({ family: "Quist", given: "Ada", birthDate: "1972-02-02", hemoglobin: "13.90", moreVitals: 4 });
	doctor = await small.hire("practitioner");
	await small.grant(patient, toPractitioners("north", ["demographics", "conditions", "laboratory", "vitals"]));
});
afterAll(async () => {
	await app.close();
	await small.close();
});

const ask = (url: string, more: FhirAsk = {}, key = doctor.key) => askFhir(app, small, key, url, more);
const observations = (query: string) => `/fhir/Observation?patient=${patient.localId}${query}`;
const matches = (bundle: { entry: { resource: { resourceType: string }; search: { mode: string } }[] }) =>
	bundle.entry.filter(({ search }) => search.mode === "match").map(({ resource }) => resource);

describe("FHIR reads", () => {
	it("[FR12] a record is answered as it was filed, with version, time and their headers", async () => {
		const found = await ask(observations("&code=http://loinc.org|718-7"));
		expect(found.status).toBe(200);
		expect(found.json.total).toBe(1);
		const { id } = found.json.entry[0].resource;
		const answer = await ask(`/fhir/Observation/${id}`, { patient: byLocal(patient.localId) });
		expect(answer.status).toBe(200);
		expect(answer.text).toContain('"value":13.90');
		expect(answer.json).toMatchObject({ resourceType: "Observation", id, meta: { versionId: "1" } });
		expect(answer.headers).toMatchObject({ etag: 'W/"1"', "content-type": "application/fhir+json; charset=utf-8", "cache-control": "no-store" });
		expect(new Date(answer.json.meta.lastUpdated).toUTCString()).toBe(answer.headers["last-modified"]);
		const again = await ask(`/fhir/Observation/${id}`, { patient: byLocal(patient.localId), headers: { "if-none-match": 'W/"1"' } });
		expect([again.status, again.text]).toEqual([304, ""]);
	});

	it("[FR30] the first version and the history of a record", async () => {
		const { resource } = (await ask(observations("&code=718-7"))).json.entry[0];
		const about = { patient: byLocal(patient.localId) };
		expect((await ask(`/fhir/Observation/${resource.id}/_history/1`, about)).json).toEqual(resource);
		expect((await ask(`/fhir/Observation/${resource.id}/_history/2`, about)).status).toBe(404);
		const history = await ask(`/fhir/Observation/${resource.id}/_history`, about);
		expect(history.json).toMatchObject({
			type: "history",
			total: 1,
			entry: [{ resource, request: { method: "POST" }, response: { status: "201" } }],
		});
	});

	it("[FR20] a search by code, date, quantity, category and text finds what it says, and nothing of what was not granted", async () => {
		const total = async (query: string) => (await ask(observations(query))).json.total;
		expect(await total("")).toBe(6);
		expect(await total("&code=8867-4")).toBe(5);
		expect(await total("&code=http://loinc.org|718-7,http://loinc.org|8867-4")).toBe(6);
		expect(await total("&code:not=718-7")).toBe(5);
		expect(await total("&date=2024-05-06")).toBe(6);
		expect(await total("&date=gt2024-05-06")).toBe(0);
		expect(await total("&category=laboratory")).toBe(1);
		expect(await total("&value-quantity=139|http://unitsofmeasure.org|g/L")).toBe(1);
		expect(await total("&value-quantity=lt13.9||g/dL")).toBe(0);
		expect(await total("&code-value-quantity=718-7$ge13")).toBe(1);
		expect(await total("&_lastUpdated=gt2999")).toBe(0);
		expect(await total("&subject:Patient.family=qui")).toBe(6);
		expect(await total("&patient.birthdate=1973")).toBe(0);
		const medicines = await ask(`/fhir/MedicationRequest?patient=${patient.localId}`);
		expect(medicines.json.total).toBe(0);
	});

	it("[GA190] two who may see different classes find their own each time, and a new record and a revocation at once", async () => {
		const other = await small.admit({ family: "Kept", given: "Lea", birthDate: "1970-01-01", hemoglobin: "12.10", moreVitals: 2 });
		const nurse = await small.hire("researcher");
		const own = toPractitioners("north", ["laboratory", "vitals"]);
		const consent = await small.grant(other, own);
		await small.grant(other, { ...own, grantees: [{ kind: "actor", key: nurse.key.publicKey }], classes: ["vitals"] });
		const url = `/fhir/Observation?patient=${other.localId}&_sort=_id`;
		const codes = async (key: typeof doctor.key, code = "") =>
			matches((await ask(`${url}${code}`, {}, key)).json).map(
				(each) => (each as unknown as { code: { coding: [{ code: string }] } }).code.coding[0].code,
			);
		for (let again = 0; again < 2; again++) {
			expect((await codes(doctor.key)).sort()).toEqual(["718-7", "8867-4", "8867-4", "8867-4"]);
			expect(await codes(nurse.key)).toEqual(["8867-4", "8867-4", "8867-4"]);
			expect(await codes(nurse.key, "&code=718-7")).toEqual([]);
			expect(await codes(doctor.key, "&code=718-7")).toEqual(["718-7"]);
		}
		await small.revoke(other, consent);
		expect(await codes(doctor.key)).toEqual([]);
		expect(await codes(nurse.key)).toEqual(["8867-4", "8867-4", "8867-4"]);
	});

	it("[FR20] elements, summaries, includes and order", async () => {
		const few = await ask(observations("&code=718-7&_elements=value&_include=Observation:subject"));
		const [found, included] = few.json.entry;
		expect(Object.keys(found.resource).sort()).toEqual(["code", "id", "meta", "resourceType", "status", "valueQuantity"]);
		expect(found.resource.meta.tag).toEqual([{ system: "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", code: "SUBSETTED" }]);
		expect([included.resource.resourceType, included.search.mode]).toEqual(["Patient", "include"]);
		expect((await ask(observations("&_summary=count"))).json).toMatchObject({ total: 6, entry: [{ search: { mode: "outcome" } }] });
		const sorted = await ask(observations("&_sort=-code"));
		expect(matches(sorted.json).map((each) => (each as unknown as { code: { coding: [{ code: string }] } }).code.coding[0].code)[0]).toBe("8867-4");
		const back = await ask(`/fhir/Patient?_id=${patient.localId}&_revinclude=Observation:patient&_revinclude=MedicationRequest:patient`);
		expect(back.json.entry.filter((each: { search: { mode: string } }) => each.search.mode === "include")).toHaveLength(6);
	});

	it("[FR22] every page tells which classes are not available, and does not count that", async () => {
		const { json } = await ask(observations(""));
		const { resource, search } = json.entry.at(-1);
		expect(search.mode).toBe("outcome");
		expect(resource.issue[0].details.text).toMatch(/may be incomplete/);
		expect(resource.issue[1].details.text).toMatch(/not available to you: .*genomics/);
		expect(json.total).toBe(matches(json).length);
	});

	it("[FR21] what is not understood is refused with its place and never left out", async () => {
		for (const query of [
			"&nonsense=1",
			"&code:text=x",
			"&_has:Provenance:target:agent=x",
			"&date=yesterday",
			"&subject.organization.name=x",
			"&code:in=urn:x",
		]) {
			const { status, json } = await ask(observations(query));
			expect([status, json.resourceType, json.issue[0].details.coding[0].code], query).toEqual([400, "OperationOutcome", "FHIR_SEARCH_INVALID"]);
			expect(json.issue[0].expression, query).toEqual(["parameter[2]"]);
		}
	});

	it("[FR23] pages follow each other, for the same person and patient alone", async () => {
		const seen: string[] = [];
		let url = observations("&_count=4");
		for (let page = 0; url !== "" && page < 5; page++) {
			const { json } = await ask(url, { patient: byLocal(patient.localId) });
			seen.push(...matches(json).map((each) => (each as unknown as { id: string }).id));
			const next = json.link.find((link: { relation: string }) => link.relation === "next")?.url ?? "";
			url = next.replace("http://localhost:80", "");
			if (page > 0) continue;
			expect(url).not.toContain(patient.localId);
			const colleague = await small.hire("practitioner");
			expect((await ask(url, {}, colleague.key)).json.issue[0].details.coding[0].code).toBe("NODE_FHIR_PAGE_INVALID");
			expect((await ask(url, { patient: byLocal("another") })).json.issue[0].details.coding[0].code).toBe("NODE_FHIR_PAGE_INVALID");
			expect((await ask(url.replace(/.$/, "A").replace(/=./, "=B"))).status).toBe(400);
		}
		expect(new Set(seen).size).toBe(6);
	});

	it("[FR2] names the patient by consent, pseudonym or local id, or says that nobody is named", async () => {
		const consent = await small.grant(patient, toPractitioners("north", ["allergies"]));
		for (const about of [byConsent(consent), byLocal(patient.localId)])
			expect((await ask("/fhir/AllergyIntolerance", { patient: about })).json.total).toBe(1);
		const own = await ask("/fhir/Observation?code=718-7", { patient: byPseudonym(patient.pseudonym), purpose: "PATRQT" }, patient.key);
		expect(own.json.total).toBe(1);
		for (const url of ["/fhir/Observation", "/fhir/Observation/x", `/fhir/Observation?patient=${patient.localId},other`]) {
			expect((await ask(url)).json.issue[0].details.coding[0].code).toBe("NODE_FHIR_PATIENT_UNNAMED");
		}
	});

	it("[FR13] below `identified` records go by the audience's names, without times of filing", async () => {
		const other = await small.hire("practitioner", { member: "south" });
		await small.grant(patient, toPractitioners("south", ["demographics", "laboratory"], { level: "pseudonymised" }));
		const about = { patient: byLocal(patient.localId), level: "pseudonymised", via: "south" };
		const { json } = await ask("/fhir/Observation", about, other.key);
		expect(json.total).toBe(1);
		const [{ resource }] = json.entry;
		expect(resource.meta).toEqual({ versionId: "1" });
		expect(resource.subject?.reference ?? "").not.toContain(patient.localId);
		const answer = await ask(`/fhir/Observation/${resource.id}`, about, other.key);
		expect(answer.json).toEqual(resource);
		expect(answer.headers["last-modified"]).toBeUndefined();
		const own = (await ask(observations("&code=718-7"))).json.entry[0].resource.id;
		for (const url of [`/fhir/Observation/${own}`, `/fhir/Observation/${own}/_history`, `/fhir/Observation/${own}/_history/1`]) {
			for (const level of ["pseudonymised", "identified"])
				expect((await ask(url, { ...about, level }, other.key)).status, `${url} ${level}`).toBe(404);
		}
	});
});

describe("who asks", () => {
	it("[FR1] a credential is for one method, address and content, once", async () => {
		const url = observations("");
		const authorization = authorise(small, doctor.key, url);
		const inject = (headers: Record<string, string>, to = url) => app.inject({ method: "GET", url: to, headers });
		const codeOfAnswer = async (answer: ReturnType<typeof inject>) => (await answer).json().issue[0].details.coding[0].code;
		expect(await codeOfAnswer(inject({ authorization }, `${url}&code=718-7`))).toBe("GATE_REQUEST_INVALID");
		expect(await codeOfAnswer(inject({ authorization }))).toBe("GATE_REQUEST_REPLAYED");
		const bare = await inject({});
		expect([bare.statusCode, bare.headers["www-authenticate"], bare.json().resourceType]).toEqual([
			401,
			'Bearer realm="fhir", Aceso realm="fhir"',
			"OperationOutcome",
		]);
		expect(await codeOfAnswer(inject({ authorization: "Bearer abc" }))).toBe("SIGNIN_TOKEN_INVALID");
	});

	it("[FR11] refusals of every kind are OperationOutcomes", async () => {
		const codes = [];
		for (const [url, more] of [
			["/fhir/Nonsense/1", {}],
			["/fhir/Observation/1/2/3/4", {}],
			["/fhir/Observation/_search", { method: "POST", body: "<x/>", contentType: "text/xml" }],
			["/fhir/Observation?_format=xml", {}],
			["/fhir/Observation/x", { patient: byLocal("nobody") }],
		] as const) {
			const { status, json, headers } = await ask(url, more);
			expect(headers["content-type"]).toBe("application/fhir+json; charset=utf-8");
			expect(json.resourceType).toBe("OperationOutcome");
			codes.push(`${status} ${json.issue[0].details.coding[0].code}`);
		}
		expect(codes).toEqual([
			"404 NODE_FHIR_TYPE_UNKNOWN",
			"404 NODE_NOT_FOUND",
			"415 NODE_FHIR_MEDIA_UNKNOWN",
			"406 NODE_FHIR_NOT_ACCEPTABLE",
			"404 GATE_NOT_AVAILABLE",
		]);
	});

	it("[FR10] whatever the CapabilityStatement lists is answered", async () => {
		const answer = await app.inject({ method: "GET", url: "/fhir/metadata" });
		const [rest] = answer.json().rest;
		const paths: Record<string, (type: string) => [string, string]> = {
			read: (type) => ["GET", `/fhir/${type}/x`],
			vread: (type) => ["GET", `/fhir/${type}/x/_history/1`],
			"history-instance": (type) => ["GET", `/fhir/${type}/x/_history`],
			"search-type": (type) => ["GET", `/fhir/${type}`],
			create: (type) => ["POST", `/fhir/${type}`],
			update: (type) => ["PUT", `/fhir/${type}/x`],
			patch: (type) => ["PATCH", `/fhir/${type}/x`],
			delete: (type) => ["DELETE", `/fhir/${type}/x`],
		};
		const about = { patient: byLocal(patient.localId) };
		for (const { type, interaction, searchParam, searchInclude } of rest.resource) {
			for (const { code } of interaction) {
				const [method, url] = (paths[code] as (typeof paths)[string])(type);
				const body = method === "PATCH" ? [] : { resourceType: type, nonsense: true };
				const { status, json } = await ask(url, { method, ...about, ...(/P/.test(method) ? { body } : {}) });
				const answer = status === 200 ? "200" : json.issue[0].details.coding[0].code;
				// What is sent says nothing and is not there; what matters is that the interaction was understood.
				const understood = [
					"200",
					"GATE_NOT_AVAILABLE",
					"FHIR_INVALID",
					...(type === "Patient" || type === "Consent" ? ["NODE_FHIR_UNSUPPORTED"] : []),
				];
				expect(understood, `${method} ${url}`).toContain(answer);
			}
			// Made for those entitled to a patient's history, which the doctor is not.
			if (type === "AuditEvent") continue;
			const missing = searchParam
				.filter(({ name }: { name: string }) => !name.startsWith("_"))
				.map(({ name }: { name: string }) => `${name}:missing=true`);
			const includes = searchInclude.map((include: string) => `_include=${include}`);
			for (const query of chunks([...missing, ...includes], 30)) {
				expect((await ask(`/fhir/${type}?${query.join("&")}`, about)).status, `${type}?${query.join("&")}`).toBe(200);
			}
		}
	});
});

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
	return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listEntries } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { askFhir, type FhirAsk } from "../testing/fhirClient.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

let small: SmallNetwork;
let app: FastifyInstance;
let patient: SmallPatient;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	patient = await small.admit({ family: "Ravn", given: "Ida", birthDate: "1981-03-04" });
	doctor = await small.hire("practitioner");
	await small.grant(patient, toPractitioners("north", ["demographics", "conditions", "laboratory", "vitals", "medications", "encounters"]));
});
afterAll(async () => {
	await app.close();
	await small.close();
});

const ask = (url: string, more: FhirAsk = {}, key = doctor.key) => askFhir(app, small, key, url, { patient: byLocal(patient.localId), ...more });
const subject = () => ({ reference: `Patient/${patient.localId}` });
const loinc = (code: string) => ({ coding: [{ system: "http://loinc.org", code }] });
const lab = (value: string, more: object = {}) =>
	JSON.stringify({
		resourceType: "Observation",
		status: "final",
		category: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] }],
		code: loinc("2345-7"),
		subject: subject(),
		effectiveDateTime: "2026-01-02",
		valueQuantity: { value: "VALUE", unit: "mg/dL", system: "http://unitsofmeasure.org", code: "mg/dL" },
		...more,
	}).replace('"VALUE"', value);
const condition = (code: string, more: object = {}) => ({
	resourceType: "Condition",
	code: { coding: [{ system: "http://snomed.info/sct", code }] },
	subject: subject(),
	...more,
});
const post = (body: object | string, more: FhirAsk = {}) => {
	const { resourceType } = (typeof body === "string" ? JSON.parse(body) : body) as { resourceType: string };
	return ask(`/fhir/${resourceType}`, { method: "POST", body, ...more });
};
const codeOf = ({ json }: { json: { issue: { details: { coding: { code: string }[] } }[] } }) => json.issue[0]?.details.coding[0]?.code;

describe("FHIR writes", () => {
	it("[FR51] a record is created, read, replaced, patched and deleted, a version each time", async () => {
		const created = await post(lab("5.50"));
		expect(created.status).toBe(201);
		expect(created.text).toContain('"value":5.50');
		const { id } = created.json;
		const url = `/fhir/Observation/${id}`;
		expect(created.headers).toMatchObject({ etag: 'W/"1"', location: `http://localhost:80${url}/_history/1` });
		expect((await ask(url)).json).toEqual(created.json);
		const replaced = await ask(url, { method: "PUT", body: lab("6.10", { id }), headers: { "if-match": 'W/"1"' } });
		expect([replaced.status, replaced.json.meta.versionId]).toEqual([200, "2"]);
		expect(codeOf(await ask(url, { method: "PUT", body: lab("7", { id }), headers: { "if-match": 'W/"1"' } }))).toBe("NODE_FHIR_PRECONDITION");
		const operations = [
			{ op: "test", path: "/status", value: "final" },
			{ op: "replace", path: "/status", value: "amended" },
		];
		const patched = await ask(url, { method: "PATCH", body: operations, contentType: "application/json-patch+json" });
		expect([patched.status, patched.json.status, patched.json.meta.versionId]).toEqual([200, "amended", "3"]);
		expect(patched.text).toContain('"value":6.10');
		const deleted = await ask(url, { method: "DELETE" });
		expect([deleted.status, deleted.text, deleted.headers["etag"]]).toEqual([204, "", 'W/"4"']);
		expect((await ask(url, { method: "DELETE" })).status).toBe(204);
		expect([(await ask(url)).status, codeOf(await ask(url))]).toEqual([410, "NODE_FHIR_DELETED"]);
		expect((await ask(`${url}/_history/2`)).text).toContain('"value":6.10');
		const history = await ask(`${url}/_history`);
		const told = history.json.entry.map(({ request, response }: { request: { method: string }; response: { etag: string } }) => [
			request.method,
			response.etag,
		]);
		expect(told).toEqual([
			["DELETE", 'W/"4"'],
			["PUT", 'W/"3"'],
			["PUT", 'W/"2"'],
			["POST", 'W/"1"'],
		]);
		expect((await ask("/fhir/Observation?code=2345-7")).json.total).toBe(0);
	});

	it("[FR50] every write stands in the patient's history, refused or not, and who has no right to write writes nothing", async () => {
		const before = small.institution().log.size();
		const stranger = await small.hire("practitioner", { member: "south" });
		const refused = await post(condition("38341003"), {}).then(() =>
			ask("/fhir/Condition", { method: "POST", body: condition("38341003"), via: "south" }, stranger.key),
		);
		expect([refused.status, codeOf(refused)]).toEqual([404, "GATE_NOT_AVAILABLE"]);
		const absent = await ask("/fhir/Condition", { method: "POST", body: condition("38341003"), patient: byLocal("nobody") });
		expect(absent.json).toEqual(refused.json);
		expect(small.institution().log.size()).toBeGreaterThan(before + 2);
		const own = await ask("/fhir/Condition", { method: "POST", body: condition("38341003"), purpose: "PATRQT" }, patient.key);
		expect(own.status).toBe(404);
		const other = await post(lab("1", { code: loinc("21636-6"), category: undefined }));
		expect(other.status, "genomics were not granted").toBe(404);
		const history = await small.institution().gate.showHistory(small.sign(patient.key, { kind: "history", patient: byLocal(patient.localId) }));
		const written = listEntries(history)
			.map(({ entry }) => entry)
			.filter(({ action }) => action === "write");
		expect(written.map(({ decision }) => decision)).toContain("deny");
		expect(written.map(({ decision }) => decision)).toContain("permit");
	});

	it("[FR51] of two who replace the same version at once, one does", async () => {
		const { json } = await post(lab("5"));
		const url = `/fhir/Observation/${json.id}`;
		const answers = await Promise.all(["6", "7", "8"].map((value) => ask(url, { method: "PUT", body: lab(value, { id: json.id }) })));
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
	});

	it("[FR52] what is filed with a patient is about that patient, and refers to what the writer sees", async () => {
		const another = await small.admit({ family: "Other", given: "Bo", birthDate: "1970-01-01" });
		for (const reference of [`Patient/${another.localId}`, "Patient/nobody", "Group/1"]) {
			expect(codeOf(await post(condition("38341003", { subject: { reference } }))), reference).toBe("FHIR_PATIENT_UNCLEAR");
		}
		const orphan = await ask("/fhir/Observation", { method: "POST", body: lab("1", { subject: undefined }) });
		expect(codeOf(orphan)).toBe("FHIR_PATIENT_UNCLEAR");
		for (const reference of ["Condition/not-there", "urn:uuid:0b0b", "#none", "Patient?identifier=1"]) {
			const answer = await post({
				resourceType: "Encounter",
				status: "finished",
				class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "AMB" },
				subject: subject(),
				diagnosis: [{ condition: { reference } }],
			});
			expect([answer.status, codeOf(answer)], reference).toEqual([422, "FHIR_REFERENCE_UNRESOLVED"]);
		}
	});

	it("[FR57] what is the server's is not taken from who writes", async () => {
		const { json } = await post({
			...condition("38341003"),
			id: "mine",
			meta: { versionId: "99", lastUpdated: "1999-01-01T00:00:00Z", tag: [{ code: "kept" }] },
			text: { status: "generated", div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' },
		});
		expect(json.id).not.toBe("mine");
		expect(json.meta).toMatchObject({ versionId: "1", tag: [{ code: "kept" }] });
		expect(json.meta.lastUpdated).not.toContain("1999");
		expect(json.text).toBeUndefined();
		for (const [url, ask_] of [
			["/fhir/Patient", { method: "POST", body: { resourceType: "Patient" } }],
			[`/fhir/Patient/${patient.localId}`, { method: "DELETE" }],
			["/fhir/Consent", { method: "POST", body: { resourceType: "Consent" } }],
			["/fhir/Condition/own-id", { method: "PUT", body: condition("1", { id: "own-id" }) }],
		] as const) {
			const answer = await ask(url, ask_);
			expect(answer.status, url).toBeGreaterThanOrEqual(400);
		}
		const pointer = await post({ resourceType: "Media", status: "completed", subject: subject(), content: { url: "aceso-blob:0011" } });
		expect(pointer.status).toBeGreaterThanOrEqual(400);
	});

	it("[FR56] a patch that does not fit changes nothing", async () => {
		const { json } = await post(lab("5"));
		const url = `/fhir/Observation/${json.id}`;
		const send = (operations: unknown) => ask(url, { method: "PATCH", body: operations as object, contentType: "application/json-patch+json" });
		for (const operations of [
			[
				{ op: "replace", path: "/status", value: "amended" },
				{ op: "test", path: "/status", value: "final" },
			],
			[{ op: "remove", path: "/nothing" }],
			[{ op: "add", path: "/__proto__/x", value: 1 }],
			[{ op: "replace", path: "/id", value: "x" }],
			[{ op: "replace", path: "", value: null }],
			[{ op: "replace", path: "/status", value: "no-such-code" }],
			{},
		]) {
			expect((await send(operations)).status, JSON.stringify(operations)).toBeGreaterThanOrEqual(400);
		}
		expect((await ask(url)).json).toEqual(json);
	});

	it("[FR55] a transaction is filed as a whole, its references by fullUrl those of the new records", async () => {
		const entry = (fullUrl: string, resource: object, method = "POST", url = (resource as { resourceType: string }).resourceType) => ({
			fullUrl,
			resource,
			request: { method, url },
		});
		const entries = [
			entry("urn:uuid:c1", condition("44054006")),
			entry("urn:uuid:e1", {
				resourceType: "Encounter",
				status: "finished",
				class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "AMB" },
				subject: subject(),
				diagnosis: [{ condition: { reference: "urn:uuid:c1" } }],
			}),
			entry("urn:uuid:o1", JSON.parse(lab("4.5", { encounter: { reference: "urn:uuid:e1" } }))),
		];
		const bundle = (type: string, all: object[]) => ({ resourceType: "Bundle", type, entry: all });
		const done = await ask("/fhir", { method: "POST", body: bundle("transaction", entries) });
		expect(done.status).toBe(200);
		const locations = done.json.entry.map(({ response }: { response: { status: string; location: string } }) => [response.status, response.location]);
		expect(locations.map(([status]: [string]) => status)).toEqual(["201", "201", "201"]);
		const [, encounterUrl] = locations[1];
		const found = await ask(`${new URL(encounterUrl).pathname.replace(/\/_history.*/, "")}`);
		expect(found.json.diagnosis[0].condition.reference).toBe(new URL(locations[0][1]).pathname.replace("/fhir/", "").replace(/\/_history.*/, ""));
		const size = async () => (await ask("/fhir/Condition?_summary=count")).json.total;
		const before = await size();
		const broken = await ask("/fhir", {
			method: "POST",
			body: bundle("transaction", [
				entry("urn:uuid:c2", condition("38341003")),
				entry("urn:uuid:c3", condition("x", { subject: { reference: "Patient/nobody" } })),
			]),
		});
		expect(broken.status).toBeGreaterThanOrEqual(400);
		expect(await size()).toBe(before);
		const batch = await ask("/fhir", {
			method: "POST",
			body: bundle("batch", [
				entry("urn:uuid:c4", condition("38341003")),
				entry("urn:uuid:c5", { resourceType: "Condition", nonsense: 1 }),
				{ request: { method: "GET", url: "Condition?code=38341003&_count=1" } },
				{ request: { method: "GET", url: "Condition/not-there" } },
				{ request: { method: "GET", url: "Patient/$everything" } },
			]),
		});
		expect(batch.json.entry.map(({ response }: { response: { status: string } }) => response.status)).toEqual(["201", "422", "200", "404", "400"]);
		expect(await size()).toBe(before + 1);
	});

	it("[FR54] conditions: nothing, one and several that meet them", async () => {
		const marked = (value: string) => lab("3", { identifier: [{ system: "urn:x", value }] });
		const first = await post(marked("a"), { headers: { "if-none-exist": "identifier=urn:x|a" } });
		const second = await post(marked("a"), { headers: { "if-none-exist": "identifier=urn:x|a" } });
		expect([first.status, second.status, second.json.id]).toEqual([201, 200, first.json.id]);
		await post(marked("a"));
		expect(codeOf(await post(marked("a"), { headers: { "if-none-exist": "identifier=urn:x|a" } }))).toBe("NODE_FHIR_SEVERAL_MATCHES");
		expect((await ask("/fhir/Observation?identifier=urn:x|b", { method: "PUT", body: marked("b") })).status).toBe(201);
		const { id } = (await ask("/fhir/Observation?identifier=urn:x|b")).json.entry[0].resource;
		expect(
			(await ask("/fhir/Observation?identifier=urn:x|b", { method: "PUT", body: lab("4", { id, identifier: [{ system: "urn:x", value: "b" }] }) }))
				.status,
		).toBe(200);
		expect((await ask("/fhir/Observation?identifier=urn:x|b", { method: "DELETE" })).status).toBe(204);
		expect((await ask("/fhir/Observation?identifier=urn:x|b", { method: "DELETE" })).status).toBe(204);
		expect((await ask("/fhir/Observation", { method: "DELETE" })).status).toBe(400);
	});

	it("[FR53] a record that refers to a hidden one is hidden with it, and so is what referred to one that becomes hidden", async () => {
		const named = await small.grant(patient, toPractitioners("north", ["conditions", "encounters"], { labels: ["mental-health"] }));
		const illness = await post(condition("58214004"));
		expect(illness.status).toBe(201);
		const visit = (reference: string) => ({
			resourceType: "Encounter",
			status: "finished",
			class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "AMB" },
			subject: subject(),
			diagnosis: [{ condition: { reference } }],
		});
		const inherits = await post(visit(`Condition/${illness.json.id}`));
		const harmless = await post(condition("38341003"));
		const later = await post(visit(`Condition/${harmless.json.id}`));
		const becomes = await ask(`/fhir/Condition/${harmless.json.id}`, { method: "PUT", body: condition("58214004", { id: harmless.json.id }) });
		expect([inherits.status, later.status, becomes.status]).toEqual([201, 201, 200]);
		await small.revoke(patient, named);
		const plain = await small.hire("practitioner");
		for (const path of [
			`Encounter/${inherits.json.id}`,
			`Encounter/${later.json.id}`,
			`Condition/${harmless.json.id}`,
			`Condition/${harmless.json.id}/_history/1`,
		]) {
			expect((await ask(`/fhir/${path}`, {}, plain.key)).status, path).toBe(404);
		}
	});
});

describe("operations", () => {
	it("[FR60] everything that is released of a patient, in pages", async () => {
		const seen: string[] = [];
		let url = `/fhir/Patient/${patient.localId}/$everything?_count=4`;
		let total = 0;
		while (url !== "") {
			const { json, status } = await ask(url);
			expect(status).toBe(200);
			total = json.total;
			for (const { resource, search } of json.entry) if (search.mode === "match") seen.push(`${resource.resourceType}/${resource.id}`);
			url = (json.link[0]?.url ?? "").replace("http://localhost:80", "");
		}
		expect(new Set(seen).size).toBe(total);
		expect(seen).toContain(`Patient/${patient.localId}`);
		expect(seen.some((name) => name.startsWith("AllergyIntolerance/"))).toBe(false);
		expect((await ask(`/fhir/Patient/${patient.localId}/$everything?_type=Patient`)).json.total).toBe(1);
		expect((await ask(`/fhir/Patient/${patient.localId}/$everything?start=2020`)).status).toBe(400);
		const stranger = await small.hire("practitioner", { member: "south" });
		expect((await ask(`/fhir/Patient/${patient.localId}/$everything`, { via: "south" }, stranger.key)).status).toBe(404);
	});

	it("[FR61] validation tells every fault by its path", async () => {
		const good = await ask("/fhir/Condition/$validate", { method: "POST", body: condition("1") });
		expect(good.json.issue).toMatchObject([{ severity: "information" }]);
		const bad = await ask("/fhir/Condition/$validate", {
			method: "POST",
			body: {
				resourceType: "Parameters",
				parameter: [{ name: "resource", resource: { resourceType: "Condition", onsetDateTime: "yesterday", nonsense: 1 } }],
			},
		});
		expect(bad.status).toBe(200);
		expect(bad.json.issue.map(({ expression }: { expression: string[] }) => expression[0]).sort()).toEqual(
			["Condition", "Condition.?", "Condition.onsetDateTime"].sort(),
		);
	});
});

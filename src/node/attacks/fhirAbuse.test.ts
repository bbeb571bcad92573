import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createInstitutionApp } from "../app.ts";
import { askFhir, type FhirAsk } from "../testing/fhirClient.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** What somebody who may write and search could do to a node, or learn from it, by interactions of FHIR that grow or that answer too much. */
let small: SmallNetwork;
let app: FastifyInstance;
let doctor: Staff;
let patient: SmallPatient;

const snomed = (code: string) => ({ coding: [{ system: "http://snomed.info/sct", code }] });
const condition = (id: string, code: string, subject: object, more: object = {}) => ({
	...{ resourceType: "Condition", id, code: snomed(code), subject, ...more },
	clinicalStatus: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/condition-clinical", code: "active" }] },
});

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	doctor = await small.hire("practitioner");
	patient = await small.admit({
		...{ family: "Vekst", given: "Liv", birthDate: "1961-01-01" },
		// Schizophrenia carries a label that no general grant releases.
		more: (subject) => [condition("open-one", "38341003", subject), condition("hidden-one", "58214004", subject)],
	});
	await small.grant(patient, toPractitioners("north", ["conditions"]));
});
afterAll(async () => {
	await app.close();
	await small.close();
});

const ask = (url: string, more: FhirAsk = {}) => askFhir(app, small, doctor.key, url, { patient: byLocal(patient.localId), ...more });
const patch = (at: string, operations: object[]) => ask(at, { method: "PATCH", body: operations, contentType: "application/json-patch+json" });
const codeOf = (json: { issue: { details: { coding: { code: string }[] } }[] }) => json.issue[0]?.details.coding[0]?.code;
const told = ({ status, text, headers }: { status: number; text: string; headers: object }) => {
	const { date: _date, ...rest } = headers as { date?: string };
	return { status, text, headers: rest };
};

describe("FHIR interactions that grow", () => {
	it("[FR107] a patch that copies a record into itself forty times, or a long text often, is refused before it fills the memory", async () => {
		const doubling = Array.from({ length: 40 }, (_, at) => ({ op: "copy", from: "", path: `/x${at}` }));
		const note = { op: "add", path: "/note", value: [{ text: "x".repeat(1_000_000) }] };
		const repeating = [note, ...Array.from({ length: 900 }, () => ({ op: "copy", from: "/note/0", path: "/note/-" }))];
		for (const operations of [doubling, repeating]) {
			const answer = await patch("/fhir/Condition/open-one", operations);
			expect([answer.status, codeOf(answer.json)]).toEqual([422, "FHIR_PATCH_INVALID"]);
		}
		expect((await ask("/fhir/Condition/open-one")).json.meta.versionId).toBe("1");
	});

	it("[FR107] a search that is sorted or narrowed by more names than it has use for is refused", async () => {
		const many = (name: string) => ({ body: `patient=${patient.localId}&_sort=${Array(200_000).fill(name).join(",")}` });
		const form = { method: "POST", contentType: "application/x-www-form-urlencoded" };
		for (const { body } of [many("code"), many("-onset-date"), { body: many("code").body.replace("_sort", "_elements") }]) {
			const answer = await ask("/fhir/Condition/_search", { ...form, body });
			expect([answer.status, codeOf(answer.json)]).toEqual([400, "FHIR_SEARCH_INVALID"]);
		}
		expect((await ask(`/fhir/Condition?patient=${patient.localId}&_sort=code,-_lastUpdated`)).status).toBe(200);
	});
});

describe("FHIR interactions that could tell too much", () => {
	it("[FR108] a patch as an oracle: tests of a hidden record and of none are one answer, by id and by condition", async () => {
		const test = [{ op: "test", path: "/code/coding/0/code", value: "58214004" }];
		const byId = [await patch("/fhir/Condition/hidden-one", test), await patch("/fhir/Condition/not-there", test)].map(told);
		const byCode = [await patch("/fhir/Condition?code=58214004", test), await patch("/fhir/Condition?code=999", test)].map(told);
		expect([byId[0]?.status, byCode[0]?.status]).toEqual([404, 404]);
		expect([byId[1], byCode[1]]).toEqual([byId[0], byCode[0]]);
		// With a version that only the hidden one has.
		const more = { method: "PATCH", body: test, contentType: "application/json-patch+json", headers: { "if-match": 'W/"1"' } };
		expect([told(await ask("/fhir/Condition/hidden-one", more)), told(await ask("/fhir/Condition/not-there", more))]).toEqual([byId[0], byId[0]]);
	});

	it("[FR108] Provenance of a hidden record is nowhere: not by its target, not beside a search, not by a name", async () => {
		const of = (target: string) => ask(`/fhir/Provenance?patient=${patient.localId}&target=${target}`);
		const [hidden, absent] = [await of("Condition/hidden-one"), await of("Condition/not-there")];
		expect([hidden.status, hidden.json.total, absent.json.total]).toEqual([200, 0, 0]);
		expect(hidden.text.replaceAll("hidden-one", "")).toBe(absent.text.replaceAll("not-there", ""));
		const beside = await ask(`/fhir/Condition?patient=${patient.localId}&_revinclude=Provenance:target`);
		expect([beside.text.includes("open-one"), beside.text.includes("hidden-one")]).toEqual([true, false]);
	});

	it("[FR108] $validate looks at nothing: a reference to a hidden record, to a shown one and to none are alike, whoever's the patient is", async () => {
		const answers = [];
		for (const id of ["hidden-one", "open-one", "not-there"]) {
			const body = condition("x", "38341003", { reference: "Patient/nobody" }, { evidence: [{ detail: [{ reference: `Condition/${id}` }] }] });
			answers.push((await ask("/fhir/Condition/$validate", { method: "POST", body })).text);
		}
		expect(answers[0]).toContain("no fault was found");
		expect([answers[1], answers[2]]).toEqual([answers[0], answers[0]]);
	});

	it("[FR109] a history with a parameter that is not answered is refused, whether or not there is a record", async () => {
		for (const query of ["_since=2024-01-01", "_count=1", "_at=2024", "code=58214004"]) {
			const answers = [];
			for (const id of ["open-one", "hidden-one", "not-there"]) answers.push(told(await ask(`/fhir/Condition/${id}/_history?${query}`)));
			expect([answers[0]?.status, JSON.stringify(answers[1]), JSON.stringify(answers[2])]).toEqual([
				400,
				JSON.stringify(answers[0]),
				JSON.stringify(answers[0]),
			]);
		}
		expect((await ask("/fhir/Condition/open-one/_history?_format=json")).status).toBe(200);
	});
});

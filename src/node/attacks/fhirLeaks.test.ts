import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createInstitutionApp } from "../app.ts";
import { askFhir, type FhirAsk } from "../testing/fhirClient.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** Invariants 1 and 8 over FHIR: leaks that servers of this kind have had, each by its name. */
let small: SmallNetwork;
let app: FastifyInstance;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	doctor = await small.hire("practitioner");
});
afterAll(async () => {
	await app.close();
	await small.close();
});

const ask = (url: string, more: FhirAsk = {}, key = doctor.key) => askFhir(app, small, key, url, more);
const snomed = (code: string) => ({ coding: [{ system: "http://snomed.info/sct", code }] });
/** Schizophrenia: a label that no general grant releases. */
const hidden = (subject: object) => ({
	resourceType: "Condition",
	id: "hidden-condition",
	clinicalStatus: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/condition-clinical", code: "active" }] },
	code: snomed("58214004"),
	subject,
});
const encounter = (subject: object) => ({
	resourceType: "Encounter",
	id: "seen",
	status: "finished",
	class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "AMB" },
	subject,
	diagnosis: [{ condition: { reference: "Condition/plain-condition" } }],
});
const plain = (subject: object) => ({ ...hidden(subject), id: "plain-condition", code: snomed("38341003") });

/** Somebody with a hidden diagnosis, and a doctor who may see conditions. */
async function admit(family: string): Promise<SmallPatient> {
	const patient = await small.admit({
		family,
		given: "Siv",
		birthDate: "1960-01-01",
		more: (subject) => [hidden(subject), plain(subject), encounter(subject)],
	});
	return patient;
}
const about = ({ localId }: SmallPatient) => ({ patient: byLocal(localId) });
/** All of an answer that may tell something. */
const shown = ({ status, text, headers }: { status: number; text: string; headers: object }) => {
	const { date: _date, ...rest } = headers as { date?: string };
	return { status, text, headers: rest };
};

describe("leaks over FHIR", () => {
	it("[FR20] totals that count refused resources: a hidden record counts in no total, on no page, in no order", async () => {
		const patient = await admit("Total");
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		const of = (query: string) => ask(`/fhir/Condition?patient=${patient.localId}${query}`);
		for (const query of ["", "&_summary=count", "&_count=1", "&_total=accurate", "&_sort=code"]) expect((await of(query)).json.total, query).toBe(2);
		expect((await of("&code=58214004")).json.total).toBe(0);
		expect((await of("")).text).not.toContain("hidden-condition");
		const { json } = await of("&_count=2");
		expect(json.link.map(({ relation }: { relation: string }) => relation)).toEqual(["self"]);
	});

	it("[FR23] page 2 without consent, and a cached page after revocation: a link is no right to what it leads to", async () => {
		const patient = await admit("Page");
		const consent = await small.grant(patient, toPractitioners("north", ["conditions"]));
		const first = await ask(`/fhir/Condition?patient=${patient.localId}&_count=1`);
		const next = first.json.link.find(({ relation }: { relation: string }) => relation === "next").url.replace("http://localhost:80", "");
		expect((await ask(next)).json.total).toBe(2);
		await small.revoke(patient, consent);
		const { json } = await ask(next);
		expect([json.total, json.entry.length]).toEqual([0, 1]);
		expect(json.entry[0].resource.issue[1].details.text).toContain("conditions");
		const again = await ask(`/fhir/Condition/plain-condition`, { ...about(patient), headers: { "if-none-match": 'W/"1"' } });
		expect(again.status).toBe(404);
	});

	it("[FR20] _include and _revinclude of a refused resource bring nothing along", async () => {
		const patient = await admit("Include");
		await small.grant(patient, toPractitioners("north", ["encounters"]));
		const { json, text } = await ask(`/fhir/Encounter?patient=${patient.localId}&_include=Encounter:diagnosis&_include=Encounter:subject`);
		expect([json.total, json.entry.length]).toEqual([1, 2]);
		expect(text).not.toContain('"resourceType":"Condition"');
		const back = await ask(`/fhir/Patient?_id=${patient.localId}&_revinclude=Condition:patient`);
		expect([back.json.total, back.json.entry.length]).toEqual([0, 1]);
	});

	it("[FR20] chains as an oracle: a chain over a refused resource finds nothing, whatever is asked of it", async () => {
		const patient = await admit("Chain");
		await small.grant(patient, toPractitioners("north", ["encounters"]));
		const total = async (query: string) => (await ask(`/fhir/Encounter?patient=${patient.localId}${query}`)).json.total;
		expect(await total("&diagnosis:Condition.code=38341003")).toBe(0);
		expect(await total("&diagnosis:Condition.code:not=38341003")).toBe(0);
		expect(await total("&diagnosis:Condition.onset-date:missing=true")).toBe(0);
		expect(await total("&subject:Patient.family=Chain")).toBe(0);
		expect((await ask(`/fhir/Encounter?patient=${patient.localId}&_has:Condition:encounter:code=58214004`)).status).toBe(400);
	});

	it("[FR11] ETag, Location and error text: refused, absent, erased and hidden are one answer", async () => {
		const [refused, erased, granted] = [await admit("Refused"), await admit("Erased"), await admit("Granted")];
		await small.grant(granted, toPractitioners("north", ["conditions"]));
		await small.institution().gate.erase(small.sign(erased.key, { kind: "erase", ...about(erased), compartments: "all" }));
		for (const path of ["Condition/hidden-condition", "Condition/hidden-condition/_history", "Condition/hidden-condition/_history/1"]) {
			const answers = [];
			for (const patient of [byLocal(refused.localId), byLocal(erased.localId), byLocal("nobody"), byLocal(granted.localId)]) {
				answers.push(shown(await ask(`/fhir/${path}`, { patient, headers: { "if-none-match": 'W/"1"' } })));
			}
			const nowhere = shown(await ask(`/fhir/${path.replace("hidden-condition", "not-there")}`, about(granted)));
			for (const answer of [...answers, nowhere]) expect(answer).toEqual(answers[0]);
			expect(answers[0]?.status).toBe(404);
			expect(answers[0]?.headers).not.toHaveProperty("etag");
			expect(answers[0]?.headers).not.toHaveProperty("last-modified");
		}
		const searches = [];
		for (const patient of [refused.localId, erased.localId, "nobody-of-this-name-is-here-at-all--"]) {
			const answer = await ask(`/fhir/Condition?patient=${patient}`);
			searches.push({ ...shown(answer), text: answer.text.replaceAll(patient, "") });
		}
		for (const answer of searches) expect(answer).toEqual(searches[0]);
	});

	it("[FR54] conditional create as an oracle: a hidden record neither stops a create nor is found, replaced or deleted by a condition", async () => {
		const patient = await admit("Condition");
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		const body = { ...plain({ reference: `Patient/${patient.localId}` }), id: undefined };
		const hiddenCode = "code=http://snomed.info/sct|58214004";
		const created = await ask("/fhir/Condition", { ...about(patient), method: "POST", body, headers: { "if-none-exist": hiddenCode } });
		expect(created.status).toBe(201);
		const put = await ask(`/fhir/Condition?${hiddenCode}`, { ...about(patient), method: "PUT", body });
		expect(put.status).toBe(201);
		expect((await ask(`/fhir/Condition?${hiddenCode}`, { ...about(patient), method: "DELETE" })).status).toBe(204);
		for (const [method, id] of [
			["PUT", "hidden-condition"],
			["PUT", "not-there"],
			["DELETE", "hidden-condition"],
			["DELETE", "not-there"],
		] as const) {
			const answer = await ask(`/fhir/Condition/${id}`, { ...about(patient), method, ...(method === "PUT" ? { body: { ...body, id } } : {}) });
			expect([answer.status, answer.json.issue[0].details.coding[0].code], `${method} ${id}`).toEqual([404, "GATE_NOT_AVAILABLE"]);
		}
		const own = await ask("/fhir/Condition/hidden-condition", { ...about(patient), purpose: "PATRQT" }, patient.key);
		expect(own.json.meta.versionId).toBe("1");
	});

	it("[FR52] a reference as an oracle: to a hidden record and to none is one answer", async () => {
		const patient = await admit("Reference");
		await small.grant(patient, toPractitioners("north", ["conditions", "encounters"]));
		const answers = [];
		for (const id of ["hidden-condition", "not-there"]) {
			const body = {
				...encounter({ reference: `Patient/${patient.localId}` }),
				id: undefined,
				diagnosis: [{ condition: { reference: `Condition/${id}` } }],
			};
			answers.push(shown(await ask("/fhir/Encounter", { ...about(patient), method: "POST", body })));
		}
		expect(answers[0]?.status).toBe(422);
		expect(answers[1]).toEqual(answers[0]);
	});

	it("[FR30] history and vread of a restricted version: what became hidden is hidden as it was before, too", async () => {
		const patient = await admit("History");
		const labels = { labels: ["mental-health"] } as const;
		const trusted = await small.hire("practitioner", { department: "psychiatry" });
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		const wide = await small.grant(patient, {
			...toPractitioners("north", ["conditions"], labels),
			grantees: [{ kind: "actor", key: trusted.key.publicKey }],
		});
		const body = { ...hidden({ reference: `Patient/${patient.localId}` }), id: "plain-condition" };
		expect((await ask("/fhir/Condition/plain-condition/_history/1", about(patient))).status).toBe(200);
		const changed = await ask("/fhir/Condition/plain-condition", { ...about(patient), method: "PUT", body }, trusted.key);
		expect([changed.status, wide.length]).toEqual([200, 32]);
		for (const path of ["", "/_history", "/_history/1", "/_history/2"])
			expect((await ask(`/fhir/Condition/plain-condition${path}`, about(patient))).status, path).toBe(404);
		expect((await ask("/fhir/Condition/plain-condition/_history", about(patient), trusted.key)).json.total).toBe(2);
		// Deleted since: that something was there is no more told than what it was.
		expect((await ask("/fhir/Condition/plain-condition", { ...about(patient), method: "DELETE" }, trusted.key)).status).toBe(204);
		for (const path of ["", "/_history"]) expect((await ask(`/fhir/Condition/plain-condition${path}`, about(patient))).status, path).toBe(404);
		expect((await ask("/fhir/Condition/plain-condition", about(patient), trusted.key)).status).toBe(410);
	});

	it("[FR60] $everything is no way around a label or a class, and has no total of its own", async () => {
		const patient = await admit("Everything");
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		const { json, text } = await ask(`/fhir/Patient/${patient.localId}/$everything`);
		expect(json.total).toBe(2);
		for (const word of ["hidden-condition", "Encounter", "Hemoglobin-Marker", patient.family]) expect(text).not.toContain(word);
	});

	it("[FR73] $summary is no way around a label or a class: a hidden diagnosis is on no list, in no narrative, in no count", async () => {
		const patient = await admit("Family-Marker");
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		const { json, text } = await ask(`/fhir/Patient/${patient.localId}/$summary`);
		expect(json.entry[0].resource.section[0].entry).toHaveLength(2);
		for (const word of ["hidden-condition", "58214004", "Penicillin", "Salbutamol", "Hemoglobin-Marker", patient.family, patient.birthDate])
			expect(text).not.toContain(word);
		const without = await small.admit({ family: "Family-Marker", given: "Siv", birthDate: "1960-01-01", more: (subject) => [plain(subject)] });
		await small.grant(without, toPractitioners("north", ["conditions"]));
		const other = await ask(`/fhir/Patient/${without.localId}/$summary`);
		// Only what was made for one document differs: ids, times, the records themselves.
		const fixed = (answer: string) =>
			answer.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "").replace(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, "");
		expect(fixed(other.text)).toBe(fixed(text));
	});
});

import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeUtf8, sha256Hex } from "#base";
import { validateResource } from "#fhir";
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
	patient = await small.admit({ family: "Proven", given: "Liv", birthDate: "1949-01-02" });
	doctor = await small.hire("practitioner");
	await small.grant(patient, toPractitioners("north", ["conditions", "laboratory", "vitals"]));
});
afterAll(async () => {
	await app.close();
	await small.close();
});

const ask = (url: string, more: FhirAsk = {}, key = doctor.key) => askFhir(app, small, key, url, { patient: byLocal(patient.localId), ...more });
// biome-ignore lint/suspicious/noExplicitAny: tests look at any element.
const included = (bundle: any): any[] =>
	bundle.entry
		.map(({ resource }: { resource: { resourceType: string } }) => resource)
		.filter(({ resourceType }: { resourceType: string }) => resourceType === "Provenance");

const condition = () => ({
	resourceType: "Condition",
	code: { coding: [{ system: "http://snomed.info/sct", code: "38341003" }] },
	subject: { reference: `Patient/${patient.localId}` },
});

describe("provenance", () => {
	it("[FR78] an imported record says that the custodian filed it, a written one who wrote it, when and how, with its digest", async () => {
		const created = (await ask("/fhir/Condition", { method: "POST", body: condition() })).json;
		await ask(`/fhir/Condition/${created.id}`, { method: "PUT", body: { ...condition(), id: created.id, onsetDateTime: "2021" } });
		const found = included((await ask("/fhir/Condition?_revinclude=Provenance:target")).json);
		expect(found).toHaveLength(2);
		const [imported, written] = found;
		for (const each of found) expect(validateResource(each)).toEqual([]);
		expect([imported.activity.coding[0].code, imported.agent[0].who.identifier.value]).toEqual(["CREATE", "north"]);
		const terms = (each: typeof written) => [...each.activity.coding, ...each.agent[0].type.coding];
		const system = (name: string, code: string) => ({ system: `http://terminology.hl7.org/CodeSystem/${name}`, code });
		expect(terms(imported)).toEqual([system("v3-DataOperation", "CREATE"), system("provenance-participant-type", "custodian")]);
		expect(terms(written)).toEqual([system("v3-DataOperation", "UPDATE"), system("provenance-participant-type", "enterer")]);
		expect(written).toMatchObject({
			target: [{ reference: `Condition/${created.id}/_history/2` }],
			activity: { coding: [{ code: "UPDATE" }] },
			agent: [{ who: { identifier: { system: "urn:aceso:key", value: doctor.key.publicKey } }, onBehalfOf: { identifier: { value: "north" } } }],
		});
		const { text, json } = await ask(`/fhir/Condition/${created.id}`);
		expect(written.entity[0].what.identifier.value).toBe(sha256Hex(encodeUtf8(text)));
		expect(Math.abs(Date.parse(written.recorded) - Date.parse(json.meta.lastUpdated))).toBeLessThan(5_000);
	});

	it("[FR78] it is searched by its target and read by its name, and nobody replaces it", async () => {
		const { id } = (await ask("/fhir/Condition")).json.entry[0].resource;
		const found = included((await ask(`/fhir/Provenance?target=Condition/${id}`)).json);
		expect(found).toHaveLength(1);
		const read = await ask(`/fhir/Provenance/${found[0].id}`);
		expect([read.status, read.json]).toEqual([200, found[0]]);
		const body = { ...found[0], meta: undefined, target: [{ reference: `Condition/${id}` }] };
		const put = await ask(`/fhir/Provenance/${found[0].id}`, { method: "PUT", body });
		expect(put.status).toBe(404);
		expect((await ask(`/fhir/Provenance/${found[0].id}/_history`)).status).toBe(404);
	});

	it("[FR78] it is released where its target is, and nowhere else; below identified it is not told", async () => {
		const own = await ask("/fhir/MedicationRequest?_revinclude=Provenance:target", { purpose: "PATRQT" }, patient.key);
		const [medicine] = own.json.entry.map(({ resource }: { resource: { id: string } }) => resource.id);
		const provenance = included(own.json)[0].id;
		expect(included((await ask(`/fhir/Provenance?target=MedicationRequest/${medicine}`)).json)).toEqual([]);
		const [hidden, absent] = [await ask(`/fhir/Provenance/${provenance}`), await ask("/fhir/Provenance/filed-0")];
		expect([hidden.status, hidden.json]).toEqual([404, absent.json]);
		const other = await small.hire("practitioner", { member: "south" });
		await small.grant(patient, toPractitioners("south", ["laboratory"], { level: "pseudonymised" }));
		const below = await ask("/fhir/Observation?_revinclude=Provenance:target", { level: "pseudonymised", via: "south" }, other.key);
		expect([below.json.total, included(below.json)]).toEqual([1, []]);
	});
});

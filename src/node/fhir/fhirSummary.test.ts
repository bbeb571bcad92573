import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { validateResource } from "#fhir";
import { listEntries } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { askFhir, type FhirAsk } from "../testing/fhirClient.ts";
import {
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
	patient = await small.admit({ family: "Ipsen", given: "Siv", birthDate: "1958-09-09", hemoglobin: "13.90" });
	doctor = await small.hire("practitioner");
	await small.grant(patient, toPractitioners("north", ["demographics", "conditions", "laboratory"]));
});
afterAll(async () => {
	await app.close();
	await small.close();
});

const ask = (url: string, more: FhirAsk = {}, key = doctor.key) => askFhir(app, small, key, url, more);
const summaryOf = (id: string, more: FhirAsk = {}) => ask(`/fhir/Patient/${id}/$summary`, more);
const sectionOf = (bundle: { entry: { resource: { section: { title: string }[] } }[] }, title: string) =>
	// biome-ignore lint/suspicious/noExplicitAny: tests look at any element.
	bundle.entry[0]?.resource.section.find((each) => each.title === title) as any;

describe("$summary", () => {
	it("[FR72] is what is granted, as a document, numbers in their own spelling", async () => {
		const { status, json, text, headers } = await summaryOf(patient.localId);
		expect([status, json.type, validateResource(json)]).toEqual([200, "document", []]);
		expect(sectionOf(json, "Problem List").entry).toHaveLength(1);
		expect(sectionOf(json, "Diagnostic Results").entry).toHaveLength(1);
		expect(text).toContain('"value":13.90');
		expect(headers["aceso-notice"]).toMatch(/may be incomplete/);
		const own = await ask("/fhir/Patient/$summary", { patient: byPseudonym(patient.pseudonym), purpose: "PATRQT" }, patient.key);
		expect(sectionOf(own.json, "Allergies and Intolerances").entry).toHaveLength(1);
	});

	it("[FR73] what was not granted is withheld, and not a word of it is told", async () => {
		const { json, text } = await summaryOf(patient.localId);
		for (const title of ["Allergies and Intolerances", "Medication Summary"]) {
			expect(sectionOf(json, title).emptyReason.coding[0].code, title).toBe("withheld");
			expect(sectionOf(json, title).entry, title).toBeUndefined();
		}
		for (const word of ["Salbutamol-Marker", "Penicillin-Marker"]) expect(text).not.toContain(word);
	});

	it("[FR72] is one access with its classes in the patient's history", async () => {
		const before = small.institution().log.size();
		await summaryOf(patient.localId);
		expect(small.institution().log.size()).toBe(before + 1);
		const { gate } = small.institution();
		const history = await gate.showHistory(small.sign(patient.key, { kind: "history", patient: byPseudonym(patient.pseudonym) }));
		const entries = listEntries(history).map(({ entry }) => entry);
		const newest = entries.filter(({ requester, action }) => requester === doctor.key.publicKey && action === "read").at(-1);
		expect(newest).toMatchObject({ decision: "permit", compartments: ["conditions", "demographics", "laboratory"] });
	});

	it("[FR72] refused, absent and erased are not available, in the same words", async () => {
		const [refused, erased] = [
			await small.admit({ family: "Refused", given: "A", birthDate: "1950-01-01" }),
			await small.admit({ family: "Erased", given: "A", birthDate: "1950-01-01" }),
		];
		await small.institution().gate.erase(small.sign(erased.key, { kind: "erase", patient: byLocal(erased.localId), compartments: "all" }));
		const answers = [];
		for (const id of [refused.localId, erased.localId, "nobody"]) answers.push(await summaryOf(id));
		for (const { status, json } of answers) expect([status, json]).toEqual([404, answers[0]?.json]);
	});

	it("[FR72] another profile's summary is refused, not answered with this one", async () => {
		const profile = "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips";
		expect((await summaryOf(`${patient.localId}`, {})).status).toBe(200);
		expect((await ask(`/fhir/Patient/${patient.localId}/$summary?profile=${encodeURIComponent(profile)}`)).status).toBe(200);
		expect((await ask(`/fhir/Patient/${patient.localId}/$summary?profile=urn:x`)).json.issue[0].details.coding[0].code).toBe("NODE_FHIR_UNSUPPORTED");
	});
});

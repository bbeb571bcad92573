import { describe, expect, it } from "vitest";
import type { FhirError } from "../errors.ts";
import type { PreparedResource } from "../resource.ts";
import {
	aboutPatient,
	bundleText,
	chunksOf,
	collect,
	entry,
	patientEntry,
	syntheaFiles,
	type TestEntry,
	uuid,
	withoutSynthea,
} from "../testing/bundles.ts";
import { prepareBundle } from "./prepareBundle.ts";

const snomed = "http://snomed.info/sct";

const prepare = (entries: readonly TestEntry[]) => prepareBundle(() => chunksOf(bundleText(entries)));

async function prepared(entries: readonly TestEntry[]): Promise<PreparedResource[]> {
	return collect((await prepare(entries)).resources());
}

async function failure(entries: readonly TestEntry[]): Promise<FhirError> {
	return prepare(entries).then(
		() => {
			throw new Error("expected a refusal, found none");
		},
		(cause: FhirError) => cause,
	);
}

const ambulatory = { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "AMB" };
const reference = (n: number) => ({ reference: `urn:uuid:${uuid(n)}` });
const condition = (n: number, code: string) =>
	entry(n, { resourceType: "Condition", code: { coding: [{ system: snomed, code }] }, subject: aboutPatient });
const observation = (n: number, more: object = {}) =>
	entry(n, {
		resourceType: "Observation",
		status: "final",
		code: { coding: [{ system: "http://loinc.org", code: "8867-4" }] },
		subject: aboutPatient,
		...more,
	});

describe("prepareBundle", () => {
	it("rewrites urn:uuid and absolute references to Type/id, whichever comes first", async () => {
		const encounter = {
			fullUrl: "https://other.example/fhir/Encounter/e1",
			resource: { resourceType: "Encounter", id: "e1", status: "finished", class: ambulatory, subject: aboutPatient },
		};
		const [first, , third] = await prepared([
			observation(2, {
				encounter: { reference: "https://other.example/fhir/Encounter/e1/_history/3" },
				performer: [{ reference: "https://elsewhere.example/fhir/Practitioner/p" }],
			}),
			encounter,
			patientEntry,
		]);
		expect(first?.resource).toMatchObject({
			subject: { reference: `Patient/${uuid(1)}` },
			encounter: { reference: "Encounter/e1" },
			performer: [{ reference: "https://elsewhere.example/fhir/Practitioner/p" }],
		});
		expect(first?.patient).toBe(`Patient/${uuid(1)}`);
		expect(first?.description.encounter).toBe("Encounter/e1");
		expect(third?.resource.resourceType).toBe("Patient");
	});

	it("gives a POST entry without an id that of its fullUrl", async () => {
		const [first] = await prepared([{ fullUrl: `urn:uuid:${uuid(7)}`, resource: { resourceType: "Patient", gender: "male" } }]);
		expect(first?.resource.id).toBe(uuid(7));
		expect((await failure([{ resource: { resourceType: "Patient", gender: "male" } }])).details.path).toBe("entry[0].resource.id");
	});

	it("drops generated narrative, and labels any other as free text", async () => {
		const narrative = (status: string) => ({ text: { status, div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' } });
		const [, generated, written] = await prepared([patientEntry, observation(2, narrative("generated")), observation(3, narrative("additional"))]);
		expect(generated?.resource.text).toBeUndefined();
		expect(generated?.description.labels).toEqual([]);
		expect(written?.resource.text).toBeDefined();
		expect(written?.description.labels).toHaveLength(6);
	});

	it.each([
		["a urn:uuid of no entry", reference(99)],
		["a relative reference of no entry", { reference: "Encounter/unknown" }],
		["a contained resource that is not there", { reference: "#x" }],
		["a search for a patient", { reference: "Patient?identifier=x" }],
		["something else", { reference: "Erika Mustermann" }],
	])("refuses %s and names its place", async (_name, encounter) => {
		const error = await failure([patientEntry, observation(2), observation(3, { encounter })]);
		expect([error.code, error.details.entry, error.details.path]).toEqual(["FHIR_REFERENCE_UNRESOLVED", 2, "entry[2].resource.encounter.reference"]);
		expect(error.message).not.toMatch(/unknown|Erika|aaaa/);
	});

	it("refuses a reference to a resource of the wrong type, before or after it in the file", async () => {
		for (const entries of [
			[patientEntry, observation(2), observation(3, { encounter: reference(2) })],
			[patientEntry, observation(4), observation(3, { encounter: reference(2) }), observation(2)],
		]) {
			const error = await failure(entries);
			expect(error).toMatchObject({
				code: "FHIR_REFERENCE_UNRESOLVED",
				details: { entry: 2, path: "entry[2].resource.encounter.reference", expected: "a reference to Encounter", found: "one to Observation" },
			});
		}
	});

	it("takes time in proportion to its references, even for a long chain in reverse order and a list of everything", async () => {
		const length = 20_000;
		const provenance = (n: number) =>
			entry(n, {
				resourceType: "Provenance",
				target: [reference(n === length ? 1 : n + 1)],
				recorded: "2020-01-01T00:00:00Z",
				agent: [{ who: { display: "x" } }],
			});
		const list = entry(length + 1, {
			resourceType: "List",
			status: "current",
			mode: "working",
			entry: Array.from({ length }, () => ({ item: aboutPatient })),
		});
		const second = entry(length + 2, { resourceType: "Patient", gender: "male" });
		const bundle = await prepare([second, ...Array.from({ length: length - 1 }, (_unused, i) => provenance(i + 2)), list, patientEntry]);
		expect(bundle.countByPatient.get(`Patient/${uuid(1)}`)).toBe(length + 1);
	});

	it("lets a search for a practitioner point outside", async () => {
		const [, second] = await prepared([
			patientEntry,
			observation(2, { performer: [{ reference: "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1" }] }),
		]);
		expect(second?.resource.performer).toEqual([{ reference: "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1" }]);
	});

	it("refuses two entries of one name", async () => {
		expect(await failure([patientEntry, patientEntry])).toMatchObject({
			code: "FHIR_DUPLICATE_ENTRY",
			details: { entry: 1, path: "entry[1].fullUrl" },
		});
		const twin = { ...patientEntry, fullUrl: `urn:uuid:${uuid(2)}` };
		expect(await failure([patientEntry, twin])).toMatchObject({ code: "FHIR_DUPLICATE_ENTRY", details: { entry: 1, path: "entry[1].resource.id" } });
	});

	it("refuses an invalid resource with the path in the file", async () => {
		const error = await failure([patientEntry, observation(2, { component: [{ code: { text: "a" }, valueQuantity: { value: "12" } }] })]);
		expect([error.code, error.details.path]).toEqual(["FHIR_INVALID", "entry[1].resource.component[0].valueQuantity.value"]);
	});

	describe("a source that changes between judging and sealing", () => {
		const changing = (limits?: { readonly keptCharacters: number }) => {
			let readings = 0;
			const genders = ["female", "male"];
			return prepareBundle(
				() => chunksOf(bundleText([{ ...patientEntry, resource: { resourceType: "Patient", id: "x", gender: genders[readings++] } }])),
				limits,
			);
		};

		it("is refused where it is read again, before its last resource can be committed", async () => {
			const tooLong = await changing({ keptCharacters: 20 });
			await expect(collect(tooLong.resources())).rejects.toMatchObject({ code: "FHIR_BUNDLE_CHANGED" });
		});

		it("is handed out as it was judged where that was kept; asked for a second time it is read again", async () => {
			const kept = await changing();
			expect((await collect(kept.resources())).map(({ resource }) => resource["gender"])).toEqual(["female"]);
			await expect(collect(kept.resources())).rejects.toMatchObject({ code: "FHIR_BUNDLE_CHANGED" });
		});
	});

	it("hands out the same of a bundle that is kept and of one that is read again", async () => {
		const measured = { valueQuantity: { value: 1.5, unit: "mmol/l" }, text: { status: "generated", div: "<div>1.5</div>" } };
		const text = bundleText([observation(2, measured), patientEntry, observation(3, { hasMember: [reference(2)] })]);
		const bundle = () => chunksOf(text.replace(":1.5,", ":1.50,"));
		const handedOut = async (keptCharacters: number) => collect((await prepareBundle(bundle, { keptCharacters })).resources());
		expect(await handedOut(2 ** 20)).toEqual(await handedOut(0));
	});

	it("spreads labels and conditions along references, through circles, but not through the patient", async () => {
		const found = await prepared([
			patientEntry,
			entry(2, {
				resourceType: "Encounter",
				status: "finished",
				class: ambulatory,
				subject: aboutPatient,
				diagnosis: [{ condition: reference(3) }],
			}),
			{ ...condition(3, "86406008"), resource: { ...(condition(3, "86406008").resource as object), encounter: reference(2) } },
			observation(4, { encounter: reference(2) }),
			entry(5, {
				resourceType: "DiagnosticReport",
				status: "final",
				code: { coding: [{ system: "http://loinc.org", code: "57698-3" }] },
				subject: aboutPatient,
				result: [reference(4)],
			}),
			observation(6),
		]);
		expect(found.map(({ description }) => description.labels)).toEqual([[], ["hiv"], ["hiv"], ["hiv"], ["hiv"], []]);
		const [, medication] = await prepared([
			patientEntry,
			entry(2, {
				resourceType: "MedicationRequest",
				status: "active",
				intent: "order",
				medicationCodeableConcept: { coding: [{ system: "http://www.nlm.nih.gov/research/umls/rxnorm", code: "161" }] },
				subject: aboutPatient,
				reasonReference: [reference(3)],
			}),
			condition(3, "49436004"),
		]);
		expect(medication?.description.conditions).toEqual(["cardiology"]);
		expect(medication?.description.classes).toEqual(["medications"]);
	});

	describe("patients", () => {
		const second = entry(21, { resourceType: "Patient", gender: "male" });
		const aboutSecond = reference(21);
		const practitioner = entry(30, { resourceType: "Practitioner", gender: "male" });

		it("keeps each resource with its patient, and a practitioner with every patient who was seen by them", async () => {
			const bundle = await prepare([
				patientEntry,
				second,
				practitioner,
				observation(2, { performer: [reference(30)] }),
				observation(3, { subject: aboutSecond, performer: [reference(30)] }),
			]);
			const found = (await collect(bundle.resources())).map(({ index, patient }) => [index, patient]);
			const [a, b] = [`Patient/${uuid(1)}`, `Patient/${uuid(21)}`];
			expect(found).toEqual([
				[0, a],
				[1, b],
				[2, a],
				[2, b],
				[3, a],
				[4, b],
			]);
			expect([...bundle.countByPatient]).toEqual([
				[a, 3],
				[b, 3],
			]);
			expect(bundle.patients.map(({ id }) => id)).toEqual([uuid(1), uuid(21)]);
		});

		it("gives a Provenance the patient of its target", async () => {
			const provenance = entry(40, {
				resourceType: "Provenance",
				target: [reference(3)],
				recorded: "2020-01-01T00:00:00Z",
				agent: [{ who: { display: "x" } }],
			});
			const found = await prepared([patientEntry, second, observation(3, { subject: aboutSecond }), provenance]);
			expect(found.at(-1)?.patient).toBe(`Patient/${uuid(21)}`);
		});

		it("refuses a resource of two patients, of none among several, and a bundle without a patient", async () => {
			const group = entry(50, { resourceType: "List", status: "current", mode: "working", entry: [{ item: aboutPatient }, { item: aboutSecond }] });
			expect(await failure([patientEntry, second, group])).toMatchObject({ code: "FHIR_PATIENT_UNCLEAR", details: { entry: 2 } });
			expect(await failure([patientEntry, second, practitioner])).toMatchObject({ code: "FHIR_PATIENT_UNCLEAR", details: { entry: 2 } });
			expect(await failure([practitioner])).toMatchObject({ code: "FHIR_PATIENT_UNCLEAR" });
		});
	});

	it.skipIf(syntheaFiles.length === 0)(`prepares real bundles, nothing lost and nothing unknown (${withoutSynthea})`, async () => {
		for (const path of syntheaFiles.filter((_path, index) => index % 8 === 0)) {
			const bundle = await prepareBundle(path);
			const found = await collect(bundle.resources());
			expect(found).toHaveLength(bundle.entryCount);
			const text = JSON.stringify(found);
			expect(text).not.toContain("urn:uuid:");
			expect(text).not.toContain('"div"');
			expect(found.filter(({ description }) => description.classes.includes("other"))).toEqual([]);
			expect(new Set(found.map(({ patient }) => patient))).toEqual(new Set([`Patient/${bundle.patients[0]?.id}`]));
			const undated = found.filter(({ description }) => description.dataTimeMs === null).map(({ resource }) => resource.resourceType);
			expect(undated.filter((type) => !["Patient", "Organization", "Practitioner", "Goal"].includes(type))).toEqual([]);
		}
	});
});

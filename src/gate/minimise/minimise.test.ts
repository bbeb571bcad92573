import { describe, expect, it } from "vitest";
import { type DataClass, dataClasses, levels } from "#contracts";
import { classLevelTable, isReleasable } from "./classLevelTable.ts";
import type { MinimiseContext, Minimised, Resource } from "./context.ts";
import { restrictedZipPrefixes } from "./geography.ts";
import { minimise } from "./minimise.ts";
import { pairwiseId } from "./pairwiseId.ts";
import { createReleaseIds } from "./releaseIds.ts";

const today = "2026-11-21";
const key = new Uint8Array(32).fill(7);

function contextFor(dataClass: DataClass, more: Partial<MinimiseContext> = {}): MinimiseContext {
	return { classes: [dataClass], today, releaseIds: createReleaseIds(), pairwiseId: (value) => pairwiseId(key, "study-1", value), ...more };
}

const deidentified = (resource: Resource, dataClass: DataClass, more: Partial<MinimiseContext> = {}) =>
	kept(minimise(resource, "deidentified", contextFor(dataClass, more)));
const pseudonymised = (resource: Resource, dataClass: DataClass) =>
	kept(minimise(resource, "pseudonymised", contextFor(dataClass, { shiftDays: -40 })));

function kept(result: Minimised): Resource {
	if (!result.released) throw new Error(`withheld: ${result.reason}`);
	return result.resource;
}

const loinc = (code: string, display = "Jane Roe") => ({ coding: [{ system: "http://loinc.org", code, display }], text: "Jane Roe" });
const snomed = (code: string) => ({ coding: [{ system: "http://snomed.info/sct", code, display: "Jane Roe" }], text: "Jane Roe" });
const observation: Resource = {
	resourceType: "Observation",
	id: "o-778812",
	status: "final",
	code: loinc("2160-0"),
	subject: { reference: "Patient/778899", display: "Jane Roe" },
	effectiveDateTime: "2024-05-17T09:30:00+02:00",
	valueQuantity: { value: 0.9, unit: "mg/dL", system: "http://unitsofmeasure.org", code: "mg/dL" },
};
const patient: Resource = { resourceType: "Patient", id: "778899", gender: "female", birthDate: "1968-07-26" };

/** Both levels below `identified` face each attack. */
const below = [
	["deidentified", deidentified],
	["pseudonymised", pseudonymised],
] as const;

describe("table", () => {
	it("[MI2] has a row for every class, and notes and other leave identified only", () => {
		expect(Object.keys(classLevelTable).sort()).toEqual([...dataClasses].sort());
		for (const dataClass of ["notes", "other"] as const) {
			expect(classLevelTable[dataClass]).toEqual(["identified"]);
			for (const level of ["deidentified", "pseudonymised"] as const) {
				expect(minimise(observation, level, contextFor(dataClass, { shiftDays: 3 }))).toEqual({ released: false, reason: "CLASS_LEVEL" });
			}
		}
	});

	it("[MI2] a class leaves at the levels that stand here, and at no other, cell by cell", () => {
		const always = ["compute", "identified"];
		const rows: Partial<Record<DataClass, readonly string[]>> = {
			claims: [...always, "deidentified", "pseudonymised"],
			family: [...always, "pseudonymised"],
			notes: ["identified"],
			other: ["identified"],
		};
		for (const dataClass of dataClasses) {
			const leavesAt = levels.filter((level) => isReleasable([dataClass], level));
			expect(leavesAt.sort(), dataClass).toEqual([...(rows[dataClass] ?? levels)].sort());
		}
	});

	it("[MI2] a resource of two classes needs both cells, and one of no class is withheld", () => {
		expect(minimise(observation, "deidentified", contextFor("laboratory", { classes: ["laboratory", "notes"] }))).toEqual({
			released: false,
			reason: "CLASS_LEVEL",
		});
		expect(minimise(observation, "identified", contextFor("laboratory", { classes: [] }))).toEqual({ released: false, reason: "CLASS_LEVEL" });
	});

	it("[MI3] aggregate and compute release no record, whatever the class", () => {
		for (const dataClass of dataClasses) {
			for (const level of ["aggregate", "compute"] as const) {
				expect(minimise(observation, level, contextFor(dataClass))).toEqual({ released: false, reason: "LEVEL_RELEASES_NO_RECORDS" });
			}
		}
	});

	it("[MI1] identified returns the resource as it is", () => {
		expect(minimise(observation, "identified", contextFor("laboratory"))).toEqual({
			released: true,
			level: "identified",
			method: "none",
			resource: observation,
		});
	});

	it("[MI4] every level below identified leaves the input unchanged", () => {
		const before = JSON.stringify(observation);
		for (const level of levels) minimise(observation, level, contextFor("laboratory", { shiftDays: 5 }));
		expect(JSON.stringify(observation)).toBe(before);
	});
});

describe.each(below)("attacks at %s", (_, reduce) => {
	it("[MI11] a name inside Reference.display and Coding.display is gone", () => {
		expect(JSON.stringify(reduce(observation, "laboratory"))).not.toMatch(/Jane|Roe/);
	});

	it("[MI11] Observation.note, narrative, valueString and a string extension are gone", () => {
		const resource = {
			...observation,
			valueQuantity: undefined,
			valueString: "Jane Roe called",
			note: [{ text: "Jane Roe", authorString: "Dr. Roe", time: "2024-05-17T10:00:00Z" }],
			text: { status: "generated", div: "<div>Jane Roe</div>" },
			extension: [{ url: "https://roe.example/x", valueString: "Jane Roe" }],
			_effectiveDateTime: { extension: [{ url: "https://roe.example/y", valueString: "Jane Roe" }] },
		};
		expect(JSON.stringify(reduce(resource, "laboratory"))).not.toMatch(/Jane|Roe|roe/);
	});

	it("[MI11] Patient.contact, telecom, photo, birthplace, mother's maiden name and link are gone", () => {
		const resource = {
			...patient,
			name: [{ family: "Roe", given: ["Jane"] }],
			telecom: [{ system: "phone", value: "+1-617-555-0142" }],
			photo: [{ contentType: "image/png", data: "Um9lUGljdHVyZQ==" }],
			contact: [{ name: { family: "Roe" }, telecom: [{ value: "617-555-0143" }], address: { city: "Roeville" } }],
			extension: [
				{ url: "http://hl7.org/fhir/StructureDefinition/patient-birthPlace", valueAddress: { city: "Roeville" } },
				{ url: "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName", valueString: "Roeburn" },
			],
			link: [{ other: { reference: "Patient/778890" }, type: "seealso" }],
			identifier: [{ system: "http://hl7.org/fhir/sid/us-ssn", value: "999-72-4435" }],
			generalPractitioner: [{ reference: "Practitioner/778891", display: "Dr. Roe" }],
		};
		expect(JSON.stringify(reduce(resource, "demographics"))).not.toMatch(/Roe|Jane|555|999-72|77889|Um9l/);
	});

	it("[MI11] a contained resource is gone, and the reference to it", () => {
		const resource = { ...observation, contained: [{ resourceType: "Patient", id: "c1", name: [{ family: "Roe" }] }], focus: [{ reference: "#c1" }] };
		expect(JSON.stringify(reduce(resource, "laboratory"))).not.toMatch(/Roe|#c1|contained/);
	});

	it("[MI11] meta.source, meta.tag, meta.profile and version are gone", () => {
		const meta = {
			source: "https://roe.example/7",
			tag: [{ system: "https://roe.example", code: "Roe" }],
			profile: ["https://roe.example/p"],
			versionId: "778",
		};
		expect(JSON.stringify(reduce({ ...observation, meta }, "laboratory"))).not.toMatch(/[Rr]oe|778/);
	});

	it("[MI20] what a benefit says of diagnoses, items and totals in codes and numbers leaves", () => {
		const money = { value: 120.5, currency: "USD" };
		const category = { coding: [{ system: "http://terminology.hl7.org/CodeSystem/adjudication", code: "submitted" }] };
		const type = { coding: [{ system: "http://terminology.hl7.org/CodeSystem/ex-diagnosistype", code: "principal" }] };
		const benefit = {
			resourceType: "ExplanationOfBenefit",
			id: "e-1",
			status: "active",
			patient: { reference: "Patient/778899" },
			diagnosis: [{ sequence: 1, diagnosisCodeableConcept: snomed("44054006"), type: [type], packageCode: { text: "Roe" } }],
			item: [{ sequence: 1, net: money, adjudication: [{ category, amount: money }], bodySite: { text: "Roe" } }],
			total: [{ category, amount: money }],
		};
		const left = reduce(benefit, "claims");
		expect(left).toMatchObject({
			diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding: [{ code: "44054006" }] }, type: [{ coding: [{ code: "principal" }] }] }],
			item: [{ sequence: 1, net: money, adjudication: [{ amount: money }] }],
			total: [{ amount: money }],
		});
		expect(JSON.stringify(left)).not.toMatch(/Roe/);
	});

	it("[MI11] the numbers of a plan in Claim.insurance are gone", () => {
		const claim = {
			resourceType: "Claim",
			id: "c-1",
			status: "active",
			use: "claim",
			type: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/claim-type", code: "professional" }] },
			patient: { reference: "Patient/778899" },
			created: "2024-05-17",
			identifier: [{ value: "CLM-4471" }],
			insurance: [
				{
					sequence: 1,
					focal: true,
					identifier: { value: "AUTH-4471" },
					coverage: { reference: "Coverage/4471", display: "Roe" },
					preAuthRef: ["PA-4471"],
				},
			],
			accident: { date: "2024-05-16", locationAddress: { city: "Roeville" } },
		};
		expect(JSON.stringify(reduce(claim, "claims"))).not.toMatch(/4471|Roe/);
	});

	it("[MI12] a code or system that is free text in disguise is gone", () => {
		const resource = {
			...observation,
			category: [{ coding: [{ system: "https://roe.example/list", code: "Jane" }] }, { text: "Jane Roe" }],
			interpretation: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", code: "MRN 12345678" }] }],
			bodySite: { coding: [{ system: "http://snomed.info/sct", code: "617555014" }] },
		};
		expect(JSON.stringify(reduce(resource, "laboratory"))).not.toMatch(/[Rr]oe|Jane|1234|6175/);
	});

	it("[MI13] no full date of the record survives", () => {
		expect(JSON.stringify(reduce({ ...observation, issued: "2024-05-17T16:05:00Z" }, "laboratory"))).not.toContain("2024-05-17");
	});

	it("[MI5] a modifier extension withholds the resource: what is dropped may have said 'not'", () => {
		const resource = { ...observation, modifierExtension: [{ url: "https://roe.example/negated", valueBoolean: true }] };
		expect(() => reduce(resource, "laboratory")).toThrow("MODIFIER_PRESENT");
		expect(() => reduce({ ...observation, implicitRules: "https://roe.example/rules" }, "laboratory")).toThrow("MODIFIER_PRESENT");
	});
});

describe("pseudonymised", () => {
	it("[MI10] replaces ids alike in id and references, and differently for another audience", () => {
		const mine = pseudonymised(observation, "laboratory");
		const person = pseudonymised(patient, "demographics");
		expect(mine.subject).toEqual({ reference: `Patient/${person.id}` });
		expect(person.id).toMatch(/^[0-9a-f]{32}$/);
		expect(pairwiseId(key, "study-2", "778899")).not.toBe(person.id);
		expect(pairwiseId(new Uint8Array(32), "study-1", "778899")).not.toBe(person.id);
	});

	it("[MI13] moves every date by the same days and keeps precision, time and zone", () => {
		const resource = {
			resourceType: "Encounter",
			id: "e1",
			status: "finished",
			period: { start: "2024-03-01T09:30:00+02:00", end: "2024-03-02" },
			length: { value: 1, unit: "d", system: "http://unitsofmeasure.org", code: "d" },
		};
		expect(pseudonymised(resource, "encounters").period).toEqual({ start: "2024-01-21T09:30:00+02:00", end: "2024-01-22" });
		const request = {
			resourceType: "MedicationRequest",
			id: "m",
			status: "active",
			intent: "order",
			authoredOn: "2024-03",
			dosageInstruction: [{ timing: { event: ["2024-03-01"] } }],
		};
		expect(pseudonymised(request, "medications")).toMatchObject({
			authoredOn: "2024-02",
			dosageInstruction: [{ timing: { event: ["2024-01-21"] } }],
		});
	});

	it("[MI13] moves no number that only looks like a year", () => {
		const resource = { ...observation, valueQuantity: { value: 2024, unit: "mg", system: "http://unitsofmeasure.org", code: "mg" } };
		expect(pseudonymised(resource, "laboratory").valueQuantity).toEqual(resource.valueQuantity);
	});

	it("[MI10] needs a shift other than none, and pairwise ids", () => {
		for (const shiftDays of [undefined, 0, 366, 1.5]) {
			expect(() => minimise(observation, "pseudonymised", contextFor("laboratory", { ...(shiftDays !== undefined && { shiftDays }) }))).toThrow(
				"shiftDays",
			);
		}
	});

	it("[MI12] an unknown element keeps neither a string nor a number as large as a phone's", () => {
		const result = pseudonymised(
			{ ...observation, phone: 6_175_550_142, nickname: "Jane", nested: [{ deep: { maiden: "Roe", account: 778_899_123 } }] },
			"laboratory",
		);
		expect(JSON.stringify(result)).not.toMatch(/Jane|Roe|617555|778899123/);
	});

	it("[MI12] keeps the values a model needs", () => {
		expect(pseudonymised(observation, "laboratory")).toMatchObject({
			status: "final",
			code: { coding: [{ system: "http://loinc.org", code: "2160-0" }] },
			valueQuantity: observation.valueQuantity,
		});
	});
});

describe("deidentified", () => {
	it("[MI20] drops an element that the allow-list does not name, however harmless its name", () => {
		const result = deidentified(
			{ ...observation, favouriteColour: "blue", valueInteger64: 42, component: [{ code: loinc("8480-6"), newElement: 7 }] },
			"laboratory",
		);
		expect(Object.keys(result).sort()).toEqual([
			"code",
			"component",
			"effectiveDateTime",
			"id",
			"resourceType",
			"status",
			"subject",
			"valueQuantity",
		]);
		expect(JSON.stringify(result)).not.toContain("newElement");
	});

	it("[MI20] withholds a resource type without an allow-list: Practitioner, Organization with telecom, Device with UDI, RelatedPerson", () => {
		for (const resourceType of [
			"Practitioner",
			"Organization",
			"Device",
			"RelatedPerson",
			"Coverage",
			"DocumentReference",
			"Provenance",
			"toString",
		]) {
			const resource = { resourceType, id: "x", telecom: [{ value: "617" }], udiCarrier: [{ carrierHRF: "(01)0081" }] };
			expect(minimise(resource, "deidentified", contextFor("demographics"))).toEqual({ released: false, reason: "TYPE_NOT_LISTED" });
		}
	});

	it("[MI21] leaves only years, and calls that Safe Harbor", () => {
		const result = minimise({ ...observation, issued: "2024-05-17T16:05:00Z" }, "deidentified", contextFor("laboratory"));
		expect(result).toMatchObject({ method: "safe-harbor", resource: { effectiveDateTime: "2024" } });
		expect(kept(result)).not.toHaveProperty("issued");
	});

	it("[MI22] with a date shift it never calls itself Safe Harbor, and intervals survive", () => {
		const context = contextFor("laboratory", { shiftDays: 31 });
		const [first, second] = ["2024-05-17", "2024-06-01T10:00:00Z"].map((effectiveDateTime) =>
			minimise({ ...observation, effectiveDateTime }, "deidentified", context),
		);
		expect(first).toMatchObject({ method: "expert-shifted", resource: { effectiveDateTime: "2024-06-17" } });
		expect(second).toMatchObject({ method: "expert-shifted", resource: { effectiveDateTime: "2024-07-02T10:00:00Z" } });
	});

	it("[MI23] someone of 92 has the band 90+, no year of birth, and no event of a year that tells the age", () => {
		const otto = deidentified({ ...patient, birthDate: "1934-09-17" }, "demographics");
		expect(otto).toMatchObject({ extension: [{ url: "urn:aceso:age-band", valueCode: "90+" }] });
		expect(otto).not.toHaveProperty("birthDate");
		expect(JSON.stringify(otto)).not.toContain("1934");
		const measles = {
			resourceType: "Condition",
			id: "c",
			code: snomed("14189004"),
			onsetDateTime: "1936-02",
			onsetAge: { value: 92, unit: "years" },
			recordedDate: "1990-01-01",
		};
		expect(deidentified(measles, "conditions")).toMatchObject({ onsetAge: { value: 90, comparator: ">=", code: "a" }, recordedDate: "1990" });
		expect(JSON.stringify(deidentified(measles, "conditions"))).not.toMatch(/1936|92/);
		for (const shiftDays of [-365, 365]) {
			expect(JSON.stringify(deidentified({ ...patient, birthDate: "1934-09-17" }, "demographics", { shiftDays }))).not.toMatch(/193\d/);
		}
	});

	it.each([
		["1937-11-22", "1937", false],
		["1936-11-22", undefined, false],
		["1936-11-21", undefined, true],
	])("[MI23] at the edge: born %s keeps the year %s, band %s", (birthDate, year, isBanded) => {
		const result = deidentified({ ...patient, birthDate }, "demographics");
		expect(result.birthDate).toBe(year);
		expect(result.extension !== undefined).toBe(isBanded);
	});

	it.each([
		[92, "a", 90, ">="],
		[89, "a", 89, undefined],
		[1104, "mo", 90, ">="],
		[33_580, "d", 90, ">="],
	])("[MI23] an age of %i %s leaves as %i", (value, code, expected, comparator) => {
		const resource = { ...observation, code: loinc("30525-0"), valueQuantity: { value, unit: code, system: "http://unitsofmeasure.org", code } };
		const quantity = deidentified(resource, "demographics").valueQuantity as { value: number; comparator?: string };
		expect(quantity.value).toBe(expected);
		expect(quantity.comparator).toBe(comparator);
	});

	it("[MI23] an age as a bare integer over 89 is dropped", () => {
		expect(deidentified({ ...observation, valueQuantity: undefined, valueInteger: 92 }, "demographics")).not.toHaveProperty("valueInteger");
	});

	it.each([
		["03602", "US", "000"],
		["02118", "US", "021"],
		["02118-1234", "US", "021"],
		["69117", "DE", undefined],
		["02118", undefined, undefined],
		["SW1A 1AA", "GB", undefined],
	])("[MI24] ZIP %s in %s leaves as %s", (postalCode, country, expected) => {
		const address = [
			{
				line: ["14 Quarry Road"],
				city: "Alstead",
				district: "Cheshire",
				state: "NH",
				postalCode,
				...(country && { country }),
				text: "14 Quarry Road",
			},
		];
		const result = deidentified({ ...patient, address }, "demographics");
		expect((result.address as [{ postalCode?: string }])[0].postalCode).toBe(expected);
		expect(JSON.stringify(result)).not.toMatch(/Quarry|Alstead|Cheshire/);
	});

	it("[MI24] what is no address where one should be is dropped, and the addresses beside it leave", () => {
		for (const wrong of [null, "14 Quarry Road, Alstead", 7, true]) {
			const result = deidentified({ ...patient, address: [wrong, { country: "US" }] }, "demographics");
			expect(result.address).toEqual([{ country: "US" }]);
		}
	});

	it("[MI24] the list of the guidance has 17 prefixes, and every one leaves as 000", () => {
		expect(restrictedZipPrefixes.size).toBe(17);
		for (const prefix of restrictedZipPrefixes) {
			const address = [{ postalCode: `${prefix}55`, country: "US" }];
			expect(deidentified({ ...patient, address }, "demographics").address).toEqual([{ postalCode: "000", country: "US" }]);
		}
	});

	it("[MI24] a city written into state or country is dropped", () => {
		expect(deidentified({ ...patient, address: [{ state: "Alstead", country: "Cheshire" }] }, "demographics")).not.toHaveProperty("address");
	});

	it("[MI25] withholds what would say something else without its dropped part", () => {
		const allergy: Resource = {
			resourceType: "AllergyIntolerance",
			id: "a",
			code: snomed("91936005"),
			patient: { reference: "Patient/1" },
			verificationStatus: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", code: "refuted" }] },
		};
		expect(deidentified(allergy, "allergies")).toHaveProperty("verificationStatus");
		const local = { ...allergy, verificationStatus: { coding: [{ system: "https://harbor.example/v", code: "refuted" }] } };
		const wrong = {
			...allergy,
			verificationStatus: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", code: "entered-in-error" }] },
		};
		for (const resource of [local, wrong, { ...observation, status: "entered-in-error" }, { ...observation, code: { text: "weight" } }]) {
			expect(minimise(resource, "deidentified", contextFor("allergies"))).toEqual({ released: false, reason: "REQUIRED_UNREADABLE" });
		}
		for (const resource of [local, wrong, { ...observation, status: "entered-in-error" }]) {
			expect(minimise(resource, "pseudonymised", contextFor("allergies", { shiftDays: 9 }))).toEqual({
				released: false,
				reason: "REQUIRED_UNREADABLE",
			});
		}
	});

	it("[MI25] '< 5' with an unreadable comparator never leaves as '5'", () => {
		const resource = { ...observation, valueQuantity: { value: 5, comparator: "less", unit: "mg" } };
		for (const reduce of [deidentified, pseudonymised]) expect(reduce(resource, "laboratory")).not.toHaveProperty("valueQuantity");
		const readable = { ...observation, valueQuantity: { value: 5, comparator: "<", unit: "mg" } };
		for (const reduce of [deidentified, pseudonymised]) expect(reduce(readable, "laboratory").valueQuantity).toEqual(readable.valueQuantity);
	});

	it("[MI25] a number whose unit cannot be read never leaves without it", () => {
		for (const reduce of [deidentified, pseudonymised]) {
			expect(reduce({ ...observation, valueQuantity: { value: 5, unit: "Roe", code: "Jane" } }, "laboratory")).not.toHaveProperty("valueQuantity");
		}
	});

	it("[MI26] ids are ordinals of one release: alike within it, new in the next", () => {
		const releaseIds = createReleaseIds();
		const first = deidentified(observation, "laboratory", { releaseIds });
		const second = deidentified({ ...observation, id: "o-2" }, "laboratory", { releaseIds });
		const person = deidentified(patient, "demographics", { releaseIds });
		expect([first.id, second.id, person.id]).toEqual(["r1", "r2", "p1"]);
		expect(first.subject).toEqual({ reference: "Patient/p1" });
		expect(deidentified({ ...observation, id: "o-2" }, "laboratory").id).toBe("r1");
	});

	it("[MI26] an encounter's number, a claim's amount over six digits and an account-like integer are dropped", () => {
		const resource = { ...observation, valueQuantity: { value: 6175550142, unit: "mg" } };
		expect(deidentified(resource, "laboratory")).not.toHaveProperty("valueQuantity");
	});
});

describe("genomics", () => {
	const coded = (code: string, system = "http://loinc.org") => ({ valueCodeableConcept: { coding: [{ system, code }] } });
	const part = (code: string, value: object) => ({ code: loinc(code), ...value });
	const fraction = (value: number, code = "1") => ({ valueQuantity: { value, code, system: "http://unitsofmeasure.org" } });
	const variant = (...components: object[]): Resource => ({
		resourceType: "Observation",
		id: "v",
		status: "final",
		code: loinc("69548-6"),
		component: [
			part("48018-6", coded("HGNC:3236", "http://www.genenames.org/geneId")),
			part("48004-6", coded("NM_005228.5:c.2573T>G", "http://varnomen.hgvs.org")),
			...components,
		],
	});
	const somatic = part("48002-0", coded("LA6684-0"));
	const germline = part("48002-0", coded("LA6683-2"));
	const withheld = { released: false, reason: "GENOMICS_NOT_RELEASABLE" };

	it("[MI30] a somatic variant of a named gene leaves with its gene and its change", () => {
		expect(deidentified(variant(somatic, part("81258-6", fraction(0.31))), "genomics")).toMatchObject({
			component: [
				{ valueCodeableConcept: { coding: [{ code: "HGNC:3236" }] } },
				{ valueCodeableConcept: { coding: [{ code: "NM_005228.5:c.2573T>G" }] } },
				{ valueCodeableConcept: { coding: [{ code: "LA6684-0" }] } },
				{ valueQuantity: { value: 0.31 } },
			],
		});
	});

	it.each([
		["germline", variant(germline)],
		["both at once", variant(somatic, germline)],
		["silent about its origin", variant()],
		["rare in a population", variant(somatic, part("92821-8", fraction(0.0003)))],
		["below 1 % of the sample", variant(somatic, part("81258-6", fraction(0.9, "%")))],
		["of a frequency nobody can read", variant(somatic, part("81258-6", { valueString: "low" }))],
		["of a gene not named", variant(somatic, part("48018-6", coded("HGNC:1101", "http://www.genenames.org/geneId")))],
		["a report with free text", { resourceType: "DiagnosticReport", id: "d", status: "final", code: loinc("51969-4"), conclusion: "BRCA2" }],
	])("[MI30] one that is %s is withheld", (_, resource) => {
		expect(minimise(resource, "deidentified", contextFor("genomics"))).toEqual(withheld);
	});

	it("[MI30] a germline variant filed as a mere laboratory result is withheld too", () => {
		expect(minimise(variant(germline), "deidentified", contextFor("laboratory"))).toEqual(withheld);
	});

	it("[MI30] a whole genome does not leave: sequences have no allow-list", () => {
		expect(minimise({ resourceType: "MolecularSequence", id: "s" }, "deidentified", contextFor("genomics"))).toEqual({
			released: false,
			reason: "TYPE_NOT_LISTED",
		});
	});
});

import { describe, expect, it } from "vitest";
import { dataClasses, sensitivityLabels } from "#contracts";
import { getFhirIndex } from "../fhirIndex.ts";
import type { FhirResource } from "../resource.ts";
import { classify, classOrder } from "./classify.ts";
import { describeRecord, label, relevantConditions } from "./describeRecord.ts";
import { getClassTable, getLabelTable, getReviewedTexts, getTableVersion } from "./knowledge.ts";
import { labelOrder, maskOf } from "./label.ts";
import { getConditionIds } from "./relevantConditions.ts";

const snomed = "http://snomed.info/sct";
const loinc = "http://loinc.org";
const rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm";
const icd10 = "http://hl7.org/fhir/sid/icd-10-cm";
const atc = "http://www.whocc.no/atc";
const category = (code: string) => ({ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code }] });
const concept = (system: string, code: string, display?: string) => ({ coding: [{ system, code, ...(display === undefined ? {} : { display }) }] });
const observation = (system: string, code: string, ...categories: string[]): FhirResource => ({
	resourceType: "Observation",
	status: "final",
	code: concept(system, code),
	category: categories.map(category),
});
const condition = (system: string, code: string, display?: string): FhirResource => ({
	resourceType: "Condition",
	code: concept(system, code, display),
	subject: { reference: "Patient/p" },
});
const medication = (system: string, code: string, display?: string): FhirResource => ({
	resourceType: "MedicationRequest",
	status: "active",
	intent: "order",
	medicationCodeableConcept: concept(system, code, display),
	subject: { reference: "Patient/p" },
});

describe("the tables", () => {
	it("know the vocabulary of the contracts, in its order", () => {
		expect(classOrder).toEqual(dataClasses);
		expect(labelOrder).toEqual(sensitivityLabels);
	});

	it("assign every resource type of R4, to classes that exist", () => {
		const { resources, codes, categories, elements, referencesWithDisplay, productsBySystem } = getClassTable();
		expect(Object.keys(resources).sort()).toEqual([...getFhirIndex().resources.keys()].sort());
		const nested = [codes, categories, productsBySystem.codes].flatMap((bySystem) =>
			Object.values(bySystem).flatMap((byCode) => Object.values(byCode)),
		);
		const used = [
			...Object.values(resources),
			...nested,
			...Object.values(elements),
			...Object.values(referencesWithDisplay),
			...Object.values(productsBySystem.systems),
		];
		expect(used.flat().filter((name) => !(dataClasses as readonly string[]).includes(name))).toEqual([]);
		expect(used.every((classes) => classes.length > 0)).toBe(true);
	});

	it("name only labels that exist", () => {
		const { codes, prefixes, words } = getLabelTable();
		const names = [...Object.values(codes), prefixes.icd10, prefixes.atc, words].flatMap((group) => Object.keys(group));
		expect(() => maskOf([...names, ...Object.values(getReviewedTexts().texts).flat()])).not.toThrow();
		expect(() => maskOf(["mental health"])).toThrow(RangeError);
	});

	it("have a version that names each of them", () => {
		expect(getTableVersion()).toMatch(/^classes-\S+\.labels-\S+\.texts-\S+\.conditions-\S+$/);
		expect(getConditionIds()).toEqual(expect.arrayContaining(["cardiology", "diabetes", "nephrology", "oncology", "respiratory"]));
		expect(getConditionIds().length).toBeLessThan(31);
	});
});

describe("classify", () => {
	it.each<[string, FhirResource, string[]]>([
		["an observation by category", observation(loinc, "1234-5", "laboratory"), ["laboratory"]],
		["Synthea's misspelt category", observation(loinc, "1234-5", "vital-sign"), ["vitals"]],
		["several categories", observation(loinc, "1234-5", "laboratory", "imaging"), ["laboratory", "imaging"]],
		["smoking status as social, although filed under survey", observation(loinc, "72166-2", "survey"), ["social"]],
		["a variant as genomics alone, although filed under laboratory", observation(loinc, "69548-6", "laboratory"), ["genomics"]],
		["a haplotype as genomics alone, although filed under laboratory", observation(loinc, "84414-2", "laboratory"), ["genomics"]],
		[
			"what a genotype means for a drug as genomics alone",
			observation("http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs", "therapeutic-implication", "laboratory"),
			["genomics"],
		],
		["CGM glucose as wearables", observation(loinc, "97507-8", "laboratory"), ["wearables"]],
		["a known laboratory code without a category", observation(loinc, "2160-0"), ["laboratory"]],
		["an unknown observation as other", observation(loinc, "1234-5"), ["other"]],
		["an unknown category as other", observation(loinc, "1234-5", "astrology"), ["other"]],
		["an unknown resource type as other", { resourceType: "Horoscope" }, ["other"]],
		["a type named like an inherited property as other", { resourceType: "constructor" }, ["other"]],
		["a code named like an inherited property", observation("toString", "constructor", "laboratory"), ["laboratory"]],
		[
			"a panel with a genomic component",
			{ ...observation(loinc, "1234-5", "laboratory"), component: [{ code: concept(loinc, "48018-6") }] },
			["laboratory", "genomics"],
		],
		[
			"a genetic report",
			{
				resourceType: "DiagnosticReport",
				status: "final",
				code: concept(loinc, "51969-4"),
				category: [concept("http://terminology.hl7.org/CodeSystem/v2-0074", "GE")],
			},
			["genomics"],
		],
		[
			"a radiology report with a coded conclusion",
			{
				resourceType: "DiagnosticReport",
				status: "final",
				code: concept(loinc, "1234-5"),
				category: [concept("http://terminology.hl7.org/CodeSystem/v2-0074", "RAD")],
				conclusionCode: [concept(snomed, "1")],
			},
			["conditions", "imaging"],
		],
		["a medication with a coded reason", { ...medication(rxnorm, "161"), reasonCode: [concept(snomed, "38341003")] }, ["conditions", "medications"]],
		[
			"a medication whose reason is spelt out",
			{ ...medication(rxnorm, "161"), reasonReference: [{ reference: "Condition/c", display: "Hypertension" }] },
			["conditions", "medications"],
		],
		[
			"a medication whose reason is a bare reference",
			{ ...medication(rxnorm, "161"), reasonReference: [{ reference: "Condition/c" }] },
			["medications"],
		],
		["family history", { resourceType: "FamilyMemberHistory", condition: [{ code: concept(snomed, "22298006") }] }, ["family"]],
		["a practitioner", { resourceType: "Practitioner" }, ["encounters"]],
	])("%s", (_name, resource, classes) => {
		expect(classify(resource)).toEqual(classes);
	});

	it("gives a claim the classes of what its lines name", () => {
		const claim = (system: string, code: string, more: object = {}): FhirResource => ({
			resourceType: "Claim",
			item: [{ sequence: 1, productOrService: concept(system, code) }],
			...more,
		});
		expect(classify(claim("http://hl7.org/fhir/sid/cvx", "140"))).toEqual(["immunisations", "claims"]);
		expect(classify(claim(rxnorm, "161"))).toEqual(["medications", "claims"]);
		expect(classify(claim(snomed, "10509002"))).toEqual(["conditions", "procedures", "claims"]);
		expect(classify(claim(snomed, "185349003"))).toEqual(["encounters", "claims"]);
		expect(classify(claim("urn:local", "x"))).toEqual(["claims", "other"]);
		expect(classify(claim(snomed, "185349003", { diagnosis: [{ sequence: 1, diagnosisCodeableConcept: concept(icd10, "I10") }] }))).toEqual([
			"conditions",
			"encounters",
			"claims",
		]);
		expect(classify(claim(snomed, "185349003", { prescription: { reference: "MedicationRequest/m" } }))).toEqual([
			"medications",
			"encounters",
			"claims",
		]);
	});

	it("adds the classes of a contained resource that says something, and none for a stub", () => {
		const explanation = (contained: object): FhirResource => ({ resourceType: "ExplanationOfBenefit", contained: [contained] });
		expect(classify(explanation({ resourceType: "ServiceRequest", id: "r", status: "completed", intent: "order" }))).toEqual(["claims"]);
		expect(classify(explanation({ resourceType: "Condition", id: "c", code: concept(snomed, "86406008") }))).toEqual(["conditions", "claims"]);
		expect(classify(explanation({ ...observation(loinc, "69548-6"), id: "v" }))).toEqual(["genomics", "claims"]);
	});
});

describe("label", () => {
	it.each<[FhirResource, string[]]>([
		[condition(snomed, "370143000"), ["mental-health"]],
		[condition(snomed, "55680006"), ["substance-use"]],
		[condition(snomed, "72892002"), ["reproductive"]],
		[condition(snomed, "86406008"), ["hiv"]],
		[condition(snomed, "706893006"), ["violence"]],
		[condition(snomed, "44054006"), []],
		[condition(icd10, "F32.9"), ["mental-health"]],
		[condition(icd10, "F3290"), ["mental-health"]],
		[condition(icd10, "B20"), ["hiv"]],
		[condition(icd10, "F17.210"), []],
		[condition(icd10, "A54.01"), ["sexual-health"]],
		[condition(icd10, "O09.91"), ["reproductive"]],
		[condition(icd10, "T74.11XA"), ["violence"]],
		[condition(icd10, "I10"), []],
		[condition("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "F10.2"), ["substance-use"]],
		[medication(atc, "N06AB06"), ["mental-health"]],
		[medication(atc, "J05AR13"), ["hiv"]],
		[medication(atc, "C10AA05"), []],
		[medication(rxnorm, "748856"), ["reproductive"]],
		[medication(rxnorm, "999999999", "Sertraline 50 MG Oral Tablet"), ["mental-health"]],
		[medication(rxnorm, "999999999", "buprenorphine 8 MG / naloxone 2 MG Sublingual Film"), ["substance-use"]],
		[medication(rxnorm, "999999999", "EMTRICITABINE 200 MG"), ["hiv"]],
		[medication(rxnorm, "313782", "Acetaminophen 325 MG Oral Tablet"), []],
		[observation(loinc, "44261-6", "survey"), ["mental-health"]],
		[observation(loinc, "75626-2", "survey"), ["substance-use"]],
		[observation(loinc, "72106-8", "survey"), ["mental-health"]],
		[observation(loinc, "76504-0", "survey"), ["violence"]],
		[observation(loinc, "72166-2", "survey"), []],
		[condition(snomed, "1", "Schwangerschaft und HIV-Infektion"), ["reproductive", "hiv"]],
		[condition(snomed, "1", "Congenital segmental archive of experimental rapeseed"), []],
	])("%#: %j", (resource, labels) => {
		expect(label(resource)).toEqual(labels);
	});

	it.each<[string, FhirResource]>([
		["a note", { ...observation(loinc, "8867-4"), note: [{ text: "looks well" }] }],
		["a text value", { ...observation(loinc, "8867-4"), valueString: "looks well" }],
		["a document", { resourceType: "DocumentReference", status: "current", content: [{ attachment: { data: "aGVsbG8=" } }] }],
		["a concept without a code", { resourceType: "Condition", code: { text: "fatigue" }, subject: {} }],
		["a local code", condition("urn:oid:1.2.3.4", "77", "fatigue")],
		["a local code without a word", condition("http://hospital.example/codes", "HIV+")],
		["a reason given as text alone", { ...medication(rxnorm, "161"), reasonReference: [{ display: "pain" }] }],
		[
			"an unknown extension with text",
			{ ...observation(loinc, "8867-4"), extension: [{ url: "http://hospital.example/remark", valueString: "looks well" }] },
		],
		[
			"a note in a contained resource",
			{ ...observation(loinc, "8867-4"), contained: [{ ...observation(loinc, "8867-4"), id: "c", note: [{ text: "x" }] }] },
		],
		["narrative", { ...observation(loinc, "8867-4"), text: { status: "additional", div: "<div>x</div>" } }],
	])("gives free text every label: %s", (_name, resource) => {
		expect(label(resource)).toEqual(sensitivityLabels);
	});

	it.each<[string, FhirResource]>([
		[
			"a variant in HGVS",
			{ ...observation(loinc, "69548-6"), component: [{ code: concept(loinc, "48004-6"), valueString: "NM_004333.6(BRAF):c.1799T>A" }] },
		],
		["star alleles", { ...observation(loinc, "84413-4"), valueString: "*1/*17" }],
		["a number as text", { ...observation(loinc, "8867-4"), valueString: "<5" }],
		["a reviewed text", { resourceType: "Goal", lifecycleStatus: "active", description: { text: "improved systolic function" }, subject: {} }],
		["an insurer by name", { resourceType: "Claim", insurer: { display: "Medicaid of Massachusetts" } }],
		["names and addresses", { resourceType: "Patient", name: [{ text: "Ada" }], address: [{ line: ["x 1"], city: "y" }] }],
		[
			"the maiden name of Synthea",
			{ resourceType: "Patient", extension: [{ url: "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName", valueString: "Ada" }] },
		],
	])("but not what is written by rule: %s", (_name, resource) => {
		expect(label(resource)).toEqual([]);
	});

	it("does not let a text that only begins by rule pass", () => {
		expect(label({ ...observation(loinc, "8867-4"), valueString: "c.1799T>A in a patient with HIV" })).toEqual(sensitivityLabels);
		expect(label({ ...observation(loinc, "8867-4"), valueString: "5 joints a day" })).toEqual(sensitivityLabels);
	});

	it("inherits from what it refers to, but not from the patient", () => {
		const context = {
			lookUp: (reference: string) =>
				reference === "Observation/none" ? undefined : { labels: ["hiv"], conditions: ["oncology", "of an older table"] },
		};
		const referring = (encounter: string) => ({ ...observation(loinc, "8867-4"), encounter: { reference: encounter } });
		expect(label(referring("Encounter/e"), context)).toEqual(["hiv"]);
		expect(relevantConditions(referring("Encounter/e"), context)).toEqual(["cardiology", "oncology"]);
		expect(label({ ...observation(loinc, "8867-4"), subject: { reference: "Patient/p" } }, context)).toEqual([]);
		expect(label(referring("Observation/none"), context)).toEqual([]);
	});
});

describe("relevantConditions", () => {
	it.each<[FhirResource, string[]]>([
		[condition(snomed, "44054006"), ["diabetes"]],
		[condition(snomed, "422034002"), ["diabetes"]],
		[observation(loinc, "2093-3"), ["cardiology"]],
		[observation(loinc, "4548-4"), ["diabetes"]],
		[condition(icd10, "C34.90"), ["oncology"]],
		[condition(icd10, "E11.9"), ["diabetes"]],
		[medication(atc, "A10BA02"), ["diabetes"]],
		[condition(snomed, "10509002"), ["respiratory"]],
		[condition(snomed, "1"), []],
	])("%#: %j", (resource, conditions) => {
		expect(relevantConditions(resource)).toEqual(conditions);
	});
});

describe("describeRecord", () => {
	it("tells time, authors and encounter", () => {
		const described = describeRecord({
			...observation(loinc, "8867-4"),
			effectivePeriod: { start: "2020-01-02T00:00:00Z" },
			issued: "2021-01-01T00:00:00Z",
			encounter: { reference: "Encounter/e" },
			performer: [{ reference: "Practitioner/b" }, { reference: "Organization/a" }, { reference: "#x" }],
			subject: { reference: "Patient/p" },
		});
		expect(described).toMatchObject({
			dataTimeMs: Date.UTC(2020, 0, 2),
			authors: ["Organization/a", "Practitioner/b"],
			encounter: "Encounter/e",
			tableVersion: getTableVersion(),
		});
		expect(describeRecord({ resourceType: "Encounter", id: "e" }).encounter).toBe("Encounter/e");
		expect(describeRecord({ resourceType: "Claim", item: [{ encounter: [{ reference: "Encounter/f" }] }] }).encounter).toBe("Encounter/f");
		expect(describeRecord({ resourceType: "DocumentReference", context: { encounter: [{ reference: "Encounter/g" }] } }).encounter).toBe(
			"Encounter/g",
		);
		expect(describeRecord({ resourceType: "Patient", birthDate: "1970-01-01" })).toMatchObject({ dataTimeMs: null, authors: [], encounter: null });
		expect(describeRecord({ resourceType: "Condition", onsetDateTime: "2015" }).dataTimeMs).toBe(Date.UTC(2015, 0, 1));
	});
});

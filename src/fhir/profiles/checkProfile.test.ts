import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FhirResource } from "../resource.ts";
import { checkProfile } from "./checkProfile.ts";
import { type Profile, readProfile } from "./readProfile.ts";

const category = { coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] };
const definition = (element: readonly object[], more: object = {}) => ({
	...{ resourceType: "StructureDefinition", url: "https://north.example/profile/lab", version: "1.0.0", kind: "resource", type: "Observation" },
	...{ derivation: "constraint", baseDefinition: "http://hl7.org/fhir/StructureDefinition/Observation" },
	differential: { element: [{ id: "Observation", path: "Observation" }, ...element] },
	...more,
});
const profile = (...element: readonly object[]) => readProfile(definition(element)) as Profile;
const observation: FhirResource = {
	...{ resourceType: "Observation", id: "o", status: "final", category: [category], valueQuantity: { value: 5, unit: "mmol/L", code: "mmol/L" } },
	code: { coding: [{ system: "http://loinc.org", code: "2345-7" }] },
	component: [{ code: { text: "a" } }, {}],
};
const faults = (of: Profile, resource = observation) => checkProfile(of, resource).map(({ path, code }) => `${path} ${code}`);

describe("profiles", () => {
	it("[FR80] cardinality, for each holder that is there and for none that is not", () => {
		expect(faults(profile({ path: "Observation.subject", min: 1 }))).toEqual(["Observation.subject required"]);
		expect(faults(profile({ path: "Observation.component.code", min: 1 }))).toEqual(["Observation.component[1].code required"]);
		expect(faults(profile({ path: "Observation.referenceRange.low", min: 1 }))).toEqual([]);
		expect(faults(profile({ path: "Observation.category", max: "0" }))).toEqual(["Observation.category structure"]);
		expect(faults(profile({ path: "Observation.component", max: "1" }))).toEqual(["Observation.component structure"]);
		expect(faults(profile({ path: "Observation.value[x]", min: 1 }))).toEqual([]);
		const absent = { ...observation, status: undefined, _status: { extension: [{ url: "urn:x", valueCode: "unknown" }] } };
		expect(faults(profile({ path: "Observation.status", min: 1, max: "1" }), JSON.parse(JSON.stringify(absent)))).toEqual([]);
	});

	it("[FR80] narrowed types, fixed values and patterns", () => {
		expect(faults(profile({ path: "Observation.value[x]", type: [{ code: "CodeableConcept" }] }))).toEqual(["Observation.valueQuantity structure"]);
		expect(faults(profile({ path: "Observation.value[x]", type: [{ code: "Quantity" }] }))).toEqual([]);
		expect(faults(profile({ path: "Observation.status", fixedCode: "preliminary" }))).toEqual(["Observation.status value"]);
		expect(faults(profile({ path: "Observation.category", patternCodeableConcept: category }))).toEqual([]);
		expect(faults(profile({ path: "Observation.category", patternCodeableConcept: { text: "Lab" } }))).toEqual(["Observation.category[0] value"]);
		expect(faults(profile({ path: "Observation.category", fixedCodeableConcept: { coding: [] } }))).toEqual(["Observation.category[0] value"]);
	});

	it("[FR80] another type has one fault; what is not judged is named; what is no profile is none", () => {
		expect(faults(profile(), { resourceType: "Patient" })).toEqual(["Patient structure"]);
		const rich = profile(
			{ id: "Observation.category:Lab", path: "Observation.category", sliceName: "Lab", min: 1 },
			{ path: "Observation.code", binding: { strength: "required", valueSet: "urn:x" }, constraint: [{ key: "x-1" }] },
		);
		expect(rich.unjudged).toEqual(["bindings", "invariants", "slices"]);
		expect(faults(rich)).toEqual([]);
		for (const other of [null, [], {}, { ...definition([]), kind: "complex-type" }, { ...definition([]), differential: undefined }])
			expect(readProfile(other)).toBeUndefined();
	});

	it("[FR80] whatever is judged under whatever profile, it ends with at most 20 faults that say nothing of a value", () => {
		fc.assert(
			fc.property(fc.jsonValue(), fc.array(fc.jsonValue(), { maxLength: 4 }), (value, elements) => {
				const odd = readProfile(definition(elements.filter((each) => typeof each === "object" && each !== null) as object[]));
				const resource = { ...(typeof value === "object" ? value : {}), resourceType: "Observation", note: "Value-Marker" } as FhirResource;
				for (const each of [odd, profile({ path: "Observation.value[x]", min: 9 }, { path: "Observation.note", fixedString: "y" })]) {
					const issues = each === undefined ? [] : checkProfile(each, resource);
					expect(issues.length).toBeLessThanOrEqual(20);
					expect(JSON.stringify(issues)).not.toContain("Value-Marker");
				}
			}),
		);
	});
});

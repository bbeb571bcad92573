import { describe, expect, it } from "vitest";
import { assertValidResource, validateResource } from "./validateResource.ts";

const name = "Erika Mustermann";
const observation = { resourceType: "Observation", id: "o", status: "final", code: { text: "x" } };

describe("validateResource", () => {
	it.each([
		[
			{ ...observation, component: [{ code: { text: "a" } }, { code: { text: "b" }, valueQuantity: { value: name } }] },
			"Observation.component[1].valueQuantity.value",
			"structure",
		],
		[{ ...observation, status: name }, "Observation.status", "code-invalid"],
		[{ ...observation, [name]: name }, "Observation.?", "unknown"],
		[{ ...observation, code: undefined }, "Observation.code", "structure"],
		[{ ...observation, note: [{ authorString: name }] }, "Observation.note[0]", "required"],
		[{ ...observation, contained: [{ resourceType: "Basic", code: { text: name } }] }, "Observation.contained[0]", "invariant"],
		[{ ...observation, contained: [{ ...observation, contained: [{ ...observation }] }] }, "Observation.contained[0].contained[0]", "invariant"],
		[{ resourceType: name }, "", "unknown"],
		[{ resourceType: "__proto__" }, "", "unknown"],
		[{ resourceType: "constructor" }, "", "unknown"],
		[{ resourceType: "Observation" }, "Observation", "invariant"],
		[null, "", "structure"],
		[[observation], "", "structure"],
	])("names path and kind, never the value (%#)", (resource, path, code) => {
		const [first] = validateResource(resource);
		expect(first).toMatchObject({ path, code });
		expect(JSON.stringify(validateResource(resource))).not.toContain("Mustermann");
	});

	it("lets inherited names be no elements", () => {
		for (const key of ["toString", "constructor", "hasOwnProperty"]) {
			expect(validateResource({ ...observation, [key]: "x" })).toMatchObject([{ code: "unknown", path: "Observation.?" }]);
		}
	});

	it("accepts primitives that have only extensions, alone and in arrays", () => {
		const extension = [{ url: "http://hl7.org/fhir/StructureDefinition/data-absent-reason", valueCode: "unknown" }];
		expect(validateResource({ resourceType: "Patient", id: "p", _birthDate: { extension } })).toEqual([]);
		expect(validateResource({ resourceType: "Patient", id: "p", name: [{ given: ["A", null], _given: [null, { extension }] }] })).toEqual([]);
		expect(validateResource({ ...observation, status: undefined, _status: { extension } })).toMatchObject([{ path: "Observation.status" }]);
		const { status: _gone, ...unknownStatus } = observation;
		expect(validateResource({ ...unknownStatus, _status: { extension } })).toEqual([]);
		expect(validateResource({ resourceType: "Patient", id: "p", name: [{ given: ["A", null] }] })).toMatchObject([
			{ path: "Patient.name[0].given[1]" },
		]);
	});

	it.each([
		["2000-02-29", true],
		["1900-02-29", false],
		["2024-02-29", true],
		["2023-02-29", false],
		["2023-04-31", false],
		["2023-12-31", true],
		["2023-04", true],
		["0000-01-01", false],
	])("judges the day %s by the calendar", (birthDate, isValid) => {
		expect(validateResource({ resourceType: "Patient", id: "p", birthDate }).length === 0).toBe(isValid);
	});

	it("keeps at most twenty issues", () => {
		expect(validateResource({ ...observation, note: Array.from({ length: 100 }, () => ({ x: 1 })) })).toHaveLength(20);
	});

	it("assertValidResource says where in the file", () => {
		expect(() => assertValidResource({ ...observation, status: name }, { entry: 12, byteOffset: 99 })).toThrow(
			"expected a code of the required value set at entry[12].resource.status, byte 99, found another code",
		);
		expect(assertValidResource(observation).concepts).toHaveLength(1);
	});
});

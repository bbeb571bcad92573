import { describe, expect, it } from "vitest";
import type { MinimiseContext, Resource } from "./context.ts";
import { dateElements } from "./elements.ts";
import { minimise } from "./minimise.ts";

const context: MinimiseContext = { classes: ["laboratory"], today: "2026-11-21", shiftDays: -40, pairwiseId: (value) => `pairwise(${value})` };
const reduce = (resource: Resource, more: Partial<MinimiseContext> = {}) => minimise(resource, "pseudonymised", { ...context, ...more });
const left = (elements: object) => {
	const result = reduce({ resourceType: "Basic", ...elements });
	return result.released ? result.resource : result.reason;
};
const snomed = { system: "http://snomed.info/sct", code: "195967001" };
const none = { resourceType: "Basic" };

describe("pseudonymised", () => {
	it("[MI10] [MI11] [MI12] [MI13] [MI14] a whole record, element by element", () => {
		const record: Resource = {
			resourceType: "Observation",
			id: "o-1",
			meta: { lastUpdated: "2024-05-17T09:30:00Z", versionId: "7", source: "roe", profile: ["roe"], tag: [snomed], security: [snomed] },
			text: { status: "generated", div: "<div>Jane</div>" },
			identifier: [
				{ system: "urn:roe", value: "778899", type: { text: "Roe" } },
				{ value: "778899" },
				{ system: 7, value: "778899" },
				{ system: "urn:roe" },
				"778899",
				null,
			],
			status: "final",
			category: [{ coding: [{ ...snomed, display: "Jane" }], text: "Jane" }, { text: "Jane" }],
			code: { coding: [snomed, { system: "urn:roe", code: "Jane" }] },
			subject: { reference: "Patient/778899", display: "Jane" },
			encounter: { reference: "urn:uuid:0b3e7e4e-8d0a-4d7b-9c51-2f3a4b5c6d7e" },
			focus: [{ reference: "#c1" }, { reference: "https://roe.example/Patient/1" }],
			effectivePeriod: { start: "2024-05-17", end: "2024-05" },
			performer: [{ reference: "Practitioner/1" }],
			valueQuantity: { value: 5, comparator: "<", unit: "mg", system: "http://unitsofmeasure.org", code: "mg" },
			component: [
				{ valueSampledData: { origin: { value: 0, unit: "mV" }, period: 4, dimensions: 1, data: "1 2 E" } },
				{ valueQuantity: { value: 5, unit: "Roe" } },
				{ valueBoolean: false, valueInteger: 0, valueString: "Jane" },
			],
			_status: { extension: [{ url: "roe" }] },
			extension: [{ url: "roe", valueBoolean: true }],
		};
		expect(reduce(record)).toEqual({
			released: true,
			level: "pseudonymised",
			method: "pseudonymised",
			resource: {
				resourceType: "Observation",
				id: "pairwise(o-1)",
				meta: { lastUpdated: "2024-04-07T09:30:00Z" },
				identifier: [
					{ system: "urn:aceso:pairwise", value: "pairwise(urn:roe|778899)" },
					{ system: "urn:aceso:pairwise", value: "pairwise(|778899)" },
					{ system: "urn:aceso:pairwise", value: "pairwise(|778899)" },
				],
				status: "final",
				category: [{ coding: [snomed] }],
				code: { coding: [snomed] },
				subject: { reference: "Patient/pairwise(778899)" },
				encounter: { reference: "urn:aceso:pairwise:pairwise(0b3e7e4e-8d0a-4d7b-9c51-2f3a4b5c6d7e)" },
				effectivePeriod: { start: "2024-04-07", end: "2024-04" },
				valueQuantity: { value: 5, comparator: "<", unit: "mg", system: "http://unitsofmeasure.org", code: "mg" },
				component: [
					{ valueSampledData: { origin: { value: 0, unit: "mV" }, period: 4, dimensions: 1, data: "1 2 E" } },
					{ valueBoolean: false, valueInteger: 0 },
				],
			},
		});
	});

	it("[MI10] an identifier by itself stays by itself, and one without a value is gone", () => {
		expect(left({ identifier: { system: "urn:roe", value: "7" } })).toEqual({
			...none,
			identifier: { system: "urn:aceso:pairwise", value: "pairwise(urn:roe|7)" },
		});
		for (const identifier of [[], [{ system: "urn:roe" }], { system: "urn:roe" }, "7", null, [{ value: 7 }]])
			expect(left({ identifier })).toEqual(none);
	});

	it("[MI12] each string by the element that it stands in", () => {
		expect(left({ kind: "MORN.early", currency: "EUR", dayOfWeek: ["mon", "Jane Roe"] })).toEqual({
			...none,
			kind: "MORN.early",
			currency: "EUR",
			dayOfWeek: ["mon"],
		});
		expect(
			left({ kind: "Jane Roe", currency: "E 1", unit: "Roe", data: "Jane", system: "http://snomed.info/sct", code: "Jane", other: "EUR" }),
		).toEqual(none);
		expect(left({ unit: "mg", data: "1 2", system: "http://unitsofmeasure.org", code: "mg" })).toEqual({
			...{ ...none, unit: "mg", data: "1 2", system: "http://unitsofmeasure.org", code: "mg" },
		});
		expect(left({ nested: { resourceType: "Basic", deeper: { resourceType: "Jane Roe" } } })).toEqual({ ...none, nested: { resourceType: "Basic" } });
		// What is no date is looked at as a code where the element may be one, and is gone else.
		expect(left({ start: "soon", created: "2024-02-30", authoredOn: "2024" })).toEqual({ ...none, authoredOn: "2024" });
		expect(left({ note: "x", _kind: "mon", kindred: "mon" })).toEqual(none);
	});

	it("[MI13] every element that FHIR calls a date moves, and no other string does", () => {
		for (const name of dateElements) expect(left({ [name]: "2024-05-17" }), name).toEqual({ ...none, [name]: "2024-04-07" });
		expect(left({ someday: "2024-05-17" })).toEqual(none);
	});

	it("[MI12] [MI26] numbers below 10⁸, and nothing that is neither number, string nor truth", () => {
		expect(left({ a: 99_999_999, b: 1e8, c: -1e8, d: 0, e: true, f: null, g: [null, 1, 1e9], h: {}, i: [], j: [{}] })).toEqual({
			...{ ...none, a: 99_999_999, d: 0, e: true, g: [1] },
		});
	});

	it("[MI14] a coding with a value beside it is none, and stays by its parts", () => {
		expect(left({ a: { system: "http://unitsofmeasure.org", code: "mg", value: 5 } })).toEqual({
			...none,
			a: { system: "http://unitsofmeasure.org", code: "mg", value: 5 },
		});
		expect(left({ a: { system: "urn:roe", code: "Jane" }, b: { system: "http://unitsofmeasure.org" }, c: { code: "mg" } })).toEqual({
			...{ ...none, b: { system: "http://unitsofmeasure.org" }, c: { code: "mg" } },
		});
	});

	it("[MI25] without a readable status it is withheld, and so is what is in error", () => {
		expect(left({ status: "Jane Roe" })).toBe("REQUIRED_UNREADABLE");
		expect(left({ status: "entered-in-error" })).toBe("REQUIRED_UNREADABLE");
	});

	it.each([1, -1, 365, -365])("[MI10] moves by %i days", (shiftDays) => {
		expect(reduce({ resourceType: "Basic" }, { shiftDays })).toMatchObject({ released: true });
	});

	it.each([
		["shiftDays", { shiftDays: 366 }],
		["shiftDays", { shiftDays: -366 }],
		["shiftDays", { shiftDays: 0 }],
		["shiftDays", { shiftDays: 0.5 }],
	])("[MI10] without %s in its range (%j) nothing is made", (parameter, more) => {
		expect(() => reduce({ resourceType: "Basic" }, more)).toThrow(
			expect.objectContaining({ code: "MINIMISE_CONTEXT_INCOMPLETE", kind: "mistake", details: { parameter } }),
		);
	});

	it("[MI10] [MI21] without shift, pairwise ids, release ids or a day nothing is made", () => {
		const { pairwiseId: _ids, ...withoutIds } = context;
		const { shiftDays: _days, ...withoutShift } = context;
		for (const [given, level, parameter] of [
			[withoutIds, "pseudonymised", "pairwiseId"],
			[withoutShift, "pseudonymised", "shiftDays"],
			[context, "deidentified", "releaseIds"],
		] as const) {
			expect(() => minimise({ resourceType: "Medication", code: { coding: [snomed] } }, level, given)).toThrow(
				expect.objectContaining({ code: "MINIMISE_CONTEXT_INCOMPLETE", details: { parameter } }),
			);
		}
		const releaseIds = { idFor: () => "r1" };
		expect(() => minimise({ resourceType: "Medication" }, "deidentified", { ...context, releaseIds, today: "21 November" })).toThrow();
	});

	it("[MI5] a modifier anywhere withholds it, in a list too; the words in a value do not", () => {
		for (const element of ["modifierExtension", "implicitRules"]) {
			expect(left({ [element]: "x" })).toBe("MODIFIER_PRESENT");
			expect(left({ a: [1, { b: { [element]: [] } }] })).toBe("MODIFIER_PRESENT");
		}
		expect(left({ kind: "implicitRules", a: [null, "modifierExtension"] })).toEqual({ ...none, kind: "implicitRules" });
	});
});

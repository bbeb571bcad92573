import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convertQuantity, isUnitOf, type Measure, readAs, readQuantity } from "./quantity.ts";

const ucum = "http://unitsofmeasure.org";
const holder = (value: unknown, code?: string, more: object = {}) => ({ valueQuantity: { value, code, unit: code, system: ucum, ...more } });

describe("convertQuantity", () => {
	it.each<[Measure, number, string, number, string, number]>([
		["cholesterol", 200, "mg/dL", 5.17, "mmol/L", 2],
		["cholesterol", 1.3, "mmol/L", 50.27, "mg/dL", 2],
		["creatinine", 1, "mg/dL", 88.4, "umol/L", 6],
		["creatinine", 106.08, "umol/L", 1.2, "mg/dL", 6],
		["creatinine", 0.1, "mmol/L", 1.13, "mg/dL", 2],
		// IFCC 48 and 53 mmol/mol are 6.5 % and 7.0 %: the diagnostic threshold and the usual target.
		["hba1c", 48, "mmol/mol", 6.5, "%", 1],
		["hba1c", 53, "mmol/mol", 7, "%", 1],
		["hba1c", 6.5, "%", 47.5, "mmol/mol", 1],
		["uacr", 3, "mg/mmol", 26.5, "mg/g", 1],
		["uacr", 30, "mg/g", 3.39, "mg/mmol", 2],
		["pressure", 16, "kPa", 120, "mm[Hg]", 0],
		["glucose", 7, "mmol/L", 126.1, "mg/dL", 1],
		["bmi", 27.5, "kg/m2", 27.5, "kg/m2", 6],
		["mass", 150, "[lb_av]", 68.04, "kg", 2],
		["length", 178, "cm", 1.78, "m", 6],
	])("%s: %d %s is %d %s", (measure, value, unit, expected, toUnit, digits) => {
		expect(convertQuantity({ value, unit }, measure, toUnit)).toBeCloseTo(expected, digits);
	});

	it("goes there and back without loss beyond float64", () => {
		const pairs: [Measure, string, string][] = [
			["cholesterol", "mg/dL", "mmol/L"],
			["creatinine", "mg/dL", "umol/L"],
			["hba1c", "%", "mmol/mol"],
			["uacr", "mg/g", "mg/mmol"],
			["pressure", "mm[Hg]", "kPa"],
		];
		fc.assert(
			fc.property(fc.constantFrom(...pairs), fc.double({ min: 0, max: 10_000, noNaN: true }), ([measure, from, to], value) => {
				const there = convertQuantity({ value, unit: from }, measure, to);
				expect(convertQuantity({ value: there, unit: to }, measure, from)).toBeCloseTo(value, 8);
			}),
		);
	});

	it("drops annotations and knows common spellings", () => {
		expect(isUnitOf("uacr", "mg/g{creat}")).toBe(true);
		expect(isUnitOf("egfr", "mL/min/{1.73_m2}")).toBe(true);
		expect(isUnitOf("egfr", "mL/min/1.73.m2")).toBe(true);
		expect(isUnitOf("creatinine", "µmol/L")).toBe(true);
	});

	it.each<[Measure, string]>([
		["cholesterol", "mmol/mol"],
		["cholesterol", "MG/DL"],
		["creatinine", "%"],
		["egfr", "mL/min"],
		["hba1c", "mg/dL"],
		["pressure", "constructor"],
		["pressure", ""],
	])("refuses for %s the unit %s by code, without a guess", (measure, unit) => {
		expect(() => convertQuantity({ value: 5, unit }, measure, "mg/dL")).toThrow(expect.objectContaining({ code: "FHIR_VALUE_UNREADABLE" }));
		expect(isUnitOf(measure, unit)).toBe(false);
	});
});

describe("readQuantity", () => {
	it("reads an Observation or a component", () => {
		expect(readQuantity(holder(120, "mm[Hg]"))).toEqual({ value: 120, unit: "mm[Hg]" });
		expect(readQuantity({ valueQuantity: { value: 7, unit: "%" } })).toEqual({ value: 7, unit: "%" });
		expect(readAs(holder(5, "mmol/L"), "cholesterol", "mg/dL")).toBeCloseTo(193.35, 6);
	});

	it.each([
		["no value", {}],
		["an absent-data reason", { dataAbsentReason: { text: "x" } }],
		["a text value", { valueString: "7 %" }],
		["a number as text", holder("7", "%")],
		["no number", holder(undefined, "%")],
		["a comparator", holder(5, "mg/dL", { comparator: "<" })],
		["no unit", holder(5)],
		["a unit of another system", holder(5, "mg/dL", { system: "http://snomed.info/sct" })],
	])("refuses %s", (_name, value) => {
		expect(() => readQuantity(value)).toThrow(expect.objectContaining({ code: "FHIR_VALUE_UNREADABLE" }));
	});
});

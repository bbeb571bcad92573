import { describe, expect, it } from "vitest";
import { isLoinc, isSnomedCt, safeCoding } from "./codes.ts";

describe("codes", () => {
	it.each(["38341003", "22298006", "66590003", "368581000119106", "755621000000101"])("[MI14] %s is a SNOMED CT concept id", (code) => {
		expect(isSnomedCt(code)).toBe(true);
	});

	it.each(["38341004", "38314003", "3834100", "617555014", "00341003", "Jane Roe", ""])(
		"[MI14] %s is none: wrong check digit, digits swapped, or no id at all",
		(code) => {
			expect(isSnomedCt(code)).toBe(false);
		},
	);

	it("[MI14] of a thousand consecutive record numbers few pass for a SNOMED CT id", () => {
		const passed = Array.from({ length: 1000 }, (_, i) => String(61_755_000 + i)).filter(isSnomedCt);
		expect(passed.length).toBeLessThanOrEqual(20);
	});

	it.each([
		["2160-0", true],
		["99504-3", true],
		["LA6684-0", true],
		["2160-1", false],
		["617-555", false],
		["2160", false],
	])("[MI14] LOINC %s: %s", (code, expected) => {
		expect(isLoinc(code)).toBe(expected);
	});

	it.each([
		["http://harbor.example/codes", "A"],
		["http://terminology.hl7.org/CodeSystem/../../Jane", "A"],
		["http://terminology.hl7.org/CodeSystem/Jane-Roe", "A"],
		["http://hl7.org/fhir/Jane", "Roe"],
		["http://terminology.hl7.org/CodeSystem/v3-ActCode", "12345678"],
		["http://terminology.hl7.org/CodeSystem/v3-ActCode", "Jane Roe"],
		["toString", "A"],
		["http://varnomen.hgvs.org", `NC_000001.11:g.${"A".repeat(90)}`],
	])("[MI14] a coding of %s is dropped", (system, code) => {
		expect(safeCoding({ system, code })).toBeUndefined();
	});

	it("[MI14] keeps system and code of a known one, and no display", () => {
		expect(safeCoding({ system: "http://loinc.org", code: "2160-0", display: "Jane", userSelected: true })).toEqual({
			system: "http://loinc.org",
			code: "2160-0",
		});
	});
});

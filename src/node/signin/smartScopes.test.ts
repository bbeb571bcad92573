import { describe, expect, it } from "vitest";
import { coversRecord, isWithin, parseSmartScope, type SmartScope, smartScopesOf } from "./smartScopes.ts";

const read = (text: string) => parseSmartScope(text) as SmartScope;
const letters = (text: string) => [...(parseSmartScope(text)?.permissions ?? [])].join("");

describe("SMART scopes", () => {
	it("[SI10] version 1 means what version 2 says of it", () => {
		expect([letters("patient/Observation.read"), letters("user/*.write"), letters("system/Patient.*")]).toEqual(["rs", "cud", "cruds"]);
		expect(read("patient/*.read").type).toBe("*");
	});

	it("[SI10] what is not understood is not granted", () => {
		const not = [
			"",
			"openid",
			"patient/Observation",
			"patient/Observation.",
			"patient/Observation.sr",
			"patient/Observation.rr",
			"patient/Observation.rx",
			"patient/observation.rs",
			"other/Observation.rs",
			"patient/Observation.rs?",
			"patient/Observation.rs?code=1",
			"patient/Observation.rs?category=a&code=b",
			"patient/Observation.rs?category=a&category=b",
			"patient/Observation.rs?category=",
			"patient/Observation.rs?category=a|b|c",
			"patient/Observation.rs?category=a|",
			"patient/Observation.read?category=a",
			" patient/Observation.rs",
			"patient/Observation.rs\n",
			"patient/Observation:rs",
		];
		for (const text of not) expect(parseSmartScope(text), text).toBeUndefined();
	});

	it("[SI3] a scope of a category covers records of that category and no other", () => {
		const laboratory = { coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] };
		const record = { resourceType: "Observation", category: [laboratory] };
		const covers = (text: string, permission: "r" | "s" | "u" = "r") => coversRecord(smartScopesOf([text]), permission, record);
		expect(covers("patient/Observation.rs?category=laboratory")).toBe(true);
		expect(covers("patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory")).toBe(true);
		expect(covers("patient/Observation.rs?category=http://other|laboratory")).toBe(false);
		expect(covers("patient/Observation.rs?category=vital-signs")).toBe(false);
		expect(covers("patient/Observation.rs", "u")).toBe(false);
		expect(covers("patient/Condition.rs")).toBe(false);
		expect(covers("patient/*.rs")).toBe(true);
		expect(coversRecord(smartScopesOf(["patient/Observation.rs?category=laboratory"]), "r", { resourceType: "Observation" })).toBe(false);
		// A concept alone, as in AllergyIntolerance's relatives, and rubbish in its place.
		expect(
			coversRecord(smartScopesOf(["patient/Observation.rs?category=laboratory"]), "r", { resourceType: "Observation", category: laboratory }),
		).toBe(true);
		expect(
			coversRecord(smartScopesOf(["patient/Observation.rs?category=x"]), "r", { resourceType: "Observation", category: [null, { coding: 1 }] }),
		).toBe(false);
	});

	it("[SI34] a scope lies within another only if it covers nothing more", () => {
		const within = (narrow: string, wide: string) => isWithin(read(narrow), read(wide));
		expect(within("patient/Observation.r", "patient/*.rs")).toBe(true);
		expect(within("patient/Observation.rs?category=a", "patient/Observation.rs")).toBe(true);
		expect(within("patient/Observation.rs?category=s|a", "patient/Observation.rs?category=a")).toBe(true);
		expect(within("patient/Observation.rs?category=a", "patient/Observation.rs?category=s|a")).toBe(false);
		expect(within("patient/Observation.rs", "patient/Observation.rs?category=a")).toBe(false);
		expect(within("patient/*.rs", "patient/Observation.rs")).toBe(false);
		expect(within("user/Observation.rs", "patient/Observation.rs")).toBe(false);
		expect(within("patient/Observation.crs", "patient/Observation.rs")).toBe(false);
	});
});

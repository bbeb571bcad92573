import { describe, expect, it } from "vitest";
import { sayScope } from "./scopeWords.ts";

describe("a scope in words", () => {
	it("[PO245] is said in the reader's language, its type and its category too", () => {
		expect(sayScope("en", "patient/Observation.rs?category=laboratory")).toBe(
			"Measurements and lab results, only lab results: read, search (of one patient)",
		);
		const german = ["patient/Condition.rs", "user/*.cruds", "user/Observation.s?category=http://loinc.org|vital-signs", "patient/Patient.read"];
		for (const scope of german) expect(sayScope("de", scope)).not.toMatch(/\b(?:Condition|Observation|only|of|vital|read|search|Patient)\b/);
	});

	it("[PO245] what has no words here stands as the application named it, and so does what is no scope over records", () => {
		expect(sayScope("de", "patient/Basic.r?category=x|own")).toBe("Basic, nur own: lesen (einer Person)");
		for (const other of ["openid", "patient/Observation.x", "patient/__proto__.r", "patient/toString.r", "<b>"])
			expect(sayScope("en", other)).toBe(other);
	});
});

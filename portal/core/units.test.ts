import { describe, expect, it } from "vitest";
import { generatePeople } from "#fhir";
import { inputRanges } from "#insight";
import { unitTables } from "../../src/insight/prevent/units.ts";
import { parseRelease, toRecordItem } from "./recordItems.ts";
import { unitText, valueText } from "./units.ts";

/** What only UCUM writes: brackets, braces, stars, `u` for µ, powers behind a letter. */
const isRaw = /[[\]{}*_]|\bu(?:L|g|mol)\b|[a-z]\d|\d m2/;

/** Every unit that stands in a resource, wherever it stands. */
function* unitsIn(value: unknown): Generator<string> {
	if (typeof value !== "object" || value === null) return;
	const { system, code, unit } = value as { readonly [key: string]: unknown };
	if (typeof unit === "string") yield unit;
	if (system === "http://unitsofmeasure.org" && typeof code === "string") yield code;
	for (const each of Object.values(value)) yield* unitsIn(each);
}

describe("a unit of a record", () => {
	const people = generatePeople({ seed: "units", count: 40, today: "2026-03-01" });
	const demonstrated = new Set(unitsIn(people));
	const ofModel = [...Object.values(unitTables), ...Object.values(inputRanges)].map(({ unit }) => unit);

	it("[PO187] is written as people write it, for each that the demonstration's records and the model have, in both languages", () => {
		expect(demonstrated.size).toBeGreaterThan(10);
		expect([...demonstrated]).toEqual(expect.arrayContaining(["mm[Hg]", "kg/m2", "10*3/uL", "/min"]));
		for (const unit of [...demonstrated, ...ofModel])
			for (const language of ["en", "de"] as const) expect([unit, isRaw.test(unitText(unit, language))]).toEqual([unit, false]);
	});

	it("[PO187] differs where the languages do, and stays as it came where nobody here knows it", () => {
		const both = (unit: string) => [unitText(unit, "en"), unitText(unit, "de")];
		expect(both("mL/min/{1.73_m2}")).toEqual(["mL/min/1.73 m²", "mL/min/1,73 m²"]);
		expect(both("mm[Hg]")).toEqual(["mmHg", "mmHg"]);
		expect(both("[degF]")).toEqual(["°F", "°F"]);
		expect(both("{steps}")).toEqual(["steps", "Schritte"]);
		expect(["10*3/uL", "ug/L", "10*12/L", "umol/L"].map((unit) => unitText(unit, "en"))).toEqual(["10³/µL", "µg/L", "10¹²/L", "µmol/L"]);
		for (const unknown of ["{furlong}/[x]", "toString", "__proto__", "constructor"]) expect(both(unknown)).toEqual([unknown, unknown]);
	});

	it("[PO242] less or more than a number is never shown, drawn or held against a range as that number", () => {
		const itemOf = (comparator: string) =>
			toRecordItem(
				parseRelease(
					`{"class":"laboratory","resource":{"resourceType":"Observation","valueQuantity":{"value":0.50,"comparator":"${comparator}","unit":"ng/mL"}}}`,
				) as never,
			);
		const texts = ["<", "<=", ">=", ">"].map((comparator) => valueText(itemOf(comparator).values, "de"));
		expect(texts).toEqual(["< 0,50 ng/mL", "≤ 0,50 ng/mL", "≥ 0,50 ng/mL", "> 0,50 ng/mL"]);
		for (const comparator of ["<", "ad", "toString"]) expect(itemOf(comparator).number, comparator).toBeUndefined();
	});

	it("[PO187] stands behind a number with every digit of the record and the comma of the language; words stay words", () => {
		const itemOf = (own: string) => toRecordItem(parseRelease(`{"class":"vitals","resource":{"resourceType":"Observation",${own}}}`) as never);
		const pressure = (code: string, value: string) =>
			`{"code":{"text":"${code}"},"valueQuantity":{"value":${value},"unit":"mm of mercury","code":"mm[Hg]","system":"http://unitsofmeasure.org"}}`;
		const { values } = itemOf(`"component":[${pressure("Systolic", "120.50")},${pressure("Diastolic", "80")}]`);
		expect(valueText(values, "en")).toBe("Systolic: 120.50 mmHg, Diastolic: 80 mmHg");
		expect(valueText(values, "de")).toBe("Systolic: 120,50 mmHg, Diastolic: 80 mmHg");
		expect(valueText(itemOf(`"valueString":"v1.5 mm[Hg]"`).values, "de")).toBe("v1.5 mm[Hg]");
		expect(valueText(itemOf(`"valueInteger":7`).values, "de")).toBe("7");
		expect(["en", "de"].map((language) => valueText(itemOf(`"valueBoolean":true`).values, language as "en"))).toEqual(["yes", "ja"]);
		expect(valueText(itemOf(`"valueString":"true"`).values, "de")).toBe("true");
		expect(valueText(itemOf(`"valueString":"${"x".repeat(5_000)}"`).values, "de")).toHaveLength(200);
	});
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classesOfType } from "../describe/classesOfType.ts";
import { describeRecord } from "../describe/describeRecord.ts";
import { FhirError } from "../errors.ts";
import type { IdentifiedResource } from "../resource.ts";
import { generatePeople } from "../synthetic/generatePeople.ts";
import { parseSearch } from "./parseSearch.ts";
import { matchesRange, type Prefix, prefixes, readDate } from "./searchDates.ts";
import { getSearchableTypes, getSearchParameters } from "./searchIndex.ts";
import { searchRecords } from "./searchRecords.ts";
import { canonicalUnit } from "./ucum.ts";

const nowMs = Date.UTC(2026, 0, 1);
const record = (resource: object) => ({
	resource: { id: "r", ...resource } as unknown as IdentifiedResource,
	lastUpdatedMs: nowMs,
	values: new Map(),
});
const finds = (type: string, query: string, ...resources: object[]) =>
	searchRecords(
		resources.map((resource) => record({ resourceType: type, ...resource })),
		parseSearch(type, [...new URLSearchParams(query)]),
		{ nowMs },
	).total;
const period = (startMs: number, endMs: number) => ({ startMs, endMs });

describe("dates of a search", () => {
	it("[FR40] a partial date is a period: the year, the month, the day, the minute, the second", () => {
		expect(readDate("2024")).toEqual(period(Date.UTC(2024, 0), Date.UTC(2025, 0)));
		expect(readDate("2024-02")).toEqual(period(Date.UTC(2024, 1), Date.UTC(2024, 2)));
		expect(readDate("2024-02-29")).toEqual(period(Date.UTC(2024, 1, 29), Date.UTC(2024, 2, 1)));
		expect(readDate("2024-02-29T10:30+02:00")).toEqual(period(Date.UTC(2024, 1, 29, 8, 30), Date.UTC(2024, 1, 29, 8, 31)));
		expect(readDate("2024-02-29T10:30:05Z")).toEqual(period(Date.UTC(2024, 1, 29, 10, 30, 5), Date.UTC(2024, 1, 29, 10, 30, 6)));
		expect(readDate("2024-02-29T10:30:05.12Z")).toEqual(period(Date.UTC(2024, 1, 29, 10, 30, 5, 120), Date.UTC(2024, 1, 29, 10, 30, 5, 130)));
		for (const none of ["", "24", "2024-13", "2023-02-29", "2024-01-01T25:00", "2024-1-1", "2024-01-01T10"])
			expect(readDate(none), none).toBeUndefined();
	});

	it("[FR40] prefixes compare periods as R4 §3.1.1.5.5 has it", () => {
		const day = readDate("2013-03-14") as ReturnType<typeof period>;
		const inside = readDate("2013-03-14T10:00") as typeof day;
		const overlapping = period(day.startMs - 1000, day.startMs + 1000);
		const answers = (found: typeof day) => prefixes.filter((prefix) => prefix !== "ap" && matchesRange(prefix, found, day, nowMs));
		expect(answers(inside)).toEqual(["eq", "ge", "le"]);
		expect(answers(overlapping)).toEqual(["ne", "lt", "le"]);
		expect(answers(period(day.endMs, day.endMs + 5))).toEqual(["ne", "gt", "ge", "sa"]);
		expect(answers(period(day.startMs - 5, day.startMs))).toEqual(["ne", "lt", "le", "eb"]);
		expect(answers(period(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY))).toEqual(["ne", "gt", "lt", "ge", "le"]);
	});

	it("[FR40] of any two periods exactly one of eq and ne holds, and sa and eb never with eq", () => {
		const periods = fc
			.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 20 }))
			.map(([start, length]) => period(start, start + length));
		fc.assert(
			fc.property(periods, periods, (found, asked) => {
				const is = (prefix: Prefix) => matchesRange(prefix, found, asked, 100);
				expect(is("eq")).toBe(!is("ne"));
				expect(is("sa") && (is("eq") || is("eb") || is("lt"))).toBe(false);
				expect(is("ap") || !is("eq")).toBe(true);
			}),
		);
	});
});

describe("values of a search", () => {
	const coded = (...coding: object[]) => ({ code: { coding } });
	const lab = { system: "http://loinc.org", code: "718-7" };

	it("[FR41] tokens: any system, one system, none, any code of a system, and what is escaped", () => {
		const both = [coded(lab), coded({ code: "718-7" })];
		expect(finds("Observation", "code=718-7", ...both)).toBe(2);
		expect(finds("Observation", "code=http://loinc.org|718-7", ...both)).toBe(1);
		expect(finds("Observation", "code=|718-7", ...both)).toBe(1);
		expect(finds("Observation", "code=http://loinc.org|", ...both)).toBe(1);
		expect(finds("Observation", "code=a\\,b", coded({ code: "a,b" }), coded({ code: "a" }))).toBe(1);
		expect(finds("Observation", "code:not=718-7", ...both, coded({ code: "x" }), {})).toBe(2);
		expect(finds("Observation", "status=final", { status: "final" }, { status: "Final" })).toBe(1);
		expect(finds("Patient", "deceased=true", { deceasedDateTime: "2020" }, { deceasedBoolean: false }, {})).toBe(1);
		expect(finds("Patient", "phone=1", { telecom: [{ system: "email", value: "1" }] }, { telecom: [{ system: "phone", value: "1" }] })).toBe(1);
	});

	it("[FR41] strings: beginning, part, exact; without case and accents", () => {
		const people = [{ name: [{ family: "Müller" }] }, { name: [{ family: "Mullen" }] }, { name: [{ family: "Amull" }] }];
		expect(finds("Patient", "family=mul", ...people)).toBe(2);
		expect(finds("Patient", "family:contains=MÜL", ...people)).toBe(3);
		expect(finds("Patient", "family:exact=Müller", ...people)).toBe(1);
		expect(finds("Patient", "name=amu", ...people)).toBe(1);
	});

	it("[FR41] quantities: as precise as they are written, in any unit of the same dimension", () => {
		const value = (number: number, code: string) => ({ valueQuantity: { value: number, system: "http://unitsofmeasure.org", code } });
		const grams = value(5.42, "g/dL");
		expect(finds("Observation", "value-quantity=5.4", grams)).toBe(1);
		expect(finds("Observation", "value-quantity=5.40", grams)).toBe(0);
		expect(finds("Observation", "value-quantity=54.2|http://unitsofmeasure.org|g/L", grams)).toBe(1);
		expect(finds("Observation", "value-quantity=gt5000||mg/dL", grams)).toBe(1);
		expect(finds("Observation", "value-quantity=54.2||mol/L", grams)).toBe(0);
		expect(finds("Observation", "value-quantity=ap5||g/dL", grams)).toBe(1);
		expect(finds("Observation", "value-quantity=5.42|http://other.example|g/dL", grams)).toBe(0);
	});

	it("[FR41] composites look at one component at a time", () => {
		const component = (code: string, value: number) => ({ code: { coding: [{ code }] }, valueQuantity: { value } });
		const pressure = { component: [component("sys", 140), component("dia", 90)] };
		expect(finds("Observation", "component-code-value-quantity=sys$140", pressure)).toBe(1);
		expect(finds("Observation", "component-code-value-quantity=sys$90", pressure)).toBe(0);
	});

	it("[FR41] references by id, by type and id, by type as a modifier, by URL", () => {
		const about = (reference: string) => ({ subject: { reference } });
		const all = [about("Patient/1"), about("Group/1"), about("https://other.example/fhir/Patient/1"), about("Patient/1/_history/3")];
		expect(finds("Observation", "subject=1", ...all)).toBe(3);
		expect(finds("Observation", "subject=Patient/1", ...all)).toBe(2);
		expect(finds("Observation", "subject:Group=1", ...all)).toBe(1);
		expect(finds("Observation", "subject:Group=Patient/1", ...all)).toBe(0);
		expect(finds("Observation", "subject=https://other.example/fhir/Patient/1", ...all)).toBe(1);
		expect(finds("Observation", "patient=1", ...all)).toBe(2);
	});

	it("[FR41] missing, and membership of a shipped value set", () => {
		const cancer = coded({ system: "http://snomed.info/sct", code: "363406005" });
		expect(finds("Condition", "onset-date:missing=true", cancer)).toBe(1);
		expect(finds("Condition", "code:missing=true", cancer)).toBe(0);
		expect(finds("Condition", "code:in=urn:aceso:value-set:oncology", cancer, coded(lab))).toBe(1);
	});
});

describe("units", () => {
	it.each([
		["mg/dL", "g/L", 0.01],
		["mmol/L", "umol/mL", 1],
		["mm[Hg]", "kPa", 0.133322],
		["kg/m2", "g/cm2", 0.1],
		["/min", "Hz", 1 / 60],
		["10*3/uL", "10*9/L", 1],
		["[lb_av]", "kg", 0.45359237],
		["{cells}/uL", "/uL", 1],
		["mL/min/{1.73_m2}", "L/min/{1.73_m2}", 0.001],
	])("[FR42] one %s is so many %s", (from, to, factor) => {
		const [a, b] = [canonicalUnit(from), canonicalUnit(to)];
		expect(a?.dimension).toBe(b?.dimension);
		expect((a?.factor ?? 0) / (b?.factor ?? 1)).toBeCloseTo(factor, 9);
	});

	it("[FR42] a rate scaled to a body surface is no plain rate", () => {
		expect(canonicalUnit("mL/min/{1.73_m2}")?.dimension).not.toBe(canonicalUnit("mL/min")?.dimension);
	});

	it("[FR42] what is not in the table is not guessed", () => {
		for (const unit of ["Cel", "furlong", "mg//dL!", "[hp'_X]", "constructor", "__proto__"]) expect(canonicalUnit(unit), unit).toBeUndefined();
	});
});

describe("what a search may say", () => {
	it("[FR43] any text is read or refused with a code, and never more than that", () => {
		const names = fc.oneof(
			fc.string(),
			fc.constantFrom("code", "date", "value-quantity", "subject", "_sort", "_include", "code-value-quantity", "subject.name", "__proto__", "_count"),
		);
		fc.assert(
			fc.property(fc.array(fc.tuple(names, fc.string()), { maxLength: 6 }), (pairs) => {
				try {
					searchRecords([record({ resourceType: "Observation" })], parseSearch("Observation", pairs), { nowMs });
				} catch (error) {
					expect(error).toBeInstanceOf(FhirError);
					expect((error as FhirError).code).toBe("FHIR_SEARCH_INVALID");
				}
			}),
			{ numRuns: 500 },
		);
	});

	it("[FR41] a list that is searched again and again finds what each record by itself is found by", () => {
		const codes = ["a", "b", "c"];
		const systems = ["urn:x", "urn:y", undefined];
		const codings = fc.array(fc.record({ system: fc.constantFrom(...systems), code: fc.constantFrom(...codes, undefined) }), { maxLength: 3 });
		const resources = fc.array(
			fc.record({
				resourceType: fc.constantFrom("Observation", "Condition"),
				code: fc.record({ coding: codings }),
				status: fc.constantFrom("final", "draft"),
			}),
			{ maxLength: 12 },
		);
		const queries = fc.array(
			fc.tuple(fc.constantFrom("code", "code:not", "status"), fc.constantFrom("a", "urn:x|a", "a,b", "urn:y|b,c", "|a", "urn:x|", "final")),
			{ maxLength: 3 },
		);
		fc.assert(
			fc.property(resources, fc.array(queries, { minLength: 1, maxLength: 4 }), (all, asked) => {
				const list = all.map((resource, at) => record({ ...resource, id: `r${at}` }));
				for (const pairs of asked) {
					const query = parseSearch("Observation", pairs);
					const alone = list.filter(({ resource }) => searchRecords([record(resource)], query, { nowMs }).total === 1);
					expect(searchRecords(list, query, { nowMs }).matches).toEqual(alone);
				}
			}),
		);
	});

	it("[FR43] pages of any size put together are the whole, in order, each once", () => {
		const records = Array.from({ length: 23 }, (_, at) =>
			record({ resourceType: "Observation", id: `o${at}`, effectiveDateTime: `20${10 + (at % 7)}` }),
		);
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 30 }), fc.constantFrom("", "date", "-date,_id"), (count, sort) => {
				const query = parseSearch("Observation", [["_count", String(count)], ...(sort === "" ? [] : ([["_sort", sort]] as const))]);
				const seen: string[] = [];
				for (let offset: number | undefined = 0; offset !== undefined; ) {
					const page: ReturnType<typeof searchRecords> = searchRecords(records, query, { offset, nowMs });
					seen.push(...page.matches.map(({ resource }) => resource.id));
					offset = page.nextOffset;
				}
				expect(seen).toHaveLength(23);
				expect(new Set(seen).size).toBe(23);
			}),
		);
	});

	it("[FR44] every type that is searched has parameters, and the classes asked for a type hold all that its records need", () => {
		// R4 defines none for some that no record of a patient is (`Binary`, `SubstancePolymer`).
		expect(getSearchableTypes().filter((type) => getSearchParameters(type).size > 0).length).toBeGreaterThan(130);
		expect(getSearchParameters("Observation").get("code")?.type).toBe("token");
		expect(getSearchParameters("constructor").size).toBe(0);
		for (const { records } of generatePeople({ seed: "classes", count: 20, today: "2026-01-01" })) {
			for (const { bundle } of records) {
				for (const { resource } of bundle.entry) {
					const asked = classesOfType(resource.resourceType);
					for (const needed of describeRecord(resource).classes) expect(asked, resource.resourceType).toContain(needed);
				}
			}
		}
	});
});

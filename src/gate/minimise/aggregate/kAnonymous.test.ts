import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnonymityRecord, kAnonymous } from "./kAnonymous.ts";

const people = (from: number, count: number, year: string): AnonymityRecord[] =>
	Array.from({ length: count }, (_, i) => ({ person: `p${from + i}`, values: { year, sex: "f" } }));
const quasiIdentifiers = ["year", "sex"];
const released = (records: readonly AnonymityRecord[], earlier: readonly (readonly AnonymityRecord[])[] = []) =>
	kAnonymous({ records, quasiIdentifiers, earlier }).released.length;

describe("kAnonymous", () => {
	it("[MI60] eleven who look the same may leave, ten may not", () => {
		expect(released(people(0, 11, "1960"))).toBe(11);
		expect(released(people(0, 10, "1960"))).toBe(0);
		expect(released([...people(0, 11, "1960"), ...people(50, 10, "1961")])).toBe(11);
	});

	it("[MI60] eleven records of one person are one person", () => {
		const records = Array.from({ length: 11 }, () => people(0, 1, "1960")).flat();
		expect(released(records)).toBe(0);
	});

	it("[MI61] differencing: the one newcomer to a group that left before does not leave", () => {
		const before = people(0, 11, "1960");
		const { withheld } = kAnonymous({ records: [...before, ...people(11, 1, "1960")], quasiIdentifiers, earlier: [before] });
		expect(withheld.map(({ person }) => person)).toEqual(["p11"]);
	});

	it("[MI61] eleven newcomers together may", () => {
		const before = people(0, 11, "1960");
		expect(released([...before, ...people(11, 11, "1960")], [before])).toBe(22);
	});

	it("[MI61] crossing: one whose value changed since the last release does not leave, though many have the new value", () => {
		const before = people(0, 22, "1960");
		const now = [...people(0, 21, "1960"), ...people(21, 1, "1961"), ...people(30, 11, "1961")];
		const { withheld } = kAnonymous({ records: now, quasiIdentifiers, earlier: [before] });
		expect(withheld.map(({ person }) => person)).toEqual(["p21"]);
	});

	it("[MI60] a missing value is a value of its own, and values cannot be run together", () => {
		const odd: AnonymityRecord[] = [...people(0, 10, "1960"), { person: "x", values: { year: "1960" } }];
		expect(released(odd)).toBe(0);
		const run = [...Array(6).keys()].map((i) => ({ person: `a${i}`, values: { year: "1,2", sex: "3" } }));
		const other = [...Array(6).keys()].map((i) => ({ person: `b${i}`, values: { year: "1", sex: "2,3" } }));
		expect(released([...run, ...other])).toBe(0);
	});

	it("[MI60] whatever the release, each who leaves shares every value with at least k − 1 others who leave", () => {
		const record = fc.record({
			person: fc.integer({ min: 0, max: 40 }).map(String),
			values: fc.record({ year: fc.constantFrom("1960", "1961"), sex: fc.constantFrom("f", "m") }),
		});
		fc.assert(
			fc.property(fc.uniqueArray(record, { selector: ({ person }) => person, maxLength: 40 }), fc.integer({ min: 2, max: 6 }), (records, k) => {
				const result = kAnonymous({ records, quasiIdentifiers, k });
				expect(result.released.length + result.withheld.length).toBe(records.length);
				for (const { values } of result.released) {
					const alike = result.released.filter((other) => other.values.year === values.year && other.values.sex === values.sex);
					expect(alike.length).toBeGreaterThanOrEqual(k);
				}
			}),
			{ seed: 11, numRuns: 100 },
		);
	});
});

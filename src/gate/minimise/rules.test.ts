import { describe, expect, it } from "vitest";
import {
	boolean,
	date,
	instant,
	list,
	money,
	number,
	object,
	oneOf,
	quantity,
	type Release,
	type Rule,
	reference,
	sampledData,
	smallInteger,
} from "./rules.ts";

const release = (shiftDays?: number): Release => ({ today: "2026-11-21", shiftDays, releaseIds: { idFor: (type, id) => `${type}-${id}` } });
const apply = (rule: Rule, value: unknown, shiftDays?: number) => rule(value, release(shiftDays));
const ucum = (value: unknown, unit: string) => ({ value, unit, system: "http://unitsofmeasure.org", code: unit });
const ninety = { value: 90, comparator: ">=", unit: "a", system: "http://unitsofmeasure.org", code: "a" };

describe("rules of elements", () => {
	it("[MI20] an object keeps its own listed elements that are readable, and is none without one", () => {
		const rule = object({ a: boolean, toString: boolean });
		expect(apply(rule, { a: true, b: true })).toEqual({ a: true });
		expect(apply(rule, { a: true, toString: false })).toEqual({ a: true, toString: false });
		for (const value of [{}, { b: true }, { a: "true" }, [{ a: true }], null, undefined, "a", 7]) expect(apply(rule, value)).toBeUndefined();
		expect(Object.keys(apply(rule, { a: true }) as object)).toEqual(["a"]);
	});

	it("[MI20] a list keeps what is readable of it, in order, and is none without it", () => {
		const rule = list(boolean);
		expect(apply(rule, [true, "x", false])).toEqual([true, false]);
		for (const value of [[], ["x"], true, "x", null, { 0: true, length: 1 }]) expect(apply(rule, value)).toBeUndefined();
	});

	it("[MI20] single values are of their kind and of the listed words alone", () => {
		expect([apply(boolean, true), apply(boolean, false), apply(boolean, "true"), apply(boolean, 1)]).toEqual([true, false, undefined, undefined]);
		const word = oneOf("mild severe");
		expect(["mild", "severe", "mild severe", "", "MILD"].map((value) => apply(word, value))).toEqual([
			"mild",
			"severe",
			undefined,
			undefined,
			undefined,
		]);
		for (const value of [undefined, null, ["mild"], 7]) expect(apply(word, value)).toBeUndefined();
	});

	it("[MI23] [MI26] numbers stay below a million, integers at 89 or below, either sign", () => {
		expect([999_999.5, 1e6, -999_999, -1e6, 0].map((value) => apply(number, value))).toEqual([999_999.5, undefined, -999_999, undefined, 0]);
		expect([89, 90, -89, -90, 0, 1.5, "7", undefined].map((value) => apply(smallInteger, value))).toEqual([
			89,
			undefined,
			-89,
			undefined,
			0,
			undefined,
			undefined,
			undefined,
		]);
	});

	it("[MI21] [MI22] [MI23] a date leaves as its year, or moved; neither before nor after the move may it tell an age", () => {
		expect([apply(date, "2024-05-17"), apply(date, "2024-05-17", 31), apply(date, "2024-05-17", -31)]).toEqual(["2024", "2024-06-17", "2024-04-16"]);
		for (const value of ["2024-5-17", 2024, undefined]) for (const days of [undefined, 31]) expect(apply(date, value, days)).toBeUndefined();
		expect([apply(date, "1937-01-01"), apply(date, "1936-12-31")]).toEqual(["1937", undefined]);
		expect([apply(date, "1937-01-15", -14), apply(date, "1937-01-15", -15)]).toEqual(["1937-01-01", undefined]);
		expect([apply(date, "1936-12-31", 30), apply(date, "1937-01-01", 30)]).toEqual([undefined, "1937-01-31"]);
		expect([apply(instant, "2024-05-17T10:00:00Z"), apply(instant, "2024-05-17T10:00:00Z", 1)]).toEqual([undefined, "2024-05-18T10:00:00Z"]);
	});

	it.each([
		["a", 90],
		["year", 90],
		["years", 90],
		["yr", 90],
		["mo", 1_080],
		["month", 1_080],
		["months", 1_080],
		["wk", 4_696],
		["week", 4_696],
		["weeks", 4_696],
		["d", 32_872],
		["day", 32_872],
		["days", 32_872],
		["h", 788_928],
	])("[MI23] a time in %s is told below %i, and as 90 years or more from there", (unit, limit) => {
		expect(apply(quantity, ucum(limit - 1, unit))).toEqual(ucum(limit - 1, unit));
		expect(apply(quantity, ucum(limit, unit))).toEqual(ninety);
		expect(apply(quantity, { value: limit, unit })).toEqual(ninety);
		expect(apply(quantity, { value: limit - 1, unit })).toEqual({ value: limit - 1, unit });
		// The code says what it is, whatever is written beside it.
		expect(apply(quantity, { value: limit, unit: "Roe", code: unit })).toEqual(ninety);
	});

	it("[MI25] [MI26] a quantity has a readable number, comparator and unit, and any other amount is no time", () => {
		expect(apply(quantity, ucum(788_928, "mg"))).toEqual(ucum(788_928, "mg"));
		expect(apply(quantity, { value: 5 })).toEqual({ value: 5 });
		expect(apply(quantity, { value: 5, system: "https://roe.example", unit: "mg" })).toEqual({ value: 5, unit: "mg" });
		for (const value of [{ unit: "mg" }, { value: "5", unit: "mg" }, { value: 1e6, unit: "mg" }, { value: 5, unit: "Roe" }, 5, undefined, null, []])
			expect(apply(quantity, value)).toBeUndefined();
		for (const comparator of ["<", "<=", ">=", ">"]) expect(apply(quantity, { value: 5, comparator })).toEqual({ value: 5, comparator });
		expect(apply(quantity, { value: 5, comparator: "about" })).toBeUndefined();
	});

	it("[MI20] money in four currencies, samples in numbers", () => {
		for (const currency of ["USD", "EUR", "CHF", "GBP"]) expect(apply(money, { value: 1, currency })).toEqual({ value: 1, currency });
		expect(apply(money, { value: 1, currency: "Roe" })).toEqual({ value: 1 });
		expect(apply(sampledData, { data: "1 2 E", dimensions: 1 })).toEqual({ data: "1 2 E", dimensions: 1 });
		for (const data of ["Jane", ["1"], 1, undefined]) expect(apply(sampledData, { data, dimensions: 1 })).toEqual({ dimensions: 1 });
	});

	it("[MI26] a reference to a listed type bears the release's id, any other is gone", () => {
		const rule = reference("Condition", "Goal");
		expect(apply(rule, { reference: "Goal/7", display: "Roe" })).toEqual({ reference: "Goal/Goal-7" });
		for (const value of [
			{ reference: "Patient/7" },
			{ reference: "urn:uuid:0b3e7e4e-8d0a-4d7b-9c51-2f3a4b5c6d7e" },
			{ display: "Roe" },
			"Goal/7",
			null,
			undefined,
		])
			expect(apply(rule, value)).toBeUndefined();
	});
});

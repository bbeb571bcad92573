import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dayMs } from "#base";
import { shiftDate, yearOnly } from "./dates.ts";

const day = fc.date({ min: new Date("1900-01-01"), max: new Date("2100-12-31"), noInvalidDate: true }).map((at) => at.toISOString().slice(0, 10));
const shift = fc.integer({ min: -365, max: 365 }).filter((days) => days !== 0);
const runs = { seed: 20_261_121, numRuns: 300 };

describe("dates", () => {
	it("[MI13] a shift keeps the interval between two days, to the day", () => {
		fc.assert(
			fc.property(day, day, shift, (a, b, days) => {
				const between = (x: string, y: string) => (Date.parse(y) - Date.parse(x)) / dayMs;
				expect(between(shiftDate(a, days) as string, shiftDate(b, days) as string)).toBe(between(a, b));
			}),
			runs,
		);
	});

	it("[MI13] a shift is undone by its opposite, and keeps time and zone", () => {
		fc.assert(
			fc.property(day, shift, (a, days) => {
				const at = `${a}T23:59:60.123+14:00`;
				expect(shiftDate(shiftDate(at, days) as string, -days)).toBe(at);
			}),
			runs,
		);
	});

	it.each(["2024-02-30", "2024-13-01", "2024-5-17", "2024-05-17T09:30", "Jane Roe", "9999-12-31", ""])("[MI13] %s gives nothing", (text) => {
		expect(shiftDate(text, 200)).toBeUndefined();
	});

	it("[MI23] no year before the year 89 years back leaves", () => {
		expect(yearOnly("1936-12-31", "2026-11-21")).toBeUndefined();
		expect(yearOnly("1937", "2026-11-21")).toBe("1937");
	});
});

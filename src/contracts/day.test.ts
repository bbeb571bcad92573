import { describe, expect, it } from "vitest";
import type { CivilDay } from "#base";
import { dayNumber, dayNumberAt, endOfDayMs } from "./day.ts";

describe("[RU7] days", () => {
	it("counts every day from 1970 to 2200 as the calendar does", () => {
		for (let number = 0; number < 84_006; number++) {
			expect(dayNumber(new Date(number * 86_400_000).toISOString().slice(0, 10))).toBe(number);
		}
	});

	it("knows the ends of its range", () => {
		expect(dayNumber("9999-12-31")).toBe(2_932_896);
		expect(endOfDayMs("1970-01-01" as CivilDay)).toBe(86_400_000);
		expect([dayNumberAt(0), dayNumberAt(86_399_999), dayNumberAt(86_400_000)]).toEqual([0, 0, 1]);
	});

	it.each([
		"1969-12-31",
		"2025-02-29",
		"2100-02-29",
		"2026-04-31",
		"2026-00-01",
		"2026-13-01",
		"2026-01-00",
		"2026-1-01",
		"2026/01/01",
		"26-01-01",
		"+026-01-01",
		"2026-01-0x",
		"",
	])("%s is no day", (text) => {
		expect(dayNumber(text)).toBe(-1);
	});
});

import { describe, expect, it } from "vitest";
import { parseCivilDay, utcMidnight, wholeYearsBetween } from "./time.ts";

describe("civil days", () => {
	it("refuses days the calendar does not have", () => {
		for (const text of ["2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "26-01-01", "2026-1-1", ""]) {
			expect(() => parseCivilDay(text)).toThrowError(expect.objectContaining({ code: "VALUE_UNREADABLE" }));
		}
		expect(parseCivilDay("2024-02-29")).toBe("2024-02-29");
	});

	it("counts whole years on the birthday, not the day before", () => {
		const birth = parseCivilDay("1956-11-21");
		expect(wholeYearsBetween(birth, parseCivilDay("2026-11-20"))).toBe(69);
		expect(wholeYearsBetween(birth, parseCivilDay("2026-11-21"))).toBe(70);
	});

	it("lets a 29 February birthday fall on 1 March in common years", () => {
		const birth = parseCivilDay("1996-02-29");
		expect(wholeYearsBetween(birth, parseCivilDay("2026-02-28"))).toBe(29);
		expect(wholeYearsBetween(birth, parseCivilDay("2026-03-01"))).toBe(30);
	});

	it("starts a day at UTC midnight", () => {
		expect(utcMidnight(parseCivilDay("1970-01-02"))).toBe(86_400_000);
	});
});

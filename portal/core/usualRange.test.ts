import { describe, expect, it } from "vitest";
import { outsideOf } from "./usualRange.ts";

describe("a value and its usual range", () => {
	it("[PO248] is outside on one side, is inside at both ends, and is neither where something is not known", () => {
		expect(outsideOf({ number: 6.9, low: 7, high: 56 })).toBe("below");
		expect(outsideOf({ number: 56.1, low: 7, high: 56 })).toBe("above");
		for (const number of [7, 30, 56]) expect(outsideOf({ number, low: 7, high: 56 })).toBeUndefined();
		expect([outsideOf({ number: 1, high: 2 }), outsideOf({ number: 3, high: 2 }), outsideOf({ number: -1, low: 0 })]).toEqual([
			undefined,
			"above",
			"below",
		]);
		for (const unknown of [{}, { number: 5 }, { low: 1, high: 2 }]) expect(outsideOf(unknown)).toBeUndefined();
	});
});

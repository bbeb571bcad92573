import { describe, expect, it } from "vitest";
import type { RecordItem } from "./deskTypes.ts";
import { boundsOf, ticksOf, toTrends } from "./trends.ts";

const item = (number: number, date: string, more: Partial<RecordItem> = {}): RecordItem => ({
	...{
		id: date,
		kind: "laboratory",
		type: "Observation",
		date,
		title: "Sodium",
		values: [{ title: "", text: `${number}`, unit: "mmol/L" }],
		status: "final",
		author: "",
	},
	...{ number, unit: "mmol/L", code: "http://loinc.org|2951-2", ...more },
});

describe("values over time", () => {
	it("[PO22] the same code in the same unit is one line, oldest first; another unit is another line", () => {
		const [first, second] = toTrends([
			item(140, "2026-02-01"),
			item(4, "2026-01-15", { unit: "mg/dL" }),
			item(138, "2026-01-01", { low: 135, high: 145 }),
		]);
		expect(first).toMatchObject({ unit: "mmol/L", low: 135, high: 145, points: [{ number: 138 }, { number: 140 }] });
		expect(second).toMatchObject({ unit: "mg/dL", points: [{ number: 4 }] });
	});

	it("[PO22] what has no number, no day or no code is no trend", () => {
		const { number: _, ...wordless } = item(1, "2026-01-01");
		const { code: __, ...codeless } = item(1, "2026-01-01");
		expect(toTrends([wordless, codeless, item(1, "")])).toEqual([]);
	});

	it("[PO22] a range the record does not name is not drawn", () => {
		expect(toTrends([item(140, "2026-02-01")])[0]).not.toHaveProperty("low");
	});

	it("a chart has room around everything it shows, and round numbers beside it", () => {
		const [trend] = toTrends([item(140, "2026-02-01", { low: 135, high: 145 })]);
		const bounds = boundsOf(trend!);
		expect(bounds.min).toBeLessThan(135);
		expect(bounds.max).toBeGreaterThan(145);
		expect(ticksOf(bounds)).toEqual([135, 140, 145]);
		expect(ticksOf(boundsOf(toTrends([item(0, "2026-02-01")])[0]!)).length).toBeGreaterThan(1);
	});
});

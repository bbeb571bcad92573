import { describe, expect, it } from "vitest";
import { toCsv } from "./csv.ts";
import type { RefusalTally } from "./officerDeskTypes.ts";
import { refusedHours, refusedPeople } from "./refusalView.ts";

const hour = 3_600_000;
const tally = (requester: string, at: number, count: number, more: Partial<RefusalTally> = {}): RefusalTally => ({
	...{ requester, hour: at * hour, via: "north", action: "read", purpose: "TREAT", reason: "not-permitted", count },
	...more,
});

describe("who was turned away", () => {
	it("[PO113] is told by person, the most first, with the hour that stands out", () => {
		const [most, few, flood] = refusedPeople([
			...[1, 2, 3, 4].map((at) => tally("prober", at, 2)),
			tally("prober", 5, 40),
			...[1, 2, 3].map((at) => tally("steady", at, 12, { action: "lookup", purpose: "LOOKUP" })),
			tally("", 5, 9),
		]);
		expect(most).toMatchObject({ requester: "prober", total: 48, isSpike: true, peak: { hourMs: 5 * hour, count: 40 } });
		expect(few).toMatchObject({ requester: "steady", total: 36, isSpike: false, asked: [{ action: "lookup", count: 36 }] });
		expect(flood).toMatchObject({ requester: "", isSpike: false });
	});

	it("[PO113] hour by hour, hours without any as none", () => {
		expect(refusedHours([tally("a", 9, 3), tally("b", 9, 1), tally("a", 2, 7)], 10 * hour + 5, 3).map(({ count }) => count)).toEqual([0, 4, 0]);
	});
});

describe("a report as a table", () => {
	it("[PO116] holds names as text: no formula, no further row or cell, no turned writing", () => {
		const hostile = ['=HYPERLINK("http://x")', "+1", "-2", "@SUM(A1)", " =1", "a\nb", 'say "x", y', "\u202eevil"];
		const csv = toCsv([["Who", "Count"], ...hostile.map((name) => [name, 1] as const)]);
		const lines = csv.replace("\uFEFF", "").trimEnd().split("\r\n");
		expect(lines).toHaveLength(hostile.length + 1);
		for (const line of lines.slice(1)) expect(line).toMatch(/^"?(?!\s*[=+\-@])/);
		expect(lines[1]).toBe('"\'=HYPERLINK(""http://x"")",1');
		expect(lines[6]).toBe("a b,1");
		expect(lines[7]).toBe('"say ""x"", y",1');
		expect(csv).not.toContain("\u202e");
	});
});

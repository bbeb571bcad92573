import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const portal = join(import.meta.dirname, "..");
const sources = readdirSync(portal, { recursive: true, encoding: "utf8" })
	.filter((path) => /\.tsx?$/.test(path) && !/\.test\.ts$|^(?:testing|texts)\//.test(path))
	.map((path) => ({ path, text: readFileSync(join(portal, path), "utf8") }));

/** How a line would write a date, a number or a share alike in every language, or say something in one language alone. */
const alike: readonly (readonly [what: string, pattern: RegExp])[] = [
	["a date by hand", /\.toISOString\(|\.toDateString\(|\.getUTC(?:FullYear|Month|Date|Hours)\(|\.slice\(0, (?:7|10)\)/],
	["a format of its own", /\.toLocale\w*String\(|\bIntl\.|\.toFixed\(/],
	["a sign for percent", /\} ?%/],
	["a bare count in a page", /[>`(]\s*\$?\{[\w.?]+\.(?:length|size)\}/],
	["a word in the page itself", />\s*\p{L}{2,}[^<>{}=;()]*<\//u],
	["a word in an attribute", /\b(?:aria-label|aria-description|label|title|placeholder|description|alt)="[^"]*\p{L}[^"]*"/u],
];

/** What no person reads: the machine's side of a date, and arithmetic of days. */
const unread: readonly (readonly [path: string, line: RegExp])[] = [
	["parts/AccessLine.tsx", /dateTime=/],
	["pages/officer/Live.tsx", /dateTime=/],
	["pages/officer/Reviews.tsx", /dateTime=/],
	["pages/officer/Reports.tsx", /return new Date\(atMs\)\.toISOString\(\)\.slice\(0, 10\);/],
	["pages/Genes.tsx", /formats\.day\(effective\.slice\(0, 10\)\)/],
	["parts/Chart.tsx", /from\.slice\(0, 7\) === to\.slice\(0, 7\)/],
	["core/grantDraft.ts", /return new Date\(.*\)\.toISOString\(\)\.slice\(0, 10\);/],
	["core/recordItems.ts", /\.slice\(0, 10\);$/],
	["core/lastVisit.ts", /const day = new Date\(sinceMs\)/],
	// German alone: in English the card itself speaks.
	["core/guidanceWords.ts", /\} %`/],
	["core/guidanceWords.ts", /formats\.number\(Number\(.*\.toFixed\(1\)\)\)/],
];

function findAlike(path: string, text: string): readonly string[] {
	return text.split("\n").flatMap((line, at) => {
		if (/^\s*(?:\/\/|\*|\/\*)/.test(line) || unread.some(([file, known]) => file === path && known.test(line))) return [];
		return alike.filter(([, pattern]) => pattern.test(line)).map(([what]) => `${path}:${at + 1} ${what}`);
	});
}

describe("what a page writes", () => {
	it("[PO241] goes through the formats and texts of the language: no page prints a date, a number, a share or a word by itself", () => {
		expect(sources.length).toBeGreaterThan(80);
		expect(sources.flatMap(({ path, text }) => findAlike(path, text))).toEqual([]);
	});

	it("[PO241] and whatever does so is found", () => {
		const wrong = [
			"{points[0]?.date.slice(0, 7)}",
			"<td>{new Date(at).toISOString()}</td>",
			'"vom " + new Date(at).toLocaleString("de-DE")',
			"<strong>{percent} %</strong>",
			"({ended.length})",
			"<p>Nothing here yet</p>",
			'<Button aria-label="Close">',
			"<span>{value.toFixed(1)}</span>",
		];
		for (const line of wrong) expect(findAlike("pages/x.tsx", line), line).not.toEqual([]);
		for (const line of ["<p>{texts.home.nothing}</p>", "{formats.number(ended.length)}", "const of = (x: Map<string, number>) => x;"])
			expect(findAlike("pages/x.tsx", line), line).toEqual([]);
	});

	it("[PO241] what is let through is still there to be let through", () => {
		const stale = unread.filter(
			([file, known]) => !sources.some(({ path, text }) => path === file && text.split("\n").some((line) => known.test(line))),
		);
		expect(stale).toEqual([]);
	});
});

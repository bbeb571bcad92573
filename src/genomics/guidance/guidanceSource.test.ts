import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { guidanceTables } from "../testing/guidanceFiles.ts";
import { hasSource, sourceFolder } from "../testing/knowledgeFiles.ts";
import type { Figure } from "./figure.ts";
import type { DrugTable, StoredGuideline, StoredRow } from "./guidanceTable.ts";
import { parseStatements } from "./statement.ts";

const tables = guidanceTables.map((bytes) => JSON.parse(bytes.toString("utf8")) as DrugTable);

interface SourceRow {
	readonly id: string;
	readonly population: string | null;
	readonly classification: { readonly term: string } | null;
	readonly relatedChemicals: readonly { readonly id: string; readonly name: string }[];
	readonly text: { readonly html: string };
	readonly implications: readonly string[];
	readonly lookupKey: Readonly<Record<string, string | Readonly<Record<string, number>>>>;
	readonly dosingInformation: boolean;
	readonly alternateDrugAvailable: boolean;
	readonly otherPrescribingGuidance: boolean;
}

interface SourceFile {
	readonly guideline: {
		readonly id: string;
		readonly source: string;
		readonly version: number;
		readonly url: string;
		readonly relatedChemicals: readonly { readonly id: string; readonly name: string }[];
		readonly relatedGenes: readonly { readonly symbol: string }[];
	};
	readonly recommendations: readonly SourceRow[];
	readonly citations: readonly { readonly pmid: string | null; readonly year: number }[];
	readonly version: string;
}

/** Reads the source with nothing of the generator, so that a slip there is seen here. */
function readSource(): readonly SourceFile[] {
	const folder = join(sourceFolder, "pharmcat", "guidance_2024-03-01");
	return readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as SourceFile);
}

const populationsOf: Readonly<Record<string, readonly (string | null)[]>> = {
	unstated: [null],
	general: ["general"],
	pediatric: ["pediatrics"],
	adult: ["adults"],
	"adult-or-child-over-40kg": ["child >40kg_adult"],
	"acs-pci": ["CVI ACS PCI"],
	neurovascular: ["NVI"],
	"other-cardiovascular": ["CVI non-ACS non-PCI"],
	naive: ["CBZ naive", "PHT naive", "OXC naive"],
	"used-over-3-months": ["CBZ use >3mos", "PHT use >3mos", "OXC use >3 mos"],
	"no-alternative": ["CBZ-no alternatives"],
};

const termsOf: Readonly<Record<string, string | undefined>> = {
	strong: "Strong",
	moderate: "Moderate",
	optional: "Optional",
	noRecommendation: "No recommendation",
	notGraded: "N/A",
	unstated: undefined,
};

/** What makes a number a figure of the text. */
const unit = String.raw`\s*-?\s*(?:%|mg|µg|μg|ng|days?\b|weeks?\b|hours?\b|h\b|months?\b|times\b|fold\b|years?\b|kg\b|in 20)`;

/** `*1/*3` of the tables as the source has it. */
function alleleCounts(key: string): Readonly<Record<string, number>> {
	const counts: Record<string, number> = {};
	for (const allele of key.split("/")) counts[allele] = (counts[allele] ?? 0) + 1;
	return counts;
}

describe.skipIf(!hasSource)("guidance beside its source (skipped where ../shared/data/pgx is not there)", () => {
	const source = hasSource ? readSource() : [];
	const rowsOf = (file: SourceFile) => file.recommendations.filter(({ lookupKey }) => !Object.values(lookupKey).includes("xN combinations"));
	const stored = new Map<string, { row: StoredRow; guideline: StoredGuideline; table: DrugTable }>();
	for (const table of tables)
		for (const guideline of table.guidelines) for (const row of guideline.rows) stored.set(row[0], { row, guideline, table });

	it("[GU1] has every row of the source but the 58 under keys that no result has, and no other", () => {
		const ids = source.flatMap(rowsOf).map(({ id }) => id);
		expect(ids.length).toBe(2525);
		expect(source.flatMap(({ recommendations }) => recommendations).length - ids.length).toBe(58);
		expect([...stored.keys()].toSorted()).toEqual(ids.toSorted());
		expect(tables.flatMap(({ guidelines }) => guidelines.flatMap(({ rows }) => rows)).length).toBe(2525);
	});

	it("[GU1] has each row's keys, strength, population and marks as the source has them", () => {
		for (const sourceRow of source.flatMap(rowsOf)) {
			const found = stored.get(sourceRow.id);
			if (found === undefined) throw new Error(`${sourceRow.id} is missing`);
			const [, keys, population, strength, marks, , effects] = found.row;
			const asked = found.guideline.genes.map((gene) => sourceRow.lookupKey[gene]);
			const told = keys.map((key, index) => (typeof asked[index] === "object" ? alleleCounts(key) : key));
			expect([sourceRow.id, told]).toEqual([sourceRow.id, asked]);
			expect(populationsOf[population], sourceRow.id).toContain(sourceRow.population);
			expect(termsOf[strength], sourceRow.id).toBe(sourceRow.classification?.term);
			expect([marks.includes("d"), marks.includes("a"), marks.includes("o")], sourceRow.id).toEqual([
				...[sourceRow.dosingInformation, sourceRow.alternateDrugAvailable, sourceRow.otherPrescribingGuidance],
			]);
			expect(effects.length, sourceRow.id).toBe(sourceRow.implications.length);
			expect(sourceRow.relatedChemicals, sourceRow.id).toMatchObject([{ id: found.table.chemical, name: found.table.drug }]);
		}
	});

	it("[GU1] has each guideline's version, day, address, genes, drugs and publications", () => {
		for (const { guideline, citations, version } of source) {
			const copies = tables.flatMap(({ guidelines }) => guidelines).filter(({ id }) => id === guideline.id);
			expect(copies.length, guideline.id).toBe(guideline.relatedChemicals.length);
			for (const copy of copies) {
				expect(copy).toMatchObject({ source: guideline.source, version: guideline.version, url: guideline.url, asOf: version.slice(0, 10) });
				expect(copy.genes).toEqual(guideline.relatedGenes.map(({ symbol }) => symbol));
				expect(copy.drugs).toEqual(guideline.relatedChemicals.map(({ name }) => name));
				expect(copy.publications).toEqual(citations.map(({ pmid, year }) => ({ pmid, year })));
			}
		}
	});

	it("[GU2] carries every figure of a text, or sends the reader to the guideline", () => {
		for (const [html, codes] of distinctTexts()) {
			const statements = parseStatements(codes);
			if (statements.some(({ action }) => action === "see-guideline")) continue;
			const values = statements.flatMap(({ figures }) => figures).flatMap(saidValues);
			const missing = figuresOf(html).filter(
				(figure) => !values.includes(figure) && !new RegExp(`(?<![0-9])${figure}(?![0-9])`).test(wordsOf(codes)),
			);
			expect([missing, codes]).toEqual([[], codes]);
		}
	});

	it("[GU2] has no figure that the text does not have", () => {
		for (const [html, codes] of distinctTexts()) {
			const numbers = numbersOf(html);
			for (const figure of parseStatements(codes).flatMap(({ figures }) => figures))
				for (const value of figure.values.flatMap(({ minimum, maximum, more }) => [minimum, maximum, ...more]))
					expect([value, codes, waysToSay(value, figure).some((way) => numbers.includes(way))]).toEqual([value, codes, true]);
		}
	});

	it("[GU2] stores no run of six words of the source", () => {
		const said = new Set(tables.flatMap((table) => runsOf(JSON.stringify(table))));
		const texts = source.flatMap(rowsOf).flatMap(({ text, implications }) => [plain(text.html), ...implications]);
		expect([...new Set(texts.flatMap(runsOf))].filter((run) => said.has(run))).toEqual([]);
	});

	function distinctTexts(): ReadonlyMap<string, string> {
		return new Map(
			source.flatMap(rowsOf).map(({ id, text }) => {
				const found = stored.get(id);
				return [text.html, found?.guideline.statements[found.row[5]] ?? "missing"];
			}),
		);
	}
});

function plain(html: string): string {
	return html
		.replace(/<[^>]+>/g, " ")
		.replaceAll("&gt;", ">")
		.replaceAll("&lt;", "<")
		.replace(/\s+/g, " ");
}

/** Without what is no dose: publications, alleles, variants, names of studies. */
function withoutNames(html: string): string {
	return plain(html)
		.replace(/\(?PMIDs?:?\s*[\d,\s+J]+\)?/g, " ")
		.replace(/\*\d+(:\d+)?/g, " ")
		.replace(/c\.\d+/g, " ");
}

/** Every number that stands before a unit, and the first of a range. */
function figuresOf(html: string): readonly number[] {
	const found = withoutNames(html).matchAll(new RegExp(String.raw`(\d+(?:\.\d+)?)(?:%?\s*(?:-|–|to|or)\s*(\d+(?:\.\d+)?))?${unit}`, "g"));
	return [...found].flatMap(([, from, to]) => [from, to].filter((each) => each !== undefined).map(Number));
}

/** Numbers of the text, with those written as words. */
function numbersOf(html: string): readonly number[] {
	const words: Readonly<Record<string, number>> = { half: 0.5, double: 2, thrice: 3, once: 1, two: 2, three: 3 };
	const text = withoutNames(html);
	return [
		...[...text.matchAll(/\d+(?:\.\d+)?/g)].map(([number]) => Number(number)),
		...Object.entries(words).flatMap(([word, number]) => (new RegExp(`\\b${word}\\b`, "i").test(text) ? [number] : [])),
	];
}

/** A factor may be said as itself, as a percentage, as a reduction, an increase, or a division. */
function waysToSay(value: number, { factor }: Figure): readonly number[] {
	const rounded = (number: number) => Number(number.toFixed(4));
	return factor
		? [value, rounded(value * 100), rounded(100 - value * 100), rounded(value * 100 - 100), rounded(1 / value)]
		: value === 5
			? [5, 20]
			: [value];
}

function saidValues(figure: Figure): readonly number[] {
	return figure.values.flatMap(({ minimum, maximum, more }) => [minimum, maximum, ...more]).flatMap((value) => waysToSay(value, figure));
}

/** Codes name a few figures in words: `no-response-2-weeks`, `from-12-years`. */
function wordsOf(codes: string): string {
	return codes.replace(/[a-z-]*[*=<>]+[^ ;]*/g, " ");
}

function runsOf(text: string): readonly string[] {
	const words = text
		.toLowerCase()
		.split(/[^a-z]+/)
		.filter(Boolean);
	return words.slice(5).map((_, index) => words.slice(index, index + 6).join(" "));
}

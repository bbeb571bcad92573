import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { byPage, everyText, flatten } from "./allTexts.ts";
import { modelDe } from "./model/de.ts";
import { modelEn } from "./model/en.ts";
import { fill, formatsOf, languageOf } from "./texts.ts";

const english = everyText("en");
const german = everyText("de");
/** In the field's own terms, for whoever treats; a word that is the same in both languages may stand there. */
const clinical = [flatten(modelEn), flatten(modelDe)] as const;
const placesOf = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

/** Flesch–Kincaid grade (Kincaid et al. 1975) of one text; syllables counted as groups of vowels, a silent last e left out. */
function gradeOf(text: string): number {
	const words = text.replace(/\{\w+\}/g, "Ann").match(/[A-Za-z']+/g) ?? [];
	const syllables = words.map((word) =>
		Math.max(
			1,
			(
				word
					.toLowerCase()
					.replace(/e$/, "")
					.match(/[aeiouy]+/g) ?? []
			).length,
		),
	);
	const sentences = Math.max(1, (text.match(/[.!?:](?=\s|$)/g) ?? []).length);
	return 0.39 * (words.length / sentences) + (11.8 * syllables.reduce((sum, count) => sum + count, 0)) / words.length - 15.59;
}

describe("the portal's words", () => {
	it("[PO1] stand in both languages, none left out, with the same places to fill in", () => {
		for (const [ours, theirs] of [[english, german], clinical] as const) {
			expect(theirs.map(([path]) => path)).toEqual(ours.map(([path]) => path));
			for (const [at, [path, text]] of ours.entries()) {
				expect(text.trim(), path).not.toBe("");
				expect(theirs[at]![1].trim(), path).not.toBe("");
				expect(placesOf(theirs[at]![1]), path).toEqual(placesOf(text));
			}
		}
	});

	it("[PO246] of every page are looked at here, wherever they lie", () => {
		const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
		// Those two are in the field's own terms: of the one both languages are held together below, the other has German alone.
		const other = new Set(["guidance", "model"]);
		expect(folders.map(({ name }) => name).filter((name) => !other.has(name))).toHaveLength(byPage.length);
	});

	it("[PO1] are no copies of each other where there is a sentence", () => {
		const copied = english.filter(([, text], at) => text.split(" ").length > 3 && german[at]![1] === text);
		expect(copied).toEqual([]);
	});

	it("[PO2] every English sentence reads at grade 8 or below", () => {
		// A label of a few words is no sentence, and the formula says nothing of it.
		const sentences = english.filter(([, text]) => /[.!?]/.test(text) || text.split(" ").length > 7);
		expect(sentences.length).toBeGreaterThan(80);
		const hard = sentences.map(([path, text]) => [path, gradeOf(text), text] as const).filter(([, grade]) => grade > 8);
		expect(hard).toEqual([]);
	});

	it("[PO2] the measure tells hard from easy", () => {
		expect(gradeOf("The cat sat on the mat.")).toBeLessThan(3);
		expect(gradeOf("Pseudonymised compartments necessitate cryptographic verification of institutional authorisation.")).toBeGreaterThan(15);
	});

	it("[PO241] the axis of a chart says months, or days where months do not tell two apart, as the language does", () => {
		const axes = (day: string, unit: "month" | "day") => (["en", "de"] as const).map((language) => formatsOf(language).axis(day, unit));
		expect(axes("2024-02-11", "month")).toEqual(["Feb 2024", "Feb. 2024"]);
		expect(axes("2024-02-11", "day")).toEqual(["11 Feb 2024", "11.02.2024"]);
		expect(axes("2024-02", "day")).toEqual(["Feb 2024", "Feb. 2024"]);
		expect(axes("2024", "day")).toEqual(["2024", "2024"]);
	});

	it("[PO3] days and numbers are written as the language does", () => {
		expect(formatsOf("en").day("2026-03-01")).toBe("1 March 2026");
		expect(formatsOf("de").day("2026-03-01")).toBe("1. März 2026");
		expect(formatsOf("de").day("1998")).toBe("1998");
		expect(["en", "de"].map((language) => formatsOf(language as "en").day("2024-02"))).toEqual(["February 2024", "Februar 2024"]);
		expect(formatsOf("de").day("2026-03-01T23:30:00-05:00")).toBe("1. März 2026");
		for (const other of ["soon", "2026-13", "2026-02-33"]) expect(formatsOf("de").day(other)).toBe(other);
		expect(formatsOf("en").number(1234.5)).toBe("1,234.5");
		expect(formatsOf("de").number(1234.5)).toBe("1.234,5");
		expect([90_000, 7_300_000, 200_000_000].map(formatsOf("en").age)).toEqual(["1 minute ago", "2 hours ago", "2 days ago"]);
		expect([-5, 90_000, 200_000_000].map(formatsOf("de").age)).toEqual(["vor 0 Minuten", "vor 1 Minute", "vor 2 Tagen"]);
		expect(["en", "de"].map((language) => formatsOf(language as "en").percent(0.0731))).toEqual(["7.3%", "7,3\u00a0%"]);
		expect(languageOf(["fr", "de-AT"])).toBe("de");
		expect(languageOf(["fr"])).toBe("en");
		expect(fill("{a} and {b}", { a: "1" })).toBe("1 and {b}");
	});
});

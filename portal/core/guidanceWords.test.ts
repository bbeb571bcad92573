import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Statement } from "#genomics";
import { actions } from "../../src/genomics/guidance/actions.ts";
import { adviseOn } from "../../src/genomics/guidance/adviseOn.ts";
import { giveAdvice } from "../../src/genomics/guidance/adviseOnAll.ts";
import { conditions } from "../../src/genomics/guidance/conditions.ts";
import { details } from "../../src/genomics/guidance/details.ts";
import { overrideReasons } from "../../src/node/cds/cards.ts";
import { loadPgxTables } from "../../src/node/cds/loadPgxTables.ts";
import { drugName } from "../texts/drugNames.ts";
import { guidanceDe } from "../texts/guidance/de.ts";
import { formatsOf } from "../texts/texts.ts";
import { type GuidanceTeller, type OrderCodes, tellOrder } from "./guidanceWords.ts";

const { guidance } = loadPgxTables();
const teller: GuidanceTeller = {
	...{ words: guidanceDe, formats: formatsOf("de"), drugOf: (name) => drugName(name, "de") ?? name, classOf: (name) => name },
};
const english = /\b(?:the|with|of|not|is|at least|at most|dose|if|reduce|avoid|usual|drug|patients|risk of|or)\b|undefined|\{\w+\}/i;

/** Every row of every guideline, as if somebody had its results. */
const cards: readonly OrderCodes[] = [...guidance.drugs].flatMap(([drug, guidelines]) =>
	guidelines.flatMap(({ recommendations, ...guideline }) =>
		recommendations.map((recommendation): OrderCodes => {
			const results = guideline.genes.map((gene, at) => ({ gene, key: recommendation.keys[at] }));
			const advice = { drug, guideline, status: "recommendation" as const, results, ambiguous: true, recommendation };
			const { codes, ...given } = giveAdvice(advice, "2026-11-29");
			return {
				...{ drug, gist: given.gist, advice: [{ ...given, ...codes }] },
				...{
					adjustments: [],
					caveats: [],
					unreadable: ["CYP2D6"],
					classesNotAvailable: ["genomics"],
					classesInPart: ["medications"],
					dependsOnMedicines: true,
				},
			};
		}),
	),
);
const textOf = (codes: OrderCodes) => {
	const told = tellOrder(codes, teller);
	return told === undefined ? undefined : [told.summary, told.source, ...told.lines.map(({ parts }) => parts.map(({ text }) => text).join(""))];
};

describe("a card of an order in German", () => {
	it("[PO184] every row of every guideline of the tables is said whole, with no English in it", () => {
		expect(cards.length).toBeGreaterThan(500);
		const found = new Set<string>();
		for (const codes of cards) {
			const lines = textOf(codes);
			if (lines === undefined) found.add(`${codes.drug}: not told`);
			// Results are the tables' own names, as the English card has them.
			const results = tellOrder(codes, teller)?.lines[0]?.parts[0]?.text ?? "";
			for (const line of (lines ?? []).filter((each) => !each.startsWith(results))) if (english.test(line)) found.add(line);
		}
		expect([...found].slice(0, 20)).toEqual([]);
		const substances = [...guidance.drugs.values()]
			.flat()
			.flatMap(({ recommendations }) =>
				recommendations.flatMap(({ statements, effects }) => [
					...statements.flatMap(({ details: { use = [], drug = [], not = [] } }) => [...use, ...drug, ...not]),
					...effects.flatMap(({ details: { of = [] } }) => of),
				]),
			);
		const unnamed = substances
			.map((word) => word.replaceAll("_", " "))
			.filter((name) => drugName(name, "de") === undefined && guidanceDe.substances[name] === undefined);
		expect([...new Set(unnamed)].filter((name) => !/^[A-Z0-9-]+$/.test(name))).toEqual([]);
	});

	it("[PO184] nothing of what the English card says is left out: as many statements, figures and reasons, each with its own words", () => {
		for (const codes of cards) {
			const told = tellOrder(codes, teller);
			const [advice] = codes.advice;
			const items = (told?.lines ?? []).filter(({ isItem }) => isItem).length;
			const expected = (advice?.statements.length ?? 0) + 1 + ((advice?.effects.length ?? 0) === 0 ? 0 : 1) + 1 + 3 + (advice?.stale ? 1 : 0) + 1;
			expect(items - ((advice?.missing.length ?? 0) > 0 ? 1 : 0)).toBe(expected);
		}
		const said = (text: string) => createHash("sha256").update(text.toLowerCase()).digest("hex");
		for (const [names, words] of [
			[actions, guidanceDe.actions],
			[conditions, guidanceDe.conditions],
		] as const) {
			expect(Object.keys(words).sort()).toEqual(Object.keys(names).sort());
			expect(new Set(Object.values(words).map(said)).size).toBe(Object.keys(names).length);
		}
		for (const [name, words] of Object.entries(details)) {
			expect(Object.keys(guidanceDe.details[name as keyof typeof details]).sort()).toEqual(Object.keys(words).sort());
		}
		expect(overrideReasons.map(({ display }) => guidanceDe.reasons[display]).filter((each) => each === undefined)).toEqual([]);
	});

	it("[PO184] figures stand as the language writes them, a share as one of the usual dose", () => {
		const [first] = cards;
		const withFigure = (figure: Statement["figures"][number]) => {
			const statement: Statement = { conditions: [], action: "reduce-dose", consider: true, details: {}, figures: [figure] };
			const advice = first!.advice.map((each) => ({ ...each, statements: [statement] }));
			return textOf({ ...first!, advice })?.find((line) => line.startsWith("Erwägen"));
		};
		const value = { minimum: 0.25, maximum: 0.5, more: [], unit: "" };
		expect(withFigure({ quantity: "start", factor: true, comparison: "<=", values: [value] })).toBe(
			"Erwägen: Dosis verringern (Anfangsdosis: höchstens 25–50 % des Üblichen).",
		);
		expect(
			withFigure({ quantity: "daily", factor: false, comparison: "<", values: [{ ...value, minimum: 1.5, maximum: 1.5, unit: "mg/kg/day" }] }),
		).toBe("Erwägen: Dosis verringern (Tagesdosis unter 1,5 mg/kg/Tag).");
	});

	it("[PO180] a code that is not known here leaves the whole card as the node wrote it", () => {
		const [first] = cards;
		const other = (part: object) => textOf({ ...first!, advice: first!.advice.map((each) => ({ ...each, ...part })) });
		expect(other({})).toBeDefined();
		for (const part of [
			{ strength: "constructor" },
			{ population: "martians" },
			{ statements: [{ ...first!.advice[0]!.statements[0], action: "pray" }] },
		]) {
			expect(other(part)).toBeUndefined();
		}
		expect(textOf({ ...first!, advice: [] })).toBeUndefined();
		expect(adviseOn({ drug: "none", findings: [], guidance })).toEqual([]);
	});
});

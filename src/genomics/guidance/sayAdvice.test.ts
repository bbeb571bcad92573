import { describe, expect, it } from "vitest";
import { called, loadGuidance } from "../testing/guidanceFiles.ts";
import { type Advice, adviseOn } from "./adviseOn.ts";
import type { Population } from "./guidanceTable.ts";
import { isStale, sayAdvice } from "./sayAdvice.ts";
import { sayEffect } from "./sayEffect.ts";
import { sayStatement } from "./sayStatement.ts";
import { parseStatements } from "./statement.ts";

const guidance = loadGuidance();
const today = "2024-06-01";
const first = (drug: string, gene: string, key: string, population?: Population) =>
	adviseOn({ drug, findings: [called(gene, key)], guidance, population }).find(({ guideline }) => guideline.source === "CPIC") as Advice;

describe("what a card says", () => {
	it("[GU10] names guideline, date, result, population, reason, advice, alternatives, strength and link", () => {
		expect(sayAdvice(first("clopidogrel", "CYP2C19", "Poor Metabolizer", "acs-pci"), today)).toEqual({
			guideline: "CPIC guideline for clopidogrel and CYP2C19 (published 2022; as it stood on 2024-03-25; PA166104948, version 47)",
			results: "CYP2C19: Poor Metabolizer",
			population: "acute coronary syndrome or percutaneous coronary intervention",
			why: [
				"CYP2C19: active metabolite: greatly reduced.",
				"CYP2C19: platelet reactivity: increased.",
				"CYP2C19: risk (cardiovascular and cerebrovascular events): increased.",
			],
			what: [
				"Avoid this drug where possible.",
				"If not contraindicated: choose another drug (for example prasugrel, ticagrelor).",
				"Note: for acute coronary syndrome or percutaneous coronary intervention.",
			],
			strength: "Strong recommendation.",
			warnings: [],
			link: "https://www.pharmgkb.org/guidelineAnnotation/PA166104948",
		});
	});

	it.each([
		["reduce-dose? start*0.5-0.75", "Consider reducing the dose (50–75% of the usual starting dose)."],
		["increase-dose start*1.5-2", "Increase the dose (1.5–2 times the usual starting dose)."],
		["limit-dose dose<=20mg/day", "Limit the dose (dose at most 20 mg/day)."],
		["unavoidable: monitor by:tdm,ecg", "If the drug is still needed: monitor: drug levels (TDM), ECG."],
		[
			"avoid use:citalopram,sertraline not:CYP2D6",
			"Avoid this drug (instead, for example citalopram, sertraline; instead, one that does not mainly depend on CYP2D6).",
		],
		["alternative-drug? class:p2y12-inhibitor", "Consider choosing another drug: another P2Y12 inhibitor."],
		["malignant: reduce-dose daily*0.1 frequency=3/week", "For malignancy: reduce the dose (10% of the usual daily dose; frequency 3 times a week)."],
		[
			"normal-dose-high: reduce-dose start*0.3-0.8 normal>=75mg/m2/day|1.5mg/kg/day",
			"If the normal starting dose is high: reduce the dose (30–80% of the usual starting dose; if the normal dose is at least 75 mg/m²/day or 1.5 mg/kg/day).",
		],
	])("[GU10] %s", (codes, said) => {
		expect(parseStatements(codes).map(sayStatement)).toEqual([said]);
	});

	it("[GU10] every statement and effect of every row has words: no code, blank or undefined is left in a sentence", () => {
		const rows = [...guidance.drugs.values()].flat().flatMap(({ recommendations }) => recommendations);
		const sentences = new Set(rows.flatMap(({ statements, effects }) => [...statements.map(sayStatement), ...effects.map(sayEffect)]));
		expect(sentences.size).toBeGreaterThan(500);
		for (const said of sentences) expect(said).toMatch(/^[^_]*[A-Z0-9*][^_]*\.$/);
		for (const said of sentences) expect(said).not.toMatch(/undefined|NaN|\(\)| {2}|[a-z]:[a-z]|: \(/);
	});

	it("[GU7] whatever is no recommendation says that this is not safety, and is graded as none", () => {
		for (const advice of [
			first("codeine", "CYP2D6", "n/a"),
			first("codeine", "CYP2D6", "9"),
			adviseOn({ drug: "codeine", findings: [], guidance })[0] as Advice,
		]) {
			const said = sayAdvice(advice, today);
			expect(said.what.at(-1)).toMatch(/does not mean that the drug is safe|unknown, not normal/);
			expect(said.strength).toBe("No recommendation.");
		}
	});

	it("[GU7] a row whose text recommends nothing is not graded as strong, whatever the source's mark says", () => {
		const rows = [...guidance.drugs.entries()].flatMap(([drug, guidelines]) =>
			guidelines.flatMap(({ genes, recommendations }) => recommendations.map((row) => ({ drug, genes, row }))),
		);
		const marked = rows.filter(({ row }) => row.strength === "strong" && row.statements[0]?.action === "no-recommendation");
		expect(marked.length).toBeGreaterThan(0);
		for (const { drug, genes, row } of marked) {
			const findings = genes.map((gene, index) => called(gene, row.keys[index] as string));
			const advice = adviseOn({ drug, findings, guidance }).find(({ recommendation }) => recommendation?.id === row.id) as Advice;
			expect([row.id, advice.status, sayAdvice(advice, today).strength]).toEqual([row.id, "noRecommendation", "No recommendation."]);
		}
	});

	it("[GU6] a row for a missing gene is shown with the gene named as unknown", () => {
		expect(sayAdvice(first("amitriptyline", "CYP2D6", "1.0"), today).warnings).toEqual(["No result of CYP2C19: unknown, not normal."]);
	});

	it("[GU11] a guideline read more than 18 months ago is shown with a warning, to the day", () => {
		expect([isStale("2024-03-25", "2025-09-25"), isStale("2024-03-25", "2025-09-26"), isStale("2024-03-25", "2024-01-01")]).toEqual([
			false,
			true,
			false,
		]);
		expect(sayAdvice(first("codeine", "CYP2D6", "0.0"), "2026-11-29").warnings[0]).toContain("2024-03-25");
	});
});

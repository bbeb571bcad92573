import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createInsight, type InsightRecord, preventClasses, preventHorizons, type Warning } from "#insight";
import { explainRisk } from "../../src/insight/prevent/explain.ts";
import { choiceOf, explainChoice } from "../../src/insight/prevent/modelChoice.ts";
import { createProblem, type InputName, type ProblemCode } from "../../src/insight/prevent/problem.ts";
import { inputRanges } from "../../src/insight/prevent/ranges.ts";
import { preventTerms } from "../../src/insight/prevent/terms.ts";
import { describeUncertainty } from "../../src/insight/prevent/uncertainty.ts";
import { arbitraryInputs } from "../../src/insight/testing/arbitraryInputs.ts";
import { change, complete, condition, medicationRequest, observation, releaseOf, today } from "../../src/insight/testing/releasedRecord.ts";
import { modelDe } from "../texts/model/de.ts";
import { modelEn } from "../texts/model/en.ts";
import { formatsOf, type Language } from "../texts/texts.ts";
import { type ModelTeller, tellChoice, tellProblem, tellShares, tellTerm, tellUncertainty, tellWarning } from "./modelWords.ts";

const tellerOf = (language: Language): ModelTeller => ({
	...{ language, words: language === "en" ? modelEn : modelDe, formats: formatsOf(language), classOf: (name) => name },
});
const [english, german] = [tellerOf("en"), tellerOf("de")];
/** English words that no German sentence of a model has. */
const isEnglish = /\b(?:the|is|not|of|younger|than|record|value|and|blood|risk|drug|age)\b|\{\w+\}|undefined/i;

/** Units alone are not told as the record has them. */
const withUnits = (message: string) =>
	message.replaceAll("mm[Hg]", "mmHg").replaceAll("mL/min/{1.73_m2}", "mL/min/1.73 m²").replaceAll("kg/m2", "kg/m²");

const accepted = [{ youngerThanDays: 365 }, ...Object.values(inputRanges), undefined];

function recordOf(resources: readonly object[], withheld: readonly (typeof preventClasses)[number][] = []): InsightRecord {
	const release = releaseOf(resources as Parameters<typeof releaseOf>[0], withheld);
	return createInsight({ release, today, model: "auto", horizons: preventHorizons, computedAtMs: 0 });
}

/** Records that between them warn of all there is. */
const warned: readonly InsightRecord[] = [
	recordOf(complete),
	recordOf(change([{ resourceType: "Patient", id: "p", gender: "female", birthDate: "1956-05-04" }])),
	recordOf(
		change(
			[
				observation("8480-6", 190, "mm[Hg]"),
				observation("4548-4", 7, "%"),
				observation("9318-7", 1, "furlong"),
				{ ...observation("2093-3", 210, "mg/dL"), id: "o-2093-3-again" },
				medicationRequest("29046", { authoredOn: "2025-03-01" }),
				condition("22298006", { verificationStatus: { coding: [{ code: "provisional" }] } }),
			],
			["c-44054006", "c-59621000", "o-85354-9"],
		),
	),
	...preventClasses.map((each) => recordOf(complete, [each])),
];

describe("what the heart risk model says to whoever treats", () => {
	it("[PO179] every problem of every input is said in both languages, in English word for word as the record says it", () => {
		for (const code of Object.keys(modelEn.problems) as ProblemCode[]) {
			for (const input of Object.keys(modelEn.inputs) as (InputName | "eligibility")[]) {
				for (const each of accepted) {
					const details = code === "INPUT_NOT_AVAILABLE" ? { class: "laboratory" } : each === undefined ? {} : { accepted: each };
					const problem = createProblem(code, input, details as Parameters<typeof createProblem>[2]);
					const told = tellProblem(problem, english).text;
					if (each !== undefined) expect(told.replace(/(\d),(?=\d{3})/g, "$1")).toBe(withUnits(problem.message));
					const { text, lang } = tellProblem(problem, german);
					expect([lang, isEnglish.test(text), text]).toEqual(["de", false, text]);
					if (each === undefined) expect(told).not.toMatch(/undefined|expected|\{/);
				}
			}
		}
	});

	it("[PO179] every warning too, with the drug and the days in its place", () => {
		const warnings = warned.flatMap((record): readonly Warning[] => record.warnings);
		expect(new Set(warnings.map(({ code }) => code))).toEqual(new Set(Object.keys(modelEn.warnings)));
		for (const warning of warnings) {
			expect(tellWarning(warning, english).text).toBe(withUnits(warning.message));
			const { text, lang } = tellWarning(warning, german);
			expect([lang, isEnglish.test(text), text]).toEqual(["de", false, text]);
		}
		// What left without the record's details says less, and nothing wrong.
		for (const { code } of warnings) expect(isEnglish.test(tellWarning({ code }, german).text)).toBe(false);
	});

	it("[PO179] shares, choice and uncertainty as well", () => {
		fc.assert(
			fc.property(arbitraryInputs, (inputs) => {
				const explanation = explainRisk(inputs, { model: "full", horizonYears: 10, outcome: "total_cvd" });
				expect([...tellShares(explanation.contributions, english)].sort()).toEqual([...explanation.clinician].sort());
				for (const line of tellShares(explanation.contributions, german)) expect(line).not.toMatch(isEnglish);
				const choice = choiceOf(inputs);
				expect(tellChoice({ name: "full", choice }, english)).toContain(explainChoice(choice));
				expect(tellChoice({ name: "full", choice }, german)).not.toMatch(/optional|input/);
				const uncertainty = describeUncertainty(inputs, "full", [10]);
				expect(tellUncertainty(uncertainty, english)).toEqual({ text: uncertainty.statement, lang: "en" });
				expect(tellUncertainty(uncertainty, german).lang).toBe("de");
			}),
			{ numRuns: 50 },
		);
		for (const term of preventTerms) expect(tellTerm({ term, label: "label" }, german)).toMatchObject({ lang: "de" });
	});

	it("[PO180] a code, term or statement that is not known here stays as it came, marked as English, and nothing is left out", () => {
		const message = "<b>Something new.</b>";
		expect(tellProblem({ code: "constructor" as ProblemCode, input: "egfr", message }, german)).toEqual({ text: message, lang: "en" });
		expect(tellProblem({ code: "SOMETHING_NEW" as ProblemCode, input: "egfr" }, german)).toEqual({ text: "SOMETHING_NEW: egfr", lang: "en" });
		expect(tellWarning({ code: "SOMETHING_NEW" as Warning["code"], message }, german)).toEqual({ text: message, lang: "en" });
		expect(tellTerm({ term: "toString", label: "new term" }, german)).toEqual({ text: "new term", lang: "en" });
		expect(tellUncertainty({ codes: ["VALIDATED_ON_GROUPS", "SOMETHING_NEW"], statement: message }, german)).toEqual({ text: message, lang: "en" });
		expect(tellUncertainty({ codes: [], statement: message }, german)).toEqual({ text: message, lang: "en" });
	});
});

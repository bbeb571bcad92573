import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryInputs } from "../testing/arbitraryInputs.ts";
import { estimateRisk } from "./estimateRisk.ts";
import { explainRisk } from "./explain.ts";
import { preventHorizons, preventModels, preventOutcomes } from "./model.ts";

const choice = fc.record({
	model: fc.constantFrom(...preventModels),
	horizonYears: fc.constantFrom(...preventHorizons),
	outcome: fc.constantFrom(...preventOutcomes),
});

/** The reference person, as described. */
const reference = {
	ageYears: 55,
	sbpMmHg: 130,
	totalCholesterolMgDl: 4.8 / 0.02586,
	hdlCholesterolMgDl: 1.3 / 0.02586,
	bpTreatment: false,
	statin: false,
	diabetes: false,
	smoking: false,
	egfr: 90,
	bmiKgM2: 25,
	uacrMgG: 1,
	hba1cPercent: 5.3,
	sdiDecile: 1,
};

describe("explanation", () => {
	it("[IN11] contributions and reference add up to the log-odds within 1e-9", () => {
		fc.assert(
			fc.property(arbitraryInputs, choice, (inputs, chosen) => {
				const explanation = explainRisk(inputs, chosen);
				const total = explanation.referenceLogOdds + explanation.contributions.reduce((sum, { logOdds }) => sum + logOdds, 0);
				const estimate = estimateRisk(inputs, chosen).find(({ outcome }) => outcome === chosen.outcome);
				expect(Math.abs(total - (estimate?.logOdds ?? Number.NaN))).toBeLessThan(1e-9);
				expect(Math.abs(explanation.logOdds - total)).toBeLessThan(1e-9);
			}),
			{ numRuns: 300 },
		);
	});

	it("[IN11] the reference person described has every contribution 0", () => {
		for (const sex of ["female", "male"] as const)
			for (const model of preventModels)
				for (const horizonYears of preventHorizons)
					for (const { logOdds } of explainRisk({ ...reference, sex }, { model, horizonYears, outcome: "total_cvd" }).contributions)
						expect(Math.abs(logOdds)).toBeLessThan(1e-9);
	});

	it("[IN11] interactions are their own terms", () => {
		const person = { ...reference, sex: "female" as const, ageYears: 65, smoking: true };
		const { contributions } = explainRisk(person, { model: "base", horizonYears: 10, outcome: "total_cvd" });
		const byTerm = new Map(contributions.map((each) => [each.term, each]));
		expect(byTerm.get("smoking")).toMatchObject({ interaction: false, logOdds: 0.5360739 });
		expect(byTerm.get("age*smoking")).toMatchObject({ interaction: true, logOdds: -0.078715 });
		expect(byTerm.get("age")?.logOdds).toBe(0.7939329);
	});

	it("says sign and size to a clinician, largest first, and plain words to a patient", () => {
		const person = { ...reference, sex: "female" as const, ageYears: 65, smoking: true };
		const { clinician, patient } = explainRisk(person, { model: "base", horizonYears: 10, outcome: "total_cvd" });
		expect(clinician).toEqual([
			"+0.794 log-odds (odds × 2.21): age, per 10 years from 55.",
			"+0.536 log-odds (odds × 1.71): current smoking.",
			"−0.079 log-odds (odds × 0.92): age × current smoking.",
		]);
		expect(patient).toContain("Your age raises your risk a lot.");
		expect(patient).toContain("Smoking raises your risk some.");
	});

	it("patients' words stay at a reading level of grade 8 or below", () => {
		fc.assert(
			fc.property(arbitraryInputs, choice, (inputs, chosen) => {
				const text = explainRisk(inputs, chosen).patient;
				const words = text.flatMap((sentence) => sentence.match(/[a-z0-9]+/gi) ?? []);
				const syllables = words.reduce(
					(sum, word) =>
						sum +
						Math.max(
							1,
							(
								word
									.toLowerCase()
									.replace(/e$/, "")
									.match(/[aeiouy]+/g) ?? []
							).length,
						),
					0,
				);
				// Flesch–Kincaid grade (Kincaid et al. 1975), syllables by vowel groups.
				const grade = 0.39 * (words.length / text.length) + 11.8 * (syllables / words.length) - 15.59;
				expect(grade).toBeLessThanOrEqual(8);
			}),
			{ numRuns: 50 },
		);
	});
});

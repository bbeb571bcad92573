import { describe, expect, it } from "vitest";
import { explainRisk, preventOutcomes } from "#insight";
import { texts } from "../texts/allTexts.ts";
import { factorOf, riskFactors, sharesOf, sizeOf } from "./riskFactors.ts";

const person = {
	...{ sex: "female" as const, ageYears: 62, sbpMmHg: 151, totalCholesterolMgDl: 240, hdlCholesterolMgDl: 44, bpTreatment: true, statin: false },
	...{ diabetes: true, smoking: true, egfr: 55, bmiKgM2: 33, uacrMgG: 40, hba1cPercent: 8, sdiDecile: 8 },
};

describe("what drives a risk", () => {
	it("[PO100] every term of every equation has its factor, with words in both languages", () => {
		for (const model of ["base", "full"] as const) {
			const { contributions, patient } = explainRisk(person, { model, horizonYears: 10, outcome: "total_cvd" });
			for (const { term } of contributions) expect(factorOf(term), term).toBeDefined();
			// One line a factor, as many as the model itself tells a patient between its first and last sentence.
			expect(sharesOf(contributions)).toHaveLength(patient.length - 2);
		}
		for (const language of ["en", "de"] as const) for (const factor of riskFactors) expect(texts[language].myRisk.factors[factor]).not.toBe("");
		expect(preventOutcomes).toEqual(expect.arrayContaining(["total_cvd", "ascvd", "heart_failure"]));
	});

	it("[PO100] the shares are the model's, the strongest first; what is not known here is under nobody's name", () => {
		const shares = sharesOf([
			{ term: "smoking", logOdds: 0.4 },
			{ term: "age*smoking", logOdds: 0.1 },
			{ term: "hdl", logOdds: -0.9 },
			{ term: "statin", logOdds: 0.01 },
			{ term: "constructor", logOdds: 5 },
		]);
		expect(shares.map(({ factor }) => factor)).toEqual(["cholesterol", "smoking"]);
		expect(shares[0]?.logOdds).toBeCloseTo(-0.89);
		expect(shares.map(({ logOdds }) => sizeOf(logOdds))).toEqual(["aLot", "some"]);
		expect(sizeOf(0.1)).toBe("aLittle");
	});
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryInputs } from "../testing/arbitraryInputs.ts";
import { coefficientsHash, getEquation } from "./coefficients.ts";
import { estimateRisk, printRisk } from "./estimateRisk.ts";
import { chooseModel, preventHorizons, preventModels } from "./model.ts";

const options = fc.record({ model: fc.constantFrom(...preventModels), horizonYears: fc.constantFrom(...preventHorizons) });
const runs = { numRuns: 200 };

describe("PREVENT as a function", () => {
	it("[IN1] risks are probabilities, one for each outcome", () => {
		fc.assert(
			fc.property(arbitraryInputs, options, (inputs, chosen) => {
				const estimates = estimateRisk(inputs, chosen);
				expect(estimates.map(({ outcome }) => outcome)).toEqual(["total_cvd", "ascvd", "heart_failure", "chd", "stroke"]);
				for (const { risk } of estimates) expect(risk > 0 && risk < 1).toBe(true);
			}),
			runs,
		);
	});

	it("[IN1] smoking raises the 10-year risk of every outcome", () => {
		fc.assert(
			fc.property(arbitraryInputs, fc.constantFrom(...preventModels), (inputs, model) => {
				const [without, withSmoking] = [false, true].map((smoking) => estimateRisk({ ...inputs, smoking }, { model, horizonYears: 10 }));
				without?.forEach(({ risk }, index) => {
					expect(withSmoking?.[index]?.risk).toBeGreaterThan(risk);
				});
			}),
			runs,
		);
	});

	it("[IN1] among people of 55, more pressure from 110 mm Hg and less eGFR raise 10-year total risk", () => {
		fc.assert(
			fc.property(arbitraryInputs, fc.constantFrom(...preventModels), (person, model) => {
				const inputs = { ...person, ageYears: 55, sbpMmHg: Math.max(110, Math.min(person.sbpMmHg, 190)), egfr: Math.min(person.egfr, 130) };
				const total = (other: typeof inputs) => estimateRisk(other, { model, horizonYears: 10 })[0]?.risk;
				expect(total({ ...inputs, sbpMmHg: inputs.sbpMmHg + 10 })).toBeGreaterThan(total(inputs) ?? 1);
				expect(total({ ...inputs, egfr: inputs.egfr + 10 })).toBeLessThan(total(inputs) ?? 0);
			}),
			runs,
		);
	});

	it("[IN1] a model ignores the optional inputs that are not its own", () => {
		fc.assert(
			fc.property(arbitraryInputs, fc.constantFrom(...preventHorizons), ({ uacrMgG, hba1cPercent, sdiDecile, ...base }, horizonYears) => {
				const all = { ...base, uacrMgG: uacrMgG ?? 30, hba1cPercent: hba1cPercent ?? 6, sdiDecile: sdiDecile ?? 5 };
				expect(estimateRisk(all, { model: "base", horizonYears })).toEqual(estimateRisk(base, { model: "base", horizonYears }));
			}),
			runs,
		);
	});

	it("[IN10] the chosen model uses every optional input that is there", () => {
		fc.assert(
			fc.property(arbitraryInputs, (inputs) => {
				const known = [inputs.uacrMgG, inputs.hba1cPercent, inputs.sdiDecile].filter((value) => value !== undefined).length;
				expect(chooseModel(inputs) === "base").toBe(known === 0);
				expect(chooseModel(inputs) === "full").toBe(known > 1);
			}),
			runs,
		);
		expect(chooseModel({ uacrMgG: 10 })).toBe("uacr");
		expect(chooseModel({ hba1cPercent: 6 })).toBe("hba1c");
		expect(chooseModel({ sdiDecile: 3 })).toBe("sdi");
	});

	it("[IN1] prints three decimals, halves up, binary fractions below a half included", () => {
		expect([0.0005, 0.1445, 0.14449, 0.2865, 1 / 3].map(printRisk)).toEqual(["0.001", "0.145", "0.144", "0.287", "0.333"]);
	});

	it("the table is the one that was reviewed", () => {
		expect(coefficientsHash).toMatch(/^[0-9a-f]{64}$/);
		const numbers = preventModels.flatMap((model) =>
			preventHorizons.flatMap((horizonYears) =>
				(["female", "male"] as const).flatMap((sex) =>
					(["total_cvd", "ascvd", "heart_failure", "chd", "stroke"] as const).map(
						(outcome) => getEquation({ model, horizonYears, sex, outcome }).coefficients.length + 1,
					),
				),
			),
		);
		expect(numbers.reduce((sum, count) => sum + count)).toBe(2670);
	});
});

import { describe, expect, it } from "vitest";
import { estimateRisk } from "./estimateRisk.ts";
import type { PreventInputs } from "./model.ts";
import { computeTerms } from "./terms.ts";

/** The published examples are all treated for pressure; this person is on the other side of every switch and knot. */
const person: PreventInputs = {
	sex: "female",
	ageYears: 45,
	sbpMmHg: 100,
	totalCholesterolMgDl: 180,
	hdlCholesterolMgDl: 60,
	bpTreatment: false,
	statin: true,
	diabetes: false,
	smoking: true,
	egfr: 45,
	bmiKgM2: 22,
	hba1cPercent: 6.3,
	sdiDecile: 5,
};

describe("terms", () => {
	it("[IN1] scale, centre and switch as Table S12 says, worked by hand", () => {
		const terms = computeTerms(person);
		const byHand = {
			age: -1,
			ageSquared: 1,
			nonHdl: -0.3968,
			hdl: 0.838667,
			sbpBelow110: -0.5,
			sbpFrom110: -1,
			diabetes: 0,
			smoking: 1,
			bmiBelow30: -0.6,
			bmiFrom30: 0,
			egfrBelow60: 1,
			egfrFrom60: 2,
			bpTreatment: 0,
			statin: 1,
			"bpTreatment*sbpFrom110": 0,
			"statin*nonHdl": -0.3968,
			"age*nonHdl": 0.3968,
			"age*hdl": -0.838667,
			"age*sbpFrom110": 1,
			"age*diabetes": 0,
			"age*smoking": -1,
			"age*bmiFrom30": 0,
			"age*egfrBelow60": -1,
			sdi4to6: 1,
			sdi7to10: 0,
			sdiMissing: 0,
			lnUacr: 0,
			uacrMissing: 1,
			hba1cWithDiabetes: 0,
			hba1cWithoutDiabetes: 1,
			hba1cMissing: 0,
		};
		for (const [term, value] of Object.entries(byHand)) expect(terms[term as keyof typeof byHand], term).toBeCloseTo(value, 6);
		expect(Object.keys(terms)).toHaveLength(Object.keys(byHand).length);
	});

	it("[IN1] deciles fall into 1–3, 4–6, 7–10", () => {
		const groups = Array.from({ length: 10 }, (_, index) => computeTerms({ ...person, sdiDecile: index + 1 }));
		expect(groups.map(({ sdi4to6, sdi7to10 }) => `${sdi4to6}${sdi7to10}`).join(" ")).toBe("00 00 00 10 10 10 01 01 01 01");
	});

	it("[IN1] the other side of each switch changes the estimate by its terms alone", () => {
		const logOdds = (inputs: PreventInputs) => estimateRisk(inputs, { model: "base", horizonYears: 10 })[0]?.logOdds ?? Number.NaN;
		// base, 10 years, female, total CVD: treatment 0.3151672, treated pressure −0.0663612 × (−1).
		expect(logOdds({ ...person, bpTreatment: true }) - logOdds(person)).toBeCloseTo(0.3151672 + 0.0663612, 9);
		// diabetes 0.8667604, age × diabetes −0.27057 × (−1).
		expect(logOdds({ ...person, diabetes: true }) - logOdds(person)).toBeCloseTo(0.8667604 + 0.27057, 9);
		// statin −0.1477655, treated non-HDL 0.1197879 × (−0.3968).
		expect(logOdds(person) - logOdds({ ...person, statin: false })).toBeCloseTo(-0.1477655 + 0.1197879 * -0.3968, 9);
	});
});

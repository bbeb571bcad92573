import { InsightError } from "../errors.ts";
import type { PreventSex } from "./model.ts";

/**
 * Estimated glomerular filtration rate from serum creatinine by CKD-EPI 2021, which has no term for race, in mL/min/1.73 m².
 *
 * Source: Inker et al., N Engl J Med 2021;385:1737–1749, doi:10.1056/NEJMoa2102953:
 * 142 × min(Scr/κ, 1)^α × max(Scr/κ, 1)^−1.200 × 0.9938^age × 1.012 if female; κ = 0.7 (female), 0.9 (male); α = −0.241, −0.302.
 *
 * @param creatinineMgDl - IDMS-traceable, above 0.
 * @param ageYears - At the time of the sample; the equation is for adults.
 * @throws {@link InsightError} `INSIGHT_INPUT_INVALID` on an age under 18 or a creatinine that is not above 0.
 */
export function computeEgfr({
	creatinineMgDl,
	ageYears,
	sex,
}: {
	readonly creatinineMgDl: number;
	readonly ageYears: number;
	readonly sex: PreventSex;
}): number {
	if (!(creatinineMgDl > 0) || !(ageYears >= 18)) {
		throw new InsightError("INSIGHT_INPUT_INVALID", "expected a creatinine above 0 and an age of at least 18 years");
	}
	const [kappa, alpha, factor] = sex === "female" ? [0.7, -0.241, 1.012] : [0.9, -0.302, 1];
	const ratio = creatinineMgDl / kappa;
	return 142 * Math.min(ratio, 1) ** alpha * Math.max(ratio, 1) ** -1.2 * 0.9938 ** ageYears * factor;
}

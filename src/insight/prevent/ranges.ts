import type { NumericInput, PreventInputs } from "./model.ts";
import { createProblem, type Problem, printAccepted } from "./problem.ts";

export interface InputRange {
	readonly from: number;
	readonly to: number;
	/** True when `to` itself is outside. */
	readonly excludesTo?: boolean;
	readonly unit: string;
}

/**
 * What PREVENT was made for. A value outside is refused, never moved to the edge.
 *
 * Source: doi:10.1161/CIRCULATIONAHA.123.067626 (ages; people with BMI under 18.5 or of 40 and more were excluded), and the ranges that preventr
 * documents for estimate_risk, where it says that PREVENT itself permits systolic pressure up to 200 mm Hg and HbA1c down to 3 %.
 */
export const inputRanges: Readonly<Record<NumericInput, InputRange>> = {
	ageYears: { from: 30, to: 79, unit: "years" },
	sbpMmHg: { from: 90, to: 200, unit: "mm Hg" },
	totalCholesterolMgDl: { from: 130, to: 320, unit: "mg/dL" },
	hdlCholesterolMgDl: { from: 20, to: 100, unit: "mg/dL" },
	egfr: { from: 15, to: 140, unit: "mL/min/1.73 m²" },
	bmiKgM2: { from: 18.5, to: 40, excludesTo: true, unit: "kg/m²" },
	uacrMgG: { from: 0.1, to: 25_000, unit: "mg/g" },
	hba1cPercent: { from: 3, to: 15, unit: "%" },
	sdiDecile: { from: 1, to: 10, unit: "decile" },
};

export function isInRange(input: NumericInput, value: number): boolean {
	const { from, to, excludesTo } = inputRanges[input];
	return value >= from && (excludesTo === true ? value < to : value <= to);
}

export function printRange(input: NumericInput): string {
	return printAccepted(inputRanges[input]);
}

/** Every number among the inputs that lies outside its range, named. Age is judged with eligibility. */
export function findOutOfRange(inputs: Partial<PreventInputs>): readonly Problem[] {
	return (Object.keys(inputRanges) as NumericInput[]).flatMap((input) => {
		const value = inputs[input];
		if (input === "ageYears" || value === undefined || isInRange(input, value)) return [];
		return [createProblem("INPUT_OUT_OF_RANGE", input, { accepted: inputRanges[input] })];
	});
}

import { estimateRisk } from "./estimateRisk.ts";
import type { NumericInput, PreventHorizon, PreventInputs, PreventModel, PreventOutcome, PreventSex } from "./model.ts";
import { inputNames } from "./problem.ts";
import { inputRanges, isInRange } from "./ranges.ts";
import { type UncertaintyCode, uncertaintyStatements } from "./uncertaintyCode.ts";

export interface PublishedPerformance {
	readonly measure: "C-statistic" | "calibration slope";
	readonly sex: PreventSex;
	readonly median: string;
	/** Over the external data sets. */
	readonly interquartile: readonly [string, string];
}

/**
 * External validation of total CVD, 3 330 085 people in 21 data sets, mean follow-up of 4.8 years in the whole study.
 *
 * Source: doi:10.1161/CIRCULATIONAHA.123.067626, abstract.
 */
export const publishedPerformance: readonly PublishedPerformance[] = [
	{ measure: "C-statistic", sex: "female", median: "0.794", interquartile: ["0.763", "0.809"] },
	{ measure: "C-statistic", sex: "male", median: "0.757", interquartile: ["0.727", "0.778"] },
	{ measure: "calibration slope", sex: "female", median: "1.03", interquartile: ["0.81", "1.16"] },
	{ measure: "calibration slope", sex: "male", median: "0.94", interquartile: ["0.81", "1.13"] },
];

/** What the estimate becomes if one measurement is a little off. */
export interface Sensitivity {
	readonly input: NumericInput;
	readonly horizonYears: PreventHorizon;
	readonly outcome: PreventOutcome;
	/** Risk with the input lower and higher by `change`, null where that would leave PREVENT's range. */
	readonly riskIfLower: number | null;
	readonly riskIfHigher: number | null;
	readonly change: number;
	readonly unit: string;
}

export interface Uncertainty {
	readonly codes: readonly UncertaintyCode[];
	/** The codes in English. */
	readonly statement: string;
	readonly published: readonly PublishedPerformance[];
	readonly sensitivity: readonly Sensitivity[];
}

/** Sizes assumed here, of the order of what two measurements in one person differ by; they are not from PREVENT. */
const assumedChanges: Readonly<Partial<Record<NumericInput, number>>> = {
	sbpMmHg: 5,
	totalCholesterolMgDl: 10,
	hdlCholesterolMgDl: 5,
	egfr: 5,
	bmiKgM2: 1,
	hba1cPercent: 0.3,
};

/** What can be said honestly about how sure an estimate is. */
export function describeUncertainty(inputs: PreventInputs, model: PreventModel, horizons: readonly PreventHorizon[]): Uncertainty {
	const sensitivity = horizons.flatMap((horizonYears) =>
		(Object.keys(assumedChanges) as NumericInput[])
			.filter((input) => inputs[input] !== undefined && (input !== "hba1cPercent" || model === "hba1c" || model === "full"))
			.flatMap((input) => vary(inputs, input, { model, horizonYears })),
	);
	const codes = Object.keys(uncertaintyStatements) as UncertaintyCode[];
	const statement = codes.map((code) => uncertaintyStatements[code]).join(" ");
	return { codes, statement, published: publishedPerformance.filter(({ sex }) => sex === inputs.sex), sensitivity };
}

function vary(
	inputs: PreventInputs,
	input: NumericInput,
	options: { readonly model: PreventModel; readonly horizonYears: PreventHorizon },
): Sensitivity[] {
	const change = assumedChanges[input] ?? 0;
	const at = (value: number) => (isInRange(input, value) ? estimateRisk({ ...inputs, [input]: value }, options) : undefined);
	const [lower, higher] = [at((inputs[input] ?? 0) - change), at((inputs[input] ?? 0) + change)];
	return estimateRisk(inputs, options).map(({ outcome }, index) => ({
		input,
		horizonYears: options.horizonYears,
		outcome,
		riskIfLower: lower?.[index]?.risk ?? null,
		riskIfHigher: higher?.[index]?.risk ?? null,
		change,
		unit: inputRanges[input].unit,
	}));
}

/** `systolic blood pressure ± 5 mm Hg`. */
export function describeChange({ input, change, unit }: Sensitivity): string {
	return `${inputNames[input]} ± ${change} ${unit}`;
}

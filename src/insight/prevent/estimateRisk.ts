import { getEquation } from "./coefficients.ts";
import { type PreventHorizon, type PreventInputs, type PreventModel, type PreventOutcome, preventOutcomes } from "./model.ts";
import { computeTerms } from "./terms.ts";

export interface RiskEstimate {
	readonly outcome: PreventOutcome;
	/** Probability of a first event within the horizon, 0..1. */
	readonly risk: number;
	readonly logOdds: number;
}

/**
 * Risk of each outcome by one PREVENT model: risk = 1 / (1 + e^(−log-odds)).
 *
 * Computes for whatever numbers it is given; who may be assessed and which values are in range is decided before
 * (`assertRanges`, eligibility). Source: doi:10.1161/CIRCULATIONAHA.123.067626, Table S12. float64; agrees with the published examples
 * to their three decimals.
 */
export function estimateRisk(
	inputs: PreventInputs,
	{ model, horizonYears }: { readonly model: PreventModel; readonly horizonYears: PreventHorizon },
): readonly RiskEstimate[] {
	const terms = computeTerms(inputs);
	return preventOutcomes.map((outcome) => {
		const { constant, coefficients } = getEquation({ model, horizonYears, sex: inputs.sex, outcome });
		let logOdds = constant;
		for (const { term, beta } of coefficients) logOdds += beta * terms[term];
		return { outcome, risk: toProbability(logOdds), logOdds };
	});
}

/** Inverse of the logit. */
export function toProbability(logOdds: number): number {
	return 1 / (1 + Math.exp(-logOdds));
}

/** The risk as PREVENT prints it: three decimals, halves up. */
export function printRisk(risk: number): string {
	// The allowance that preventr's rounding makes for binary fractions just below a half (square root of the float64 epsilon).
	return (Math.floor(risk * 1000 + 0.5 + 1.5e-8) / 1000).toFixed(3);
}

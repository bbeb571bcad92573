import type { CollectedInputs } from "./collectInputs.ts";
import { estimateRisk, printRisk } from "./estimateRisk.ts";
import { type Explanation, explainRisk } from "./explain.ts";
import { chooseModel, optionalInputs, type PreventHorizon, type PreventInputs, type PreventModel, type PreventOutcome } from "./model.ts";
import { choiceOf, explainChoice, type ModelChoice } from "./modelChoice.ts";
import { createProblem, type InputName, type Problem, type Warning } from "./problem.ts";
import { findOutOfRange, inputRanges, isInRange } from "./ranges.ts";
import { describeUncertainty, type Uncertainty } from "./uncertainty.ts";

export interface PreventResult {
	readonly outcome: PreventOutcome;
	readonly horizonYears: PreventHorizon;
	/** Probability 0..1, unrounded. */
	readonly risk: number;
	/** Three decimals, as PREVENT prints it. */
	readonly printed: string;
	readonly logOdds: number;
}

export type Assessment =
	| { readonly status: "refused"; readonly problems: readonly Problem[]; readonly warnings: readonly Warning[] }
	| {
			readonly status: "computed";
			readonly model: PreventModel;
			/** Why this model. */
			readonly modelChoice: ModelChoice;
			readonly modelReason: string;
			readonly results: readonly PreventResult[];
			readonly explanations: readonly Explanation[];
			readonly uncertainty: Uncertainty;
			readonly warnings: readonly Warning[];
	  };

export interface AssessParameters {
	/** `auto`: the model that uses what is known ({@link chooseModel}). A model named needs every input of its own. */
	readonly model: PreventModel | "auto";
	readonly horizons: readonly PreventHorizon[];
}

const optional: readonly InputName[] = optionalInputs.full;

/** Decides eligibility and completeness, then computes; or refuses with every reason there is. */
export function assess(collected: CollectedInputs, { model, horizons }: AssessParameters): Assessment {
	const found = [...collected.problems, ...findOutOfRange(collected.values), ...judgeAge(collected.values.ageYears)];
	const needed: readonly InputName[] = model === "auto" ? [] : optionalInputs[model];
	const isOptional = ({ input }: Problem) => input !== "eligibility" && optional.includes(input) && !needed.includes(input);
	const problems = found.filter((problem) => !isOptional(problem));
	const leftOut = found.filter(isOptional);
	if (problems.length > 0) return { status: "refused", problems, warnings: collected.warnings };
	// Every required input has a value or a problem; there is none of the latter.
	const inputs = withoutLeftOut(collected.values as PreventInputs, leftOut);
	const chosen = model === "auto" ? chooseModel(inputs) : model;
	const modelChoice: ModelChoice = model === "auto" ? choiceOf(inputs) : { code: "NAMED_BY_REQUESTER", inputs: [] };
	return {
		status: "computed",
		model: chosen,
		modelChoice,
		modelReason: explainChoice(modelChoice),
		...compute(inputs, chosen, horizons),
		uncertainty: describeUncertainty(inputs, chosen, horizons),
		warnings: [...collected.warnings, ...warnOfInputs(inputs, horizons), ...(model === "auto" ? leftOut.map(warnOfLeftOut) : [])],
	};
}

function judgeAge(ageYears: number | undefined): readonly Problem[] {
	if (ageYears === undefined || isInRange("ageYears", ageYears)) return [];
	return [createProblem("NOT_ELIGIBLE_AGE", "eligibility", { accepted: inputRanges.ageYears })];
}

function withoutLeftOut({ uacrMgG, hba1cPercent, sdiDecile, ...required }: PreventInputs, leftOut: readonly Problem[]): PreventInputs {
	const keep = (name: InputName) => !leftOut.some(({ input }) => input === name);
	return {
		...required,
		...(uacrMgG !== undefined && keep("uacrMgG") ? { uacrMgG } : {}),
		...(hba1cPercent !== undefined && keep("hba1cPercent") ? { hba1cPercent } : {}),
		...(sdiDecile !== undefined && keep("sdiDecile") ? { sdiDecile } : {}),
	};
}

function compute(inputs: PreventInputs, model: PreventModel, horizons: readonly PreventHorizon[]) {
	const results = horizons.flatMap((horizonYears) =>
		estimateRisk(inputs, { model, horizonYears }).map((estimate) => ({ ...estimate, horizonYears, printed: printRisk(estimate.risk) })),
	);
	return { results, explanations: results.map(({ horizonYears, outcome }) => explainRisk(inputs, { model, horizonYears, outcome })) };
}

function warnOfLeftOut({ input, code, message, class: dataClass, accepted }: Problem): Warning {
	if (input === "sdiDecile" && code === "INPUT_MISSING") {
		return { code: "SDI_NOT_GIVEN", input, message: "The Social Deprivation Index stands neither in what was released nor was it stated." };
	}
	const because = { code, ...(dataClass === undefined ? {} : { class: dataClass }), ...(accepted === undefined ? {} : { accepted }) };
	return { code: "OPTIONAL_INPUT_NOT_USED", ...(input === "eligibility" ? {} : { input }), because, message };
}

function warnOfInputs(inputs: PreventInputs, horizons: readonly PreventHorizon[]): readonly Warning[] {
	const warnings: Warning[] = [];
	if (horizons.includes(30) && inputs.ageYears > 59) {
		warnings.push({
			code: "HORIZON_BEYOND_AGE_59",
			input: "ageYears",
			message: "The 30-year equations are for ages up to 59; beyond, the estimate is questionable.",
		});
	}
	if (inputs.sbpMmHg > 180) {
		const message = "Systolic pressure above 180 mm Hg needs attention of its own before a long-term risk does.";
		warnings.push({ code: "PRESSURE_ABOVE_180", input: "sbpMmHg", message });
	}
	if (!inputs.diabetes && inputs.hba1cPercent !== undefined && inputs.hba1cPercent >= 6.5) {
		const message = "HbA1c is in the range of diabetes (6.5 % or more), but no diagnosis is recorded; the estimate counts no diabetes.";
		warnings.push({ code: "HBA1C_SUGGESTS_DIABETES", input: "hba1cPercent", message });
	}
	return warnings;
}

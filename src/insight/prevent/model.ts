/** The words of PREVENT: models, horizons, outcomes and the values an equation takes. */

export const preventModels = ["base", "uacr", "hba1c", "sdi", "full"] as const;
export type PreventModel = (typeof preventModels)[number];

export const preventHorizons = [10, 30] as const;
/** Years over which risk is estimated. */
export type PreventHorizon = (typeof preventHorizons)[number];

/** `ascvd` = `chd` + `stroke` as an outcome; `total_cvd` = `ascvd` or heart failure. Each has its own equation: they need not add up. */
export const preventOutcomes = ["total_cvd", "ascvd", "heart_failure", "chd", "stroke"] as const;
export type PreventOutcome = (typeof preventOutcomes)[number];

export type PreventSex = "female" | "male";

/** What every model needs. */
export interface PreventInputs {
	readonly sex: PreventSex;
	readonly ageYears: number;
	readonly sbpMmHg: number;
	readonly totalCholesterolMgDl: number;
	readonly hdlCholesterolMgDl: number;
	/** Takes medicine that lowers blood pressure. */
	readonly bpTreatment: boolean;
	readonly statin: boolean;
	readonly diabetes: boolean;
	/** Smoked cigarettes within the last 30 days. */
	readonly smoking: boolean;
	/** CKD-EPI 2021, mL/min/1.73 m². */
	readonly egfr: number;
	readonly bmiKgM2: number;
	/** Urine albumin-to-creatinine ratio, mg/g; absent = the model's term for a missing value. */
	readonly uacrMgG?: number;
	/** NGSP percent; absent = the model's term for a missing value. */
	readonly hba1cPercent?: number;
	/** Decile of the Social Deprivation Index, 1 (least deprived) to 10; absent = the model's term for a missing value. */
	readonly sdiDecile?: number;
}

/** A number among the inputs, with the range it may have. */
export type NumericInput =
	| "ageYears"
	| "sbpMmHg"
	| "totalCholesterolMgDl"
	| "hdlCholesterolMgDl"
	| "egfr"
	| "bmiKgM2"
	| "uacrMgG"
	| "hba1cPercent"
	| "sdiDecile";

/** Which optional inputs a model uses. */
export const optionalInputs: Readonly<Record<PreventModel, readonly ("uacrMgG" | "hba1cPercent" | "sdiDecile")[]>> = {
	base: [],
	uacr: ["uacrMgG"],
	hba1c: ["hba1cPercent"],
	sdi: ["sdiDecile"],
	full: ["uacrMgG", "hba1cPercent", "sdiDecile"],
};

/**
 * The model that uses what is known: none of the optional values → base; exactly one → the model that adds it; two or three → full, which
 * has a term for each missing one.
 *
 * Source: the model selection documented by preventr (estimate_risk, "Model selection when model = NULL").
 */
export function chooseModel(known: Pick<PreventInputs, "uacrMgG" | "hba1cPercent" | "sdiDecile">): PreventModel {
	const found = optionalInputs.full.filter((name) => known[name] !== undefined);
	if (found.length === 0) return "base";
	if (found.length > 1) return "full";
	return found[0] === "uacrMgG" ? "uacr" : found[0] === "hba1cPercent" ? "hba1c" : "sdi";
}

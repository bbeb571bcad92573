import type { DataClass } from "#contracts";
import type { PreventInputs } from "./model.ts";

export type InputName = keyof PreventInputs;

/** Why an insight is refused, or an optional input left out. Each names its input; none carries a value of the record. */
export type ProblemCode =
	/** Younger than 30 or older than 79. */
	| "NOT_ELIGIBLE_AGE"
	/** Atherosclerotic cardiovascular disease is known: PREVENT is for a first event. */
	| "NOT_ELIGIBLE_ASCVD"
	| "NOT_ELIGIBLE_HEART_FAILURE"
	| "NOT_ELIGIBLE_DECEASED"
	/** The class it would stand in was not released: nothing can be concluded, absence least of all. */
	| "INPUT_NOT_AVAILABLE"
	/** The class was released and the record has no such value. */
	| "INPUT_MISSING"
	/** The latest value is not younger than the stated age. */
	| "INPUT_STALE"
	| "INPUT_OUT_OF_RANGE"
	| "INPUT_UNIT_UNKNOWN"
	/** Recorded as less than or more than a value. */
	| "INPUT_NOT_EXACT"
	/** Two statements of the record contradict each other. */
	| "INPUT_AMBIGUOUS"
	/** An eGFR is reported by another equation than CKD-EPI 2021, or by one that is not stated. */
	| "INPUT_EQUATION_NOT_STATED"
	/** A record that could hold it has no code, name, value or date that can be read. */
	| "INPUT_UNREADABLE";

export interface SourceReference {
	/** `ResourceType/id`. */
	readonly reference: string;
	/** SHA-256 of the resource as released (RFC 8785 form). */
	readonly digest: string;
}

/** What would be taken: a value within PREVENT's range, or one younger than so many days. */
export type Accepted =
	| { readonly from: number; readonly to: number; readonly excludesTo?: boolean; readonly unit: string }
	| { readonly youngerThanDays: number };

export interface Problem {
	readonly code: ProblemCode;
	/** The input concerned, or `eligibility`. */
	readonly input: InputName | "eligibility";
	/** For `INPUT_NOT_AVAILABLE`: the class that was not released. */
	readonly class?: DataClass;
	/** For `NOT_ELIGIBLE_AGE`, `INPUT_OUT_OF_RANGE` and `INPUT_STALE`: what would be accepted. */
	readonly accepted?: Accepted;
	/** The same in words. */
	readonly expected?: string;
	readonly sources?: readonly SourceReference[];
	/** A sentence for a clinician, in English; a reader of another language makes one from the code and what stands beside it. */
	readonly message: string;
}

export type WarningCode =
	| "RECORD_MAY_BE_INCOMPLETE"
	| "ADMINISTRATIVE_GENDER"
	| "HORIZON_BEYOND_AGE_59"
	| "PRESSURE_ABOVE_180"
	| "HBA1C_SUGGESTS_DIABETES"
	| "BP_MEDICINE_WITHOUT_HYPERTENSION"
	| "MEDICINE_NOT_RENEWED"
	| "UNCONFIRMED_CARDIOVASCULAR_DIAGNOSIS"
	| "SAME_TIME_MEASUREMENTS_DIFFER"
	| "OPTIONAL_INPUT_NOT_USED"
	| "SDI_NOT_GIVEN";

export interface Warning {
	readonly code: WarningCode;
	readonly input?: InputName;
	/** For `OPTIONAL_INPUT_NOT_USED`: why it was left out. */
	readonly because?: Pick<Problem, "code" | "class" | "accepted">;
	/** For `MEDICINE_NOT_RENEWED`: the ingredient as the tables name it, and how old the order is at least. */
	readonly ingredient?: string;
	readonly olderThanDays?: number;
	/** In English, as in {@link Problem}. */
	readonly message: string;
}

/** Names of inputs as a clinician says them. */
export const inputNames: Readonly<Record<InputName, string>> = {
	sex: "sex",
	ageYears: "age",
	sbpMmHg: "systolic blood pressure",
	totalCholesterolMgDl: "total cholesterol",
	hdlCholesterolMgDl: "HDL cholesterol",
	bpTreatment: "blood pressure treatment",
	statin: "statin use",
	diabetes: "diabetes",
	smoking: "smoking",
	egfr: "eGFR",
	bmiKgM2: "body mass index",
	uacrMgG: "urine albumin-to-creatinine ratio",
	hba1cPercent: "HbA1c",
	sdiDecile: "Social Deprivation Index",
};

const sentences: Readonly<Record<ProblemCode, (name: string, detail: string) => string>> = {
	NOT_ELIGIBLE_AGE: () => "PREVENT is for ages 30 to 79.",
	NOT_ELIGIBLE_ASCVD: () => "Atherosclerotic cardiovascular disease is known: PREVENT estimates a first event only.",
	NOT_ELIGIBLE_HEART_FAILURE: () => "Heart failure is known: PREVENT estimates a first event only.",
	NOT_ELIGIBLE_DECEASED: () => "The record says that the person has died.",
	INPUT_NOT_AVAILABLE: (name, detail) => `${name}: not available to you (class ${detail}); nothing is concluded from its absence.`,
	INPUT_MISSING: (name) => `${name}: no value in what was released to you.`,
	INPUT_STALE: (name, detail) => `${name}: the latest value is too old; expected ${detail}.`,
	INPUT_OUT_OF_RANGE: (name, detail) => `${name}: outside the range PREVENT was made for; expected ${detail}.`,
	INPUT_UNIT_UNKNOWN: (name) => `${name}: the unit of the latest value is not known here.`,
	INPUT_NOT_EXACT: (name) => `${name}: the latest value is recorded as less or more than a number.`,
	INPUT_AMBIGUOUS: (name) => `${name}: the record contradicts itself.`,
	INPUT_EQUATION_NOT_STATED: (name) => `${name}: reported by another equation than CKD-EPI 2021 or by one not stated, and creatinine cannot be used.`,
	INPUT_UNREADABLE: (name) => `${name}: a record that could hold it cannot be read.`,
};

/** Builds a problem with its sentence. */
export function createProblem(
	code: ProblemCode,
	input: InputName | "eligibility",
	details: { readonly class?: DataClass; readonly accepted?: Accepted; readonly sources?: readonly SourceReference[] } = {},
): Problem {
	const name = input === "eligibility" ? "eligibility" : inputNames[input];
	const expected = details.accepted === undefined ? undefined : printAccepted(details.accepted);
	const message = capitalise(sentences[code](name, details.class ?? expected ?? ""));
	return { code, input, ...details, ...(expected === undefined ? {} : { expected }), message };
}

/** `younger than 365 days`, `18.5 to under 40 kg/m²`. */
export function printAccepted(accepted: Accepted): string {
	if ("youngerThanDays" in accepted) return `younger than ${accepted.youngerThanDays} days`;
	const { from, to, excludesTo, unit } = accepted;
	return `${from} to ${excludesTo === true ? `under ${to}` : to} ${unit}`;
}

function capitalise(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

import { getEquation } from "./coefficients.ts";
import type { PreventHorizon, PreventInputs, PreventModel, PreventOutcome, PreventSex } from "./model.ts";
import { optionalInputs } from "./model.ts";
import { computeTerms, type PreventTerm } from "./terms.ts";

/** One term's share of the log-odds. */
export interface Contribution {
	readonly term: PreventTerm;
	readonly label: string;
	/** True for a product of two terms, which belongs to neither alone. */
	readonly interaction: boolean;
	/** The term's value for this person: 0 for the reference person. */
	readonly termValue: number;
	readonly coefficient: number;
	/** `coefficient × termValue`. */
	readonly logOdds: number;
}

/** `referenceLogOdds` + Σ contributions = `logOdds`, to within 1e-9. */
export interface Explanation {
	readonly outcome: PreventOutcome;
	readonly horizonYears: PreventHorizon;
	readonly reference: string;
	readonly referenceLogOdds: number;
	readonly logOdds: number;
	/** Every term of the equation, in its order. */
	readonly contributions: readonly Contribution[];
	/** For a clinician, largest first. */
	readonly clinician: readonly string[];
	/** For the patient, in plain words. */
	readonly patient: readonly string[];
}

type Factor = "age" | "bloodPressure" | "cholesterol" | "diabetes" | "smoking" | "weight" | "kidneys" | "place";

interface TermWords {
	readonly label: string;
	readonly factor: Factor;
}

const words: Readonly<Record<PreventTerm, TermWords>> = {
	age: { label: "age, per 10 years from 55", factor: "age" },
	ageSquared: { label: "age squared", factor: "age" },
	nonHdl: { label: "non-HDL cholesterol, per mmol/L from 3.5", factor: "cholesterol" },
	hdl: { label: "HDL cholesterol, per 0.3 mmol/L from 1.3", factor: "cholesterol" },
	sbpBelow110: { label: "systolic pressure below 110 mm Hg, per 20", factor: "bloodPressure" },
	sbpFrom110: { label: "systolic pressure from 110 mm Hg, per 20 from 130", factor: "bloodPressure" },
	diabetes: { label: "diabetes", factor: "diabetes" },
	smoking: { label: "current smoking", factor: "smoking" },
	bmiBelow30: { label: "BMI below 30 kg/m², per 5 from 25", factor: "weight" },
	bmiFrom30: { label: "BMI from 30 kg/m², per 5", factor: "weight" },
	egfrBelow60: { label: "eGFR below 60, per 15 lower", factor: "kidneys" },
	egfrFrom60: { label: "eGFR from 60, per 15 lower from 90", factor: "kidneys" },
	bpTreatment: { label: "blood pressure treatment", factor: "bloodPressure" },
	statin: { label: "statin use", factor: "cholesterol" },
	"bpTreatment*sbpFrom110": { label: "treatment × systolic pressure", factor: "bloodPressure" },
	"statin*nonHdl": { label: "statin × non-HDL cholesterol", factor: "cholesterol" },
	"age*nonHdl": { label: "age × non-HDL cholesterol", factor: "cholesterol" },
	"age*hdl": { label: "age × HDL cholesterol", factor: "cholesterol" },
	"age*sbpFrom110": { label: "age × systolic pressure", factor: "bloodPressure" },
	"age*diabetes": { label: "age × diabetes", factor: "diabetes" },
	"age*smoking": { label: "age × current smoking", factor: "smoking" },
	"age*bmiFrom30": { label: "age × BMI from 30", factor: "weight" },
	"age*egfrBelow60": { label: "age × eGFR below 60", factor: "kidneys" },
	sdi4to6: { label: "deprivation decile 4–6", factor: "place" },
	sdi7to10: { label: "deprivation decile 7–10", factor: "place" },
	sdiMissing: { label: "deprivation index not known (the model's own term)", factor: "place" },
	lnUacr: { label: "natural logarithm of UACR in mg/g", factor: "kidneys" },
	uacrMissing: { label: "UACR not known (the model's own term)", factor: "kidneys" },
	hba1cWithDiabetes: { label: "HbA1c with diabetes, per % from 5.3", factor: "diabetes" },
	hba1cWithoutDiabetes: { label: "HbA1c without diabetes, per % from 5.3", factor: "diabetes" },
	hba1cMissing: { label: "HbA1c not known (the model's own term)", factor: "diabetes" },
};

const patientNames: Readonly<Record<Factor, string>> = {
	age: "Your age",
	bloodPressure: "Your blood pressure",
	cholesterol: "Your cholesterol",
	diabetes: "Your blood sugar",
	smoking: "Smoking",
	weight: "Your weight",
	kidneys: "How your kidneys work",
	place: "Where you live",
};

/** The person with every term at 0, whose log-odds are the equation's constant. */
export function describeReference(sex: PreventSex, model: PreventModel): string {
	const optional = { uacrMgG: "UACR 1 mg/g", hba1cPercent: "HbA1c 5.3 %", sdiDecile: "deprivation decile 1–3" };
	return [
		`A ${sex === "female" ? "woman" : "man"} of 55 years`,
		"systolic pressure 130 mm Hg without treatment",
		"total cholesterol 4.8 mmol/L (185.6 mg/dL)",
		"HDL cholesterol 1.3 mmol/L (50.3 mg/dL)",
		"no statin",
		"BMI 25 kg/m²",
		"eGFR 90 mL/min/1.73 m²",
		"no diabetes",
		"not smoking",
		...optionalInputs[model].map((name) => optional[name]),
	].join(", ");
}

/** Splits the log-odds of one outcome into the reference person's and every term's share. */
export function explainRisk(
	inputs: PreventInputs,
	{ model, horizonYears, outcome }: { readonly model: PreventModel; readonly horizonYears: PreventHorizon; readonly outcome: PreventOutcome },
): Explanation {
	const { constant, coefficients } = getEquation({ model, horizonYears, sex: inputs.sex, outcome });
	const terms = computeTerms(inputs);
	const contributions = coefficients.map(({ term, beta }) => ({
		term,
		label: words[term].label,
		interaction: term.includes("*"),
		termValue: clean(terms[term]),
		coefficient: beta,
		logOdds: clean(beta * terms[term]),
	}));
	return {
		outcome,
		horizonYears,
		reference: describeReference(inputs.sex, model),
		referenceLogOdds: constant,
		logOdds: constant + sum(contributions),
		contributions,
		clinician: sayToClinician(contributions),
		patient: sayToPatient(contributions, inputs.sex),
	};
}

/** −0 is 0. */
function clean(value: number): number {
	return value === 0 ? 0 : value;
}

function sum(contributions: readonly Contribution[]): number {
	return contributions.reduce((total, { logOdds }) => total + logOdds, 0);
}

/** One sentence a factor, interactions each in their own. */
function sayToClinician(contributions: readonly Contribution[]): readonly string[] {
	const shown = contributions.filter(({ logOdds }) => Math.abs(logOdds) >= 0.0005);
	const mains = Map.groupBy(
		shown.filter(({ interaction }) => !interaction),
		({ term }) => words[term].factor,
	);
	const groups = [...mains.values(), ...shown.filter(({ interaction }) => interaction).map((each) => [each])];
	return groups
		.toSorted((a, b) => Math.abs(sum(b)) - Math.abs(sum(a)))
		.map((group) => {
			const total = sum(group);
			const parts = group.map(({ label, logOdds }) => (group.length === 1 ? label : `${label} ${printSigned(logOdds)}`)).join("; ");
			return `${printSigned(total)} log-odds (odds × ${Math.exp(total).toFixed(2)}): ${parts}.`;
		});
}

function printSigned(value: number): string {
	return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
}

/** One sentence a factor; what a factor does at this age belongs to the factor. */
function sayToPatient(contributions: readonly Contribution[], sex: PreventSex): readonly string[] {
	const groups = [...Map.groupBy(contributions, ({ term }) => words[term].factor)]
		.map(([factor, group]) => ({ factor, total: sum(group) }))
		.filter(({ total }) => Math.abs(total) >= 0.05)
		.toSorted((a, b) => Math.abs(b.total) - Math.abs(a.total));
	return [
		`We compare you with a ${sex === "female" ? "woman" : "man"} of 55 who does not smoke and has good test results.`,
		...groups.map(({ factor, total }) => `${patientNames[factor]} ${total > 0 ? "raises" : "lowers"} your risk ${sizeInWords(total)}.`),
		"Do not stop a medicine because of this. Talk to your doctor first.",
	];
}

/** Odds doubled or halved: a lot; changed by a quarter or more: some; less: a little. */
function sizeInWords(logOdds: number): string {
	const size = Math.abs(logOdds);
	return size >= Math.LN2 ? "a lot" : size >= Math.log(1.25) ? "some" : "a little";
}

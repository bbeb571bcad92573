import type { DataClass } from "#contracts";
import type { RiskView } from "./deskTypes.ts";
import { sharesOf } from "./riskFactors.ts";

/** What the heart risk model reads and its name, as `insight` has them; a test holds them together. */
export const riskClasses: readonly DataClass[] = ["demographics", "conditions", "medications", "laboratory", "vitals", "procedures", "social"];
export const riskModel = "prevent-2023";

/** Of the answer, what is shown. Inputs are left out by the node where they were granted to the model alone. */
export interface RiskAnswer {
	readonly insightHash: string;
	readonly insight: {
		readonly modelId: string;
		readonly modelVersion: string;
		readonly status: "computed" | "refused";
		readonly inputs?: readonly { readonly input: string; readonly value: unknown; readonly unit: string; readonly date: string | null }[];
		readonly classesNotAvailable: readonly DataClass[];
		readonly results: readonly { readonly outcome: string; readonly horizonYears: number; readonly risk: number }[];
		readonly explanations?: readonly {
			readonly outcome: string;
			readonly horizonYears: number;
			/** Absent where the inputs were granted to the model alone: a size would give a value back. */
			readonly contributions?: RiskView["drivers"];
			readonly raised?: readonly string[];
			readonly lowered?: readonly string[];
			readonly raisedTerms?: readonly string[];
			readonly loweredTerms?: readonly string[];
		}[];
		readonly model?: RiskView["model"];
		readonly uncertainty?: RiskView["uncertainty"] | null;
		readonly problems: RiskView["problems"];
		readonly warnings: RiskView["warnings"];
		readonly notice: string;
		readonly access: { readonly entryHash: string };
	};
}

/** The outcome that is shown: heart attack, stroke and heart failure together. */
const outcome = "total_cvd";
const shownYears = 10;

export function toRiskView({ insightHash, insight }: RiskAnswer): RiskView {
	const {
		status,
		modelId,
		modelVersion,
		results,
		explanations = [],
		inputs = [],
		problems,
		warnings,
		model = null,
		uncertainty,
		classesNotAvailable,
		notice,
		access,
	} = insight;
	const explanation = explanations.find((each) => each.outcome === outcome && each.horizonYears === shownYears);
	const drivers = (explanation?.contributions ?? []).filter(({ logOdds }) => logOdds !== 0);
	const parts = results.flatMap(({ outcome: name, horizonYears, risk }) =>
		horizonYears === shownYears && (name === "ascvd" || name === "heart_failure")
			? [{ outcome: name, years: horizonYears, probability: risk } as const]
			: [],
	);
	return {
		...{ parts, factors: sharesOf(explanation?.contributions ?? []), warned: [...new Set(warnings.map(({ code }) => code))] },
		reasons: problems.map(({ code, input }) => ({ code, input })),
		...{ insightHash, status, modelId, modelVersion, notice, notAvailable: classesNotAvailable, entryHash: access.entryHash },
		risks: results.filter((each) => each.outcome === outcome).map(({ horizonYears, risk }) => ({ years: horizonYears, probability: risk })),
		drivers: drivers.map(({ term, label, logOdds }) => ({ term, label, logOdds })).sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds)),
		raised: named(explanation?.raisedTerms, explanation?.raised),
		lowered: named(explanation?.loweredTerms, explanation?.lowered),
		model,
		inputs: inputs.map(({ input, value, unit, date }) => ({ input, value: String(value), unit, date: date ?? "" })),
		problems,
		warnings,
		uncertainty: { codes: uncertainty?.codes ?? [], statement: uncertainty?.statement ?? "" },
	};
}

function named(terms: readonly string[] = [], labels: readonly string[] = []): RiskView["raised"] {
	return labels.map((label, at) => ({ term: terms[at] ?? label, label }));
}

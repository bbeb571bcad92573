import type { InsightRecord } from "./insightRecord.ts";
import type { PreventHorizon, PreventOutcome } from "./prevent/model.ts";
import type { InputName, Problem, WarningCode } from "./prevent/problem.ts";
import type { PreventTerm } from "./prevent/terms.ts";
import type { PublishedPerformance } from "./prevent/uncertainty.ts";
import type { UncertaintyCode } from "./prevent/uncertaintyCode.ts";

/** What leaves at level `compute`: the model's result and what vouches for it, none of the values it was computed from. */
export interface ComputedAnswer
	extends Pick<
		InsightRecord,
		| "modelId"
		| "modelVersion"
		| "modelCardHash"
		| "knowledgeVersion"
		| "status"
		| "classesNotAvailable"
		| "model"
		| "notice"
		| "levels"
		| "access"
		| "decidedAtHeight"
		| "computedAtMs"
	> {
	readonly format: "aceso/insight-answer/2";
	readonly results: InsightRecord["results"];
	/** By name and hash: enough to check later that these records were used, not to read them. */
	readonly inputs: readonly { readonly input: InputName; readonly digests: readonly string[] }[];
	/** What raised and what lowered the result, strongest first, without sizes: a size times the published coefficient would give the value back. */
	readonly explanations: readonly {
		readonly outcome: PreventOutcome;
		readonly horizonYears: PreventHorizon;
		readonly raised: readonly string[];
		readonly lowered: readonly string[];
		/** The same by their codes. */
		readonly raisedTerms: readonly PreventTerm[];
		readonly loweredTerms: readonly PreventTerm[];
	}[];
	readonly uncertainty: {
		readonly codes: readonly UncertaintyCode[];
		readonly statement: string;
		readonly published: readonly PublishedPerformance[];
	} | null;
	readonly problems: readonly Pick<Problem, "code" | "input">[];
	readonly warnings: readonly { readonly code: WarningCode }[];
}

/** True where any record the result rests on was granted to the model and not to the requester. */
export function restsOnComputed({ levels }: InsightRecord): boolean {
	return levels.length === 0 || levels.includes("compute");
}

/** The full record stays with the patient, under its hash; this is what the requester gets (PROTOCOL §5: data stay, a named model's result leaves). */
export function withholdInputs(record: InsightRecord): ComputedAnswer {
	const { inputs, explanations, uncertainty, problems, warnings, format: _, subject: __, ...kept } = record;
	return {
		...kept,
		format: "aceso/insight-answer/2",
		inputs: inputs.map(({ input, sources }) => ({ input, digests: sources.map(({ digest }) => digest) })),
		explanations: explanations.map(({ outcome, horizonYears, contributions }) => {
			const strongest = [...contributions].sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds));
			const of = (sign: 1 | -1) => strongest.filter(({ logOdds }) => Math.sign(logOdds) === sign);
			const [raised, lowered] = [of(1), of(-1)];
			return {
				...{ outcome, horizonYears, raised: raised.map(({ label }) => label), lowered: lowered.map(({ label }) => label) },
				...{ raisedTerms: raised.map(({ term }) => term), loweredTerms: lowered.map(({ term }) => term) },
			};
		}),
		uncertainty: uncertainty === null ? null : { codes: uncertainty.codes, statement: uncertainty.statement, published: uncertainty.published },
		problems: problems.map(({ code, input }) => ({ code, input })),
		warnings: warnings.map(({ code }) => ({ code })),
	};
}

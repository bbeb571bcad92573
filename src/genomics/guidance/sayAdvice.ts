import type { Advice } from "./adviseOn.ts";
import { populations, type Strength } from "./guidanceTable.ts";
import { sayEffect } from "./sayEffect.ts";
import { sayStatement } from "./sayStatement.ts";

/** What a card shows of one piece of advice. All sentences are made from the structure; none is the guideline's own. */
export interface SaidAdvice {
	/** Guideline, its date and version. */
	readonly guideline: string;
	/** The result it is for, and whom. */
	readonly results: string;
	readonly population: string | undefined;
	readonly why: readonly string[];
	readonly what: readonly string[];
	readonly strength: string;
	/** What must be read with it: an old guideline, a result that is missing or not the only one. */
	readonly warnings: readonly string[];
	readonly link: string;
}

/** Guidance that nobody looked at for longer is shown with a warning. */
export const staleAfterMonths = 18;

const strengthWords: Readonly<Record<Strength, string>> = {
	strong: "Strong recommendation.",
	moderate: "Moderate recommendation.",
	optional: "Optional recommendation.",
	noRecommendation: "No recommendation.",
	notGraded: "The guideline does not grade this recommendation.",
	unstated: "The strength of this recommendation is not stated.",
};

const statusWords: Readonly<Record<Exclude<Advice["status"], "recommendation">, string>> = {
	noRecommendation: "The guideline counts this as no recommendation. That does not mean that the drug is safe or that the usual dose is right.",
	noRow: "This guideline has no entry for this result. That does not mean that the drug is safe or that the usual dose is right.",
	unknown: "A gene that this guideline needs has no result. It is unknown, not normal.",
};

/** @param today - The day of reading, as `2026-11-29`. */
export function sayAdvice(advice: Advice, today: string): SaidAdvice {
	const { guideline, recommendation, status } = advice;
	return {
		guideline: sayGuideline(advice),
		results: advice.results.map(({ gene, key }) => `${gene}: ${key ?? "no result"}`).join("; "),
		population: recommendation === undefined || recommendation.population === "unstated" ? undefined : populations[recommendation.population],
		why: recommendation?.effects.map(sayEffect) ?? [],
		what: [...(recommendation?.statements.map(sayStatement) ?? []), ...(status === "recommendation" ? [] : [statusWords[status]])],
		strength: strengthWords[strengthOf({ recommendation, status })],
		warnings: warningsOn(advice, today),
		link: guideline.url,
	};
}

/** What is no recommendation has no strength, whatever its row says. */
export function strengthOf({ recommendation, status }: Pick<Advice, "recommendation" | "status">): Strength {
	return status === "recommendation" && recommendation !== undefined ? recommendation.strength : "noRecommendation";
}

function sayGuideline({ drug, guideline: { source, genes, publications, asOf, id, version } }: Advice): string {
	const years = publications.map(({ year }) => year);
	const published = years.length === 0 ? "year of publication not stated" : `published ${Math.max(...years)}`;
	return `${source} guideline for ${drug} and ${genes.join(", ")} (${published}; as it stood on ${asOf}; ${id}, version ${version})`;
}

function warningsOn({ guideline, ambiguous, results, status }: Advice, today: string): readonly string[] {
	const missing = results.filter(({ key }) => key === undefined).map(({ gene }) => gene);
	return [
		...(isStale(guideline.asOf, today)
			? [`This is how the guideline stood on ${guideline.asOf}, more than ${staleAfterMonths} months ago. Look up whether it has changed.`]
			: []),
		...(ambiguous ? ["Several results explain the sample equally well; this is the advice for one of them."] : []),
		...(missing.length > 0 && status !== "unknown" ? [`No result of ${missing.join(", ")}: unknown, not normal.`] : []),
	];
}

/** Whether more than 18 calendar months lie between. Both days as `2024-03-25`. */
export function isStale(asOf: string, today: string): boolean {
	const [year, month, day] = asOf.split("-").map(Number) as [number, number, number];
	const limit = new Date(Date.UTC(year, month - 1 + staleAfterMonths, day)).toISOString().slice(0, 10);
	return today > limit;
}

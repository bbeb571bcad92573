import { type Action, silences } from "./actions.ts";
import type { GeneCall, GeneFinding } from "./finding.ts";
import type { GuidanceKnowledge, Guideline, Population, Recommendation } from "./guidanceTable.ts";

export type AdviceStatus =
	/** The guideline recommends something for this result. */
	| "recommendation"
	/** The guideline has a row for this result, and the row recommends nothing. Not a statement that the drug is safe. */
	| "noRecommendation"
	/** The guideline has no row for this result, or gives its advice by other means. Not a statement that the drug is safe. */
	| "noRow"
	/** A gene that the guideline needs has no result. */
	| "unknown";

export interface Advice {
	readonly drug: string;
	readonly guideline: Omit<Guideline, "recommendations">;
	readonly status: AdviceStatus;
	/** By gene of the guideline: the key its row was found under; undefined where the gene has no result. */
	readonly results: readonly { readonly gene: string; readonly key: string | undefined }[];
	/** Several calls explain the sample equally well, and this is the advice for one of them. */
	readonly ambiguous: boolean;
	/** undefined unless a row was found. */
	readonly recommendation: Recommendation | undefined;
}

export interface AdviseOnParameters {
	/** As the tables name it; case does not matter. */
	readonly drug: string;
	readonly findings: readonly GeneFinding[];
	readonly guidance: GuidanceKnowledge;
	/** Leaves out recommendations for other populations; those for everybody stay. */
	readonly population?: Population | undefined;
}

interface Found {
	readonly results: Advice["results"];
	readonly recommendation: Recommendation | undefined;
}

/** One or more pieces of advice for each guideline on the drug; none where no guideline of the tables speaks of it, which means nothing about it. */
export function adviseOn({ drug, findings, guidance, population }: AdviseOnParameters): readonly Advice[] {
	const name = drug.trim().toLowerCase();
	return (guidance.drugs.get(name) ?? []).flatMap((guideline) => adviseBy(guideline, name, findings, population));
}

function adviseBy(guideline: Guideline, drug: string, findings: readonly GeneFinding[], population: Population | undefined): readonly Advice[] {
	const { recommendations, ...rest } = guideline;
	const byGene = guideline.genes.map((gene) => findings.find((finding) => finding.gene === gene)?.calls);
	const none = guideline.genes.map((gene) => ({ gene, key: undefined }));
	if (byGene.every((calls) => calls === undefined))
		return [{ drug, guideline: rest, status: "unknown", results: none, ambiguous: false, recommendation: undefined }];
	const rows = recommendations.filter((row) => isFor(row.population, population));
	const combinations = combine(byGene.map((calls) => calls ?? [undefined]));
	const found = combinations.map((calls) => lookUp(guideline.genes, rows, calls));
	const distinct = [...new Map(found.flat().map((each) => [idOf(each), each])).values()];
	// One call may have several rows, for different populations: only calls that come to different rows leave it open.
	const ambiguous = new Set(found.map((each) => each.map(idOf).toSorted().join())).size > 1;
	return distinct.map((each) => ({ drug, guideline: rest, ambiguous, ...each, status: statusOf(each, byGene.includes(undefined)) }));
}

function idOf({ recommendation, results }: Found): string {
	return recommendation?.id ?? JSON.stringify(results);
}

function isFor(row: Population, asked: Population | undefined): boolean {
	return asked === undefined || row === asked || row === "general" || row === "unstated";
}

function lookUp(genes: readonly string[], rows: readonly Recommendation[], calls: readonly (GeneCall | undefined)[]): readonly Found[] {
	const ranked = rows
		.map((row) => ({ row, rank: row.keys.map((key, index) => rankOf(key, calls[index])) }))
		.filter(({ rank }) => rank.every((each) => each !== undefined));
	if (ranked.length === 0)
		return [{ results: genes.map((gene, index) => ({ gene, key: calls[index]?.tiers.at(-1)?.join(", ") })), recommendation: undefined }];
	const best = genes.map((_, index) => Math.min(...ranked.map(({ rank }) => rank[index] as number)));
	return ranked
		.filter(({ rank }) => rank.every((each, index) => each === best[index]))
		.map(({ row }) => ({
			results: genes.map((gene, index) => ({ gene, key: calls[index] === undefined ? undefined : row.keys[index] })),
			recommendation: row,
		}));
}

/** Tier of the call that the row's key stands in. A bare score takes every row of that score; a gene without result takes the rows made for that. */
function rankOf(key: string, call: GeneCall | undefined): number | undefined {
	if (call === undefined) return key === "No Result" ? 0 : undefined;
	const tier = call.tiers.findIndex((keys) => keys.some((known) => key === known || key.startsWith(`${known} (`)));
	return tier === -1 ? undefined : tier;
}

function statusOf({ recommendation }: Found, geneMissing: boolean): AdviceStatus {
	if (recommendation === undefined) return geneMissing ? "unknown" : "noRow";
	return recommendation.strength === "noRecommendation" || isSilent(recommendation) ? "noRecommendation" : "recommendation";
}

const accompanying: ReadonlySet<Action> = new Set<Action>(["note", "see-guideline", "basis", "gene-missing", "gene-unassigned"]);

function isSilent({ statements }: Recommendation): boolean {
	return statements.every(({ action }) => silences.has(action) || accompanying.has(action));
}

function combine<Item>(lists: readonly (readonly Item[])[]): readonly (readonly Item[])[] {
	return lists.reduce<readonly (readonly Item[])[]>((made, list) => made.flatMap((each) => list.map((item) => [...each, item])), [[]]);
}

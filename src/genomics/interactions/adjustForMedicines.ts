import type { CalledGene } from "../guidance/finding.ts";
import type { PgxKnowledge, PhenotypeRow } from "../starAlleles/knowledge.ts";
import { type ConvertedGene, convertedGenes, type Interaction, type InteractionTable } from "./interactionTable.ts";

/** What a medicine that is taken does to a gene's result. */
export interface Adjustment {
	readonly gene: ConvertedGene;
	/** Those of the strength that decides, in order of names. */
	readonly by: readonly string[];
	readonly kind: Interaction["kind"];
	readonly strength: Interaction["strength"];
	/** The result by genes alone; empty where there is none. */
	readonly before: readonly string[];
	/**
	 * The result that advice is looked up with: `adjusted`. `undetermined`: the enzyme does less, and how much is not known, so that there is no result.
	 * `named`: no rule says how the result changes, so that it stays as the genes have it, and the reader is told.
	 */
	readonly outcome: "adjusted" | "undetermined" | "named";
	readonly after: readonly string[];
}

export interface AdjustedGenes<Gene extends CalledGene = CalledGene> {
	readonly genes: readonly (Gene | CalledGene)[];
	readonly adjustments: readonly Adjustment[];
}

export interface AdjustParameters<Gene extends CalledGene> {
	readonly genes: readonly Gene[];
	/** Drugs that the patient takes, by the names of the tables; not the one that is being ordered. */
	readonly medicines: readonly string[];
	readonly table: InteractionTable;
	readonly knowledge: PgxKnowledge;
}

type Meaning = CalledGene["phenotypes"][number];

/**
 * The results of genes as they are while these medicines are taken.
 *
 * A strong inhibitor leaves no activity: a poor metabolizer, whatever the genes. A moderate one halves CYP2D6's activity score. Of moderate inhibitors of
 * the other enzymes, weak ones and inducers no guideline says by how much: they are named. Source: knowledge/pgx/interactions/SOURCE.md.
 */
export function adjustForMedicines<Gene extends CalledGene>({ genes, medicines, table, knowledge }: AdjustParameters<Gene>): AdjustedGenes<Gene> {
	const taken = new Set(medicines);
	const acting = table.rows.filter(({ drug }) => taken.has(drug));
	const adjusted = new Map<string, CalledGene>();
	const adjustments: Adjustment[] = [];
	for (const gene of convertedGenes) {
		const called = genes.find((each) => each.gene === gene);
		for (const group of groupsOf(acting.filter((each) => each.gene === gene))) {
			const change = convert(gene, called, group, { table, knowledge });
			adjustments.push(change.adjustment);
			if (change.called !== undefined && !adjusted.has(gene)) adjusted.set(gene, change.called);
		}
	}
	const kept = genes.map((each) => adjusted.get(each.gene) ?? each);
	const added = [...adjusted].filter(([gene]) => !genes.some((each) => each.gene === gene)).map(([, called]) => called);
	return { genes: [...kept, ...added], adjustments };
}

/** The strongest inhibitors first, then the strongest inducers; weaker ones of a kind add nothing. */
function groupsOf(acting: readonly Interaction[]): readonly (readonly Interaction[])[] {
	return (["inhibitor", "inducer"] as const).flatMap((kind) => {
		const strength = (["strong", "moderate", "weak"] as const).find((each) => acting.some((one) => one.kind === kind && one.strength === each));
		return strength === undefined ? [] : [acting.filter((one) => one.kind === kind && one.strength === strength)];
	});
}

function convert(
	gene: ConvertedGene,
	called: CalledGene | undefined,
	group: readonly Interaction[],
	{ table, knowledge }: Pick<AdjustParameters<CalledGene>, "table" | "knowledge">,
): { readonly adjustment: Adjustment; readonly called?: CalledGene } {
	const { kind, strength } = group[0] as Interaction;
	const rows = [...(knowledge.genes.get(gene)?.phenotypes?.rows.values() ?? [])];
	const meanings = called?.phenotypes ?? [];
	const common = { gene, kind, strength, by: group.map(({ drug }) => drug).toSorted(), before: meanings.map(sayMeaning) };
	const factor = table.scoreFactors.find((each) => each.gene === gene && each.strength === strength)?.factor;
	const poor = kind === "inhibitor" && strength === "strong";
	if (!poor && (factor === undefined || kind === "inducer" || meanings.length === 0))
		return { adjustment: { ...common, outcome: "named", after: common.before } };
	const converted = poor ? [poorMeaning(rows)] : meanings.map((meaning) => scaled(meaning, Number(factor), rows));
	const found = converted.filter((each) => each !== undefined);
	const isWhole = found.length === converted.length;
	return {
		adjustment: { ...common, outcome: isWhole ? "adjusted" : "undetermined", after: isWhole ? [...new Set(found.map(sayMeaning))] : [] },
		called: { gene, phenotypes: isWhole ? found : [] },
	};
}

function poorMeaning(rows: readonly PhenotypeRow[]): Meaning | undefined {
	const row = rows.find(({ phenotype, activityScore }) => phenotype === "Poor Metabolizer" && (activityScore === null || activityScore === "0.0"));
	return row === undefined ? undefined : meaningOf(row);
}

/**
 * The row of a multiplied score: the highest of the table that is not above it, or the lowest above nothing. A score that is only known to be at least
 * something, or not known, gives none.
 */
function scaled({ activityScore }: Meaning, factor: number, rows: readonly PhenotypeRow[]): Meaning | undefined {
	const score = activityScore === undefined || !/^\d+(?:\.\d+)?$/.test(activityScore) ? undefined : Number(activityScore) * factor;
	if (score === undefined) return undefined;
	const scores = rows
		.filter((row) => row.activityScore !== null && /^\d/.test(row.activityScore))
		.toSorted((a, b) => Number(a.activityScore) - Number(b.activityScore));
	const below = scores.findLast((row) => Number(row.activityScore) <= score);
	const positive = scores.find((row) => Number(row.activityScore) > 0);
	const row = score > 0 && Number(below?.activityScore ?? 0) === 0 ? positive : below;
	return row === undefined ? undefined : meaningOf(row);
}

/** Without alleles: what guidelines say of a diplotype holds for the enzyme that nothing inhibits. */
function meaningOf({ phenotype, activityScore, lookup }: PhenotypeRow): Meaning {
	return { alleles: [], phenotype, activityScore: activityScore ?? undefined, lookup };
}

function sayMeaning({ phenotype, activityScore }: Meaning): string {
	return `${phenotype ?? "no phenotype"}${activityScore === undefined ? "" : ` (activity score ${activityScore})`}`;
}

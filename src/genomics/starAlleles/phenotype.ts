import { type GeneKnowledge, type PhenotypeRow, type PhenotypeTable, phenotypeKey } from "./knowledge.ts";

export interface AlleleResult {
	readonly name: string;
	/** Clinical function as published; undefined where the table does not know the allele. */
	readonly function: string | undefined;
	readonly activity: string | undefined;
}

/** What a pair of alleles means. Source: the phenotype table of the gene, whose version the result carries. */
export interface PhenotypeResult {
	readonly alleles: readonly AlleleResult[];
	/** undefined where the table has no answer for these functions: not available, never normal. */
	readonly phenotype: string | undefined;
	readonly activityScore: string | undefined;
	/** Key by which guidance is looked up. */
	readonly lookup: string | undefined;
}

export function phenotypeOf({ phenotypes }: GeneKnowledge, alleles: readonly string[]): PhenotypeResult {
	const functions = alleles.map((name) => phenotypes?.functions.get(name));
	const keys = functions.flatMap((each) => each?.key ?? []);
	const row = keys.length === alleles.length ? phenotypes?.rows.get(phenotypeKey(keys)) : rowWhateverTheOther(phenotypes, keys, alleles.length);
	return {
		alleles: alleles.map((name, index) => {
			const each = functions[index];
			return { name, function: each?.function ?? undefined, activity: each?.activity ?? undefined };
		}),
		phenotype: row?.phenotype,
		activityScore: row?.activityScore ?? undefined,
		lookup: row?.lookup,
	};
}

/**
 * The result that one known allele gives with every function that the other could have: an allele associated with malignant hyperthermia decides,
 * whatever stands beside it. undefined where it depends on the other.
 */
function rowWhateverTheOther(phenotypes: PhenotypeTable | undefined, keys: readonly string[], copies: number): PhenotypeRow | undefined {
	if (phenotypes === undefined || keys.length !== 1 || copies !== 2) return undefined;
	const rows = [...phenotypes.rows.values()].filter((row) => row.keys.length === 2 && row.keys.includes(keys[0] as string));
	const [first] = rows;
	return rows.length > 1 && rows.every(({ phenotype, activityScore }) => phenotype === first?.phenotype && activityScore === first.activityScore)
		? first
		: undefined;
}

/** HLA alleles that the guidelines ask for, by gene: present or absent is the phenotype. Source: CPIC guidelines for HLA-A and HLA-B. */
const hlaAlleles: Readonly<Record<string, readonly string[]>> = { "HLA-A": ["*31:01"], "HLA-B": ["*15:02", "*57:01", "*58:01"] };

/** `*15:02 positive`, `*57:01 negative` …; undefined for genes that are no HLA. */
export function hlaPhenotypes(gene: string, alleles: readonly string[]): readonly string[] | undefined {
	return hlaAlleles[gene]?.map(
		(asked) => `${asked} ${alleles.some((name) => name === asked || name.startsWith(`${asked}:`)) ? "positive" : "negative"}`,
	);
}

import { compareAlleleNames } from "./alleleNames.ts";
import type { GeneKnowledge } from "./knowledge.ts";
import type { Diplotype } from "./matchDiplotypes.ts";

/** Orders alleles so that the one that decides comes first: least activity (DPYD), associated with malignant hyperthermia (RYR1). */
function compareWorst(knowledge: GeneKnowledge) {
	return (a: string, b: string) => rankOf(knowledge, a) - rankOf(knowledge, b) || compareAlleleNames(a, b);
}

/** An allele whose activity is not known ranks after those that are known to be low: it may not hide them. */
function rankOf({ gene, phenotypes }: GeneKnowledge, allele: string): number {
	const row = phenotypes?.functions.get(allele);
	if (gene === "RYR1") return row?.function?.includes("Malignant") === true ? 0 : 1;
	const activity = Number.parseFloat(row?.activity ?? "");
	return Number.isNaN(activity) ? 2 : activity;
}

/** The two worst of alleles whose phase is not known. */
export function worstPair(knowledge: GeneKnowledge, haplotypes: readonly string[]): readonly string[] {
	return haplotypes.toSorted(compareWorst(knowledge)).slice(0, 2);
}

/** The worst allele of each copy; of several ways to put the copies together, the worst. */
export function worstDiplotype(knowledge: GeneKnowledge, diplotypes: readonly Diplotype[]): readonly string[] {
	const compare = compareWorst(knowledge);
	const pairs = diplotypes.map(({ components }) => components.map((copy) => copy.toSorted(compare)[0] as string));
	const sumOf = (pair: readonly string[]) => pair.reduce((sum, allele) => sum + rankOf(knowledge, allele), 0);
	const [worst] = pairs.toSorted(
		(a, b) => sumOf(a) - sumOf(b) || compareAlleleNames(a[0] ?? "", b[0] ?? "") || compareAlleleNames(a[1] ?? "", b[1] ?? ""),
	);
	return worst ?? [];
}

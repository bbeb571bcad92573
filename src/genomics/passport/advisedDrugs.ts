import type { AdviceReport, Gist } from "../guidance/adviseOnAll.ts";
import type { GeneResult } from "../starAlleles/geneResult.ts";
import { isOrdinary } from "./plainWords.ts";

/** Whether a gene has nothing but results that most people have, or that change nothing by themselves. */
export function isAllOrdinary({ gene, phenotypes }: Pick<GeneResult, "gene" | "phenotypes">): boolean {
	return phenotypes.every(({ phenotype }) => isOrdinary(gene, phenotype));
}

/** Drugs for which a guideline asks for something else than usual on account of this gene: it has a result that most people do not have. */
export function drugsOf(result: Pick<GeneResult, "gene" | "phenotypes">, { drugs }: AdviceReport): readonly string[] {
	if (isAllOrdinary(result)) return [];
	return drugs.filter(({ advice }) => advice.some((each) => each.gist === "change" && each.genes.includes(result.gene))).map(({ drug }) => drug);
}

/** What is not named beside a gene; nobody is to read a list as a promise. */
export const otherLists = ["more", "usual", "unknown", "silent"] as const;
export type OtherList = (typeof otherLists)[number];

/** Of the other drugs that guidelines speak of, which belong into which list. */
export function otherDrugs(called: readonly GeneResult[], advice: AdviceReport): Readonly<Record<OtherList, readonly string[]>> {
	const named = new Set(called.flatMap((gene) => drugsOf(gene, advice)));
	const listOf = (drug: string, gist: Gist) => (gist !== "change" ? gist : named.has(drug) ? undefined : "more");
	const listed = (list: OtherList) => advice.drugs.filter(({ drug, gist }) => listOf(drug, gist) === list).map(({ drug }) => drug);
	return { more: listed("more"), usual: listed("usual"), unknown: listed("unknown"), silent: listed("silent") };
}

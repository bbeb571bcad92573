import { componentsOf } from "./alleleNames.ts";
import { emptyResult } from "./callGene.ts";
import type { DiplotypeResult, GeneNote, GeneResult } from "./geneResult.ts";
import type { GeneKnowledge } from "./knowledge.ts";
import { lowestFunctionGenes } from "./lowestFunction.ts";
import { worstDiplotype } from "./lowestPair.ts";
import type { OutsideCall } from "./outsideCalls.ts";
import { hlaPhenotypes, type PhenotypeResult, phenotypeOf } from "./phenotype.ts";

/** What calls from elsewhere mean for a gene. Their alleles are taken as they are; what was given with them stands before the table. */
export function callOutside(knowledge: GeneKnowledge, calls: readonly OutsideCall[]): GeneResult {
	const notes = new Set<GeneNote>();
	const phenotypes = calls.flatMap((call) => meaningOf(knowledge, call, notes));
	const diplotypes = calls
		.filter(({ alleles }) => alleles.length > 0)
		.map(({ alleles }): DiplotypeResult => ({ name: alleles.join("/"), alleles, score: undefined }));
	return {
		...emptyResult(knowledge, phenotypes.length === 0 && diplotypes.length === 0 ? "outsideCallNeeded" : undefined),
		...{ source: "outside", diplotypes, phenotypes, notes: [...notes] },
	};
}

function meaningOf(knowledge: GeneKnowledge, call: OutsideCall, notes: Set<GeneNote>): readonly PhenotypeResult[] {
	const { gene, alleles, phenotype, activityScore } = call;
	if (alleles.length === 0 && phenotype === undefined && activityScore === undefined) return [];
	const presence = alleles.length > 0 ? hlaPhenotypes(gene, alleles) : undefined;
	if (presence !== undefined && phenotype === undefined)
		return presence.map((each) => ({ ...phenotypeOf(knowledge, alleles), phenotype: each, lookup: each }));
	const table =
		alleles.length === 0 ? fromScore(knowledge, phenotype, activityScore) : phenotypeOf(knowledge, decidingAlleles(knowledge, alleles, notes));
	const differs = (given: string | undefined, found: string | undefined) => given !== undefined && found !== undefined && given !== found;
	if (differs(phenotype, table.phenotype) || differs(activityScore, table.activityScore)) notes.add("outsidePhenotypeDiffers");
	return [{ ...table, phenotype: phenotype ?? table.phenotype, activityScore: activityScore ?? table.activityScore }];
}

/** A score alone names its phenotype where the table has one for it; a phenotype alone may belong to several scores. */
function fromScore({ phenotypes }: GeneKnowledge, phenotype: string | undefined, activityScore: string | undefined): PhenotypeResult {
	const rows = [...(phenotypes?.rows.values() ?? [])];
	const row = activityScore === undefined ? undefined : rows.find((each) => each.activityScore !== null && each.activityScore === activityScore);
	const byPhenotype = new Set(rows.filter((each) => each.phenotype === phenotype).map(({ lookup }) => lookup));
	const lookup = row?.lookup ?? (byPhenotype.size === 1 ? [...byPhenotype][0] : undefined);
	return { alleles: [], phenotype: row?.phenotype, activityScore: row?.activityScore ?? undefined, lookup };
}

function decidingAlleles(knowledge: GeneKnowledge, alleles: readonly string[], notes: Set<GeneNote>): readonly string[] {
	if (lowestFunctionGenes.includes(knowledge.gene))
		return worstDiplotype(knowledge, [{ alleles, score: 0, components: alleles.map((name) => componentsOf(name)) }]);
	if (knowledge.gene !== "CYP2D6") return alleles;
	return alleles.map((name) => {
		const inClass = copyNumberClass(knowledge, name);
		if (inClass !== name) notes.add("copyNumberClass");
		return inClass;
	});
}

/** `*1x5` has the function of `*1x≥3`, where the table counts so. Source: CPIC's CYP2D6 allele functionality table. */
function copyNumberClass({ phenotypes }: GeneKnowledge, name: string): string {
	const copies = /^(\*\d+)[xX]≥?(\d+)$/.exec(name);
	if (copies === null || Number(copies[2]) < 3 || phenotypes?.functions.has(name) === true) return name;
	const inClass = `${copies[1]}x≥3`;
	return phenotypes?.functions.has(inClass) === true ? inClass : name;
}

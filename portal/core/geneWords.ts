import type { GenesTexts } from "../texts/genes/en.ts";

/** Genes in which the field's words mean something else to a patient: usual doses of tacrolimus are made for those who make little CYP3A5. */
const cyp3a5: Readonly<Record<string, "tacrolimusUsual" | "tacrolimusFast">> = {
	"Poor Metabolizer": "tacrolimusUsual",
	"Intermediate Metabolizer": "tacrolimusFast",
	"Normal Metabolizer": "tacrolimusFast",
};

/** What a phenotype means to somebody who is no clinician; undefined where there are no words for it. */
export function wordsOfPhenotype(gene: string, phenotype: string, texts: GenesTexts): string | undefined {
	const hla = /^(\*\d+:\d+) (positive|negative)$/.exec(phenotype);
	if (hla !== null) return (hla[2] === "positive" ? texts.genes.carries : texts.genes.carriesNot).replace("{form}", hla[1] as string);
	const special = gene === "CYP3A5" ? cyp3a5[phenotype] : undefined;
	if (special !== undefined) return texts.phenotypes[special];
	return Object.hasOwn(texts.phenotypes, phenotype) ? texts.phenotypes[phenotype as keyof GenesTexts["phenotypes"]] : undefined;
}

/** Every meaning of a gene once, in order; what nobody knows is said to be unknown. */
export function meaningsOf(gene: string, phenotypes: readonly (string | null)[], texts: GenesTexts): readonly string[] {
	const said = phenotypes.map((phenotype) => (phenotype === null ? undefined : wordsOfPhenotype(gene, phenotype, texts)) ?? texts.phenotypes.unknown);
	// Of HLA what is carried is said, and what is not only where nothing is.
	const carried = gene.startsWith("HLA") ? said.filter((_, at) => phenotypes[at]?.endsWith("positive") === true) : [];
	const words = carried.length > 0 ? carried : said;
	return words.length === 0 ? [texts.phenotypes.unknown] : [...new Set(words)];
}

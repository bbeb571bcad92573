import type { NoCallReason } from "../starAlleles/geneResult.ts";

/** What a phenotype means to somebody who is no clinician; without a word on any medicine. */
const plainPhenotypes: Readonly<Record<string, string>> = {
	"Poor Metabolizer": "Your body handles some medicines much more slowly than most",
	"Likely Poor Metabolizer": "Your body probably handles some medicines much more slowly than most",
	"Intermediate Metabolizer": "Your body handles some medicines more slowly than most",
	"Likely Intermediate Metabolizer": "Your body probably handles some medicines more slowly than most",
	"Possible Intermediate Metabolizer": "Your body may handle some medicines more slowly than most",
	"Normal Metabolizer": "Your body handles these medicines as most do",
	"Rapid Metabolizer": "Your body handles some medicines faster than most",
	"Ultrarapid Metabolizer": "Your body handles some medicines much faster than most",
	"Poor Function": "This transporter works much less than in most people",
	"Decreased Function": "This transporter works less than in most people",
	"Possible Decreased Function": "This transporter may work less than in most people",
	"Normal Function": "This transporter works as in most people",
	"Increased Function": "This transporter works more than in most people",
	"Malignant Hyperthermia Susceptibility": "Some gases used in anaesthesia can be dangerous for you",
	"Uncertain Susceptibility": "No change known to be dangerous in anaesthesia was found; that does not rule one out",
	Deficient: "Your red blood cells are open to harm by some medicines",
	"Deficient with CNSHA": "Your red blood cells are very open to harm by some medicines",
	Variable: "Your red blood cells may be open to harm by some medicines: a blood test tells",
	Normal: "Your red blood cells are protected as in most people",
	Indeterminate: "What this means is not known yet",
	"ivacaftor responsive in CF patients": "If you have cystic fibrosis, ivacaftor can work for you",
	"ivacaftor non-responsive in CF patients": "The changes for which ivacaftor works were not found",
	"increased risk of aminoglycoside-induced hearing loss": "Some antibiotics can harm your hearing",
	"normal risk of aminoglycoside-induced hearing loss": "Some antibiotics harm your hearing no more than that of most",
	"uncertain risk of aminoglycoside-induced hearing loss": "Whether some antibiotics can harm your hearing more is not known",
	"-1639 AA": "You are likely to need less of a blood thinner such as warfarin",
	"-1639 AG": "You are likely to need somewhat less of a blood thinner such as warfarin",
	"-1639 GG": "You are likely to need a usual amount of a blood thinner such as warfarin",
};

/** Results that most people have, or that change nothing by themselves. */
const ordinary: ReadonlySet<string> = new Set([
	...["Normal Metabolizer", "Normal Function", "Normal", "Uncertain Susceptibility", "-1639 GG"],
	...["normal risk of aminoglycoside-induced hearing loss", "ivacaftor non-responsive in CF patients"],
]);

/** Genes in which the words of the field mean something else to a patient: few people make much CYP3A5, and usual doses of tacrolimus are made for those who do not. */
const plainByGene: Readonly<Record<string, Readonly<Record<string, { readonly words: string; readonly isOrdinary: boolean }>>>> = {
	CYP3A5: {
		"Poor Metabolizer": { words: "Your body makes little of this, as usual doses of tacrolimus expect", isOrdinary: true },
		"Intermediate Metabolizer": { words: "Your body uses up tacrolimus faster than usual doses expect", isOrdinary: false },
		"Normal Metabolizer": { words: "Your body uses up tacrolimus faster than usual doses expect", isOrdinary: false },
	},
};

export function isOrdinary(gene: string, phenotype: string | undefined): boolean {
	if (phenotype === undefined) return false;
	return plainByGene[gene]?.[phenotype]?.isOrdinary ?? (ordinary.has(phenotype) || phenotype.endsWith(" negative"));
}

/** undefined where nobody knows what it means. */
export function plainPhenotype(gene: string, phenotype: string | undefined): string | undefined {
	if (phenotype === undefined || phenotype === "Not available") return undefined;
	const hla = /^(\*\d+:\d+) (positive|negative)$/.exec(phenotype);
	if (hla !== null) return hla[2] === "positive" ? `You carry ${hla[1]}: some medicines can cause severe reactions` : `You do not carry ${hla[1]}`;
	return plainByGene[gene]?.[phenotype]?.words ?? plainPhenotypes[phenotype] ?? phenotype;
}

export const plainNoCall: Readonly<Record<NoCallReason, string>> = {
	noData: "the file says nothing of it",
	requiredPositionMissing: "a position that is needed is missing",
	halfCalled: "known on one copy only",
	noMatch: "what was found fits no known form",
	tooManyUnphased: "the file does not tell its two copies apart",
	outsideCallNeeded: "needs a test of its own",
};

/** A FHIR Coding. */
export interface Coding {
	readonly system: string;
	readonly code: string;
	readonly display?: string;
}

export interface Concept {
	readonly coding?: readonly Coding[];
	readonly text?: string;
}

/** HL7 Genomics Reporting Implementation Guide, STU 3 (R4): canonical of its profiles. */
export const guide = "http://hl7.org/fhir/uv/genomics-reporting";
export const loincSystem = "http://loinc.org";
export const hgncSystem = "http://www.genenames.org";
/**
 * What the guide has no code for: how a result was come by, and values that have no code of their own. Codes and not strings, because a string is free
 * text, which carries every sensitivity label until somebody has read it (PROTOCOL §6).
 */
export const acesoSystem = "urn:aceso:codes:pgx";
export const tbdSystem = `${guide}/CodeSystem/tbd-codes-cs`;

export const loinc = (code: string, display: string): Coding => ({ system: loincSystem, code, display });
export const tbd = (code: string, display: string): Coding => ({ system: tbdSystem, code, display });
export const aceso = (code: string, display: string): Coding => ({ system: acesoSystem, code, display });
/** A value of one kind, as `urn:aceso:codes:pgx:phenotype`. */
export const codedValue = (kind: ValueKind, value: string): Coding => ({ system: `${acesoSystem}:${kind}`, code: value, display: value });
export type ValueKind = "no-call" | "genotype" | "haplotype" | "phenotype" | "activity-score" | "source" | "sha256" | "row";
export const concept = (coding: Coding, text?: string): Concept => ({ coding: [coding], ...(text === undefined ? {} : { text }) });
export const profile = (id: string) => ({ profile: [`${guide}/StructureDefinition/${id}`] });

export const codes = {
	genotype: loinc("84413-4", "Genotype display name"),
	haplotype: loinc("84414-2", "Haplotype name"),
	report: loinc("51969-4", "Genetic analysis report"),
	geneStudied: loinc("48018-6", "Gene studied [ID]"),
	assembly: loinc("62374-4", "Human reference sequence assembly version"),
	grch38: loinc("LA26806-2", "GRCh38"),
	grch37: loinc("LA14029-5", "GRCh37"),
	medicationAssessed: loinc("51963-7", "Medication assessed [ID]"),
	therapeuticImplication: tbd("therapeutic-implication", "Therapeutic Implication"),
	conclusion: tbd("conclusion-string", "Conclusion Text"),
	phenotype: aceso("phenotype", "Phenotype"),
	activityScore: aceso("activity-score", "Activity score"),
	/** STU 2's "Region studied", for a gene that was looked at without a call. */
	regionStudied: loinc("53041-0", "DNA region of interest panel"),
	noCall: aceso("no-call", "Why the gene has no call: it is unknown, not normal"),
	callSource: aceso("call-source", "Where the call comes from"),
	positions: aceso("positions", "Positions of the definition"),
	positionsMissing: aceso("positions-missing", "Positions without a genotype"),
	positionsAssumed: aceso("positions-assumed-reference", "Positions assumed to be reference"),
	equals: aceso("equally-good-calls", "Equally good calls of the gene, this one included"),
	knowledgeVersion: aceso("knowledge-version", "SHA-256 of the tables of alleles and phenotypes"),
	tableHash: aceso("table-hash", "SHA-256 of the gene's table"),
	guidanceVersion: aceso("guidance-version", "SHA-256 of the tables of guidance"),
	guidelineRow: aceso("guideline-row", "Accession of the recommendation at ClinPGx"),
	guidelineDate: aceso("guideline-as-of", "Day on which the guideline stood so"),
} as const;

export const categories: readonly Concept[] = [
	concept({ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory", display: "Laboratory" }),
	concept({ system: "http://terminology.hl7.org/CodeSystem/v2-0074", code: "GE", display: "Genetics" }),
];

/** HGNC ids of the genes that are called or taken from elsewhere. Source: HUGO Gene Nomenclature Committee, genenames.org. */
export const hgncIds: Readonly<Record<string, string>> = {
	ABCG2: "HGNC:74",
	CACNA1S: "HGNC:1397",
	CFTR: "HGNC:1884",
	CYP2B6: "HGNC:2615",
	CYP2C19: "HGNC:2621",
	CYP2C9: "HGNC:2623",
	CYP2D6: "HGNC:2625",
	CYP3A4: "HGNC:2637",
	CYP3A5: "HGNC:2638",
	CYP4F2: "HGNC:2645",
	DPYD: "HGNC:3012",
	G6PD: "HGNC:4057",
	"HLA-A": "HGNC:4931",
	"HLA-B": "HGNC:4932",
	IFNL3: "HGNC:18365",
	"MT-RNR1": "HGNC:7470",
	NAT2: "HGNC:7646",
	NUDT15: "HGNC:23063",
	RYR1: "HGNC:10483",
	SLCO1B1: "HGNC:10959",
	TPMT: "HGNC:12014",
	UGT1A1: "HGNC:12530",
	VKORC1: "HGNC:23663",
};

/** Phenotypes that the guide's value set of therapeutic implications has a code for. */
export const phenotypeCodes: Readonly<Record<string, Coding>> = {
	"Ultrarapid Metabolizer": loinc("LA10315-2", "Ultrarapid metabolizer"),
	"Rapid Metabolizer": loinc("LA25390-8", "Rapid metabolizer"),
	"Normal Metabolizer": loinc("LA25391-6", "Normal metabolizer"),
	"Intermediate Metabolizer": loinc("LA10317-8", "Intermediate metabolizer"),
	"Poor Metabolizer": loinc("LA9657-3", "Poor metabolizer"),
	"Increased Function": loinc("LA25392-4", "Increased function"),
	"Normal Function": loinc("LA25393-2", "Normal function"),
	"Decreased Function": loinc("LA25395-7", "Decreased function"),
	"Poor Function": loinc("LA25394-0", "Poor function"),
};

export function geneConcept(gene: string): Concept {
	const id = hgncIds[gene];
	return id === undefined ? { text: gene } : concept({ system: hgncSystem, code: id, display: gene }, gene);
}

import type { PgxReport } from "../starAlleles/callPgx.ts";
import type { GeneResult } from "../starAlleles/geneResult.ts";
import type { PhenotypeResult } from "../starAlleles/phenotype.ts";
import { type Coding, type Concept, categories, codedValue, codes, concept, geneConcept, phenotypeCodes, profile, type ValueKind } from "./terms.ts";

/** A FHIR R4 resource that is made here. */
export interface MadeResource {
	readonly resourceType: string;
	readonly id: string;
	readonly [element: string]: unknown;
}

/** What all resources of a report have in common. */
export interface ReportFrame {
	/** UUIDs, new at each call. */
	readonly newId: () => string;
	/** Whose sample it is; left out where nobody said. */
	readonly subject: { readonly reference: string } | undefined;
	/** When the sample was read, as FHIR dateTime. */
	readonly effectiveDateTime: string;
	readonly performer: { readonly display?: string; readonly reference?: string } | undefined;
}

/** A Genotype with the Haplotypes that it is made of; what it means for a gene stands in its components. */
export interface GenotypeResources {
	readonly gene: string;
	readonly genotype: MadeResource;
	readonly haplotypes: readonly MadeResource[];
}

const coded = (kind: ValueKind, value: string) => ({ valueCodeableConcept: concept(codedValue(kind, value), value) });
export const codedComponent = (code: Coding, kind: ValueKind, value: string) => component(code, coded(kind, value));
export const component = (code: Coding, value: object) => ({ code: concept(code), ...value });

/** Elements that every Observation of a report has (profile "Genomic Base"). */
export function observation(frame: ReportFrame, profileId: string, code: Coding): MadeResource {
	return {
		resourceType: "Observation",
		id: frame.newId(),
		meta: profile(profileId),
		status: "final",
		category: categories,
		code: concept(code),
		...(frame.subject === undefined ? {} : { subject: frame.subject }),
		effectiveDateTime: frame.effectiveDateTime,
		...(frame.performer === undefined ? {} : { performer: [frame.performer] }),
	};
}

/** The Genotypes of a gene: one for each call that explains the sample equally well, none where there is no call. */
export function renderGenotypes(result: GeneResult, report: PgxReport, frame: ReportFrame): readonly GenotypeResources[] {
	const haplotypes = new Map<string, MadeResource>();
	const calls = callsOf(result);
	return calls.map(({ name, alleles, meaning }, index) => {
		const own = [...new Set(alleles)].map((allele) => {
			const known = haplotypes.get(allele) ?? renderHaplotype(result.gene, allele, frame);
			haplotypes.set(allele, known);
			return known;
		});
		const genotype = {
			...observation(frame, "genotype", codes.genotype),
			...coded("genotype", `${result.gene} ${name}`),
			...(own.length === 0 ? {} : { derivedFrom: own.map(({ id }) => ({ reference: `urn:uuid:${id}` })) }),
			component: componentsOf(result, report, meaning, calls.length),
		};
		// A Haplotype that two calls share is handed out once, with the first of them.
		const first = own.filter((each) => calls.findIndex((call) => call.alleles.includes(alleleOf(each))) === index);
		return { gene: result.gene, genotype, haplotypes: first };
	});
}

interface Call {
	readonly name: string;
	readonly alleles: readonly string[];
	readonly meaning: PhenotypeResult | undefined;
}

function callsOf({ diplotypes, haplotypes, phenotypes }: GeneResult): readonly Call[] {
	if (haplotypes.length > 0) return [{ name: `${haplotypes.join(", ")} (phase unknown)`, alleles: haplotypes, meaning: phenotypes[0] }];
	// Presence of HLA alleles: several meanings of one typing.
	if (diplotypes.length === 1 && phenotypes.length > 1)
		return [{ name: diplotypes[0]?.name ?? "", alleles: diplotypes[0]?.alleles ?? [], meaning: joined(phenotypes) }];
	if (diplotypes.length === 0) return phenotypes.map((meaning) => ({ name: "alleles not given", alleles: [], meaning }));
	return diplotypes.map(({ name, alleles }, index) => ({
		name,
		alleles,
		meaning: phenotypes.length === diplotypes.length ? phenotypes[index] : phenotypes[0],
	}));
}

function joined(phenotypes: readonly PhenotypeResult[]): PhenotypeResult {
	const [first] = phenotypes as readonly [PhenotypeResult];
	return { ...first, phenotype: phenotypes.flatMap(({ phenotype }) => phenotype ?? []).join(", "), lookup: undefined };
}

const alleleNames = new WeakMap<MadeResource, string>();
const alleleOf = (haplotype: MadeResource) => alleleNames.get(haplotype) ?? "";

function renderHaplotype(gene: string, allele: string, frame: ReportFrame): MadeResource {
	const made = {
		...observation(frame, "haplotype", codes.haplotype),
		...coded("haplotype", `${gene} ${allele}`),
		component: [component(codes.geneStudied, { valueCodeableConcept: geneConcept(gene) })],
	};
	alleleNames.set(made, allele);
	return made;
}

function componentsOf(result: GeneResult, report: PgxReport, meaning: PhenotypeResult | undefined, equals: number): readonly object[] {
	const { gene, source, positions, missing, assumedReference, tableHash } = result;
	return [
		component(codes.geneStudied, { valueCodeableConcept: geneConcept(gene) }),
		...(source === "vcf"
			? [component(codes.assembly, { valueCodeableConcept: concept(report.build === "GRCh37" ? codes.grch37 : codes.grch38) })]
			: []),
		...(meaning?.phenotype === undefined ? [] : [component(codes.phenotype, { valueCodeableConcept: phenotypeConcept(meaning.phenotype) })]),
		...(meaning?.activityScore === undefined ? [] : [codedComponent(codes.activityScore, "activity-score", meaning.activityScore)]),
		codedComponent(codes.callSource, "source", source),
		...(source === "vcf"
			? [
					component(codes.positions, { valueInteger: positions }),
					component(codes.positionsMissing, { valueInteger: missing.length }),
					component(codes.positionsAssumed, { valueInteger: assumedReference.length }),
				]
			: []),
		...(equals > 1 ? [component(codes.equals, { valueInteger: equals })] : []),
		codedComponent(codes.knowledgeVersion, "sha256", report.knowledgeVersion),
		...(tableHash === undefined ? [] : [codedComponent(codes.tableHash, "sha256", tableHash)]),
	];
}

/** The guide's code where it has one, and always the words of the tables. */
export function phenotypeConcept(phenotype: string): Concept {
	const coding = phenotypeCodes[phenotype];
	return { coding: [...(coding === undefined ? [] : [coding]), codedValue("phenotype", phenotype)], text: phenotype };
}

/** A gene that was looked at and has no call. The guide has no profile for it. */
export function renderNoCall({ gene, noCall, tableHash }: GeneResult, report: PgxReport, frame: ReportFrame): MadeResource {
	const { meta: _, ...made } = observation(frame, "", codes.regionStudied);
	return {
		...(made as MadeResource),
		component: [
			component(codes.geneStudied, { valueCodeableConcept: geneConcept(gene) }),
			codedComponent(codes.noCall, "no-call", noCall ?? "noMatch"),
			codedComponent(codes.knowledgeVersion, "sha256", report.knowledgeVersion),
			...(tableHash === undefined ? [] : [codedComponent(codes.tableHash, "sha256", tableHash)]),
		],
	};
}

import { numberOf } from "#fhir";
import type { Resource } from "./context.ts";

/**
 * Genes whose somatic variants are named one by one in tumour reports, by HGNC id. A variant of a gene outside the list is withheld: a long tail of
 * rare somatic findings marks a person as surely as a germline variant does.
 */
export const namedSomaticGenes: ReadonlySet<string> = new Set(
	// EGFR KRAS NRAS BRAF PIK3CA TP53 ALK ROS1 ERBB2 MET RET
	(
		"HGNC:3236 HGNC:6407 HGNC:7989 HGNC:1097 HGNC:8975 HGNC:11998 HGNC:427 HGNC:10261 HGNC:3430 HGNC:7029 HGNC:9967 " +
		// IDH1 IDH2 APC PTEN CDKN2A KIT PDGFRA FGFR3 JAK2 STK11 KEAP1
		"HGNC:5382 HGNC:5383 HGNC:583 HGNC:9588 HGNC:1787 HGNC:6342 HGNC:8803 HGNC:3690 HGNC:6192 HGNC:11389 HGNC:23177"
	).split(" "),
);

/** LOINC codes of the variant profile. Source: HL7 Genomics Reporting Implementation Guide 2.0, "Variant". */
const variantAssessment = "69548-6";
const geneStudied = "48018-6";
const genomicSourceClass = "48002-0";
const sampleAlleleFrequency = "81258-6";
const populationAlleleFrequency = "92821-8";
const somatic = "LA6684-0";
/** Any of these on an Observation or a component of it makes it genomic: besides those above c.HGVS, p.HGVS, g.HGVS, dbSNP, ref and alt allele. */
const variantCodes: ReadonlySet<string> = new Set([
	variantAssessment,
	geneStudied,
	genomicSourceClass,
	sampleAlleleFrequency,
	populationAlleleFrequency,
	"48004-6",
	"48005-3",
	"81290-9",
	"81255-2",
	"69547-8",
	"69551-0",
]);

/** True for whatever carries a variant, however it was classified: a variant filed as a mere laboratory result is still a variant. */
export function isGenomic(resource: Resource): boolean {
	const components = asObjects(resource.component);
	const codes = [resource.code, ...components.map((component) => component.code)].flatMap(codesOf);
	return codes.some((code) => variantCodes.has(code)) || asObjects(resource.category).some((category) => codesOf(category).includes("GE"));
}

/**
 * True for a variant Observation that says of itself that it is somatic, of a named gene, and that states no allele frequency (in the sample or in a
 * population) below 1 %. What does not say so is treated as germline ([MI30]).
 */
export function isReleasableVariant(resource: Resource, genes: ReadonlySet<string>): boolean {
	if (resource.resourceType !== "Observation" || !codesOf(resource.code).includes(variantAssessment)) return false;
	const components = asObjects(resource.component);
	const find = (code: string) => components.filter((component) => codesOf(component.code).includes(code));
	const sources = find(genomicSourceClass).flatMap((component) => codesOf(component.valueCodeableConcept));
	const studied = find(geneStudied).flatMap((component) => codesOf(component.valueCodeableConcept));
	const frequencies = [...find(sampleAlleleFrequency), ...find(populationAlleleFrequency)];
	return (
		sources.length > 0 &&
		sources.every((code) => code === somatic) &&
		studied.length > 0 &&
		studied.every((code) => genes.has(code)) &&
		frequencies.every((component) => isCommon(component.valueQuantity))
	);
}

/** At least 1 %, as a fraction (UCUM `1`) or in percent; an unreadable frequency is rare. */
function isCommon(quantity: unknown): boolean {
	if (typeof quantity !== "object" || quantity === null) return false;
	const { value, code, unit } = quantity as { value?: unknown; code?: unknown; unit?: unknown };
	return (numberOf(value) ?? 0) >= ((code ?? unit) === "%" ? 1 : 0.01);
}

function codesOf(concept: unknown): readonly string[] {
	if (typeof concept !== "object" || concept === null) return [];
	return asObjects((concept as { coding?: unknown }).coding)
		.map((coding) => coding.code)
		.filter((code): code is string => typeof code === "string");
}

function asObjects(value: unknown): readonly Record<string, unknown>[] {
	return Array.isArray(value) ? value.filter((item): item is Record<string, unknown> => typeof item === "object" && item !== null) : [];
}

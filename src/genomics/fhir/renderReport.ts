import type { DrugTable } from "../drugs/drugTable.ts";
import type { AdviceReport, GivenAdvice } from "../guidance/adviseOnAll.ts";
import type { PgxReport } from "../starAlleles/callPgx.ts";
import {
	codedComponent,
	component,
	type GenotypeResources,
	type MadeResource,
	observation,
	phenotypeConcept,
	type ReportFrame,
	renderGenotypes,
	renderNoCall,
} from "./renderGenotypes.ts";
import { codes, concept, profile } from "./terms.ts";

export interface RenderReportParameters extends ReportFrame {
	readonly report: PgxReport;
	/** Left out: no implications. */
	readonly advice?: AdviceReport | undefined;
	/** For the RxNorm codes of drugs. */
	readonly drugs: DrugTable;
	/** A Patient resource to carry along, so that the bundle can be filed. */
	readonly patient?: MadeResource | undefined;
}

/** A FHIR R4 transaction Bundle. */
export interface ReportBundle {
	readonly resourceType: "Bundle";
	readonly type: "transaction";
	readonly entry: readonly {
		readonly fullUrl: string;
		readonly resource: MadeResource;
		readonly request: { readonly method: "POST"; readonly url: string };
	}[];
}

/**
 * A sample's results as FHIR R4: a Genotype for each call with its Haplotypes, a Therapeutic Implication for each row that a guideline has for them, and
 * the Genomic Report over all.
 *
 * Source: HL7 Genomics Reporting Implementation Guide, STU 3. A gene without a call is an Observation of STU 2's
 * code for a region studied, since STU 3 has none.
 */
export function renderReport(parameters: RenderReportParameters): ReportBundle {
	const { report, advice, patient } = parameters;
	const genotypes = report.genes.flatMap((gene) => renderGenotypes(gene, report, parameters));
	const implications =
		advice === undefined
			? []
			: advice.drugs.flatMap(({ drug, advice: given }) => given.flatMap((each) => renderImplication(drug, each, advice, genotypes, parameters)));
	const uncalled = report.genes.filter(({ phenotypes, diplotypes }) => phenotypes.length === 0 && diplotypes.length === 0);
	const unknown = uncalled.map((gene) => renderNoCall(gene, report, parameters));
	const results = [...unknown, ...genotypes.flatMap(({ genotype, haplotypes }) => [...haplotypes, genotype]), ...implications];
	const resources = [...(patient === undefined ? [] : [patient]), ...results, renderDiagnosticReport(results, parameters)];
	return {
		resourceType: "Bundle",
		type: "transaction",
		entry: resources.map((resource) => ({ fullUrl: `urn:uuid:${resource.id}`, resource, request: { method: "POST", url: resource.resourceType } })),
	};
}

/** None for a guideline without a row for the results: nothing is implied by silence. */
function renderImplication(
	drug: string,
	given: GivenAdvice,
	{ guidanceVersion }: AdviceReport,
	genotypes: readonly GenotypeResources[],
	frame: RenderReportParameters,
): readonly MadeResource[] {
	const derivedFrom = genotypes.filter(({ gene }) => given.genes.includes(gene)).map(({ genotype }) => ({ reference: `urn:uuid:${genotype.id}` }));
	if (given.recommendationId === undefined || derivedFrom.length === 0) return [];
	const phenotypes = [...new Set(given.keys.flatMap((key) => key ?? []))];
	const rxnorm = frame.drugs.rxnormOf.get(drug);
	const medicine =
		rxnorm === undefined ? { text: drug } : concept({ system: "http://www.nlm.nih.gov/research/umls/rxnorm", code: rxnorm, display: drug }, drug);
	return [
		{
			...observation(frame, "therapeutic-implication", codes.therapeuticImplication),
			extension: [
				{
					url: "http://hl7.org/fhir/StructureDefinition/workflow-relatedArtifact",
					valueRelatedArtifact: { type: "citation", display: given.guideline, url: given.link },
				},
			],
			derivedFrom,
			component: [
				component(codes.medicationAssessed, { valueCodeableConcept: medicine }),
				...phenotypes.map((phenotype) => component(codes.therapeuticImplication, { valueCodeableConcept: phenotypeConcept(phenotype) })),
				codedComponent(codes.guidelineRow, "row", given.recommendationId),
				component(codes.guidelineDate, { valueDateTime: given.asOf }),
				codedComponent(codes.guidanceVersion, "sha256", guidanceVersion),
				component(codes.conclusion, { valueString: conclusionOf(given) }),
			],
		},
	];
}

function conclusionOf({ results, population, what, strength, why, warnings }: GivenAdvice): string {
	const forWhom = population === undefined ? "" : ` For ${population}.`;
	return [`${results}.${forWhom}`, ...what, strength, ...why, ...warnings].join(" ");
}

/** Without a conclusion in words: the Genotypes carry what there is to say. */
function renderDiagnosticReport(
	results: readonly MadeResource[],
	{ subject, effectiveDateTime, performer, newId }: RenderReportParameters,
): MadeResource {
	return {
		resourceType: "DiagnosticReport",
		id: newId(),
		meta: profile("genomic-report"),
		status: "final",
		category: [concept({ system: "http://terminology.hl7.org/CodeSystem/v2-0074", code: "GE", display: "Genetics" })],
		code: concept(codes.report),
		...(subject === undefined ? {} : { subject }),
		effectiveDateTime,
		...(performer === undefined ? {} : { performer: [performer] }),
		...(results.length === 0 ? {} : { result: results.map(({ id }) => ({ reference: `urn:uuid:${id}` })) }),
	};
}

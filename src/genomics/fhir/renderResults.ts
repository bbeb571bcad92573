import type { PgxReport } from "../starAlleles/callPgx.ts";
import { type MadeResource, type ReportFrame, renderGenotypes, renderNoCall } from "./renderGenotypes.ts";

export interface RenderResultsParameters extends Omit<ReportFrame, "newId"> {
	readonly report: PgxReport;
	/** Ids for a server's own records, new at each call. */
	readonly newId: () => string;
}

/**
 * A sample's results as records that stand by themselves: Genotypes with their Haplotypes, and for a gene that was looked at and has no call, that it has none.
 * They refer to each other as `Observation/<id>`. None where no gene has a call: such a file says nothing of genes.
 */
export function renderResults({ report, ...frame }: RenderResultsParameters): readonly MadeResource[] {
	const genotypes = report.genes.flatMap((gene) => renderGenotypes(gene, report, frame));
	if (genotypes.length === 0) return [];
	const uncalled = report.genes.filter(({ phenotypes, diplotypes, haplotypes }) => phenotypes.length + diplotypes.length + haplotypes.length === 0);
	const made = [
		...genotypes.flatMap(({ genotype, haplotypes }) => [...haplotypes, genotype]),
		...uncalled.map((gene) => renderNoCall(gene, report, frame)),
	];
	return made.map((each) => ({ ...each, ...derivedFromRecords(each) }));
}

function derivedFromRecords({ derivedFrom }: MadeResource): { readonly derivedFrom?: readonly { readonly reference: string }[] } {
	if (!Array.isArray(derivedFrom)) return {};
	const references = derivedFrom as readonly { readonly reference: string }[];
	return { derivedFrom: references.map(({ reference }) => ({ reference: reference.replace("urn:uuid:", "Observation/") })) };
}

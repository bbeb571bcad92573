import { type ReadVcfParameters, readVcf } from "../vcf/readVcf.ts";
import { type CallOptions, callGene } from "./callGene.ts";
import { callOutside } from "./callOutside.ts";
import type { GeneResult } from "./geneResult.ts";
import type { Grch37Places } from "./grch37.ts";
import type { GeneKnowledge, PgxKnowledge } from "./knowledge.ts";
import type { OutsideCall } from "./outsideCalls.ts";
import { agreeingLeast } from "./readSites.ts";
import { type GenomeBuild, SampleReader, type SampleReading } from "./sampleReader.ts";
import { createSiteIndex, type Site, type SiteIndex } from "./siteIndex.ts";

/** A knowledge with what is worked out from it once. */
export interface PgxCaller {
	readonly knowledge: PgxKnowledge;
	readonly index: SiteIndex;
	readonly sitesByGene: ReadonlyMap<string, readonly Site[]>;
	/** The sites where GRCh37 has them, as far as that is known; without it only GRCh38 is read. */
	readonly grch37?: { readonly version: string; readonly index: SiteIndex };
}

export interface PgxOptions {
	/**
	 * `auto`: reference where the file lists variants only, that is, calls some sites and states a reference genotype at none; else missing. A file
	 * that calls hardly any site is no genome, or another build's: there absent is missing.
	 */
	readonly absent?: "auto" | "missing" | "reference";
	readonly allMatches?: boolean;
	readonly combinations?: boolean;
	readonly outside?: readonly OutsideCall[];
}

export interface PgxReport {
	/** SHA-256 of the knowledge that was used. */
	readonly knowledgeVersion: string;
	readonly knowledgeReleased: string;
	/** Records near a site that were read. */
	readonly records: number;
	/** Of which genome build the file was. Positions are told in GRCh38. */
	readonly build: GenomeBuild;
	/** How absent sites were taken. */
	readonly absent: "missing" | "reference";
	readonly genes: readonly GeneResult[];
}

/** Genes whose call from elsewhere a VCF can never replace. */
const hlaGenes = ["HLA-A", "HLA-B"];

export function createPgxCaller(knowledge: PgxKnowledge, grch37?: Grch37Places): PgxCaller {
	const index = createSiteIndex(knowledge);
	const sitesByGene = new Map<string, Site[]>();
	for (const site of index.sites) {
		const list = sitesByGene.get(site.gene) ?? [];
		sitesByGene.set(site.gene, list);
		list[site.index] = site;
	}
	if (grch37 === undefined) return { knowledge, index, sitesByGene };
	return { knowledge, index, sitesByGene, grch37: { version: grch37.version, index: createSiteIndex(knowledge, grch37.place) } };
}

/**
 * Reads a VCF and calls every gene of the knowledge.
 *
 * @throws GenomicsError `VCF_…`, `GENOME_BUILD_WRONG`.
 */
export async function callPgx(caller: PgxCaller, vcf: Omit<ReadVcfParameters, "wants">, options: PgxOptions = {}): Promise<PgxReport> {
	const { header, batches } = await readVcf({ ...vcf, wants: (chromosome, position) => isNearSites(caller, chromosome, position) });
	const reader = new SampleReader(caller);
	for await (const batch of batches) for (const record of batch) reader.take(record);
	return callSites(caller, reader.finish(header), options);
}

/** True where a record at the position could bear on a site, in either build. */
export function isNearSites({ index, grch37 }: PgxCaller, chromosome: string, position: number): boolean {
	return index.isNear(chromosome, position) || grch37?.index.isNear(chromosome, position) === true;
}

/** Calls every gene from sites that were read already. */
export function callSites(caller: PgxCaller, reading: SampleReading, options: PgxOptions = {}): PgxReport {
	const wanted = options.absent ?? "auto";
	const listsVariantsOnly = !reading.statesReference && reading.agreeing >= agreeingLeast;
	const absent = wanted === "auto" ? (listsVariantsOnly ? "reference" : "missing") : wanted;
	const call: CallOptions = { absent, allMatches: options.allMatches ?? false, combinations: options.combinations ?? false };
	const outside = Map.groupBy(options.outside ?? [], ({ gene }) => gene);
	const genes = [...new Set([...caller.knowledge.genes.keys(), ...hlaGenes, ...outside.keys()])].toSorted();
	return {
		...{ knowledgeVersion: caller.knowledge.version, knowledgeReleased: caller.knowledge.released },
		...{ records: reading.records, build: reading.build, absent },
		genes: genes.map((gene) => {
			const knowledge = caller.knowledge.genes.get(gene) ?? unknownGene(gene);
			return callOne({ knowledge, sites: caller.sitesByGene.get(gene) ?? [], reading, options: call }, outside.get(gene));
		}),
	};
}

/** What calls from elsewhere mean by these tables: a result for each gene, in order of genes. */
export function readCalls({ knowledge }: PgxCaller, calls: readonly OutsideCall[]): readonly GeneResult[] {
	const byGene = [...Map.groupBy(calls, ({ gene }) => gene)].toSorted(([one], [other]) => (one < other ? -1 : 1));
	return byGene.map(([gene, own]) => callOutside(knowledge.genes.get(gene) ?? unknownGene(gene), own));
}

function unknownGene(gene: string): GeneKnowledge {
	return { gene, tableHash: undefined, definition: undefined, phenotypes: undefined };
}

function callOne(
	parameters: Parameters<typeof callGene>[0] & { readonly knowledge: GeneKnowledge },
	outside: readonly OutsideCall[] | undefined,
): GeneResult {
	const own = callGene(parameters);
	if (outside === undefined) return own;
	const result = callOutside(parameters.knowledge, outside);
	return own.diplotypes.length + own.haplotypes.length === 0 ? result : { ...result, notes: [...result.notes, "outsideCallPreferred"] };
}

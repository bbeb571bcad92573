import { GenomicsError } from "../errors.ts";
import { type ReadRegionsParameters, type Region, readRegions } from "../tabix/readRegions.ts";
import { callSites, type PgxCaller, type PgxOptions, type PgxReport } from "./callPgx.ts";
import { agreeingLeast } from "./readSites.ts";
import { SampleReader, type SampleReading } from "./sampleReader.ts";
import { bareChromosome, type SiteIndex } from "./siteIndex.ts";

/** A bgzipped VCF of one genome with its index. */
export type IndexedGenome = Omit<ReadRegionsParameters, "regions">;

/** Bases on both sides of a site whose records may bear on it: an indel beside it may be the site's own, written further off. */
const besideSite = 100;

/**
 * As `callPgx`, of the stretches around the sites alone: the rest of the genome is not read. The genes come out the same.
 *
 * @throws GenomicsError `VCF_…`, `GENOME_BUILD_WRONG`, `TABIX_INVALID`.
 */
export async function callIndexed(caller: PgxCaller, genome: IndexedGenome, options: PgxOptions = {}): Promise<PgxReport> {
	const own = await readSample(caller, genome, [caller.index]).catch((error: unknown) => {
		if (error instanceof GenomicsError && error.code === "GENOME_BUILD_WRONG") return undefined;
		throw error;
	});
	if (own !== undefined && (own.agreeing >= agreeingLeast || caller.grch37 === undefined)) return callSites(caller, own, options);
	// Hardly anything speaks for GRCh38: what stands in the places of GRCh37 decides, and is opened only now.
	const indexes = caller.grch37 === undefined ? [caller.index] : [caller.index, caller.grch37.index];
	return callSites(caller, await readSample(caller, genome, indexes), options);
}

async function readSample(caller: PgxCaller, genome: IndexedGenome, indexes: readonly SiteIndex[]): Promise<SampleReading> {
	const regions = genome.index.references.flatMap(({ name }) => indexes.flatMap((index) => regionsAround(index, name)));
	const { header, records } = await readRegions({ ...genome, regions });
	const reader = new SampleReader(caller);
	for await (const record of records) reader.take(record);
	return reader.finish(header);
}

function regionsAround({ sites }: SiteIndex, name: string): readonly Region[] {
	const chromosome = bareChromosome(name);
	return sites
		.filter((site) => site.chromosome === chromosome)
		.map(({ position, end }) => ({ name, begin: Math.max(0, position - 1 - besideSite), end: end + besideSite }));
}

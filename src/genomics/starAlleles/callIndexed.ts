import { type ReadRegionsParameters, type Region, readRegions } from "../tabix/readRegions.ts";
import { callSites, type PgxCaller, type PgxOptions, type PgxReport } from "./callPgx.ts";
import { namesOtherBuild } from "./genomeBuild.ts";
import { SiteReader } from "./readSites.ts";
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
	const regions = genome.index.references.flatMap(({ name }) => regionsAround(caller.index, name));
	const { header, records } = await readRegions({ ...genome, regions });
	const reader = new SiteReader(caller.index);
	for await (const record of records) reader.take(record);
	return callSites(caller, reader.finish({ headerNamesOtherBuild: namesOtherBuild(header) }), options);
}

function regionsAround({ sites }: SiteIndex, name: string): readonly Region[] {
	const chromosome = bareChromosome(name);
	return sites
		.filter((site) => site.chromosome === chromosome)
		.map(({ position, end }) => ({ name, begin: Math.max(0, position - 1 - besideSite), end: end + besideSite }));
}

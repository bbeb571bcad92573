import type { VcfHeader } from "../vcf/header.ts";
import type { VcfRecord } from "../vcf/record.ts";
import type { PgxCaller } from "./callPgx.ts";
import { namesOtherBuild } from "./genomeBuild.ts";
import { SiteReader } from "./readSites.ts";

/** Watches the records of a genome go by and tells at the end whether it is of GRCh38. */
export interface BuildCheck {
	take(record: VcfRecord): void;
	/**
	 * @returns How many reference alleles were those of GRCh38; 0 where the file has no record at any known site: nothing shows its build then.
	 * @throws GenomicsError `GENOME_BUILD_WRONG`.
	 */
	finish(header: VcfHeader): number;
}

export function createBuildCheck({ index }: PgxCaller): BuildCheck {
	const reader = new SiteReader(index);
	return {
		take: (record) => {
			if (index.isNear(record.chromosome, record.position)) reader.take(record);
		},
		finish: (header) => reader.finish({ headerNamesOtherBuild: namesOtherBuild(header) }).agreeing,
	};
}

import type { VcfHeader } from "../vcf/header.ts";
import type { VcfRecord } from "../vcf/record.ts";
import { isNearSites, type PgxCaller } from "./callPgx.ts";
import { type GenomeBuild, SampleReader } from "./sampleReader.ts";

/** Of which build a genome is, and how many reference alleles at known positions were that build's; 0 where nothing shows it. */
export interface SeenBuild {
	readonly build: GenomeBuild;
	readonly agreeing: number;
}

/** Watches the records of a genome go by and tells at the end of which build it is. */
export interface BuildCheck {
	take(record: VcfRecord): void;
	/** @throws GenomicsError `GENOME_BUILD_WRONG`. */
	finish(header: VcfHeader): SeenBuild;
}

export function createBuildCheck(caller: PgxCaller): BuildCheck {
	const reader = new SampleReader(caller);
	return {
		take: (record) => {
			if (isNearSites(caller, record.chromosome, record.position)) reader.take(record);
		},
		finish: (header) => {
			const { build, agreeing } = reader.finish(header);
			return { build, agreeing };
		},
	};
}

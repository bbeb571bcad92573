import type { VcfHeader } from "../vcf/header.ts";
import type { VcfRecord } from "../vcf/record.ts";
import { callSites, isNearSites, type PgxCaller, type PgxReport } from "./callPgx.ts";
import { type GenomeBuild, SampleReader } from "./sampleReader.ts";

/** Of which build a genome is, and how many reference alleles at known positions were that build's; 0 where nothing shows it. */
export interface SeenBuild {
	readonly build: GenomeBuild;
	readonly agreeing: number;
}

/** {@link SeenBuild}, with what the genome says of the genes that drugs depend on. */
export interface SeenGenome {
	readonly seen: SeenBuild;
	readonly report: PgxReport;
}

/** Watches the records of a genome go by and tells at the end of which build it is, and what its sites say. */
export interface BuildCheck {
	take(record: VcfRecord): void;
	/** @throws GenomicsError `GENOME_BUILD_WRONG`. */
	finish(header: VcfHeader): SeenGenome;
}

export function createBuildCheck(caller: PgxCaller): BuildCheck {
	const reader = new SampleReader(caller);
	return {
		take: (record) => {
			if (isNearSites(caller, record.chromosome, record.position)) reader.take(record);
		},
		finish: (header) => {
			const reading = reader.finish(header);
			const { build, agreeing } = reading;
			return { seen: { build, agreeing }, report: callSites(caller, reading) };
		},
	};
}

import { GenomicsError } from "../errors.ts";
import type { VcfHeader } from "../vcf/header.ts";
import type { VcfRecord } from "../vcf/record.ts";
import type { PgxCaller } from "./callPgx.ts";
import { namesOtherBuild } from "./genomeBuild.ts";
import type { MissingReason, Observation } from "./observation.ts";
import { agreeingLeast, SiteReader, type SiteReading } from "./readSites.ts";
import type { Site } from "./siteIndex.ts";

export type GenomeBuild = "GRCh38" | "GRCh37";

/** A reading of the sites, told in positions of GRCh38, and of which build the file was. */
export interface SampleReading extends SiteReading {
	readonly build: GenomeBuild;
}

/** Collects what a file says of the sites, in the places of both builds as far as they are known, and tells at the end which build it is. */
export class SampleReader {
	readonly #caller: PgxCaller;
	readonly #grch38: SiteReader;
	readonly #grch37: SiteReader | undefined;

	constructor(caller: PgxCaller) {
		this.#caller = caller;
		this.#grch38 = new SiteReader(caller.index);
		this.#grch37 = caller.grch37 === undefined ? undefined : new SiteReader(caller.grch37.index);
	}

	take(record: VcfRecord): void {
		this.#grch38.take(record);
		this.#grch37?.take(record);
	}

	/**
	 * The reference alleles decide: those of GRCh38, unless hardly any speaks for them and those of GRCh37 do.
	 *
	 * @throws GenomicsError `GENOME_BUILD_WRONG` when they are those of neither.
	 */
	finish(header: VcfHeader): SampleReading {
		const own = outcomeOf(() => this.#grch38.finish({ headerNamesOtherBuild: namesOtherBuild(header) }));
		if (own instanceof GenomicsError || own.agreeing < agreeingLeast) {
			const other = this.#grch37 === undefined ? undefined : outcomeOf(() => (this.#grch37 as SiteReader).finish({ headerNamesOtherBuild: false }));
			if (other !== undefined && !(other instanceof GenomicsError) && other.agreeing >= agreeingLeast && other.differing * 10 <= other.agreeing)
				return this.#inGrch38(other);
		}
		if (own instanceof GenomicsError) throw own;
		return { ...own, build: "GRCh38" };
	}

	/** What was seen in the places of GRCh37, as sites of GRCh38; those without a known place are missing. */
	#inGrch38(reading: SiteReading): SampleReading {
		const observed = new Map<Site, Observation>();
		const unusable = new Map<Site, MissingReason>();
		const placed = new Map((this.#caller.grch37?.index.sites ?? []).map((site) => [keyOf(site), site]));
		for (const site of this.#caller.index.sites) {
			const there = placed.get(keyOf(site));
			const observation = there === undefined ? undefined : reading.observed.get(there);
			if (observation !== undefined) observed.set(site, observation);
			const reason =
				there === undefined ? "noPlaceInBuild" : (reading.unusable.get(there) ?? (there.ref === site.ref ? undefined : "referenceOfBuild"));
			if (observation === undefined && reason !== undefined) unusable.set(site, reason);
		}
		return { ...reading, observed, unusable, build: "GRCh37" };
	}
}

function keyOf({ gene, index }: Site): string {
	return `${gene} ${index}`;
}

/** The result, or that the build is another; any other error is thrown. */
function outcomeOf(read: () => SiteReading): SiteReading | GenomicsError {
	try {
		return read();
	} catch (error) {
		if (error instanceof GenomicsError && error.code === "GENOME_BUILD_WRONG") return error;
		throw error;
	}
}

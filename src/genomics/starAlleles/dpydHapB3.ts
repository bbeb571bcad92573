import type { GeneSample } from "./geneSample.ts";
import type { Definition } from "./knowledge.ts";
import type { Strand } from "./strands.ts";

/**
 * DPYD's HapB3 is called from two variants: c.1129-5923C>G in an intron, which is the cause, and c.1236G>A in an exon, which travels with it.
 *
 * Sources: CPIC guideline for fluoropyrimidines, doi:10.1002/cpt.911 (HapB3 and its variants); the rules for the two variants as PharmCAT 3.1.1 applies
 * them, held by the sheet of its makers (test_vcf/haplotype/DPYD/hapb3.tsv).
 */
export const hapB3 = {
	allele: "c.1129-5923C>G, c.1236G>A (HapB3)",
	intronicAllele: "c.1129-5923C>G",
	exonicRsid: "rs56038477",
	intronicRsid: "rs75017182",
} as const;

export type HapB3Note =
	/** The exonic variant stands without the intronic one, which was tested: not HapB3. */
	| "dpydHapB3ExonicWithoutIntronic"
	/** Called from the exonic variant alone: the intronic one was not seen. */
	| "dpydHapB3ExonicOnly";

export interface HapB3Call {
	readonly alleles: readonly string[];
	readonly note: HapB3Note | undefined;
}

export interface HapB3Sites {
	readonly intronic: number;
	readonly exonic: number;
}

export function hapB3SitesOf({ positions }: Definition): HapB3Sites {
	const indexOf = (rsid: string) => positions.findIndex((position) => position.rsid === rsid);
	return { intronic: indexOf(hapB3.intronicRsid), exonic: indexOf(hapB3.exonicRsid) };
}

/** One chromosome copy whose phase is known. */
export function callHapB3OnStrand({ definition }: GeneSample, strand: Strand): HapB3Call {
	const { intronic, exonic } = hapB3SitesOf(definition);
	const carries = (index: number) => {
		const allele = strand.get(index) ?? null;
		return allele === null ? undefined : allele !== definition.positions[index]?.ref;
	};
	return callFromCounts(count(carries(intronic)), count(carries(exonic)));
}

/** Both copies together, where phase is not known: as many HapB3 as both variants allow. */
export function callHapB3Unphased({ definition, sites }: GeneSample): HapB3Call {
	const { intronic, exonic } = hapB3SitesOf(definition);
	const carriers = (index: number) => {
		const site = sites.find((each) => each.index === index);
		return site?.alleles.filter((allele) => allele !== null && allele !== definition.positions[index]?.ref).length;
	};
	return callFromCounts(carriers(intronic), carriers(exonic));
}

function count(carries: boolean | undefined): number | undefined {
	return carries === undefined ? undefined : Number(carries);
}

/** @param intronic - Copies that carry the variant; undefined where the site was not seen. */
function callFromCounts(intronic: number | undefined, exonic: number | undefined): HapB3Call {
	const repeat = (name: string, times: number) => Array<string>(times).fill(name);
	if (intronic === undefined) return { alleles: repeat(hapB3.allele, exonic ?? 0), note: (exonic ?? 0) > 0 ? "dpydHapB3ExonicOnly" : undefined };
	const both = Math.min(intronic, exonic ?? 0);
	return {
		alleles: [...repeat(hapB3.allele, both), ...repeat(hapB3.intronicAllele, intronic - both)],
		note: (exonic ?? 0) > intronic ? "dpydHapB3ExonicWithoutIntronic" : undefined,
	};
}

import type { VcfHeader } from "../vcf/header.ts";

/** Lengths of two chromosomes in GRCh37. Source: Genome Reference Consortium, assembly GCF_000001405.25. */
const grch37Lengths: Readonly<Record<string, number>> = { "1": 249_250_621, "10": 135_534_747 };

/**
 * True when contig lines name GRCh37 or an older build. No proof by itself: headers are copied from file to file, so that the reference alleles
 * decide wherever there are some.
 */
export function namesOtherBuild({ contigs }: VcfHeader): boolean {
	return contigs.some(({ id, assembly, lengthBases }) => {
		const length = grch37Lengths[id.replace(/^chr/, "")];
		return /GRCh37|hg19|b37|NCBI36|hg18/i.test(assembly ?? "") || (length !== undefined && length === lengthBases);
	});
}

import type { Position } from "./knowledge.ts";
import type { MissingPosition } from "./missingImpact.ts";
import type { PhenotypeResult } from "./phenotype.ts";

/** Why a gene has no call. */
export type NoCallReason =
	/** The file says nothing of any of its positions. */
	| "noData"
	/** A position without which the gene may not be called is missing. */
	| "requiredPositionMissing"
	/** A genotype has a dot on one of two copies. */
	| "halfCalled"
	/** No pair of known alleles explains what was seen. */
	| "noMatch"
	/** Too many heterozygous sites of unknown phase to put combinations together. */
	| "tooManyUnphased"
	/** A VCF of short reads cannot tell this gene: it needs a call from elsewhere. */
	| "outsideCallNeeded";

export type GeneNote =
	| "dpydHapB3ExonicWithoutIntronic"
	| "dpydHapB3ExonicOnly"
	/** Several diplotypes explain unphased data; one was picked by frequency, as the gene's table says. */
	| "unphasedPriority"
	/** A change that no allele has was read as reference. */
	| "undocumentedReadAsReference"
	/** DPYD, RYR1: what a genotype does not say of one copy was read as reference there (`halfCalled` names the positions). */
	| "halfCalledReadAsReference"
	/** A position of AMP's tier 1 is missing. */
	| "amp1PositionMissing"
	/** SLCO1B1's meaning comes from rs4149056 alone, since no pair of alleles explains the rest. */
	| "slco1b1FromRs4149056"
	/** More copies than the table counts were read as its largest class (`*1x5` as `*1x≥3`). */
	| "copyNumberClass"
	/** A call from elsewhere stands before what the file gave. */
	| "outsideCallPreferred"
	/** The phenotype or score that came with the call differs from what the table gives for its alleles. */
	| "outsidePhenotypeDiffers";

export interface DiplotypeResult {
	/** `*1/*2`; one allele for one copy. */
	readonly name: string;
	readonly alleles: readonly string[];
	/** Positions that speak for the pair; undefined for calls from elsewhere. */
	readonly score: number | undefined;
}

export interface GeneResult {
	readonly gene: string;
	readonly source: "vcf" | "outside" | "none";
	/** All that explain the sample equally well. */
	readonly diplotypes: readonly DiplotypeResult[];
	/** DPYD and RYR1 of unknown phase: the alleles found, one on both copies twice. */
	readonly haplotypes: readonly string[];
	/** One for each diplotype; for DPYD and RYR1 that of the alleles that decide. */
	readonly phenotypes: readonly PhenotypeResult[];
	readonly noCall: NoCallReason | undefined;
	readonly notes: readonly GeneNote[];
	/** At most one block of heterozygous sites: the copies are known apart. */
	readonly phaseKnown: boolean;
	readonly positions: number;
	readonly missing: readonly MissingPosition[];
	/** Positions the file does not mention, taken for reference. */
	readonly assumedReference: readonly Position[];
	/** Positions whose genotype has a dot on one of two copies. */
	readonly halfCalled: readonly Position[];
	readonly undocumented: readonly Position[];
	readonly filtered: readonly Position[];
	/** By called allele: those it cannot be told from. */
	readonly indistinguishable: Readonly<Record<string, readonly string[]>>;
	/** Alleles of which no position was seen. */
	readonly unseenAlleles: readonly string[];
	readonly definitionVersion: string | undefined;
	readonly phenotypeVersion: string | undefined;
	/** SHA-256 of the gene's table; undefined for a gene that the tables do not hold. */
	readonly tableHash: string | undefined;
}

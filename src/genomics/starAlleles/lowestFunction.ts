import { modelAlleles, referenceOf } from "./alleleModel.ts";
import { combinationName, compareAlleleNames } from "./alleleNames.ts";
import { matchCombinations, pairOf, type StrandCall } from "./combinations.ts";
import { callHapB3OnStrand, callHapB3Unphased, hapB3, hapB3SitesOf } from "./dpydHapB3.ts";
import type { GeneSample } from "./geneSample.ts";
import { matchesCode } from "./iupac.ts";
import { compareDiplotypes, type Diplotype } from "./matchDiplotypes.ts";
import { type Strand, strandPairs } from "./strands.ts";

/**
 * DPYD and RYR1 carry many variants that are each judged alone: what counts is the worst on each chromosome copy, or the two worst where the copies
 * cannot be told apart. Sources: CPIC guidelines doi:10.1002/cpt.911 (DPYD), doi:10.1002/cpt.1319 (RYR1).
 */
export const lowestFunctionGenes: readonly string[] = ["DPYD", "RYR1"];

export interface LowestFunctionCall {
	/** Where the phase is known, or known within sets: what stands on each copy. */
	readonly diplotypes: readonly Diplotype[];
	/** Where it is not: the alleles that were found, one on both copies twice. */
	readonly haplotypes: readonly string[];
	readonly notes: readonly string[];
}

export function callLowestFunction(sample: GeneSample): LowestFunctionCall {
	const isDpyd = sample.gene === "DPYD";
	return sample.blocks <= 1 || sample.usesPhaseSets ? callPhased(sample, isDpyd) : callUnphased(sample, isDpyd);
}

function callPhased(sample: GeneSample, isDpyd: boolean): LowestFunctionCall {
	const notes = new Set<string>();
	const found = new Map<string, Diplotype>();
	for (const pair of strandPairs(sample)) {
		const [one, other] = pair.map((strand) => {
			const call = callAlone(sample, strand, isDpyd);
			if (!isDpyd) return call;
			const { alleles, note } = callHapB3OnStrand(sample, strand);
			if (note !== undefined) notes.add(note);
			return alleles.length === 0 ? call : withComponents(sample, call, alleles);
		});
		const diplotype = pairOf(one as StrandCall, other);
		found.set(diplotype.alleles.join("/"), diplotype);
	}
	return { diplotypes: [...found.values()].toSorted(compareDiplotypes), haplotypes: [], notes: [...notes] };
}

/** The alleles of one copy, HapB3 left to its own rule. A dot of a half-called genotype is read as reference there, as PharmCAT does, and is noted. */
function callAlone(sample: GeneSample, strand: Strand, isDpyd: boolean): StrandCall {
	const sites = sample.sites.map(({ index }) => {
		const { ref } = sample.definition.positions[index] as { ref: string };
		return { index, alleles: [strand.get(index) ?? ref], block: -1 };
	});
	const { intronic, exonic } = hapB3SitesOf(sample.definition);
	const without = { alleles: [hapB3.allele, hapB3.intronicAllele], indices: [intronic, exonic] };
	const [call] = matchCombinations({ ...sample, sites, copies: 1, blocks: 0 }, { partials: true, ...(isDpyd ? { without } : {}) });
	const { alleles, score, components } = call as Diplotype;
	return { name: alleles[0] as string, components: components[0] as readonly string[], score };
}

function withComponents(sample: GeneSample, call: StrandCall, added: readonly string[]): StrandCall {
	const reference = referenceOf(sample).name;
	const own = call.name === reference ? [] : call.components;
	const components = [...own, ...added].toSorted(compareAlleleNames);
	return { name: combinationName(components), components, score: components.length };
}

function callUnphased(sample: GeneSample, isDpyd: boolean): LowestFunctionCall {
	const reference = referenceOf(sample).name;
	const ruled: readonly string[] = isDpyd ? [hapB3.allele, hapB3.intronicAllele] : [];
	const named = modelAlleles(sample).filter(({ allele }) => !allele.reference && !ruled.includes(allele.name));
	const found = named.flatMap(({ allele, core }) => Array<string>(copiesWith(sample, core)).fill(allele.name)).toSorted(compareAlleleNames);
	const special = isDpyd ? callHapB3Unphased(sample) : { alleles: [], note: undefined };
	const distinct = new Set(found).size + special.alleles.length;
	const showsReference = canBeReference(sample) && distinct + 1 <= 2;
	return {
		diplotypes: [],
		haplotypes: [...(showsReference ? [reference] : []), ...found, ...special.alleles],
		notes: special.note === undefined ? [] : [special.note],
	};
}

/** Copies that can carry the allele: both, where all of its sites are homozygous for it. */
function copiesWith(sample: GeneSample, core: ReadonlyMap<number, string>): number {
	const own = sample.sites.filter(({ index }) => core.has(index));
	const onCopy = (copy: number, block: number) =>
		own.every((site) => (site.block !== -1 && site.block !== block) || matchesCode(core.get(site.index) as string, site.alleles[copy] ?? null));
	const blocks = [...new Set(own.map(({ block }) => block))];
	if (!blocks.every((block) => onCopy(0, block) || (block !== -1 && onCopy(1, block)))) return 0;
	return blocks.every((block) => block === -1) ? sample.copies : 1;
}

/** True where one copy may have the reference everywhere. */
function canBeReference({ sites, definition }: GeneSample): boolean {
	const refuses = new Map<number, Set<number>>();
	for (const { index, alleles, block } of sites)
		for (const [copy, allele] of alleles.entries())
			if (allele !== null && allele !== definition.positions[index]?.ref) refuses.set(block, (refuses.get(block) ?? new Set()).add(copy));
	return [...refuses].every(([block, copies]) => block !== -1 && copies.size < 2);
}

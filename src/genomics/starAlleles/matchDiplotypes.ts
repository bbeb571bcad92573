import { type AlleleModel, codeAt, modelAlleles, referenceOf } from "./alleleModel.ts";
import { compareAlleleNames } from "./alleleNames.ts";
import type { GeneSample } from "./geneSample.ts";
import { isWobble, matchesCode } from "./iupac.ts";

/** A pair of alleles that explains every site of the sample; one allele where there is one chromosome copy. */
export interface Diplotype {
	/** In order of names. */
	readonly alleles: readonly string[];
	/** Sites that the two alleles name, less those that a code of several bases leaves open. */
	readonly score: number;
	/** Named alleles on each copy; as `alleles` unless one is a combination. */
	readonly components: readonly (readonly string[])[];
}

/** How an allele fits the two sides of each block; block -1 holds the sites where both copies are equal. */
interface Fit {
	readonly model: AlleleModel;
	/** By block: the allele matches all first (second) alleles of the block. */
	readonly first: Uint8Array;
	readonly second: Uint8Array;
	/** By block and side: sites where only a wobble's reference base speaks for the allele. */
	readonly openFirst: Uint8Array;
	readonly openSecond: Uint8Array;
	readonly openBoth: number;
}

/**
 * All pairs of named alleles that explain the sample exactly, best first.
 *
 * A site that an allele does not name is the reference allele's (the rule of the definitions). Phase is kept within blocks; between blocks
 * every turn is tried, block by block, without spelling out the combinations.
 */
export function matchDiplotypes(sample: GeneSample): readonly Diplotype[] {
	const fits = modelAlleles(sample).flatMap((model) => fitAllele(sample, model) ?? []);
	const found: Diplotype[] = [];
	for (const [at, one] of fits.entries()) {
		if (sample.copies === 1) found.push(createDiplotype([one], one.model.score - one.openBoth));
		else
			for (const other of fits.slice(at)) {
				const open = openSites(one, other, sample.blocks);
				if (open !== undefined) found.push(createDiplotype([one, other], one.model.score + other.model.score - open));
			}
	}
	return found.toSorted(compareDiplotypes);
}

export function compareDiplotypes(a: Diplotype, b: Diplotype): number {
	if (a.score !== b.score) return b.score - a.score;
	for (const [index, name] of a.alleles.entries()) {
		const order = compareAlleleNames(name, b.alleles[index] ?? "");
		if (order !== 0) return order;
	}
	return 0;
}

/** The diplotypes that no other exceeds. */
export function topDiplotypes(sorted: readonly Diplotype[]): readonly Diplotype[] {
	return sorted.filter(({ score }) => score === sorted[0]?.score);
}

function createDiplotype(fits: readonly Fit[], score: number): Diplotype {
	const alleles = fits.map(({ model }) => model.allele.name).toSorted(compareAlleleNames);
	return { alleles, score, components: alleles.map((name) => [name]) };
}

/** undefined when a site speaks against the allele whichever way the blocks turn. */
function fitAllele(sample: GeneSample, model: AlleleModel): Fit | undefined {
	const reference = referenceOf(sample);
	const [first, second] = [new Uint8Array(sample.blocks).fill(1), new Uint8Array(sample.blocks).fill(1)];
	const [openFirst, openSecond] = [new Uint8Array(sample.blocks), new Uint8Array(sample.blocks)];
	let openBoth = 0;
	for (const { index, alleles, block } of sample.sites) {
		const { ref } = sample.definition.positions[index] as { ref: string };
		const code = codeAt(model, reference, ref, index);
		const open = (allele: string | null | undefined): number => Number(isWobble(code) && allele === ref);
		if (block === -1) {
			if (!matchesCode(code, alleles[0] as string | null)) return undefined;
			openBoth += open(alleles[0]);
			continue;
		}
		const [one, other] = alleles as readonly [string | null, string | null];
		if (!matchesCode(code, one)) first[block] = 0;
		if (!matchesCode(code, other)) second[block] = 0;
		openFirst[block] = (openFirst[block] as number) + open(one);
		openSecond[block] = (openSecond[block] as number) + open(other);
		if (first[block] === 0 && second[block] === 0) return undefined;
	}
	return { model, first, second, openFirst, openSecond, openBoth };
}

/** Fewest open sites over all turns that fit; undefined when a block fits neither way. */
function openSites(one: Fit, other: Fit, blocks: number): number | undefined {
	let open = one.openBoth + other.openBoth;
	for (let block = 0; block < blocks; block++) {
		const straight = one.first[block] === 1 && other.second[block] === 1;
		const turned = one.second[block] === 1 && other.first[block] === 1;
		if (!straight && !turned) return undefined;
		const openStraight = (one.openFirst[block] as number) + (other.openSecond[block] as number);
		const openTurned = (one.openSecond[block] as number) + (other.openFirst[block] as number);
		open += straight && turned ? Math.min(openStraight, openTurned) : straight ? openStraight : openTurned;
	}
	return open;
}

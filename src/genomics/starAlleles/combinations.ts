import { type AlleleModel, modelAlleles, referenceOf } from "./alleleModel.ts";
import { combinationName, compareAlleleNames } from "./alleleNames.ts";
import type { GeneSample } from "./geneSample.ts";
import { matchesCode } from "./iupac.ts";
import type { Position } from "./knowledge.ts";
import { compareDiplotypes, type Diplotype } from "./matchDiplotypes.ts";
import { type Strand, strandPairs } from "./strands.ts";

/** What one chromosome copy carries: named alleles together, and changes that belong to none of them. */
export interface StrandCall {
	readonly name: string;
	readonly components: readonly string[];
	readonly score: number;
}

export interface CombinationOptions {
	/** Whether a change outside the named alleles is part of the name (`g.…`). */
	readonly partials: boolean;
	/** Alleles left out, and positions that are not looked at: somebody else calls them. */
	readonly without?: { readonly alleles: readonly string[]; readonly indices: readonly number[] };
}

/**
 * All pairs of combinations, best first. Unlike {@link matchDiplotypes}, a site that an allele does not name says nothing against it, so that
 * several alleles may stand on one copy.
 */
export function matchCombinations(sample: GeneSample, options: CombinationOptions): readonly Diplotype[] {
	const models = combinableAlleles(sample, options);
	const cache = new Map<string, readonly StrandCall[]>();
	const callsOf = (strand: Strand): readonly StrandCall[] => {
		const key = [...strand.values()].join(" ");
		const known = cache.get(key) ?? callStrand(sample, strand, models, options);
		cache.set(key, known);
		return known;
	};
	const found = new Map<string, Diplotype>();
	for (const [one, other] of strandPairs(sample))
		for (const first of callsOf(one as Strand))
			for (const second of other === undefined ? [undefined] : callsOf(other)) {
				const diplotype = pairOf(first, second);
				found.set(diplotype.alleles.join("/"), diplotype);
			}
	return [...found.values()].toSorted(compareDiplotypes);
}

export function pairOf(first: StrandCall, second: StrandCall | undefined): Diplotype {
	const calls = [first, ...(second === undefined ? [] : [second])].toSorted((a, b) => compareAlleleNames(a.name, b.name));
	return {
		alleles: calls.map(({ name }) => name),
		score: calls.reduce((sum, { score }) => sum + score, 0),
		components: calls.map(({ components }) => components),
	};
}

/** UGT1A1's combined alleles (`*80+*28`) are combinations already. */
function combinableAlleles(sample: GeneSample, { without }: CombinationOptions): readonly AlleleModel[] {
	return modelAlleles(sample).filter(
		({ allele }) => !allele.reference && !without?.alleles.includes(allele.name) && !(sample.gene === "UGT1A1" && allele.name.includes("+")),
	);
}

function callStrand(sample: GeneSample, strand: Strand, models: readonly AlleleModel[], options: CombinationOptions): readonly StrandCall[] {
	const carried = models.filter(({ core }) => [...core].every(([index, code]) => matchesCode(code, strand.get(index) ?? null)));
	const sets = carried.length === 0 ? [[]] : combine(carried);
	return sets.map((set) => nameStrand(sample, strand, set, options));
}

/**
 * Alleles that can stand side by side on one copy. The longest come first; an allele inside a longer one is part of it and no finding of its own;
 * two of equal length that share a site are alternatives (it is a missing site that lets both match).
 */
function combine(carried: readonly AlleleModel[]): readonly (readonly AlleleModel[])[] {
	const sorted = carried.toSorted((a, b) => b.score - a.score || compareAlleleNames(a.allele.name, b.allele.name));
	const sets: AlleleModel[][] = [];
	for (const model of sorted) {
		let [placed, inside] = [false, false];
		for (const set of sets) {
			const rivals = set.filter(({ core }) => [...core.keys()].some((index) => model.core.has(index)));
			if (rivals.length === 0) {
				set.push(model);
				placed = true;
			} else inside ||= rivals.some(({ score }) => score !== model.score);
		}
		if (!placed && !inside) sets.push([model]);
	}
	return sets;
}

function nameStrand(sample: GeneSample, strand: Strand, set: readonly AlleleModel[], { partials, without }: CombinationOptions): StrandCall {
	const named = new Set(set.flatMap(({ core }) => [...core.keys()]));
	const names = set.map(({ allele }) => allele.name).toSorted(compareAlleleNames);
	const changes = partials
		? [...strand]
				.filter(([index, allele]) => !named.has(index) && !without?.indices.includes(index) && allele !== refAt(sample, index))
				.toSorted(([a], [b]) => positionAt(sample, a).position - positionAt(sample, b).position)
				.map(([index, allele]) => changeName(positionAt(sample, index), allele))
		: [];
	const reference = referenceOf(sample).name;
	if (names.length + changes.length === 0) return { name: reference, components: [reference], score: sample.sites.length };
	const base = names.length === 0 ? sample.sites.length : named.size;
	return { name: combinationName([...names, ...changes]), components: names.length === 0 ? [reference] : names, score: base - changes.length };
}

/** Genomic name of a change. Source: HGVS recommendations; the names of documented changes are those of the definitions. */
export function changeName({ position, ref, alts, hgvs }: Position, allele: string | null): string {
	if (allele === null) return `g.${position}?`;
	const known = alts.indexOf(allele);
	if (known !== -1) return hgvs.split(/;\s*/)[known] ?? hgvs;
	const [formPosition, formRef, formAlt] = allele.replace(/^>/, "").split(":");
	return formAlt === undefined ? `g.${position}${ref}>${allele}` : `g.${formPosition}${formRef}>${formAlt}`;
}

function positionAt({ definition }: GeneSample, index: number): Position {
	return definition.positions[index] as Position;
}

function refAt(sample: GeneSample, index: number): string {
	return positionAt(sample, index).ref;
}

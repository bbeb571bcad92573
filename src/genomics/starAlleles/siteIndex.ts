import { type NormalAllele, normaliseAllele } from "../vcf/normalise.ts";
import { type Stretch, spanOf, stretchOf } from "./affects.ts";
import type { PgxKnowledge, Position } from "./knowledge.ts";

/** A position of one gene, as the reader of a VCF looks for it. */
export interface Site {
	readonly gene: string;
	/** Index into the gene's `positions`; of an extra position, the length of `positions` and more. */
	readonly index: number;
	readonly chromosome: string;
	readonly position: number;
	/** Last base of REF, inclusive. */
	readonly end: number;
	readonly ref: string;
	readonly alts: readonly string[];
	/** Normal form `position:ref:alt` → the ALT of the definition. */
	readonly altByNormalForm: ReadonlyMap<string, string>;
	/** What the documented alleles change. */
	readonly interest: Stretch;
}

/** All sites of a knowledge by chromosome, in order of position. */
export interface SiteIndex {
	readonly sites: readonly Site[];
	/** Sites that overlap [start, end] of a chromosome, whatever its prefix. */
	overlapping(chromosome: string, start: number, end: number): readonly Site[];
	/** True where a record at the position could bear on a site: none is longer upstream than `reach`. */
	isNear(chromosome: string, position: number): boolean;
	/** The reference's base, where a definition spells it. */
	baseAt(chromosome: string, position: number): string | undefined;
}

/** Bases before a site that a record may begin at and still be read: blocks and long deletions are kept however far they begin. */
const upstreamReach = 1_000_000;

/** `chr1` and `1` are one; `chrM`, `MT` and `M` too. */
export function bareChromosome(chromosome: string): string {
	const bare = chromosome.startsWith("chr") || chromosome.startsWith("Chr") || chromosome.startsWith("CHR") ? chromosome.slice(3) : chromosome;
	return bare === "MT" ? "M" : bare;
}

/** @param place - Where a position of the knowledge lies in the build that is read; undefined leaves it out. */
export function createSiteIndex(knowledge: PgxKnowledge, place: PlacePosition = (_, position) => position): SiteIndex {
	const bases = new Map<string, Map<number, string>>();
	const byChromosome = new Map<string, Site[]>();
	const entries = [...knowledge.genes.values()].flatMap(({ gene, definition }) =>
		definition === undefined
			? []
			: [...definition.positions, ...definition.exemption.extra].flatMap((position, index) => {
					const chromosome = bareChromosome(definition.chromosome);
					const each = place(chromosome, position);
					return each === undefined ? [] : [{ gene, chromosome, each, index }];
				}),
	);
	for (const { chromosome, each } of entries) {
		const known = bases.get(chromosome) ?? new Map<number, string>();
		bases.set(chromosome, known);
		for (const [offset, base] of [...each.ref].entries()) known.set(each.position + offset, base);
	}
	const baseAt = (chromosome: string, position: number) => bases.get(chromosome)?.get(position);
	for (const { gene, chromosome, each, index } of entries) {
		const site = createSite({ gene, chromosome, index, each, baseAt: (position) => baseAt(chromosome, position) });
		const list = byChromosome.get(chromosome) ?? [];
		byChromosome.set(chromosome, list);
		list.push(site);
	}
	for (const list of byChromosome.values()) list.sort((a, b) => a.position - b.position);
	return {
		sites: [...byChromosome.values()].flat(),
		overlapping: (chromosome, start, end) => findOverlapping(byChromosome.get(bareChromosome(chromosome)) ?? [], start, end),
		isNear(chromosome, position) {
			const list = byChromosome.get(bareChromosome(chromosome));
			if (list === undefined) return false;
			const next = list[firstFrom(list, position - 100)];
			return next !== undefined && next.position - position <= upstreamReach;
		},
		baseAt: (chromosome, position) => baseAt(bareChromosome(chromosome), position),
	};
}

export type PlacePosition = (bareChromosome: string, position: Position) => Position | undefined;

interface SiteParameters {
	readonly gene: string;
	readonly chromosome: string;
	readonly index: number;
	readonly each: Position;
	readonly baseAt: (position: number) => string | undefined;
}

/** A definition's own form of an allele stands even where more context would move it: a record that has the same form is the same allele. */
function createSite({ gene, chromosome, index, each, baseAt }: SiteParameters): Site {
	const { position, ref, alts } = each;
	const forms = alts.map((alt) => ({ alt, form: normaliseAllele({ position, ref, alt }, baseAt) ?? { position, ref, alt } }));
	return {
		...{ gene, index, chromosome, position, end: position + ref.length - 1, ref, alts },
		altByNormalForm: new Map(forms.map(({ alt, form }) => [formKey(form), alt])),
		interest: spanOf(forms.map(({ form }) => stretchOf(form))),
	};
}

export function formKey({ position, ref, alt }: NormalAllele): string {
	return `${position}:${ref}:${alt}`;
}

/** Sites are at most some tens of bases long, so that those that reach into the stretch begin shortly before it. */
const longestSite = 100;

function findOverlapping(sites: readonly Site[], start: number, end: number): readonly Site[] {
	const found: Site[] = [];
	for (let at = firstFrom(sites, start - longestSite); at < sites.length; at++) {
		const site = sites[at] as Site;
		if (site.position > end) break;
		if (site.end >= start) found.push(site);
	}
	return found;
}

/** Index of the first site at or after the position. */
function firstFrom(sites: readonly Site[], position: number): number {
	let [low, high] = [0, sites.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((sites[middle] as Site).position < position) low = middle + 1;
		else high = middle;
	}
	return low;
}

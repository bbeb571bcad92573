import type { GeneSample } from "./geneSample.ts";
import { isWobble } from "./iupac.ts";
import type { NamedAllele } from "./knowledge.ts";

/** A named allele as far as this sample's sites can show it. */
export interface AlleleModel {
	readonly allele: NamedAllele;
	/** Sites the allele itself names, of those that the sample has: what speaks for it. */
	readonly core: ReadonlyMap<number, string>;
	/** Number of sites named: a call that explains more positions stands above one that explains fewer. */
	readonly score: number;
}

/** Alleles of which at least one named site was seen; of the others nothing can be said. */
export function modelAlleles({ definition, sites }: GeneSample): readonly AlleleModel[] {
	const seen = new Set(sites.map(({ index }) => index));
	return definition.alleles
		.map((allele) => {
			const core = new Map([...allele.sites].filter(([index]) => seen.has(index)));
			return { allele, core, score: core.size };
		})
		.filter(({ score }) => score > 0);
}

/** What the allele has at a site: its own base, else the reference allele's; a reference that may have several bases stands for the genome's. */
export function codeAt(model: AlleleModel, reference: NamedAllele, ref: string, index: number): string {
	const own = model.core.get(index);
	if (own !== undefined) return own;
	const base = reference.sites.get(index) ?? ref;
	return isWobble(base) ? ref : base;
}

export function referenceOf({ definition }: GeneSample): NamedAllele {
	return definition.alleles.find(({ reference }) => reference) as NamedAllele;
}

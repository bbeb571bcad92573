/** An allele in the one form that names it: as few bases as possible, as far left as possible. */
export interface NormalAllele {
	/** One-based. */
	readonly position: number;
	readonly ref: string;
	readonly alt: string;
}

/**
 * Trims an allele and shifts it left, as far as the known bases carry.
 *
 * Source: Tan, Abecasis, Kang, Bioinformatics 2015;31(13):2202 (unified representation of genetic variants): a form is normal exactly when its
 * alleles end in different bases, and begin with different bases or the shorter has one base.
 *
 * @param baseAt - The reference's base at a one-based position, where it is known.
 * @returns undefined where a base is needed that is not known: the allele is *unnormalised* and must match nothing.
 */
export function normaliseAllele(allele: NormalAllele, baseAt: (position: number) => string | undefined): NormalAllele | undefined {
	let { position, ref, alt } = allele;
	if (ref === alt) return undefined;
	while (ref.at(-1) === alt.at(-1)) {
		ref = ref.slice(0, -1);
		alt = alt.slice(0, -1);
		if (ref === "" || alt === "") {
			const base = baseAt(position - 1);
			if (base === undefined) return undefined;
			[position, ref, alt] = [position - 1, base + ref, base + alt];
		}
	}
	let skip = 0;
	while (skip + 1 < Math.min(ref.length, alt.length) && ref[skip] === alt[skip]) skip++;
	return { position: position + skip, ref: ref.slice(skip), alt: alt.slice(skip) };
}

/** Alleles in bases A, C, G, T; the others (symbolic, breakends, `*`, ambiguous) have no normal form. */
export function isPlainAllele(allele: string): boolean {
	return /^[ACGT]+$/.test(allele);
}

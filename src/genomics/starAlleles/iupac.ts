/** Bases that a nucleotide code stands for. Source: NC-IUB 1984, doi:10.1093/nar/13.9.3021. */
const basesOf: Readonly<Record<string, string>> = {
	...{ R: "AG", Y: "CT", S: "CG", W: "AT", K: "GT", M: "AC" },
	...{ B: "CGT", D: "AGT", H: "ACT", V: "ACG", N: "ACGT" },
};

/** True for a code of several bases: the allele may have any of them, so that the reference base there says little for it. */
export function isWobble(code: string): boolean {
	return code.length === 1 && code in basesOf;
}

export function matchesCode(code: string, allele: string | null): boolean {
	if (allele === null) return false;
	return code === allele || (isWobble(code) && allele.length === 1 && (basesOf[code] as string).includes(allele));
}

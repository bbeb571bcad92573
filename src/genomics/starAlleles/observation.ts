/** Why nothing is known of a site. */
export type MissingReason =
	/** The file has no record there. */
	| "absent"
	/** The genotype is a dot. */
	| "noCall"
	/** REF is not the base of GRCh38. */
	| "referenceMismatch"
	/** A reference block below the quality that is asked. */
	| "lowQuality"
	/** The called allele is symbolic, or lies inside a deletion that another line describes. */
	| "symbolic"
	/** An indel near the site whose normal form cannot be proven from the bases that are known. */
	| "unnormalised"
	/** Another number of alleles than one or two. */
	| "ploidy"
	/** Two lines that cannot both be true. */
	| "conflict"
	/** The file is of GRCh37, and nothing proves where the position lies there. */
	| "noPlaceInBuild"
	/** The file is of GRCh37, whose REF there is another allele: its silence does not say which one this is. */
	| "referenceOfBuild";

/** What a file says of a site, on the chromosome copies in the order of the genotype. */
export interface Observation {
	/** REF or ALT in the definition's spelling; another change as `>form`; null where the file has a dot. One or two. */
	readonly alleles: readonly (string | null)[];
	readonly phased: boolean;
	/** Identity of the phase set; "" for the phase of the whole chromosome. */
	readonly phaseSet: string;
	/** One-based line of the record. */
	readonly line: number;
	/** FILTER is neither PASS nor a dot. */
	readonly filtered: boolean;
}

/** Marks an allele that the definition does not know. */
const undocumentedMark = ">";

export function undocumented(form: string): string {
	return undocumentedMark + form;
}

export function isUndocumented(allele: string | null): boolean {
	return allele?.startsWith(undocumentedMark) === true;
}

/**
 * Puts together what two lines say of one site: several ALT of one place are often written on lines of their own.
 *
 * @returns undefined when both cannot be true.
 */
export function mergeObservations(first: Observation, second: Observation, ref: string): Observation | undefined {
	if (isReference(second, ref)) return first;
	if (isReference(first, ref)) return second;
	if (first.alleles.length !== second.alleles.length) return undefined;
	if (first.alleles.every((allele, copy) => allele === second.alleles[copy]) && first.phased === second.phased) return first;
	return first.phased && second.phased && first.phaseSet === second.phaseSet ? mergePhased(first, second, ref) : mergeUnphased(first, second, ref);
}

function mergePhased(first: Observation, second: Observation, ref: string): Observation | undefined {
	const alleles = first.alleles.map((allele, copy) => (allele === ref ? second.alleles[copy] : second.alleles[copy] === ref ? allele : undefined));
	return alleles.includes(undefined) ? undefined : { ...first, alleles: alleles as (string | null)[] };
}

function mergeUnphased(first: Observation, second: Observation, ref: string): Observation | undefined {
	const changed = [...first.alleles, ...second.alleles].filter((allele) => allele !== ref);
	if (changed.length > first.alleles.length || new Set(changed).size < changed.length) return undefined;
	return { ...first, phased: false, phaseSet: "", alleles: [...changed, ref].slice(0, first.alleles.length) };
}

function isReference({ alleles }: Observation, ref: string): boolean {
	return alleles.every((allele) => allele === ref);
}

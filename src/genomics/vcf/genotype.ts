import { GenomicsError } from "../errors.ts";
import { recordError, type VcfRecord } from "./record.ts";

/** A sample's GT at a record. */
export interface Genotype {
	/** Index into REF, ALT…; null where the file has a dot. One entry a chromosome copy. */
	readonly alleles: readonly (number | null)[];
	readonly phased: boolean;
	/** The PS field; undefined where the phase is that of the whole chromosome. */
	readonly phaseSet: string | undefined;
}

/** The genotypes that nearly every record has. */
const plain = new Map<string, Genotype>(
	(
		[
			["0/0", [0, 0], false],
			["0/1", [0, 1], false],
			["1/1", [1, 1], false],
			["./.", [null, null], false],
			["0|0", [0, 0], true],
			["0|1", [0, 1], true],
			["1|0", [1, 0], true],
			["1|1", [1, 1], true],
		] as const
	).map(([text, alleles, phased]) => [text, Object.freeze({ alleles, phased, phaseSet: undefined })]),
);

/**
 * Reads GT and PS of the record's sample; undefined where the record has no GT.
 *
 * A record with PSL (VCF 4.4) counts as unphased: its sets are per allele, and taking less phase than there is loses nothing but sharpness.
 *
 * @throws GenomicsError `VCF_RECORD_INVALID`, `VCF_ALLELE_OUT_OF_RANGE`; the message names the line, never the genotype.
 */
export function readGenotype(record: VcfRecord): Genotype | undefined {
	const { format, sample, line, alts } = record;
	if (format !== "GT" && !format.startsWith("GT:")) return undefined;
	const end = sample.indexOf(":");
	const text = end === -1 ? sample : sample.slice(0, end);
	const genotype = plain.get(text) ?? parseGenotype(text, line);
	for (const allele of genotype.alleles)
		if (allele !== null && allele > alts.length)
			throw new GenomicsError("VCF_ALLELE_OUT_OF_RANGE", `line ${line}: the genotype names an allele beyond the ${alts.length} of ALT`, { line });
	if (!genotype.phased || format.length === 2) return genotype;
	if (readField(record, "PSL") !== undefined) return { ...genotype, phased: false };
	const phaseSet = readField(record, "PS");
	return phaseSet === undefined ? genotype : { ...genotype, phaseSet };
}

/** One field of the sample by its key; undefined where it is absent, empty or a dot. */
export function readField({ format, sample }: VcfRecord, key: string): string | undefined {
	if (!format.includes(key)) return undefined;
	const index = format.split(":").indexOf(key);
	const value = index === -1 ? undefined : sample.split(":")[index];
	return value === undefined || value === "" || value === "." ? undefined : value;
}

/** `0/1`, `0|1`, `1`, `0|1/2`; a leading separator (VCF 4.4) says how the first allele is phased. Mixed separators count as unphased. */
function parseGenotype(text: string, line: number): Genotype {
	if (!/^[/|]?(?:\d{1,4}|\.)(?:[/|](?:\d{1,4}|\.))*$/.test(text)) throw recordError(line, "a genotype as 0/1", "another form");
	const alleles = text.split(/[/|]/).filter((part) => part !== "");
	return {
		alleles: alleles.map((allele) => (allele === "." ? null : Number(allele))),
		phased: !text.includes("/") && (alleles.length === 1 || text.includes("|")),
		phaseSet: undefined,
	};
}

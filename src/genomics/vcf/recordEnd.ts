import { readField } from "./genotype.ts";
import { recordError, type VcfRecord } from "./record.ts";

/** ALT says only "anything else" (gVCF), or nothing. */
export function isBlock({ alts }: VcfRecord): boolean {
	return alts.length > 0 && alts.every((alt) => alt === "<NON_REF>" || alt === "<*>");
}

/**
 * Last position that the record speaks of. Source: VCF 4.5 §1.6.1 (REF, INFO END and SVLEN, FORMAT LEN).
 *
 * @throws GenomicsError `VCF_RECORD_INVALID` for a length or an end that is no number: a block that cannot be placed covers nothing by guess.
 */
export function recordEnd(record: VcfRecord): number {
	const own = record.position + record.ref.length - 1;
	if (!record.alts.some((alt) => alt.startsWith("<")) && !record.info.includes("END=")) return own;
	const end = wholeNumber(record, infoField(record, "END"));
	if (end !== undefined) return Math.max(own, end);
	const length = wholeNumber(record, isBlock(record) ? readField(record, "LEN") : infoField(record, "SVLEN")?.split(",")[0]?.replace(/^-/, ""));
	return length === undefined ? own : Math.max(own, isBlock(record) ? record.position + length - 1 : record.position + length);
}

function infoField({ info }: VcfRecord, key: string): string | undefined {
	return info
		.split(";")
		.find((field) => field.startsWith(`${key}=`))
		?.slice(key.length + 1);
}

/** @throws GenomicsError `VCF_RECORD_INVALID` for what is there and is none. */
export function wholeNumber({ line }: VcfRecord, text: string | undefined): number | undefined {
	if (text === undefined || text === ".") return undefined;
	if (!/^\d{1,10}$/.test(text)) throw recordError(line, "a whole number for an end, a length or a quality", "something else");
	return Number(text);
}

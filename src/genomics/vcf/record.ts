import { GenomicsError } from "../errors.ts";

/** One line of a VCF for one sample. Text fields are as the file has them, but for REF and ALT, which are upper case. */
export interface VcfRecord {
	/** One-based line of the file. */
	readonly line: number;
	readonly chromosome: string;
	/** One-based. */
	readonly position: number;
	readonly ref: string;
	/** Without `.`; symbolic alleles keep their brackets. */
	readonly alts: readonly string[];
	/** `PASS`, `.`, or codes separated by semicolons. */
	readonly filter: string;
	readonly info: string;
	/** Keys of the sample's fields, as `GT:DP`; "" where there is none. */
	readonly format: string;
	readonly sample: string;
}

const noAlts: readonly string[] = [];
const bases = /^[ACGTN]+$/;
const ambiguousBases = /^[ACGTUNRYSWKMBDHV]+$/;

/**
 * Reads the line `text[from, to)`.
 *
 * @param column - Zero-based column of the sample; 0 for none.
 * @throws GenomicsError `VCF_RECORD_INVALID`.
 */
export function parseRecord(text: string, from: number, to: number, line: number, column: number): VcfRecord {
	const field = (start: number): number => {
		const end = text.indexOf("\t", start);
		if (end === -1 || end >= to) throw recordError(line, "at least 8 columns separated by tabs", "fewer");
		return end;
	};
	const chromEnd = field(from);
	const posEnd = field(chromEnd + 1);
	const idEnd = field(posEnd + 1);
	const refEnd = field(idEnd + 1);
	const altEnd = field(refEnd + 1);
	const qualEnd = field(altEnd + 1);
	const filterEnd = field(qualEnd + 1);
	const infoEnd = endOfField(text, filterEnd + 1, to);
	const formatEnd = column === 0 ? infoEnd : endOfField(text, infoEnd + 1, to);
	return {
		line,
		chromosome: text.slice(from, chromEnd),
		position: readPosition(text, chromEnd + 1, posEnd, line),
		ref: readRef(text.slice(idEnd + 1, refEnd), line),
		alts: readAlts(text.slice(refEnd + 1, altEnd), line),
		filter: text.slice(qualEnd + 1, filterEnd),
		info: text.slice(filterEnd + 1, infoEnd),
		format: column === 0 ? "" : text.slice(infoEnd + 1, formatEnd),
		sample: column === 0 ? "" : readSample(text, formatEnd, to, column - 9, line),
	};
}

function endOfField(text: string, start: number, to: number): number {
	const end = text.indexOf("\t", start);
	return end === -1 || end > to ? to : end;
}

function readPosition(text: string, from: number, to: number, line: number): number {
	let position = 0;
	for (let at = from; at < to; at++) {
		const digit = text.charCodeAt(at) - 48;
		if (digit < 0 || digit > 9) throw recordError(line, "a position in digits", "another character");
		position = position * 10 + digit;
	}
	if (to === from || position > 2_147_483_647) throw recordError(line, "a position from 0 to 2^31−1", "none or a larger one");
	return position;
}

function readRef(text: string, line: number): string {
	if (bases.test(text)) return text;
	const upper = text.toUpperCase();
	if (!ambiguousBases.test(upper)) throw recordError(line, "REF in bases", "other characters");
	return upper;
}

function readAlts(text: string, line: number): readonly string[] {
	if (text === ".") return noAlts;
	if (bases.test(text)) return [text];
	return text.split(",").map((alt) => {
		const upper = alt.toUpperCase();
		if (ambiguousBases.test(upper)) return upper;
		if (/^<[^<>]+>$/.test(alt) || alt === "*" || alt === "." || /[[\]]/.test(alt) || /^\.?[ACGTN]+\.?$/.test(upper)) return alt;
		throw recordError(line, "ALT in bases, symbolic, breakend or *", "other characters");
	});
}

function readSample(text: string, formatEnd: number, to: number, index: number, line: number): string {
	let start = formatEnd;
	for (let skipped = 0; skipped < index; skipped++) {
		start = text.indexOf("\t", start + 1);
		if (start === -1 || start >= to) throw recordError(line, "a column for each sample", "fewer");
	}
	if (start >= to) throw recordError(line, "a column for each sample", "fewer");
	return text.slice(start + 1, endOfField(text, start + 1, to));
}

export function recordError(line: number, expected: string, found: string): GenomicsError {
	return new GenomicsError("VCF_RECORD_INVALID", `line ${line}: expected ${expected}, found ${found}`, { line, expected, found });
}

import { GenomicsError } from "../errors.ts";
import { HeaderReader, type VcfHeader } from "./header.ts";
import { parseRecord, recordError, type VcfRecord } from "./record.ts";
import { splitLines, type TextBlock } from "./splitLines.ts";

export interface ReadVcfParameters {
	/** Decompressed bytes in order, in pieces of any size. */
	readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
	/** Name of the sample column; may be left out where the file has exactly one. */
	readonly sample?: string;
	/** Longest line that is read; 16 MiB unless told, some 100,000 samples. */
	readonly maxLineBytes?: number;
	/** Lines that are read; all when left out. Of the others the position and the number of columns are looked at, so that a cut line is no shorter genome. */
	readonly wants?: (chromosome: string, position: number) => boolean;
}

export interface VcfReading {
	readonly header: VcfHeader;
	/** Records in file order, in batches: one for each piece of input. */
	readonly batches: AsyncGenerator<readonly VcfRecord[]>;
}

const defaultMaxLineBytes = 16_777_216;

/**
 * Reads a VCF 4.1 to 4.5 as a stream.
 *
 * Memory: a piece of input and a line, whatever the file's length. Lines may end in CRLF; the last may end without.
 *
 * @throws GenomicsError `VCF_…` with the line; a genotype never stands in it. Faults of records come out of `batches`.
 */
export async function readVcf(parameters: ReadVcfParameters): Promise<VcfReading> {
	const blocks = splitLines(parameters.bytes, parameters.maxLineBytes ?? defaultMaxLineBytes);
	const reader = new HeaderReader();
	for (let next = await blocks.next(); !next.done; next = await blocks.next()) {
		const records = takeHeader(reader, next.value);
		if (reader.header !== undefined && records !== undefined) {
			const { header } = reader;
			return { header, batches: readBatches(records, blocks, chooseColumn(header, parameters.sample), parameters.wants) };
		}
	}
	throw new GenomicsError("VCF_EMPTY", "expected a VCF, found no line of columns before the end of the file");
}

/** Takes header lines from the block; once the columns have come, the rest of it. */
function takeHeader(reader: HeaderReader, { text, firstLine }: TextBlock): TextBlock | undefined {
	let line = firstLine;
	for (let from = 0; from < text.length; line++) {
		const to = lineEnd(text, from);
		reader.take(withoutReturn(text, from, to), line);
		from = to + 1;
		if (reader.header !== undefined) return { text: text.slice(from), firstLine: line + 1 };
	}
	return undefined;
}

/** Zero-based column of the sample. @throws GenomicsError `VCF_NO_SAMPLE`, `VCF_SAMPLE_UNCHOSEN`, `VCF_SAMPLE_UNKNOWN`. */
export function chooseColumn({ samples }: VcfHeader, wanted: string | undefined): number {
	if (samples.length === 0) throw new GenomicsError("VCF_NO_SAMPLE", "expected a sample column, found none");
	if (wanted === undefined) {
		if (samples.length > 1)
			throw new GenomicsError("VCF_SAMPLE_UNCHOSEN", `expected one sample or the name of one, found ${samples.length}`, {
				found: String(samples.length),
			});
		return 9;
	}
	const index = samples.indexOf(wanted);
	if (index === -1)
		throw new GenomicsError("VCF_SAMPLE_UNKNOWN", `the sample that was named is not among the ${samples.length} of the file`, {
			found: String(samples.length),
		});
	return index + 9;
}

async function* readBatches(
	first: TextBlock,
	rest: AsyncGenerator<TextBlock>,
	column: number,
	wants: ReadVcfParameters["wants"],
): AsyncGenerator<readonly VcfRecord[]> {
	yield readBlock(first, column, wants);
	for await (const block of rest) yield readBlock(block, column, wants);
}

function readBlock({ text, firstLine }: TextBlock, column: number, wants: ReadVcfParameters["wants"]): readonly VcfRecord[] {
	const records: VcfRecord[] = [];
	let line = firstLine;
	for (let from = 0; from < text.length; line++) {
		const end = lineEnd(text, from);
		const to = end > from && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
		if (to > from && (wants === undefined || isWanted(text, from, to, wants))) records.push(parseRecord(text, from, to, line, column));
		else if (to > from) assertColumns(text, from, to, line, column);
		from = end + 1;
	}
	return records;
}

/** @throws GenomicsError `VCF_RECORD_INVALID` when the line ends before the sample's column. */
function assertColumns(text: string, from: number, to: number, line: number, column: number): void {
	let at = from - 1;
	for (let tabs = 0; tabs < column; tabs++) {
		at = text.indexOf("\t", at + 1);
		if (at === -1 || at >= to) throw recordError(line, "a column for each sample", "fewer");
	}
}

/** A line without a position is wanted: reading it tells what is wrong. */
function isWanted(text: string, from: number, to: number, wants: NonNullable<ReadVcfParameters["wants"]>): boolean {
	const chromosomeEnd = text.indexOf("\t", from);
	const positionEnd = text.indexOf("\t", chromosomeEnd + 1);
	const position = Number(text.slice(chromosomeEnd + 1, positionEnd));
	return (
		chromosomeEnd === -1 || positionEnd === -1 || positionEnd > to || !Number.isInteger(position) || wants(text.slice(from, chromosomeEnd), position)
	);
}

function lineEnd(text: string, from: number): number {
	const end = text.indexOf("\n", from);
	return end === -1 ? text.length : end;
}

function withoutReturn(text: string, from: number, to: number): string {
	return text.slice(from, to > from && text.charCodeAt(to - 1) === 13 ? to - 1 : to);
}

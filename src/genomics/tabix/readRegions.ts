import { GenomicsError } from "../errors.ts";
import type { ByteSource, InflateRaw } from "../vcf/bgzip.ts";
import { HeaderReader, type VcfHeader } from "../vcf/header.ts";
import { chooseColumn } from "../vcf/readVcf.ts";
import { parseRecord, type VcfRecord } from "../vcf/record.ts";
import { recordEnd } from "../vcf/recordEnd.ts";
import { windowShift } from "./bins.ts";
import { BlockReader } from "./blockReader.ts";
import { chunksOver } from "./chunksOver.ts";
import { type TabixIndex, type TabixReference, virtualOffset } from "./tabixIndex.ts";
import { textBetween } from "./textBetween.ts";

/** One character for each byte, so that places in the text are places in the file. */
const decoder = new TextDecoder("latin1");

/** A stretch of a chromosome, zero-based and half-open. */
export interface Region {
	/** As the file spells it. */
	readonly name: string;
	readonly begin: number;
	readonly end: number;
}

export interface ReadRegionsParameters {
	/** The bgzipped VCF. */
	readonly source: ByteSource;
	readonly index: TabixIndex;
	readonly inflate: InflateRaw;
	/** In any order; they may overlap. */
	readonly regions: readonly Region[];
	readonly sample?: string;
}

export interface RegionReading {
	readonly header: VcfHeader;
	/** Every record that overlaps a region, each once, in file order. Their `line` is 0: nobody counted the lines before. */
	readonly records: AsyncGenerator<VcfRecord>;
}

/**
 * Reads the header and the regions of an indexed VCF, and no more of it than the blocks that hold them. Memory: some blocks.
 *
 * @throws GenomicsError `TABIX_INVALID` for an index of another file; what `readVcf` throws.
 */
export async function readRegions({ source, index, inflate, regions, sample }: ReadRegionsParameters): Promise<RegionReading> {
	const reader = new BlockReader(source, inflate);
	const header = await readHeader(reader);
	return { header, records: readRecords(reader, index, regions, chooseColumn(header, sample)) };
}

async function readHeader(reader: BlockReader): Promise<VcfHeader> {
	const lines = new HeaderReader();
	let line = 0;
	const decoder = new TextDecoder();
	for await (const { bytes } of textBetween(reader, { begin: 0, end: virtualOffset(reader.source.sizeBytes, 0) }))
		for (const each of decoder.decode(bytes).split("\n")) {
			if (each === "") continue;
			lines.take(each.endsWith("\r") ? each.slice(0, -1) : each, ++line);
			if (lines.header !== undefined) return lines.header;
		}
	throw new GenomicsError("VCF_EMPTY", "expected a VCF, found no line of columns before the end of the file");
}

async function* readRecords(reader: BlockReader, { references }: TabixIndex, regions: readonly Region[], column: number): AsyncGenerator<VcfRecord> {
	for (const reference of references) {
		const own = regions.filter(({ name, begin, end }) => name === reference.name && begin < end).toSorted((a, b) => a.begin - b.begin);
		let after = -1;
		for (const cluster of clustersOf(own)) {
			for await (const { record, from } of scan(reader, reference, cluster, column)) {
				// What reaches from one cluster into the next came with the first.
				if (from <= after) continue;
				after = from;
				if (cluster.some(({ begin, end }) => record.position - 1 < end && recordEnd(record) > begin)) yield record;
			}
		}
	}
}

/** Regions so near to one another that one pass over their blocks serves all. */
function clustersOf(sorted: readonly Region[]): readonly (readonly Region[])[] {
	const clusters: Region[][] = [];
	let reach = -1;
	for (const region of sorted) {
		const last = clusters.at(-1);
		if (last !== undefined && region.begin - reach < 1 << windowShift) last.push(region);
		else clusters.push([region]);
		reach = Math.max(reach, region.end);
	}
	return clusters;
}

/** Records of the chunks over a cluster, up to the first one behind it. */
async function* scan(reader: BlockReader, reference: TabixReference, cluster: readonly Region[], column: number) {
	const begin = (cluster[0] as Region).begin;
	const end = cluster.reduce((reach, region) => Math.max(reach, region.end), 0);
	const start = `${reference.name}\t`;
	for (const chunk of chunksOver(reference, begin, end))
		for await (const { bytes, from } of textBetween(reader, chunk)) {
			const text = decoder.decode(bytes);
			for (let at = 0; at < text.length; ) {
				const found = text.indexOf("\n", at);
				const lineEnd = found === -1 ? text.length : found;
				const to = lineEnd > at && text.charCodeAt(lineEnd - 1) === 13 ? lineEnd - 1 : lineEnd;
				if (text.charCodeAt(at) !== 35 && to > at) {
					if (!text.startsWith(start, at))
						throw new GenomicsError("TABIX_INVALID", "expected lines of the chromosome that the index names, found others");
					const record = parseRecord(text, at, to, 0, column);
					if (record.position > end) return;
					yield { record, from: from + at };
				}
				at = lineEnd + 1;
			}
		}
}

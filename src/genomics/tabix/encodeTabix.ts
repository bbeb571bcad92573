import type { TabixIndex, TabixReference } from "./tabixIndex.ts";

/** The bin that holds no records but their number (htslib). */
export const countBin = 37_450;
export const tabixMagic = [0x54, 0x42, 0x49, 1] as const;
/** How to read a line: VCF, names in column 1, positions in column 2, no column of ends, comments begin with `#`, no line is skipped. */
export const vcfLayout = [2, 1, 2, 0, 35, 0] as const;
const wordBytes = 4;
const chunkBytes = 16;

/**
 * The bytes of a .tbi before compression (bgzip). Source: the tabix index file format, Table 1; the bin that counts as htslib writes it.
 */
export function encodeTabix({ references }: TabixIndex): Uint8Array {
	const names = new TextEncoder().encode(references.map(({ name }) => `${name}\0`).join(""));
	const size = tabixMagic.length + (2 + vcfLayout.length) * wordBytes + names.length + references.reduce((sum, each) => sum + sizeOf(each), 0);
	const writer = new Writer(size);
	writer.bytes(Uint8Array.from(tabixMagic));
	for (const word of [references.length, ...vcfLayout, names.length]) writer.word(word);
	writer.bytes(names);
	for (const reference of references) writeReference(writer, reference);
	return writer.all;
}

function sizeOf({ bins, linear, total }: TabixReference): number {
	let size = 2 * wordBytes + linear.length * 2 * wordBytes;
	for (const chunks of bins.values()) size += 2 * wordBytes + chunks.length * chunkBytes;
	return total === undefined ? size : size + 2 * wordBytes + 2 * chunkBytes;
}

function writeReference(writer: Writer, { bins, linear, total }: TabixReference): void {
	writer.word(bins.size + (total === undefined ? 0 : 1));
	for (const bin of [...bins.keys()].sort((a, b) => a - b)) {
		const chunks = bins.get(bin) ?? [];
		writer.word(bin);
		writer.word(chunks.length);
		for (const { begin, end } of chunks) {
			writer.long(begin);
			writer.long(end);
		}
	}
	if (total !== undefined) {
		writer.word(countBin);
		writer.word(2);
		for (const value of [total.begin, total.end, total.records, 0]) writer.long(value);
	}
	writer.word(linear.length);
	for (const offset of linear) writer.long(offset);
}

/** Little-endian, into a buffer of the size that was worked out. */
class Writer {
	readonly all: Uint8Array;
	readonly #view: DataView;
	#at = 0;

	constructor(sizeBytes: number) {
		this.all = new Uint8Array(sizeBytes);
		this.#view = new DataView(this.all.buffer);
	}

	bytes(bytes: Uint8Array): void {
		this.all.set(bytes, this.#at);
		this.#at += bytes.length;
	}

	word(value: number): void {
		this.#view.setUint32(this.#at, value, true);
		this.#at += wordBytes;
	}

	/** 64 bits, of which the value uses 53 at most. */
	long(value: number): void {
		this.word(value % 2 ** 32);
		this.word(Math.floor(value / 2 ** 32));
	}
}

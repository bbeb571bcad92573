import { concatBytes } from "#base";
import { GenomicsError } from "../errors.ts";
import type { BgzipBlock } from "../vcf/bgzip.ts";
import { readGenotype } from "../vcf/genotype.ts";
import { HeaderReader, type VcfHeader } from "../vcf/header.ts";
import { chooseColumn } from "../vcf/readVcf.ts";
import { parseRecord, recordError, type VcfRecord } from "../vcf/record.ts";
import { recordEnd } from "../vcf/recordEnd.ts";
import { positionLimit } from "./bins.ts";
import { TabixBuilder } from "./tabixBuilder.ts";
import { type TabixIndex, virtualOffset } from "./tabixIndex.ts";

export interface IndexVcfParameters {
	/** Longest line that is read; 16 MiB unless told. */
	readonly maxLineBytes?: number;
	/** Gets every record, in file order. */
	readonly onRecord?: (record: VcfRecord) => void;
}

export interface IndexedVcf {
	readonly header: VcfHeader;
	readonly records: number;
	readonly index: TabixIndex;
}

const lineFeed = 10;
/** Far more than any genome has: 3,400 sequences with all alternates of GRCh38, and 190,000 stretches of 16 kb. */
const chromosomesMax = 100_000;
const windowsMax = 4_000_000;
const defaultMaxLineBytes = 16_777_216;
/** One character for each byte, so that places in the text are places in the file; what names and numbers are made of is the same in all of them. */
const decoder = new TextDecoder("latin1");
const headerDecoder = new TextDecoder();

/**
 * Reads a VCF of one sample block by block, every line of it, and puts its index together. Memory: a block, a line and the index.
 *
 * @throws GenomicsError from `take` and `finish`: `VCF_…` with the line, `VCF_UNSORTED` among them; `VCF_SAMPLE_UNCHOSEN` for several samples: a file
 * of several people is no one's genome.
 */
export class VcfIndexer {
	readonly #maxLineBytes: number;
	readonly #onRecord: (record: VcfRecord) => void;
	readonly #builder = new TabixBuilder();
	readonly #reader = new HeaderReader();
	readonly #seen = new Set<string>();
	#column = 0;
	#line = 0;
	#records = 0;
	#chromosome = "";
	#position = 0;
	/** Of a line that goes on in the next block: what there is, and where it began. */
	#held: Uint8Array[] = [];
	#heldBytes = 0;
	#heldFrom = 0;

	constructor({ maxLineBytes = defaultMaxLineBytes, onRecord = () => {} }: IndexVcfParameters = {}) {
		this.#maxLineBytes = maxLineBytes;
		this.#onRecord = onRecord;
	}

	/** The next block; an empty one says nothing. */
	take({ byteOffset, packed, plain }: BgzipBlock): void {
		const end = plain.lastIndexOf(lineFeed) + 1;
		const at = (within: number) => (within === plain.length ? virtualOffset(byteOffset + packed.length, 0) : virtualOffset(byteOffset, within));
		let from = 0;
		if (this.#heldBytes > 0) {
			from = end === 0 ? plain.length : plain.indexOf(lineFeed) + 1;
			this.#hold(plain.subarray(0, from));
			if (end > 0) this.#takeHeld(at(from));
		} else this.#heldFrom = at(0);
		if (end > from) this.#takeLines(plain.subarray(from, end), (within) => at(from + within));
		if (Math.max(end, from) === plain.length) return;
		this.#heldFrom = at(Math.max(end, from));
		this.#hold(plain.subarray(Math.max(end, from)));
	}

	/** After the last block. @throws GenomicsError `VCF_EMPTY` also where there is not one record. */
	finish(endOffset: number): IndexedVcf {
		if (this.#heldBytes > 0) this.#takeHeld(virtualOffset(endOffset, 0));
		const { header } = this.#reader;
		if (header === undefined) throw new GenomicsError("VCF_EMPTY", "expected a VCF, found no line of columns before the end of the file");
		if (this.#records === 0) throw new GenomicsError("VCF_EMPTY", "expected a genome, found no record in the file");
		return { header, records: this.#records, index: this.#builder.finish() };
	}

	/** A copy: the block's memory may be used again. */
	#hold(part: Uint8Array): void {
		this.#heldBytes += part.length;
		if (this.#heldBytes > this.#maxLineBytes)
			throw new GenomicsError("VCF_LINE_TOO_LONG", `line ${this.#line + 1} is longer than ${this.#maxLineBytes} bytes`, { line: this.#line + 1 });
		this.#held.push(part.slice());
	}

	#takeHeld(to: number): void {
		const bytes = concatBytes(...this.#held);
		const from = this.#heldFrom;
		[this.#held, this.#heldBytes] = [[], 0];
		this.#takeLines(bytes, (within) => (within === 0 ? from : to));
	}

	/** Whole lines; only the last may be without its line feed. */
	#takeLines(bytes: Uint8Array, at: (within: number) => number): void {
		let text: string | undefined;
		for (let from = 0; from < bytes.length; ) {
			this.#line++;
			if (this.#reader.header === undefined) {
				const end = bytes.indexOf(lineFeed, from);
				this.#takeHeader(bytes.subarray(from, end === -1 ? bytes.length : end));
				from = end === -1 ? bytes.length : end + 1;
				continue;
			}
			text ??= decoder.decode(bytes);
			const found = text.indexOf("\n", from);
			const end = found === -1 ? text.length : found;
			const to = end > from && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
			if (to > from) this.#takeRecord(parseRecord(text, from, to, this.#line, this.#column), at(from), at(Math.min(end + 1, bytes.length)));
			from = end + 1;
		}
	}

	#takeHeader(bytes: Uint8Array): void {
		this.#reader.take(headerDecoder.decode(bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes), this.#line);
		if (this.#reader.header !== undefined) this.#column = chooseColumn(this.#reader.header, undefined);
	}

	#takeRecord(record: VcfRecord, from: number, to: number): void {
		readGenotype(record);
		this.#assertOrder(record);
		if (record.position > positionLimit) throw recordError(record.line, "a position up to 2^29, which an index can hold", "a larger one");
		this.#builder.add({ name: record.chromosome, begin: record.position - 1, end: recordEnd(record), from, to });
		if (this.#builder.windows > windowsMax) throw recordError(record.line, "a genome of at most 65 Gb", "positions further apart");
		this.#records++;
		this.#onRecord(record);
	}

	#assertOrder({ chromosome, position, line }: VcfRecord): void {
		const isSame = chromosome === this.#chromosome;
		if (isSame ? position < this.#position : this.#seen.has(chromosome)) {
			const found = isSame ? "a position before that of the line above" : "a chromosome whose lines ended further up";
			throw new GenomicsError(
				"VCF_UNSORTED",
				`line ${line}: expected lines in order of chromosome and position, found ${found}; sort the file first`,
				{
					...{ line, found },
				},
			);
		}
		if (!isSame) this.#seen.add(chromosome);
		if (this.#seen.size > chromosomesMax) throw recordError(line, `at most ${chromosomesMax} chromosomes`, "more");
		[this.#chromosome, this.#position] = [chromosome, position];
	}
}

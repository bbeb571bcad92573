import { GenomicsError } from "../errors.ts";
import { countBin, tabixMagic, vcfLayout } from "./encodeTabix.ts";
import { type TabixChunk, type TabixIndex, type TabixReference, virtualOffsetLimit } from "./tabixIndex.ts";

/**
 * Reads the decompressed bytes of a .tbi of a VCF. Nothing is made larger than what the bytes hold, whatever they claim.
 *
 * @throws GenomicsError `TABIX_INVALID`.
 */
export function parseTabix(bytes: Uint8Array): TabixIndex {
	const reader = new Reader(bytes);
	if (tabixMagic.some((byte) => reader.byte() !== byte)) throw invalid("the first four bytes of a tabix index");
	const count = reader.count(2 * 4);
	if (vcfLayout.slice(0, 5).some((word) => reader.word() !== word) || reader.word() !== 0) throw invalid("the layout of a VCF");
	const names = readNames(reader);
	if (names.length !== count || new Set(names).size !== count) throw invalid("a name of its own for each chromosome");
	const references = names.map((name) => readReference(reader, name));
	// htslib may add how many records have no place.
	if (reader.left !== 0 && reader.left !== 8) throw invalid("nothing behind the last chromosome");
	return { references };
}

function readNames(reader: Reader): readonly string[] {
	const bytes = reader.take(reader.word());
	if (bytes.length === 0) return [];
	if (bytes.at(-1) !== 0) throw invalid("names that end in a zero byte");
	return new TextDecoder().decode(bytes.subarray(0, -1)).split("\0");
}

function readReference(reader: Reader, name: string): TabixReference {
	const bins = new Map<number, readonly TabixChunk[]>();
	let total: TabixReference["total"];
	for (let left = reader.count(2 * 4); left > 0; left--) {
		const bin = reader.word();
		const count = reader.count(2 * 8);
		if (bin === countBin && count === 2) {
			total = { begin: reader.long(), end: reader.long(), records: reader.long() };
			reader.long();
		} else if (bin >= countBin || bins.has(bin)) throw invalid("each bin once, and none beyond the last");
		else
			bins.set(
				bin,
				Array.from({ length: count }, () => readChunk(reader)),
			);
	}
	const linear = Array.from({ length: reader.count(8) }, () => reader.long());
	return { name, bins, linear, ...(total === undefined ? {} : { total }) };
}

function readChunk(reader: Reader): TabixChunk {
	const [begin, end] = [reader.long(), reader.long()];
	if (end < begin) throw invalid("chunks that end behind their beginning");
	return { begin, end };
}

/** Little-endian words of bytes that may end anywhere. */
class Reader {
	readonly #bytes: Uint8Array;
	readonly #view: DataView;
	#at = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	get left(): number {
		return this.#bytes.length - this.#at;
	}

	byte(): number {
		return this.take(1)[0] as number;
	}

	take(length: number): Uint8Array {
		if (length > this.left) throw invalid("an index that goes on");
		this.#at += length;
		return this.#bytes.subarray(this.#at - length, this.#at);
	}

	word(): number {
		this.take(4);
		return this.#view.getUint32(this.#at - 4, true);
	}

	/** How many things of a size follow: never more than there are bytes for. */
	count(sizeBytes: number): number {
		const count = this.word();
		if (count * sizeBytes > this.left) throw invalid("as many entries as it says");
		return count;
	}

	long(): number {
		const value = this.word() + this.word() * 2 ** 32;
		if (value > virtualOffsetLimit) throw invalid("offsets below 2^53");
		return value;
	}
}

function invalid(expected: string): GenomicsError {
	return new GenomicsError("TABIX_INVALID", `expected ${expected} in the index, found something else`, { expected });
}

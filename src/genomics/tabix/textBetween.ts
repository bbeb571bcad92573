import { concatBytes } from "#base";
import { GenomicsError } from "../errors.ts";
import type { BlockReader } from "./blockReader.ts";
import { blockOf, type TabixChunk, virtualOffset, withinOf } from "./tabixIndex.ts";

/** Bytes of whole lines, and where they stand in the file. */
export interface PlacedText {
	readonly bytes: Uint8Array;
	/** Virtual offset of the first. */
	readonly from: number;
}

const lineFeed = 10;
const lineBytesMax = 16_777_216;

/**
 * The lines of a chunk, block by block: no block behind the one that the reader stops in is opened. A line over a border of blocks comes by itself.
 *
 * @throws GenomicsError `TABIX_INVALID` for a chunk that begins outside its block; `BGZIP_TRUNCATED`, `BGZIP_DAMAGED`, `VCF_LINE_TOO_LONG`.
 */
export async function* textBetween(reader: BlockReader, { begin, end }: TabixChunk): AsyncGenerator<PlacedText> {
	let held: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
	let heldFrom = begin;
	let [byteOffset, within] = [blockOf(begin), withinOf(begin)];
	while (virtualOffset(byteOffset, within) < end) {
		const { plain, packed } = await reader.at(byteOffset);
		if (within > plain.length) throw outside();
		const until = byteOffset === blockOf(end) ? withinOf(end) : plain.length;
		if (until > plain.length) throw outside();
		const last = plain.lastIndexOf(lineFeed, until - 1) + 1;
		let from = within;
		if (held.length > 0 && last > within) {
			from = plain.indexOf(lineFeed, within) + 1;
			yield { bytes: concatBytes(held, plain.subarray(within, from)), from: heldFrom };
			held = held.subarray(0, 0);
		}
		if (last > from) yield { bytes: plain.subarray(from, last), from: virtualOffset(byteOffset, from) };
		const rest = Math.max(last, within);
		if (held.length === 0) heldFrom = virtualOffset(byteOffset, rest);
		if (rest < until) held = concatBytes(held, plain.subarray(rest, until));
		if (held.length > lineBytesMax) throw new GenomicsError("VCF_LINE_TOO_LONG", `a line is longer than ${lineBytesMax} bytes`);
		[byteOffset, within] = [byteOffset + packed.length, 0];
	}
	if (held.length > 0) yield { bytes: held, from: heldFrom };
}

function outside(): GenomicsError {
	return new GenomicsError("TABIX_INVALID", "expected places inside the blocks of this file, found one beyond: the index is of another");
}

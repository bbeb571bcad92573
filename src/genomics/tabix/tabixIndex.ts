/**
 * A place in the decompressed text of a bgzip file: offset of a block in the file times 65,536, plus the offset inside that block. Exact as a
 * number for files below 137 GB.
 */
export type VirtualOffset = number;

export const virtualOffsetLimit = Number.MAX_SAFE_INTEGER;
const withinBlock = 65_536;

export function virtualOffset(blockOffset: number, within: number): VirtualOffset {
	return blockOffset * withinBlock + within;
}

/** Offset of the block in the compressed file. */
export function blockOf(offset: VirtualOffset): number {
	return Math.floor(offset / withinBlock);
}

/** Offset inside the decompressed block. */
export function withinOf(offset: VirtualOffset): number {
	return offset % withinBlock;
}

/** Lines `[begin, end)` of the text. */
export interface TabixChunk {
	readonly begin: VirtualOffset;
	readonly end: VirtualOffset;
}

export interface TabixReference {
	/** As the file spells the chromosome. */
	readonly name: string;
	/** By number of the bin: where its records are, in ascending order. */
	readonly bins: ReadonlyMap<number, readonly TabixChunk[]>;
	/** For each 16 kb from position 0 on: where the first record begins that reaches into it or behind it. */
	readonly linear: readonly VirtualOffset[];
	/** How many records there are and where, if the index says so. */
	readonly total?: TabixChunk & { readonly records: number };
}

/** Where the records of a sorted VCF are by position (tabix, .tbi). */
export interface TabixIndex {
	/** In file order. */
	readonly references: readonly TabixReference[];
}

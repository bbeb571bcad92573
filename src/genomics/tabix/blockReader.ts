import { type BgzipBlock, type ByteSource, type InflateRaw, readBlock } from "../vcf/bgzip.ts";

/** Blocks kept, newest last: neighbouring regions begin in the block where the one before ended. */
const keptMost = 4;

/** Decompressed blocks of a bgzip file that is read here and there. */
export class BlockReader {
	readonly source: ByteSource;
	readonly #inflate: InflateRaw;
	readonly #kept = new Map<number, BgzipBlock>();

	constructor(source: ByteSource, inflate: InflateRaw) {
		this.source = source;
		this.#inflate = inflate;
	}

	/** @throws GenomicsError `BGZIP_TRUNCATED`, `BGZIP_DAMAGED`. */
	async at(byteOffset: number): Promise<BgzipBlock> {
		const block = this.#kept.get(byteOffset) ?? (await readBlock(this.source, byteOffset, this.#inflate));
		this.#kept.delete(byteOffset);
		this.#kept.set(byteOffset, block);
		const [oldest] = this.#kept.keys();
		if (this.#kept.size > keptMost && oldest !== undefined) this.#kept.delete(oldest);
		return block;
	}
}

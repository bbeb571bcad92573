import { GenomicsError } from "../errors.ts";
import { type BgzipBlock, endOfFile } from "./bgzip.ts";
import { crc32 } from "./crc32.ts";

/** Deflates bytes into raw DEFLATE data (RFC 1951). The caller brings it, as it does {@link InflateRaw}. */
export type DeflateRaw = (plain: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Text in a block, as htslib writes them: what does not get smaller still fits. */
const plainBytes = 65_280;
export interface PackBgzipOptions {
	/** Text in a block, at most 65,280 bytes. Smaller ones open faster and pack worse. */
	readonly blockBytes?: number;
}

/** Blocks that are deflated at once, where the deflater works beside this thread. */
const underWay = 4;
const headBytes = 18;
const tailBytes = 8;

/** Compresses text of any length into bgzip (SAM specification §4.1), the block that ends it included. Memory: a piece of input and some blocks. */
export async function* packBgzip(
	pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
	deflate: DeflateRaw,
	{ blockBytes = plainBytes }: PackBgzipOptions = {},
): AsyncGenerator<BgzipBlock> {
	const waiting: Promise<Pick<BgzipBlock, "plain" | "packed">>[] = [];
	let byteOffset = 0;
	const next = async (): Promise<BgzipBlock> => {
		const block = { byteOffset, ...(await (waiting.shift() as (typeof waiting)[number])) };
		byteOffset += block.packed.length;
		return block;
	};
	for await (const plain of cutEvenly(pieces, blockBytes)) {
		const packed = packBlock(plain, deflate);
		// Its error comes when it is its turn.
		packed.catch(() => {});
		waiting.push(packed);
		if (waiting.length === underWay) yield await next();
	}
	while (waiting.length > 0) yield await next();
	yield { byteOffset, packed: endOfFile, plain: new Uint8Array(0) };
}

/** Pieces of the size of a block; only the last is shorter. Each is a copy. */
async function* cutEvenly(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, blockBytes: number): AsyncGenerator<Uint8Array> {
	let held = new Uint8Array(blockBytes);
	let length = 0;
	for await (const piece of pieces) {
		for (let taken = 0; taken < piece.length; ) {
			const count = Math.min(blockBytes - length, piece.length - taken);
			held.set(piece.subarray(taken, taken + count), length);
			[length, taken] = [length + count, taken + count];
			if (length < blockBytes) continue;
			yield held;
			[held, length] = [new Uint8Array(blockBytes), 0];
		}
	}
	if (length > 0) yield held.subarray(0, length);
}

async function packBlock(plain: Uint8Array, deflate: DeflateRaw): Promise<Pick<BgzipBlock, "plain" | "packed">> {
	const deflated = await deflate(plain);
	const packed = new Uint8Array(headBytes + deflated.length + tailBytes);
	if (packed.length > 65_536) throw new GenomicsError("BGZIP_DAMAGED", "expected deflated data that fits into a block of bgzip, found more");
	packed.set(endOfFile.subarray(0, headBytes));
	packed.set(deflated, headBytes);
	const view = new DataView(packed.buffer);
	view.setUint16(16, packed.length - 1, true);
	view.setUint32(packed.length - 8, crc32(plain), true);
	view.setUint32(packed.length - 4, plain.length, true);
	return { plain, packed };
}

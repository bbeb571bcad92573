import { concatBytes } from "#base";
import { GenomicsError } from "../errors.ts";
import { crc32 } from "./crc32.ts";

/** Inflates raw DEFLATE data (RFC 1951) that becomes exactly `sizeBytes`; throws where it does not. The caller brings it: node:zlib, the browser's, any. */
export type InflateRaw = (deflated: Uint8Array, sizeBytes: number) => Uint8Array | Promise<Uint8Array>;

const maxBlockBytes = 65_536;
/** The empty block that ends a bgzip file (SAM specification §4.1.2). */
export const endOfFile: Uint8Array = Uint8Array.from([31, 139, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, 66, 67, 2, 0, 27, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

export type Compression = "none" | "bgzip" | "gzip";

/** What the first 18 bytes of a file say. */
export function detectCompression(bytes: Uint8Array): Compression {
	if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return "none";
	return blockSize(bytes) === undefined ? "gzip" : "bgzip";
}

/** One block of a bgzip file. */
export interface BgzipBlock {
	/** Where it begins in the file. */
	readonly byteOffset: number;
	/** Its bytes in the file; the caller may use them until it asks for the next block. */
	readonly packed: Uint8Array;
	/** What it holds; nothing in the block that ends a file. */
	readonly plain: Uint8Array;
}

/**
 * Decompresses bgzip (SAM specification §4.1), block by block, each against its checksum. Memory: a block and a piece of input.
 *
 * @throws GenomicsError `BGZIP_TRUNCATED` where the file ends inside a block or without the block that ends it: a cut file is never a shorter genome.
 * `BGZIP_DAMAGED` for everything else.
 */
export async function* inflateBgzip(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, inflate: InflateRaw): AsyncGenerator<Uint8Array> {
	for await (const { plain } of inflateBlocks(chunks, inflate)) if (plain.length > 0) yield plain;
}

/** As {@link inflateBgzip}, with where each block stands; the blocks' bytes are those of the file, none left out. */
export async function* inflateBlocks(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, inflate: InflateRaw): AsyncGenerator<BgzipBlock> {
	let held: Uint8Array = new Uint8Array(0);
	let byteOffset = 0;
	let ended = false;
	for await (const chunk of chunks) {
		held = held.length === 0 ? chunk : concatBytes(held, chunk);
		for (;;) {
			const size = held.length < 18 ? undefined : sizeOrRefuse(held, byteOffset);
			if (size === undefined || held.length < size) break;
			const packed = held.subarray(0, size);
			ended = isEndOfFile(packed);
			yield { byteOffset, packed, plain: ended ? new Uint8Array(0) : await inflateBlock(packed, inflate, byteOffset) };
			held = held.subarray(size);
			byteOffset += size;
		}
		held = held.slice();
	}
	if (held.length > 0) throw truncated(byteOffset, "ends inside a block");
	if (!ended) throw truncated(byteOffset, "does not end in the block that ends a bgzip file");
}

/** A file that can be read anywhere. */
export interface ByteSource {
	readonly sizeBytes: number;
	/** Bytes `[start, end)`, all of them. */
	read(start: number, end: number): Promise<Uint8Array>;
}

/**
 * Decompresses the block that begins at a byte of the file.
 *
 * @throws GenomicsError `BGZIP_TRUNCATED` where the file ends before the block does; `BGZIP_DAMAGED`, also where no block begins there.
 */
export async function readBlock(source: ByteSource, byteOffset: number, inflate: InflateRaw): Promise<BgzipBlock> {
	const { sizeBytes } = source;
	if (byteOffset >= sizeBytes) throw truncated(byteOffset, "ends before a block");
	// Extra fields beside bgzip's own may make the beginning longer.
	const head = await source.read(byteOffset, Math.min(byteOffset + 18, sizeBytes));
	let size = head.length < 18 ? undefined : sizeOrRefuse(head, byteOffset);
	if (size === undefined && head.length === 18)
		size = sizeOrRefuse(await source.read(byteOffset, Math.min(byteOffset + maxBlockBytes, sizeBytes)), byteOffset);
	if (size === undefined || byteOffset + size > sizeBytes) throw truncated(byteOffset, "ends inside a block");
	const packed = await source.read(byteOffset, byteOffset + size);
	return { byteOffset, packed, plain: isEndOfFile(packed) ? new Uint8Array(0) : await inflateBlock(packed, inflate, byteOffset) };
}

async function inflateBlock(block: Uint8Array, inflate: InflateRaw, byteOffset: number): Promise<Uint8Array> {
	const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
	const [checksum, sizeBytes] = [view.getUint32(block.length - 8, true), view.getUint32(block.length - 4, true)];
	if (sizeBytes > maxBlockBytes) throw damaged(byteOffset, "a block says it holds more than 64 KiB");
	let plain: Uint8Array;
	try {
		plain = await inflate(block.subarray(12 + view.getUint16(10, true), block.length - 8), sizeBytes);
	} catch (error) {
		throw damaged(byteOffset, "a block does not inflate", error);
	}
	if (plain.length !== sizeBytes || crc32(plain) !== checksum) throw damaged(byteOffset, "a block's content is not what its checksum says");
	return plain;
}

function sizeOrRefuse(held: Uint8Array, byteOffset: number): number | undefined {
	const extraEnd = 12 + (held[10] as number) + (held[11] as number) * 256;
	const isGzip = held[0] === 0x1f && held[1] === 0x8b && held[2] === 8 && ((held[3] as number) & 4) === 4;
	if (isGzip && held.length < extraEnd) return undefined;
	const size = isGzip ? blockSize(held) : undefined;
	if (size === undefined || size < extraEnd + 8) throw damaged(byteOffset, "a block does not begin as bgzip's do");
	return size;
}

/** BSIZE + 1 of the extra field BC; undefined where there is none. */
function blockSize(bytes: Uint8Array): number | undefined {
	if (((bytes[3] ?? 0) & 4) === 0) return undefined;
	const end = Math.min(12 + (bytes[10] ?? 0) + (bytes[11] ?? 0) * 256, bytes.length);
	for (let at = 12; at + 4 <= end; ) {
		const length = (bytes[at + 2] as number) + (bytes[at + 3] as number) * 256;
		if (bytes[at] === 66 && bytes[at + 1] === 67 && length === 2 && at + 6 <= end)
			return (bytes[at + 4] as number) + (bytes[at + 5] as number) * 256 + 1;
		at += 4 + length;
	}
	return undefined;
}

function isEndOfFile(block: Uint8Array): boolean {
	return block.length === endOfFile.length && block.every((byte, index) => byte === endOfFile[index]);
}

function truncated(byteOffset: number, how: string): GenomicsError {
	return new GenomicsError("BGZIP_TRUNCATED", `the compressed file ${how}: it was cut`, { byteOffset });
}

function damaged(byteOffset: number, how: string, cause?: unknown): GenomicsError {
	return new GenomicsError("BGZIP_DAMAGED", `at byte ${byteOffset}: ${how}`, { byteOffset }, cause);
}

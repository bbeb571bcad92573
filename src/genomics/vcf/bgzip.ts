import { concatBytes } from "#base";
import { GenomicsError } from "../errors.ts";
import { crc32 } from "./crc32.ts";

/** Inflates raw DEFLATE data (RFC 1951) that becomes exactly `sizeBytes`; throws where it does not. The caller brings it: node:zlib, the browser's, any. */
export type InflateRaw = (deflated: Uint8Array, sizeBytes: number) => Uint8Array | Promise<Uint8Array>;

const maxBlockBytes = 65_536;
/** The empty block that ends a bgzip file (SAM specification §4.1.2). */
const endOfFile = "1f8b08040000000000ff0600424302001b0003000000000000000000";

export type Compression = "none" | "bgzip" | "gzip";

/** What the first 18 bytes of a file say. */
export function detectCompression(bytes: Uint8Array): Compression {
	if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return "none";
	return blockSize(bytes) === undefined ? "gzip" : "bgzip";
}

/**
 * Decompresses bgzip (SAM specification §4.1), block by block, each against its checksum. Memory: a block and a piece of input.
 *
 * @throws GenomicsError `BGZIP_TRUNCATED` where the file ends inside a block or without the block that ends it: a cut file is never a shorter genome.
 * `BGZIP_DAMAGED` for everything else.
 */
export async function* inflateBgzip(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, inflate: InflateRaw): AsyncGenerator<Uint8Array> {
	let held: Uint8Array = new Uint8Array(0);
	let byteOffset = 0;
	let ended = false;
	for await (const chunk of chunks) {
		held = held.length === 0 ? chunk : concatBytes(held, chunk);
		for (;;) {
			const size = held.length < 18 ? undefined : sizeOrRefuse(held, byteOffset);
			if (size === undefined || held.length < size) break;
			const block = held.subarray(0, size);
			ended = isEndOfFile(block);
			if (!ended) yield await inflateBlock(block, inflate, byteOffset);
			held = held.subarray(size);
			byteOffset += size;
		}
		held = held.slice();
	}
	if (held.length > 0) throw truncated(byteOffset, "ends inside a block");
	if (!ended) throw truncated(byteOffset, "does not end in the block that ends a bgzip file");
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
	return (
		block.length === endOfFile.length / 2 && block.every((byte, index) => byte === Number.parseInt(endOfFile.slice(index * 2, index * 2 + 2), 16))
	);
}

function truncated(byteOffset: number, how: string): GenomicsError {
	return new GenomicsError("BGZIP_TRUNCATED", `the compressed file ${how}: it was cut`, { byteOffset });
}

function damaged(byteOffset: number, how: string, cause?: unknown): GenomicsError {
	return new GenomicsError("BGZIP_DAMAGED", `at byte ${byteOffset}: ${how}`, { byteOffset }, cause);
}

import { Readable } from "node:stream";
import { promisify } from "node:util";
import { createGunzip, deflateRaw, inflateRawSync } from "node:zlib";
import {
	type BgzipBlock,
	type Compression,
	type DeflateRaw,
	detectCompression,
	GenomicsError,
	type InflateRaw,
	inflateBgzip,
	inflateBlocks,
	packBgzip,
} from "#genomics";

export const inflate: InflateRaw = (deflated, sizeBytes) => inflateRawSync(deflated, { maxOutputLength: Math.max(1, sizeBytes) });
/** Beside this thread. */
const deflate: DeflateRaw = promisify(deflateRaw);
/** Enough to tell how a file is compressed. */
const headBytes = 64;

/**
 * The text of a VCF, as it comes: plain, bgzip or gzip, by what the bytes begin with and not by a name.
 *
 * @throws GenomicsError `BGZIP_TRUNCATED` and `BGZIP_DAMAGED` while it is read, for gzip as well.
 */
export async function* decompressVcf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
	const { compression, all } = await peek(bytes);
	yield* compression === "none" ? all : compression === "bgzip" ? inflateBgzip(all, inflate) : inflateGzip(all);
}

/** A VCF as blocks of bgzip: those of the file where it is bgzip, the same text in new ones where it is not. Errors as {@link decompressVcf}. */
export async function vcfBlocks(
	bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly compression: Compression; readonly blocks: AsyncGenerator<BgzipBlock> }> {
	const { compression, all } = await peek(bytes);
	const blocks = compression === "bgzip" ? inflateBlocks(all, inflate) : packBgzip(compression === "gzip" ? inflateGzip(all) : all, deflate);
	return { compression, blocks };
}

async function peek(bytes: AsyncIterable<Uint8Array>): Promise<{ readonly compression: Compression; readonly all: AsyncGenerator<Uint8Array> }> {
	const source = bytes[Symbol.asyncIterator]();
	const first: Uint8Array[] = [];
	let length = 0;
	while (length < headBytes) {
		const piece = await source.next();
		if (piece.done === true) break;
		first.push(piece.value);
		length += piece.value.length;
	}
	async function* all(): AsyncGenerator<Uint8Array> {
		try {
			yield* first;
			for (let piece = await source.next(); piece.done !== true; piece = await source.next()) yield piece.value;
		} finally {
			await source.return?.();
		}
	}
	return { compression: detectCompression(Buffer.concat(first)), all: all() };
}

async function* inflateGzip(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
	const source = Readable.from(bytes, { objectMode: false });
	const gunzip = createGunzip();
	source.on("error", (error) => gunzip.destroy(error));
	try {
		yield* source.pipe(gunzip);
	} catch (cause) {
		const code = String((cause as NodeJS.ErrnoException).code);
		if (!code.startsWith("Z_")) throw cause;
		const isCut = code === "Z_BUF_ERROR";
		const found = isCut ? "the end of the file inside compressed data: it was cut" : "damaged compressed data";
		throw new GenomicsError(isCut ? "BGZIP_TRUNCATED" : "BGZIP_DAMAGED", `expected gzip, found ${found}`, { found }, cause);
	} finally {
		source.destroy();
	}
}

import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip, inflateRawSync } from "node:zlib";
import { detectCompression, GenomicsError, inflateBgzip } from "#genomics";
import { assertReadable } from "../files.ts";

const pieceBytes = 1_048_576;

/**
 * The decompressed bytes of a VCF, as they come: plain, bgzip or gzip, by what the file begins with and not by its name.
 *
 * @throws CliError `CLI_FILE_UNREADABLE`; GenomicsError `BGZIP_TRUNCATED` and `BGZIP_DAMAGED` while it is read, for gzip as well.
 */
export function openVcfFile(path: string): AsyncIterable<Uint8Array> {
	assertReadable(path);
	const compression = detectCompression(readHead(path));
	const bytes = createReadStream(path, { highWaterMark: pieceBytes });
	if (compression === "none") return bytes;
	if (compression === "bgzip")
		return inflateBgzip(bytes, (deflated, sizeBytes) => inflateRawSync(deflated, { maxOutputLength: Math.max(1, sizeBytes) }));
	return inflateGzip(bytes);
}

function readHead(path: string): Uint8Array {
	const head = new Uint8Array(64);
	const file = openSync(path, "r");
	try {
		return head.subarray(0, readSync(file, head));
	} finally {
		closeSync(file);
	}
}

async function* inflateGzip(bytes: Readable): AsyncGenerator<Uint8Array> {
	const gunzip = createGunzip();
	bytes.on("error", (error) => gunzip.destroy(error));
	try {
		yield* bytes.pipe(gunzip);
	} catch (cause) {
		const isCut = (cause as NodeJS.ErrnoException).code === "Z_BUF_ERROR";
		if (!String((cause as NodeJS.ErrnoException).code).startsWith("Z_")) throw cause;
		const found = isCut ? "the end of the file inside compressed data: it was cut" : "damaged compressed data";
		throw new GenomicsError(isCut ? "BGZIP_TRUNCATED" : "BGZIP_DAMAGED", `expected gzip, found ${found}`, { found }, cause);
	} finally {
		bytes.destroy();
	}
}

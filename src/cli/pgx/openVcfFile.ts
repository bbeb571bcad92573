import { createReadStream } from "node:fs";
import { decompressVcf } from "#node";
import { assertReadable } from "../files.ts";

const pieceBytes = 1_048_576;

/**
 * The decompressed bytes of a VCF, as they come: plain, bgzip or gzip, by what the file begins with and not by its name.
 *
 * @throws CliError `CLI_FILE_UNREADABLE`; GenomicsError `BGZIP_TRUNCATED` and `BGZIP_DAMAGED` while it is read, for gzip as well.
 */
export function openVcfFile(path: string): AsyncIterable<Uint8Array> {
	assertReadable(path);
	return decompressVcf(createReadStream(path, { highWaterMark: pieceBytes }));
}

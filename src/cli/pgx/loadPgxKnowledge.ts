import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "#base";
import { createPgxCaller, type PgxCaller, parsePgxKnowledge } from "#genomics";
import { CliError } from "../errors.ts";

/** The tables that come with this version. */
export const shippedPgxFolder = join(import.meta.dirname, "../../../knowledge/pgx");

/**
 * Reads the tables of alleles and phenotypes: those shipped, or those that `npm run knowledge -- --from DIR --to FOLDER` wrote.
 *
 * @throws CliError `CLI_FILE_UNREADABLE`; GenomicsError `PGX_KNOWLEDGE_INVALID`.
 */
export function loadPgxKnowledge(folder: string = shippedPgxFolder): PgxCaller {
	let files: { readonly manifest: Uint8Array; readonly genes: readonly Uint8Array[] };
	try {
		const names = readdirSync(join(folder, "genes"));
		files = { manifest: readFileSync(join(folder, "manifest.json")), genes: names.map((name) => readFileSync(join(folder, "genes", name))) };
	} catch (cause) {
		throw new CliError("CLI_FILE_UNREADABLE", "expected a folder of pharmacogenomic tables: manifest.json and genes/", {}, cause);
	}
	return createPgxCaller(parsePgxKnowledge({ ...files, sha256Hex }));
}

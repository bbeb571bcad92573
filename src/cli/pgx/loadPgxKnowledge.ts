import { join } from "node:path";
import { CodedError } from "#base";
import type { PgxCaller } from "#genomics";
import { readPgxKnowledge } from "#node";
import { CliError } from "../errors.ts";

/** The tables that come with this version. */
export const shippedPgxFolder = join(import.meta.dirname, "../../../knowledge/pgx");

/**
 * Reads the tables of alleles and phenotypes: those shipped, or those that `npm run knowledge -- --from DIR --to FOLDER` wrote.
 *
 * @throws CliError `CLI_FILE_UNREADABLE`; GenomicsError `PGX_KNOWLEDGE_INVALID`.
 */
export function loadPgxKnowledge(folder: string = shippedPgxFolder): PgxCaller {
	try {
		return readPgxKnowledge(folder);
	} catch (cause) {
		if (cause instanceof CodedError) throw cause;
		throw new CliError("CLI_FILE_UNREADABLE", "expected a folder of pharmacogenomic tables: manifest.json and genes/", {}, cause);
	}
}

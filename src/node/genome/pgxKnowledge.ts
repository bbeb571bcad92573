import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "#base";
import { createPgxCaller, type PgxCaller, parsePgxKnowledge } from "#genomics";

const shipped = join(import.meta.dirname, "../../../knowledge/pgx");
let caller: PgxCaller | undefined;

/**
 * Reads the tables of alleles and phenotypes of a folder.
 *
 * @throws GenomicsError `PGX_KNOWLEDGE_INVALID`; the system's error where the folder cannot be read.
 */
export function readPgxKnowledge(folder: string): PgxCaller {
	const names = readdirSync(join(folder, "genes"));
	const files = { manifest: readFileSync(join(folder, "manifest.json")), genes: names.map((name) => readFileSync(join(folder, "genes", name))) };
	return createPgxCaller(parsePgxKnowledge({ ...files, sha256Hex }));
}

/** The tables shipped with this version, read at the first use. */
export function shippedPgx(): PgxCaller {
	caller ??= readPgxKnowledge(shipped);
	return caller;
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "#base";
import { createPgxCaller, type PgxCaller, parseGrch37, parsePgxKnowledge } from "#genomics";

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
	const places = join(folder, "grch37", "positions.json");
	// Tables of another release may come without.
	return createPgxCaller(parsePgxKnowledge({ ...files, sha256Hex }), existsSync(places) ? parseGrch37(readFileSync(places), sha256Hex) : undefined);
}

/** The tables shipped with this version, read at the first use. */
export function shippedPgx(): PgxCaller {
	caller ??= readPgxKnowledge(shipped);
	return caller;
}

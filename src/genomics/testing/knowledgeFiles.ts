import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "#base";
import { createPgxCaller, type PgxCaller } from "../starAlleles/callPgx.ts";
import { parseGrch37 } from "../starAlleles/grch37.ts";
import { parsePgxKnowledge } from "../starAlleles/knowledge.ts";

export const knowledgeFolder = join(import.meta.dirname, "../../../knowledge/pgx");

/** Where PharmCAT's files and the GeT-RM samples lie, beside the repository. */
export const sourceFolder = join(import.meta.dirname, "../../../../shared/data/pgx");
export const hasSource = existsSync(sourceFolder);

let caller: PgxCaller | undefined;
let callerOfBoth: PgxCaller | undefined;

/** The tables of this repository, read once. */
export function loadCaller(): PgxCaller {
	const genes = readdirSync(join(knowledgeFolder, "genes")).map((name) => readFileSync(join(knowledgeFolder, "genes", name)));
	caller ??= createPgxCaller(parsePgxKnowledge({ manifest: readFileSync(join(knowledgeFolder, "manifest.json")), genes, sha256Hex }));
	return caller;
}

/** The same with the places of GRCh37. */
export function loadCallerOfBoth(): PgxCaller {
	callerOfBoth ??= createPgxCaller(loadCaller().knowledge, parseGrch37(readFileSync(join(knowledgeFolder, "grch37/positions.json")), sha256Hex));
	return callerOfBoth;
}

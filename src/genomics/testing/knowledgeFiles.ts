import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "#base";
import { createPgxCaller, type PgxCaller } from "../starAlleles/callPgx.ts";
import { parsePgxKnowledge } from "../starAlleles/knowledge.ts";

export const knowledgeFolder = join(import.meta.dirname, "../../../knowledge/pgx");

/** Where PharmCAT's files and the GeT-RM samples lie, beside the repository. */
export const sourceFolder = join(import.meta.dirname, "../../../../shared/data/pgx");
export const hasSource = existsSync(sourceFolder);

let caller: PgxCaller | undefined;

/** The tables of this repository, read once. */
export function loadCaller(): PgxCaller {
	const genes = readdirSync(join(knowledgeFolder, "genes")).map((name) => readFileSync(join(knowledgeFolder, "genes", name)));
	caller ??= createPgxCaller(parsePgxKnowledge({ manifest: readFileSync(join(knowledgeFolder, "manifest.json")), genes, sha256Hex }));
	return caller;
}

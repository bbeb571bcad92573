import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "#base";
import { createPgxCaller, parseDrugTable, parseGuidance, parseInteractions, parsePgxKnowledge } from "#genomics";
import type { PgxTables } from "../pgx/pgxTables.ts";

const home = join(import.meta.dirname, "../../../knowledge/pgx");

/** The tables of this repository. */
export function readPgxTables(): PgxTables {
	const read = (...path: readonly string[]) => readFileSync(join(home, ...path));
	const tablesIn = (folder: string) => readdirSync(join(home, folder)).filter((name) => name.endsWith(".json") && name !== "manifest.json");
	const [drugs, interactions] = [read("drugs", "table.json"), read("interactions", "table.json")];
	const genes = tablesIn("genes").map((name) => read("genes", name));
	const guidance = tablesIn("guidance").map((name) => read("guidance", name));
	return {
		caller: createPgxCaller(parsePgxKnowledge({ manifest: read("manifest.json"), genes, sha256Hex })),
		guidance: parseGuidance({ manifest: read("guidance", "manifest.json"), tables: guidance, sha256Hex }),
		...{ drugs: parseDrugTable(drugs), interactions: parseInteractions(interactions) },
		...{ drugsHash: sha256Hex(drugs), interactionsHash: sha256Hex(interactions) },
	};
}

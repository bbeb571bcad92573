import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "#base";
import { parseDrugTable, parseGuidance, parseInteractions } from "#genomics";
import type { PgxTables } from "#insight";
import { shippedPgx } from "../genome/pgxKnowledge.ts";

const shipped = join(import.meta.dirname, "../../../knowledge/pgx");

let loaded: PgxTables | undefined;

/** The tables that come with this version, read once for all institutions of a process. @throws GenomicsError `PGX_KNOWLEDGE_INVALID`. */
export function loadPgxTables(): PgxTables {
	loaded ??= readTables();
	return loaded;
}

function readTables(): PgxTables {
	const read = (...path: readonly string[]) => readFileSync(join(shipped, ...path));
	const readAll = (folder: string) =>
		readdirSync(join(shipped, folder))
			.filter((name) => name.endsWith(".json") && name !== "manifest.json")
			.map((name) => read(folder, name));
	const [drugs, interactions] = [read("drugs", "table.json"), read("interactions", "table.json")];
	return {
		caller: shippedPgx(),
		guidance: parseGuidance({ manifest: read("guidance", "manifest.json"), tables: readAll("guidance"), sha256Hex }),
		drugs: parseDrugTable(drugs),
		interactions: parseInteractions(interactions),
		drugsHash: sha256Hex(drugs),
		interactionsHash: sha256Hex(interactions),
	};
}

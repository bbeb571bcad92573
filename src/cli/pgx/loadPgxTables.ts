import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DrugTable, type InteractionTable, parseDrugTable, parseInteractions } from "#genomics";
import { CliError } from "../errors.ts";
import { shippedPgxFolder } from "./loadPgxKnowledge.ts";

/** The codes of drugs; shipped with this version, whatever the release of the other tables. */
export function loadDrugTable(): DrugTable {
	return parseDrugTable(readTable("drugs"));
}

/** Which drugs inhibit or induce which enzyme. */
export function loadInteractions(): InteractionTable {
	return parseInteractions(readTable("interactions"));
}

function readTable(name: string): Uint8Array {
	try {
		return readFileSync(join(shippedPgxFolder, name, "table.json"));
	} catch (cause) {
		throw new CliError("CLI_FILE_UNREADABLE", `expected the table of ${name} that comes with this version`, {}, cause);
	}
}

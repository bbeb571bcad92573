import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "#base";
import { type GuidanceKnowledge, parseGuidance } from "#genomics";
import { CliError } from "../errors.ts";
import { shippedPgxFolder } from "./loadPgxKnowledge.ts";

/**
 * Reads the tables of guidance beside the tables of alleles: those shipped, or those of another release.
 *
 * @returns undefined where a folder of one's own has none.
 * @throws CliError `CLI_FILE_UNREADABLE`; GenomicsError `PGX_KNOWLEDGE_INVALID`.
 */
export function loadPgxGuidance(folder: string = shippedPgxFolder): GuidanceKnowledge | undefined {
	const home = join(folder, "guidance");
	if (folder !== shippedPgxFolder && !existsSync(home)) return undefined;
	let files: { readonly manifest: Uint8Array; readonly tables: readonly Uint8Array[] };
	try {
		const names = readdirSync(home).filter((name) => name.endsWith(".json") && name !== "manifest.json");
		files = { manifest: readFileSync(join(home, "manifest.json")), tables: names.map((name) => readFileSync(join(home, name))) };
	} catch (cause) {
		throw new CliError("CLI_FILE_UNREADABLE", "expected tables of guidance: guidance/manifest.json and a table for each drug", {}, cause);
	}
	return parseGuidance({ ...files, sha256Hex });
}

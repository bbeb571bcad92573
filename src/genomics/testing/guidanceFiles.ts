import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "#base";
import type { GeneFinding } from "../guidance/finding.ts";
import { type GuidanceKnowledge, parseGuidance } from "../guidance/guidanceTable.ts";
import { knowledgeFolder } from "./knowledgeFiles.ts";

const folder = join(knowledgeFolder, "guidance");

export const guidanceManifest = readFileSync(join(folder, "manifest.json"));
export const guidanceTables = readdirSync(folder)
	.filter((name) => name.endsWith(".json") && name !== "manifest.json")
	.map((name) => readFileSync(join(folder, name)));

let guidance: GuidanceKnowledge | undefined;

/** The tables of this repository, read once. */
export function loadGuidance(): GuidanceKnowledge {
	guidance ??= parseGuidance({ manifest: guidanceManifest, tables: guidanceTables, sha256Hex });
	return guidance;
}

/** A gene with one call, known under these keys. */
export function called(gene: string, ...keys: readonly string[]): GeneFinding {
	return { gene, calls: [{ tiers: keys.map((key) => [key]) }] };
}

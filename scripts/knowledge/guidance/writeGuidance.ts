import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DrugTable, StoredGuideline } from "../../../src/genomics/guidance/guidanceTable.ts";
import { packGuidance } from "./packGuidance.ts";
import { findGuidanceFolder, isNonsense, readGuidance } from "./readGuidance.ts";
import { isReviewed } from "./reviewedTexts.ts";

/** Makes `guidance/` in the folder `target` from a PharmCAT release; undefined where the release has no guidance. */
export function writeGuidance(from: string, target: string): string | undefined {
	const found = findGuidanceFolder(from);
	if (found === undefined) return undefined;
	const source = readGuidance(found);
	const files = packGuidance(source).map((table) => ({ drug: table.drug, text: printTable(table) }));
	const manifest = printLines({
		format: "aceso/pgx-guidance-manifest/1",
		source: "ClinPGx annotations of CPIC and DPWG guidelines, as PharmCAT stored them",
		drugs: files.map(({ drug, text }) => ({ drug, sha256: sha256(text) })),
	});
	const folder = join(target, "guidance");
	mkdirSync(folder, { recursive: true });
	for (const name of readdirSync(folder)) if (name.endsWith(".json")) rmSync(join(folder, name));
	for (const { drug, text } of files) writeFileSync(join(folder, `${fileName(drug)}.json`), text);
	writeFileSync(join(folder, "manifest.json"), manifest);
	const rows = source.flatMap(({ recommendations }) => recommendations);
	const kept = rows.filter((row) => !isNonsense(row));
	const unread = kept.filter(({ text, implications }) => !isReviewed(text.html, implications)).length;
	return `wrote guidance on ${files.length} drugs: ${kept.length} rows, ${rows.length - kept.length} left out, ${unread} with a text nobody has reviewed; version ${sha256(manifest).slice(0, 16)}`;
}

function fileName(drug: string): string {
	return drug.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

function sha256(text: string): string {
	return createHash("sha256").update(text).digest("hex");
}

/** One row or text a line, so that a newer release reads as a difference of lines. */
function printTable({ guidelines, ...table }: DrugTable): string {
	return `${JSON.stringify(table).slice(0, -1)},"guidelines":[\n${guidelines.map(printGuideline).join(",\n")}\n]}\n`;
}

function printGuideline({ statements, effects, rows, ...guideline }: StoredGuideline): string {
	const lists = Object.entries({ statements, effects, rows }).map(([name, list]) => `"${name}":${printList(list)}`);
	return `${JSON.stringify(guideline).slice(0, -1)},\n${lists.join(",\n")}}`;
}

function printList(list: readonly unknown[]): string {
	return list.length === 0 ? "[]" : `[\n${list.map((item) => JSON.stringify(item)).join(",\n")}\n]`;
}

function printLines(table: Readonly<Record<string, unknown>>): string {
	const members = Object.entries(table).map(
		([key, value]) => `${JSON.stringify(key)}:${Array.isArray(value) ? printList(value) : JSON.stringify(value)}`,
	);
	return `{${members.join(",\n")}}\n`;
}

/**
 * Makes knowledge/pgx from the files of a PharmCAT release: `npm run knowledge -- --from DIR [--to DIR]`.
 *
 * DIR holds definition/*_translation.json, definition/exemptions.json, phenotype/*.json[.gz] and perhaps a folder of guidance (guidance_2024-03-01). The run stops at
 * whatever it does not understand; it writes no table of genes then. What is left out stands in knowledge/pgx/SOURCE.md.
 */

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeGuidance } from "./knowledge/guidance/writeGuidance.ts";
import { packDefinition, packPhenotypes } from "./knowledge/packGene.ts";
import { readPharmcat } from "./knowledge/readPharmcat.ts";

/** A VCF of short reads cannot tell the structure of this gene; its alleles come from outside only. */
const outsideOnly = ["CYP2D6"];

/** One array element a line, so that a newer release reads as a difference of lines. */
function printTable(table: Readonly<Record<string, unknown>>): string {
	const members = Object.entries(table).map(([key, value]) => {
		const rows =
			Array.isArray(value) && value.length > 0 ? `[\n${value.map((row) => `\t\t${JSON.stringify(row)}`).join(",\n")}\n\t]` : JSON.stringify(value);
		return `\t${JSON.stringify(key)}: ${rows}`;
	});
	return `{\n${members.join(",\n")}\n}\n`;
}

const { values } = parseArgs({ options: { from: { type: "string" }, to: { type: "string" } } });
if (values.from === undefined) throw new Error("expected --from DIR, the folder that holds definition/ and phenotype/");
const target = values.to ?? join(import.meta.dirname, "..", "knowledge", "pgx");
const source = readPharmcat(values.from);
const genes = [...new Set([...source.definitions.keys(), ...source.phenotypes.keys()])].toSorted();

const files = genes.map((gene) => {
	const definition = outsideOnly.includes(gene) ? undefined : source.definitions.get(gene);
	const phenotypes = source.phenotypes.get(gene);
	return {
		gene,
		text: printTable({
			format: "aceso/pgx-gene/1",
			gene,
			...(definition === undefined ? {} : packDefinition(definition, source.exemptions[gene])),
			...(phenotypes === undefined ? {} : packPhenotypes(phenotypes)),
		}),
	};
});
const manifest = printTable({
	format: "aceso/pgx-manifest/1",
	source: "PharmCAT allele definitions and phenotypes (ClinPGx, CPIC, PharmVar)",
	released: source.released,
	genes: files.map(({ gene, text }) => ({ gene, sha256: createHash("sha256").update(text).digest("hex") })),
});

const folder = join(target, "genes");
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) rmSync(join(folder, name));
for (const { gene, text } of files) writeFileSync(join(folder, `${gene}.json`), text);
writeFileSync(join(target, "manifest.json"), manifest);
process.stdout.write(`wrote ${files.length} genes; knowledge version ${createHash("sha256").update(manifest).digest("hex").slice(0, 16)}\n`);
const guidance = writeGuidance(values.from, target);
process.stdout.write(`${guidance ?? "no folder guidance_* there: guidance stays as it is"}\n`);

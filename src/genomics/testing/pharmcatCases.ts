import { readFileSync } from "node:fs";
import { join } from "node:path";
import { callPgx, type PgxOptions, type PgxReport } from "../starAlleles/callPgx.ts";
import type { GeneResult } from "../starAlleles/geneResult.ts";
import { parseOutsideCalls } from "../starAlleles/outsideCalls.ts";
import { type BuilderOp, buildVcf } from "./buildVcf.ts";
import { loadCaller, sourceFolder } from "./knowledgeFiles.ts";

const folder = join(sourceFolder, "pharmcat");

/** Rows of a table under pharmcat/, by the names of its columns; fields may be quoted. */
export function readTable(file: string): readonly Readonly<Record<string, string>>[] {
	const [header = "", ...lines] = readFileSync(join(folder, file), "utf8").trimEnd().split("\n");
	const names = header.split("\t");
	return lines.map((line) => Object.fromEntries(line.split("\t").map((field, index) => [names[index], unquoted(field)])));
}

function unquoted(field: string): string {
	return field.startsWith('"') && field.endsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
}

export function readTestVcf(file: string): Uint8Array {
	return readFileSync(join(folder, "test_vcf", file));
}

export function callVcf(bytes: Uint8Array, options: PgxOptions): Promise<PgxReport> {
	return callPgx(loadCaller(), { bytes: [bytes] }, options);
}

export function callOps(ops: readonly BuilderOp[], options: PgxOptions = {}): Promise<PgxReport> {
	return callVcf(Buffer.from(buildVcf(ops)), { absent: "missing", ...options });
}

/** The calls that PharmCAT's tests bring from elsewhere: two files of its own (SOURCE.md), or lines as written. */
export function outsideOf(text: string): ReturnType<typeof parseOutsideCalls> {
	const files: Readonly<Record<string, string>> = {
		s_outsideCallFilePath: "CYP2D6\t*1/*4",
		s_otherOutsideCallFilePath: "CYP2D6\t*3/*4\nG6PD\tB (reference)/B (reference)",
	};
	return parseOutsideCalls(files[text] ?? text.replaceAll("\\t", "\t").replaceAll(";", "\n"));
}

export function geneOf({ genes }: PgxReport, gene: string): GeneResult {
	const found = genes.find((each) => each.gene === gene);
	if (found === undefined) throw new Error(`the report has no ${gene}`);
	return found;
}

/** What was called, as PharmCAT's tests write it: diplotypes, or alleles of unknown phase with their zygosity. */
export function namesOf({ diplotypes, haplotypes }: GeneResult): readonly string[] {
	const counts = [...Map.groupBy(haplotypes, (name) => name)];
	return haplotypes.length > 0
		? counts.map(([name, found]) => (found.length > 1 ? `${name} (homozygous)` : name))
		: diplotypes.map(({ name }) => name);
}

/** `x (heterozygous)` is how some of PharmCAT's reports print `Reference/x`. */
export function withoutHeterozygous(name: string): string {
	return name.endsWith(" (heterozygous)") ? `Reference/${name.slice(0, -" (heterozygous)".length)}` : name;
}

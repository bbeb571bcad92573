/**
 * Makes knowledge/pgx/drugs from a folder of source data: `node scripts/buildDrugCodes.ts DIR`, where DIR holds pgx/pypgx_tables/cpic-table.csv (RxNorm and ATC codes of
 * ingredients) and ehr/ (bundles and CDS Hooks examples, whose products are recognised by the ingredient that their names spell).
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm";
const target = join(import.meta.dirname, "..", "knowledge", "pgx", "drugs", "table.json");

/** Ingredients whose codes the source does not have; drugs of the guidance stay with their name alone. */
export interface DrugCodes {
	readonly drug: string;
	readonly rxnorm: string | null;
	readonly atc: readonly string[];
}

/** A product code seen in records, and the drugs that its name spells. */
export interface ProductCode {
	readonly rxnorm: string;
	readonly drugs: readonly string[];
}

/** Names that a source spells otherwise. */
const spelling: Readonly<Record<string, string>> = { simvistatin: "simvastatin", rifampicin: "rifampin" };

export function readDrugCodes(csv: string): readonly DrugCodes[] {
	const [header = [], ...rows] = csv.trim().split("\n").map(splitCsv);
	const at = (row: readonly string[], name: string) => row[header.indexOf(name)] ?? "";
	const byName = new Map<string, DrugCodes>();
	for (const row of rows) {
		const drug = at(row, "Drug").toLowerCase();
		const code = at(row, "RxNorm");
		const atc = at(row, "ATC")
			.split(", ")
			.filter((each) => /^[A-Z]\d{2}[A-Z]{2}\d{2}$/.test(each));
		if (!byName.has(drug)) byName.set(drug, { drug, rxnorm: /^\d+$/.test(code) ? code : null, atc: [...new Set(atc)].toSorted() });
	}
	return [...byName.values()].toSorted((one, other) => (one.drug < other.drug ? -1 : 1));
}

function splitCsv(line: string): readonly string[] {
	return [...line.replace(/\r$/, "").matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field = ""]) =>
		field.replace(/^"|"$/g, "").replaceAll('""', '"'),
	);
}

/** Codes of products in the resources of some records, with the ingredients that the display names. */
export function readProducts(resources: Iterable<unknown>, names: readonly string[]): readonly ProductCode[] {
	const found = new Map<string, readonly string[]>();
	for (const { system, code, display } of codingsOf(resources)) {
		if (system !== rxnorm || display === undefined) continue;
		const text = ` ${Object.entries(spelling).reduce((said, [from, to]) => said.replaceAll(from, to), display.toLowerCase())} `;
		const drugs = names.filter((name) => new RegExp(`[^a-z]${name.replaceAll(/[^a-z0-9]/g, "[^a-z0-9]")}[^a-z]`).test(text));
		if (drugs.length > 0) found.set(code, drugs);
	}
	return [...found].map(([code, drugs]) => ({ rxnorm: code, drugs })).toSorted((one, other) => Number(one.rxnorm) - Number(other.rxnorm));
}

function* codingsOf(values: Iterable<unknown>): Generator<{ readonly system?: string; readonly code: string; readonly display?: string }> {
	for (const value of values) {
		if (typeof value !== "object" || value === null) continue;
		const { system, code, display } = value as { system?: string; code?: string; display?: string };
		if (typeof system === "string" && typeof code === "string") yield { system, code, ...(display === undefined ? {} : { display }) };
		yield* codingsOf(Object.values(value));
	}
}

function* readRecords(folder: string): Generator<unknown> {
	for (const name of readdirSync(join(folder, "synthea_r4"))) yield JSON.parse(gunzipSync(readFileSync(join(folder, "synthea_r4", name))).toString());
	for (const name of readdirSync(join(folder, "cds_hooks"))) {
		if (name.endsWith(".json")) yield JSON.parse(readFileSync(join(folder, "cds_hooks", name), "utf8"));
	}
}

/** The table as it is written. */
export function printDrugs(folder: string, named: readonly string[]): string {
	const codes = readDrugCodes(readFileSync(join(folder, "pgx", "pypgx_tables", "cpic-table.csv"), "utf8"));
	const products = readProducts(readRecords(join(folder, "ehr")), named);
	const all = named.map((drug) => codes.find((each) => each.drug === drug) ?? { drug, rxnorm: null, atc: [] });
	const rows = (list: readonly object[]) => `[\n${list.map((row) => `\t\t${JSON.stringify(row)}`).join(",\n")}\n\t]`;
	return `{\n\t"format": "aceso/pgx-drugs/1",\n\t"drugs": ${rows(all)},\n\t"products": ${rows(products)}\n}\n`;
}

/** Drugs that guidance or the table of interactions names. */
export function namedDrugs(): readonly string[] {
	const home = join(import.meta.dirname, "..", "knowledge", "pgx");
	const guidance = JSON.parse(readFileSync(join(home, "guidance", "manifest.json"), "utf8")) as { drugs: readonly { drug: string }[] };
	const interactions = JSON.parse(readFileSync(join(home, "interactions", "table.json"), "utf8")) as { rows: readonly { drug: string }[] };
	return [...new Set([...guidance.drugs, ...interactions.rows].map(({ drug }) => drug))].toSorted();
}

if (process.argv[1] === import.meta.filename) {
	const [from] = process.argv.slice(2);
	if (from === undefined) throw new Error("expected the folder of source data");
	const text = printDrugs(from, namedDrugs());
	writeFileSync(target, text);
	process.stdout.write(`wrote ${target}, SHA-256 ${createHash("sha256").update(text).digest("hex").slice(0, 16)}\n`);
}

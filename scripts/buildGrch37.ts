/**
 * Makes knowledge/pgx/grch37/positions.json: where the known positions of GRCh38 lie in GRCh37, from a table that names variants in both builds.
 * `node scripts/buildGrch37.ts --from variant-table.csv` (pypgx). What the table does not prove is left out; knowledge/pgx/grch37/SOURCE.md says what proves.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Grch37Row, matchRow, readVariantTable } from "./knowledge/grch37.ts";

const { values } = parseArgs({ options: { from: { type: "string" } } });
if (values.from === undefined) throw new Error("expected --from FILE, the variant-table.csv of pypgx");
const folder = join(import.meta.dirname, "..", "knowledge", "pgx");
const variants = readVariantTable(readFileSync(values.from, "utf8"));

interface GeneTable {
	readonly chromosome?: string;
	readonly positions?: readonly { readonly position: number; readonly ref: string; readonly alts: readonly string[] }[];
}

const rows = new Map<string, Grch37Row>();
for (const name of readdirSync(join(folder, "genes"))) {
	const { chromosome, positions = [] } = JSON.parse(readFileSync(join(folder, "genes", name), "utf8")) as GeneTable;
	if (chromosome === undefined) continue;
	for (const each of positions) {
		const row = matchRow(variants, { chromosome: chromosome.replace("chr", ""), ...each });
		if (row !== undefined) rows.set(row.slice(0, 2).join(":"), row);
	}
}
const sorted = [...rows.values()].toSorted((a, b) => a[0].localeCompare(b[0], "en", { numeric: true }) || a[1] - b[1]);
const lines = sorted.map((row) => `\t\t${JSON.stringify(row)}`).join(",\n");
mkdirSync(join(folder, "grch37"), { recursive: true });
writeFileSync(
	join(folder, "grch37", "positions.json"),
	`{\n\t"format": "aceso/pgx-grch37/1",\n\t"columns": ["chromosome", "GRCh38 position", "GRCh38 REF", "GRCh37 position", "GRCh37 REF"],\n\t"rows": [\n${lines}\n\t]\n}\n`,
);
process.stdout.write(`wrote ${sorted.length} positions\n`);

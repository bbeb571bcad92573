import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BuilderOp } from "./buildVcf.ts";
import { sourceFolder } from "./knowledgeFiles.ts";

const folder = join(sourceFolder, "pharmcat/test_vcf/haplotype");
const rowsOf = (file: string) =>
	readFileSync(join(folder, file), "utf8")
		.trimEnd()
		.split("\n")
		.map((line) => line.split("\t"));

export interface SheetCase {
	readonly name: string;
	readonly ops: readonly BuilderOp[];
	/** Diplotypes as `a + b/c`, components and copies sorted; or the alleles of unknown phase. */
	readonly expected: readonly string[];
}

/** Genotype rows of NAT2/tests.tsv: the pick where frequency decides, else all. */
export function nat2Sheet(): readonly SheetCase[] {
	const [header = [], ...rows] = rowsOf("NAT2/tests.tsv");
	return rows.map((row, index) => {
		const missing = (row[0] ?? "").match(/rs\d+/g) ?? [];
		const variations = header.slice(2, 7).map((rsid, column): BuilderOp => ["variation", "NAT2", rsid, ...(row[column + 2] ?? "").split("/")]);
		const listed = row[7] === "not called" ? [] : (row[7] ?? "").split(" or ").map((name) => name.trim());
		const pick = row[8]?.trim();
		return {
			name: `row ${index + 2}`,
			ops: [...variations, ...missing.map((rsid): BuilderOp => ["missing", "NAT2", rsid])],
			expected: pick ? [pick] : listed,
		};
	});
}

const names: Readonly<Record<string, string>> = {
	ref: "Reference",
	HapB3Intron: "c.1129-5923C>G",
	HapB3: "c.1129-5923C>G, c.1236G>A (HapB3)",
};

/** The sheet's column "non-PGx": it was written before rs186169810 became an allele of the definition, so that its answers leave it out. */
const withoutAllele = "rs186169810";

/** Genotype rows of DPYD/hapb3.tsv, each with the phase known and without. */
export function hapB3Sheet(): readonly SheetCase[] {
	const [, , , ...rows] = rowsOf("DPYD/hapb3.tsv");
	const rsids = rowsOf("DPYD/hapb3.tsv")[2]?.slice(0, 7) ?? [];
	return rows.flatMap((row, index) =>
		(["|", "/"] as const).map((separator) => {
			const ops = rsids.flatMap((rsid, column): BuilderOp[] => {
				const genotype = (row[column] ?? "").trim();
				if (rsid === withoutAllele) return [];
				return [genotype === "missing" ? ["missing", "DPYD", rsid] : ["genotype", "DPYD", rsid, genotype.replaceAll(/[|/]/g, separator)]];
			});
			const unphased = separator === "/" ? row[9]?.trim() : undefined;
			return {
				name: `row ${index + 4} ${separator === "|" ? "phased" : "unphased"}`,
				ops: separator === "|" ? [["phased"], ["reference", "DPYD"], ...ops] : [["reference", "DPYD"], ...ops],
				expected: unphased ? unphased.split(", ").map(fullName) : [spelled((row[7] ?? "").trim())],
			};
		}),
	);
}

function spelled(diplotype: string): string {
	return canonical(
		diplotype
			.split("/")
			.map((copy) => copy.replace(/[[\]]/g, "").split("+").map(fullName).join(" + "))
			.join("/"),
	);
}

function fullName(name: string): string {
	return names[name.trim()] ?? name.trim();
}

/** Copies, and alleles on a copy, in one order, so that only what is called is compared. */
export function canonical(diplotype: string): string {
	return diplotype
		.split("/")
		.map((copy) =>
			copy
				.replace(/^\[(.*)\]$/, "$1")
				.split(" + ")
				.toSorted()
				.join(" + "),
		)
		.toSorted()
		.join("/");
}

import { GenomicsError } from "../errors.ts";
import { compareAlleleNames } from "./alleleNames.ts";

/** A gene that somebody else has called: CYP2D6's structure, HLA typing, a laboratory's report. */
export interface OutsideCall {
	readonly gene: string;
	/** In order of names; empty where only a phenotype or a score was given. */
	readonly alleles: readonly string[];
	readonly phenotype: string | undefined;
	readonly activityScore: string | undefined;
	/** One-based line of the file. */
	readonly line: number;
}

/**
 * Reads calls from elsewhere: a line each of gene, diplotype, phenotype and activity score, separated by tabs, the last two optional; lines that begin
 * with # are left out (the form PharmCAT reads, docs/using/Outside-Call-Format). A gene on several lines has several possible calls.
 *
 * Suballeles that the tables do not speak of are shortened (`*4.001` to `*4`, `*57:01:01` to `*57:01`).
 *
 * @throws GenomicsError `PGX_OUTSIDE_CALL_INVALID` with the line; the call itself never stands in it.
 */
export function parseOutsideCalls(text: string): readonly OutsideCall[] {
	return text
		.split(/\r?\n/)
		.map((content, index) => ({ content, line: index + 1 }))
		.filter(({ content }) => content.trim() !== "" && !content.startsWith("#"))
		.map(({ content, line }) => parseLine(content, line));
}

function parseLine(content: string, line: number): OutsideCall {
	const [gene = "", diplotype = "", phenotype = "", activityScore = "", ...more] = content.split("\t").map((field) => field.trim());
	if (!/^[A-Z][A-Z0-9-]{1,15}$/.test(gene)) throw invalid(line, "a gene's symbol first", "something else");
	if (more.some((field) => field !== "")) throw invalid(line, "at most four columns", "more");
	const alleles = readAlleles(gene, diplotype, line);
	if (alleles.length === 0 && phenotype === "" && activityScore === "" && !isNoCall(diplotype))
		throw invalid(line, "a diplotype, a phenotype or an activity score", "none");
	return { gene, alleles, phenotype: phenotype.replace(`${gene} `, "") || undefined, activityScore: activityScore || undefined, line };
}

function readAlleles(gene: string, diplotype: string, line: number): readonly string[] {
	if (diplotype === "" || diplotype === "/" || isNoCall(diplotype)) return [];
	const alleles = diplotype.split("/").map((allele) => shortened(gene, allele.trim().replace(new RegExp(`^${gene}\\s*`), "")));
	if (alleles.length > 2 || alleles.includes("")) throw invalid(line, "one allele or two, separated by /", "another number");
	if (alleles.length === 1 && !mayStandAlone.has(gene)) throw invalid(line, "two alleles, separated by /", "one");
	return alleles.toSorted(compareAlleleNames);
}

/** Genes of one copy (X in males, mitochondria), and those where presence is all. */
const mayStandAlone = new Set(["G6PD", "MT-RNR1", "HLA-A", "HLA-B"]);

function isNoCall(diplotype: string): boolean {
	return diplotype === "." || diplotype === "./.";
}

function shortened(gene: string, allele: string): string {
	if (gene === "CYP2D6") return allele.replace(/^(\*\d+)\.\d+$/, "$1");
	if (gene === "HLA-A" || gene === "HLA-B") return allele.replace(/^[AB](?=\*)/, "").replace(/^(\*\d+:\d+)(?::\d+)+$/, "$1");
	if (gene === "MT-RNR1") return allele.replace(/^(?=\d)/, "m.");
	return allele;
}

function invalid(line: number, expected: string, found: string): GenomicsError {
	return new GenomicsError("PGX_OUTSIDE_CALL_INVALID", `line ${line}: expected ${expected}, found ${found}`, { line, expected, found });
}

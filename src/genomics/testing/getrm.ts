import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeAt } from "../starAlleles/alleleModel.ts";
import { compareAlleleNames } from "../starAlleles/alleleNames.ts";
import { callSites, type PgxReport } from "../starAlleles/callPgx.ts";
import { matchesCode } from "../starAlleles/iupac.ts";
import type { Definition, NamedAllele } from "../starAlleles/knowledge.ts";
import { SiteReader, type SiteReading } from "../starAlleles/readSites.ts";
import { readVcf } from "../vcf/readVcf.ts";
import { loadCaller, sourceFolder } from "./knowledgeFiles.ts";

/** Names that GeT-RM's consensus uses and the definitions have replaced or dropped, each with what stands for it now. */
export const renamed: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
	CYP2C19: { "*1": ["*1", "*38"] },
	CYP3A4: { "*1B": ["*1"] },
	SLCO1B1: { "*1A": ["*1"], "*1B": ["*37"], "*17": ["*15"], "*21": ["*37"] },
	UGT1A1: { "*60": ["*1"], "*28": ["*28", "*80+*28"] },
};

export interface Comparison {
	readonly gene: string;
	readonly sample: string;
	readonly truth: string;
	readonly here: readonly string[];
	readonly verdict: "same" | "renamed" | "amongEquals" | "otherSites" | "noDiplotype";
	/** Sites at which the truth's alleles, by today's definitions, cannot give what the file has. */
	readonly otherSites: readonly string[];
	/** Missing sites. */
	readonly missing: number;
}

const folder = join(sourceFolder, "1000g_getrm");
const file = () => readFileSync(join(folder, "pharmcat_positions.44samples.vcf"));

export function getrmSamples(): readonly string[] {
	const header = file()
		.toString("utf8")
		.split("\n")
		.find((line) => line.startsWith("#CHROM"));
	return header?.split("\t").slice(9) ?? [];
}

export async function readSample(bytes: Uint8Array, sample?: string): Promise<{ readonly reading: SiteReading; readonly report: PgxReport }> {
	const caller = loadCaller();
	const { batches } = await readVcf({ bytes: [bytes], ...(sample === undefined ? {} : { sample }) });
	const reader = new SiteReader(caller.index);
	for await (const batch of batches) for (const record of batch) reader.take(record);
	const reading = reader.finish({ headerNamesOtherBuild: false });
	return { reading, report: callSites(caller, { ...reading, build: "GRCh38" }) };
}

export function readGvcf(sample: string): Uint8Array {
	return readFileSync(join(folder, "gvcf_subset", `${sample}.pgx.g.vcf.gz`));
}

/** Every consensus diplotype of GeT-RM for the 44 samples that a VCF can give, beside the call of the derived genotypes. */
export async function compareGetrm(): Promise<readonly Comparison[]> {
	const bytes = file();
	const truths = Map.groupBy(
		readFileSync(join(sourceFolder, "getrm/getrm_consensus.tsv"), "utf8")
			.trim()
			.split("\n")
			.slice(1)
			.map((line) => line.split("\t")),
		([sample]) => sample,
	);
	const found: Comparison[] = [];
	for (const sample of getrmSamples()) {
		const { reading, report } = await readSample(bytes, sample);
		for (const [, gene = "", truth = ""] of truths.get(sample) ?? []) {
			const result = report.genes.find((each) => each.gene === gene);
			const definition = loadCaller().knowledge.genes.get(gene)?.definition;
			if (result === undefined || definition === undefined) continue;
			const here = result.diplotypes.map(({ name }) => name);
			found.push({ gene, sample, truth, here, ...judge({ gene, truth, here, definition, reading }), missing: result.missing.length });
		}
	}
	return found.toSorted((a, b) => a.gene.localeCompare(b.gene) || a.sample.localeCompare(b.sample));
}

interface JudgeParameters {
	readonly gene: string;
	readonly truth: string;
	readonly here: readonly string[];
	readonly definition: Definition;
	readonly reading: SiteReading;
}

function judge({ gene, truth, here, definition, reading }: JudgeParameters): Pick<Comparison, "verdict" | "otherSites"> {
	const today = truthsToday(gene, truth);
	const alleles = definition.alleles.map(({ name }) => name);
	if (here.length === 1 && sorted(truth) === here[0]) return { verdict: "same", otherSites: [] };
	if (here.length === 1 && today.includes(here[0] as string)) return { verdict: "renamed", otherSites: [] };
	if (today.some((name) => here.includes(name))) return { verdict: "amongEquals", otherSites: [] };
	const known = today.map((name) => name.split("/")).filter((pair) => pair.length === 2 && pair.every((name) => alleles.includes(name)));
	if (known.length === 0) return { verdict: "noDiplotype", otherSites: [] };
	const misfits = known.map((pair) => sitesAgainst(gene, pair as [string, string], definition, reading));
	return { verdict: "otherSites", otherSites: misfits.toSorted((a, b) => a.length - b.length)[0] ?? [] };
}

/** All ways to write the consensus in today's names. */
function truthsToday(gene: string, truth: string): readonly string[] {
	const [first = "", second = ""] = truth.split("/");
	const of = (name: string) => renamed[gene]?.[name] ?? [name];
	return [...new Set(of(first).flatMap((a) => of(second).map((b) => sorted(`${a}/${b}`))))];
}

function sorted(diplotype: string): string {
	return diplotype.split("/").toSorted(compareAlleleNames).join("/");
}

function sitesAgainst(gene: string, pair: readonly [string, string], definition: Definition, { observed }: SiteReading): readonly string[] {
	const reference = definition.alleles.find((each) => each.reference) as NamedAllele;
	const [one, other] = pair.map((name) => definition.alleles.find((each) => each.name === name) as NamedAllele) as [NamedAllele, NamedAllele];
	return (loadCaller().sitesByGene.get(gene) ?? []).flatMap((site) => {
		const position = definition.positions[site.index];
		const alleles = observed.get(site)?.alleles;
		if (position === undefined || alleles === undefined || alleles.length !== 2) return [];
		const [codeOne, codeOther] = [one, other].map((allele) =>
			codeAt({ allele, core: allele.sites, score: 0 }, reference, position.ref, site.index),
		) as [string, string];
		const [a, b] = alleles as [string, string];
		const fits = (matchesCode(codeOne, a) && matchesCode(codeOther, b)) || (matchesCode(codeOne, b) && matchesCode(codeOther, a));
		return fits ? [] : [position.rsid ?? position.hgvs];
	});
}

/** A difference as docs/pharmacogenomics.md tells it. */
export function describeDifference({ gene, sample, truth, here, verdict, otherSites, missing }: Comparison): string {
	const why = {
		same: "",
		renamed: `renamed: ${truth
			.split("/")
			.filter((name) => renamed[gene]?.[name] !== undefined)
			.filter((name, index, all) => all.indexOf(name) === index)
			.map((name) => `${name} is ${renamed[gene]?.[name]?.join(" or ")}`)
			.join(", ")}`,
		amongEquals: `among the equals: what tells them apart is among the ${missing} missing positions`,
		otherSites: otherSites.length === 0 ? "fits as well, and explains fewer positions" : `the file differs from it at ${otherSites.join(", ")}`,
		noDiplotype: "the consensus is no pair of alleles of the definitions",
	}[verdict];
	return `| ${gene} | ${sample} | ${truth} | ${here.join(" or ") || "not called"} | ${why} |`;
}

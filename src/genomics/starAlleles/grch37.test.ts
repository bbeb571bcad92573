import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "#base";
import { indexedFile } from "../testing/bgzipped.ts";
import { hasSource, knowledgeFolder, loadCaller, loadCallerOfBoth, sourceFolder } from "../testing/knowledgeFiles.ts";
import { callIndexed } from "./callIndexed.ts";
import { callPgx, type PgxOptions, type PgxReport } from "./callPgx.ts";
import { parseGrch37 } from "./grch37.ts";
import type { Site } from "./siteIndex.ts";

const bytes = readFileSync(join(knowledgeFolder, "grch37/positions.json"));
const { rows } = JSON.parse(bytes.toString()) as { rows: readonly (readonly [string, number, string, number, string])[] };
const both = loadCallerOfBoth();
const placed = new Map(both.grch37!.index.sites.map((site) => [`${site.gene} ${site.index}`, site]));
/** Sites that have a place in GRCh37, with it. */
const pairs = both.index.sites.flatMap((site) => {
	const there = placed.get(`${site.gene} ${site.index}`);
	return there === undefined ? [] : [{ here: site, there }];
});

/** Those that lie in no site without a place: a change there would also be one of it, in GRCh38 alone. */
const clear = pairs.flatMap(({ here }, index) => {
	const over = both.index.sites.filter((site) => site.chromosome === here.chromosome && site.position <= here.end && site.end >= here.position);
	return over.every((site) => placed.has(`${site.gene} ${site.index}`)) ? [index] : [];
});

const header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tsample\n";

interface Called {
	readonly site: Site;
	/** Letters of both copies. */
	readonly copies: readonly [string, string];
}

/** A VCF of what each site has, in the places and letters of its build. */
function vcfOf(called: readonly Called[]): string {
	const lines = called
		.toSorted((a, b) => a.site.chromosome.localeCompare(b.site.chromosome) || a.site.position - b.site.position)
		.map(({ site, copies }) => {
			const alleles = [site.ref, ...site.alts];
			const genotype = copies
				.map((letters) => alleles.indexOf(letters))
				.toSorted()
				.join("/");
			return `chr${site.chromosome}\t${site.position}\t.\t${site.ref}\t${site.alts.join(",")}\t.\tPASS\t.\tGT\t${genotype}\n`;
		});
	return header + lines.join("");
}

const call = (text: string, options: PgxOptions = {}): Promise<PgxReport> => callPgx(both, { bytes: [Buffer.from(text)] }, options);
const geneOf = ({ genes }: PgxReport, name: string) => genes.find(({ gene }) => gene === name)!;
const at = (name: string, position: number) => pairs.find(({ here }) => here.gene === name && here.position === position)!;

describe("the places in GRCh37", () => {
	it("[GN46] are those that dbSNP gives for well-known variants", () => {
		for (const [chromosome, position, position37, what] of [
			["10", 94_781_859, 96_541_616, "CYP2C19*2, rs4244285"],
			["10", 94_942_290, 96_702_047, "CYP2C9*2, rs1799853"],
			["1", 97_450_058, 97_915_614, "DPYD*2A, rs3918290"],
			["6", 18_130_687, 18_130_918, "TPMT*3C, rs1142345"],
			["16", 31_096_368, 31_107_689, "VKORC1, rs9923231"],
			["12", 21_178_615, 21_331_549, "SLCO1B1*5, rs4149056"],
			["7", 99_672_916, 99_270_539, "CYP3A5*3, rs776746"],
		] as const)
			expect(rows.find((row) => row[0] === chromosome && row[1] === position)?.[3], what).toBe(position37);
	});

	it("[GN46] lie as far apart as in GRCh38 within a gene, but for none", () => {
		for (const [gene, own] of Map.groupBy(pairs, ({ here }) => here.gene))
			expect(new Set(own.map(({ here, there }) => here.position - there.position)).size, gene).toBe(1);
	});

	it.skipIf(!hasSource)("[GN46] each follow from a row of the source, and every row that proves one is there (needs ../shared/data/pgx)", () => {
		const [head = "", ...lines] = readFileSync(join(sourceFolder, "pypgx_tables/variant-table.csv"), "utf8").trim().split("\n");
		const column = (line: string, name: string) => (line.split(",")[head.split(",").indexOf(name)] ?? "").split("-");
		const named = Map.groupBy(lines, (line) => column(line, "GRCh38Name").slice(0, 2).join(":"));
		for (const [chromosome, position, ref, position37, ref37] of rows) {
			const proof = (named.get(`${chromosome}:${position}`) ?? []).filter((line) => column(line, "GRCh37Name")[1] === String(position37));
			expect(proof.length, `${chromosome}:${position}`).toBeGreaterThan(0);
			expect(proof.some((line) => column(line, "GRCh37Name")[2]?.startsWith(ref37) && column(line, "GRCh38Name")[2]?.startsWith(ref))).toBe(true);
		}
		const known = new Set(rows.map(([chromosome, position]) => `${chromosome}:${position}`));
		const provable = both.index.sites.filter(({ chromosome, position, ref, index, gene }) => {
			if (known.has(`${chromosome}:${position}`) || index >= (loadCaller().knowledge.genes.get(gene)?.definition?.positions.length ?? 0))
				return false;
			const own = named.get(`${chromosome}:${position}`) ?? [];
			return own.some(
				(line) =>
					column(line, "GRCh37Name").slice(2).join() === column(line, "GRCh38Name").slice(2).join() && column(line, "GRCh38Name")[2]?.startsWith(ref),
			);
		});
		expect(provable).toEqual([]);
	});

	it("[GN46] are refused when a row stands twice, or has another form", () => {
		const altered = (change: (table: { rows: unknown[][] }) => void) => {
			const table = JSON.parse(bytes.toString()) as { rows: unknown[][] };
			change(table);
			return () => parseGrch37(Buffer.from(JSON.stringify(table)), sha256Hex);
		};
		const refused = expect.objectContaining({ code: "PGX_KNOWLEDGE_INVALID" });
		expect(altered(({ rows: all }) => all.push(all[0] as unknown[]))).toThrow(refused);
		expect(altered(({ rows: all }) => (all[5] as unknown[]).splice(3, 1, "x"))).toThrow(refused);
		expect(altered(({ rows: all }) => (all[5] as unknown[]).splice(4, 1, "N"))).toThrow(refused);
	});
});

describe("a file of GRCh37", () => {
	it("[GN47] gives the calls of the same genotypes in GRCh38, whole and through an index", async () => {
		const choice = fc.array(fc.tuple(fc.constantFrom(...clear), fc.boolean(), fc.boolean()), { minLength: 5, maxLength: 40 });
		await fc.assert(
			fc.asyncProperty(choice, async (chosen) => {
				const turned = new Map(chosen.map(([index, first, second]) => [index, [first, second]] as const));
				const called = pairs.map(({ here, there }, index) => {
					const [first, second] = turned.get(index) ?? [false, false];
					const letters = (isAlt: boolean) => (isAlt ? (here.alts[0] as string) : here.ref);
					return { here, there, copies: [letters(first === true), letters(second === true)] as const };
				});
				const text37 = vcfOf(called.map(({ there, copies }) => ({ site: there, copies })));
				const [own, other] = [await call(vcfOf(called.map(({ here, copies }) => ({ site: here, copies })))), await call(text37)];
				expect([own.build, other.build]).toEqual(["GRCh38", "GRCh37"]);
				const essence = ({ genes }: PgxReport) =>
					genes.map(({ gene, diplotypes, haplotypes, phenotypes, missing, noCall }) => ({
						gene,
						diplotypes,
						haplotypes,
						phenotypes,
						noCall,
						missing: missing.length,
					}));
				expect(essence(other)).toEqual(essence(own));
				const indexed = await callIndexed(both, await indexedFile(text37, 3_000));
				expect(essence(indexed)).toEqual(essence(other));
			}),
			{ numRuns: 25 },
		);
	}, 60_000);

	it("[GN47] takes what has no known place for missing, never for reference, and says so", async () => {
		const variants = pairs
			.filter(({ here }) => here.gene === "TPMT")
			.slice(0, 4)
			.map(({ there }) => ({ site: there, copies: [there.ref, there.alts[0] as string] as const }));
		const report = await call(vcfOf(variants));
		expect(report).toMatchObject({ build: "GRCh37", absent: "reference" });
		const ryr1 = geneOf(report, "RYR1");
		const unplaced = both.index.sites.filter((site) => site.gene === "RYR1" && !placed.has(`RYR1 ${site.index}`)).length;
		expect(ryr1.missing.filter(({ reason }) => reason === "noPlaceInBuild")).toHaveLength(
			Math.min(unplaced, ryr1.positions - ryr1.assumedReference.length),
		);
		expect(ryr1.assumedReference.length + ryr1.missing.length).toBe(ryr1.positions);
		expect(ryr1.missing.length).toBeGreaterThan(200);
	});

	it("[GN47] whose base is that of an allele, reads it where it is stated and takes silence for missing", async () => {
		const { there } = at("CYP3A5", 99_672_916);
		expect([there.ref, there.alts]).toEqual(["C", ["T"]]);
		const others = pairs
			.filter(({ here }) => here.gene === "CYP3A5" && here.position !== 99_672_916)
			.map(({ there: site }) => ({ site, copies: [site.ref, site.ref] as const }));
		const tpmt = pairs
			.filter(({ here }) => here.gene === "TPMT")
			.slice(0, 4)
			.map(({ there: site }) => ({ site, copies: [site.ref, site.alts[0] as string] as const }));
		const names = async (copies: readonly [string, string]) =>
			geneOf(await call(vcfOf([...others, { site: there, copies }])), "CYP3A5").diplotypes.map(({ name }) => name);
		expect(await names(["C", "C"])).toEqual(["*3/*3"]);
		expect(await names(["C", "T"])).toEqual(["*1/*3"]);
		expect(await names(["T", "T"])).toEqual(["*1/*1"]);
		const silent = geneOf(await call(vcfOf(tpmt)), "CYP3A5");
		expect(silent.missing).toContainEqual(
			expect.objectContaining({ reason: "referenceOfBuild", position: expect.objectContaining({ position: 99_672_916 }) }),
		);
	});

	it("[GN11] [GN47] is refused without the places, with bases of neither build, and where only a header names it", async () => {
		const variants = pairs.filter(({ here }) => here.gene === "DPYD").slice(0, 6);
		const text = vcfOf(variants.map(({ there }) => ({ site: there, copies: [there.ref, there.alts[0] as string] as const })));
		const named = text.replace("#CHROM", "##contig=<ID=chr1,length=249250621>\n#CHROM");
		await expect(callPgx(loadCaller(), { bytes: [Buffer.from(named)] })).rejects.toMatchObject({ code: "GENOME_BUILD_WRONG" });
		expect((await call(named)).build).toBe("GRCh37");
		const empty = `${header.replace("#CHROM", "##contig=<ID=chr1,length=249250621>\n#CHROM")}chr5\t7\t.\tA\tG\t.\t.\t.\tGT\t0/1\n`;
		await expect(call(empty)).rejects.toMatchObject({ code: "GENOME_BUILD_WRONG" });
		const neither = named.replaceAll(/\t([ACGT])([ACGT]*)\t([ACGT,]+)\t\./g, "\tN$2\tA\t.");
		await expect(call(neither)).rejects.toMatchObject({ code: "GENOME_BUILD_WRONG" });
	});
});

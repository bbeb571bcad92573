import { describe, expect, it } from "vitest";
import { loadCaller } from "../testing/knowledgeFiles.ts";
import { callPgx, type PgxOptions } from "./callPgx.ts";
import type { GeneResult } from "./geneResult.ts";

const header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tsample";
const vcfOf = (lines: readonly string[]) => `${header}\n${lines.map((line) => `${line.replaceAll(" ", "\t")}\n`).join("")}`;

async function call(gene: string, lines: readonly string[], options: PgxOptions = {}): Promise<GeneResult> {
	const report = await callPgx(loadCaller(), { bytes: [Buffer.from(vcfOf(lines))] }, options);
	return report.genes.find((each) => each.gene === gene) as GeneResult;
}

const namesOf = ({ diplotypes }: GeneResult) => diplotypes.map(({ name }) => name);
const reasonAt = ({ missing }: GeneResult, position: number) => missing.find((each) => each.position.position === position)?.reason;

/** Every position of the gene, reference, but for the lines given by position. */
function reference(gene: string, others: Readonly<Record<number, readonly string[]>> = {}): readonly string[] {
	const definition = loadCaller().knowledge.genes.get(gene)?.definition;
	return (definition?.positions ?? []).flatMap(
		({ position, ref, alts }) => others[position] ?? [`${definition?.chromosome} ${position} . ${ref} ${alts.join(",")} . PASS . GT 0/0`],
	);
}

describe("alleles are compared in normal form", () => {
	it("[GN7] an indel written with more bases, or fewer, is the same indel", async () => {
		// UGT1A1's repeat: GRCh38 has A(TA)6TAA… as C AT AT at 233760233.
		const at = 233_760_233;
		for (const [ref, alt] of [
			["CAT", "CATAT"],
			["C", "CAT"],
			["CATA", "CATATA"],
		] as const) {
			const result = await call("UGT1A1", reference("UGT1A1", { [at]: [`chr2 ${at} . ${ref} ${alt} . PASS . GT 1/1`] }));
			expect(namesOf(result)).toEqual(["*28/*28"]);
		}
	});

	it("[GN7] one that might be a site's allele written further right takes the site away instead of leaving it reference", async () => {
		// DPYD *7, deletion of ATGA in a repeat, anchored inside the repeat: nothing in the file proves where it begins.
		const at = 97_740_410;
		const plain = await call("DPYD", reference("DPYD", { [at]: [`chr1 ${at} . GATGA G . PASS . GT 0/1`] }));
		expect(namesOf(plain)).toEqual(["Reference/c.295_298delTCAT (*7)"]);
		const shifted = await call("DPYD", reference("DPYD", { [at]: [`chr1 ${at + 8} . AATGA A . PASS . GT 0/1`] }));
		expect(reasonAt(shifted, at)).toBe("unnormalised");
		expect(shifted.missing[0]?.alleles).toContain("c.295_298delTCAT (*7)");
	});

	it("[GN10] a change beside a site is none of the site, and a deletion over it is one", async () => {
		const at = 94_781_859;
		const beside = reference("CYP2C19").toSpliced(23, 0, `chr10 ${at} . G GT . PASS . GT 0/1`);
		expect(namesOf(await call("CYP2C19", beside))).toEqual(["*38/*38"]);
		const over = await call("CYP2C19", reference("CYP2C19", { [at]: [`chr10 ${at - 1} . CG C . PASS . GT 0/1`] }));
		expect(over).toMatchObject({ noCall: "noMatch", undocumented: [{ position: at }] });
	});
});

describe("lines of one site", () => {
	const at = 99_652_770;
	it("[GN8] are put together, phased or not", async () => {
		const cftr = 117_509_035;
		const split = (first: string, second: string) => [`chr7 ${cftr} . G A . PASS . GT ${first}`, `chr7 ${cftr} . G C . PASS . GT ${second}`];
		const together = await call("CFTR", reference("CFTR", { [cftr]: [`chr7 ${cftr} . G A,C . PASS . GT 1/2`] }));
		for (const pair of [split("0/1", "0/1"), split("0|1", "1|0")]) expect(await call("CFTR", reference("CFTR", { [cftr]: pair }))).toEqual(together);
		expect(namesOf(together)).toHaveLength(together.noCall === undefined ? 1 : 0);
	});

	it("[GN8] that cannot both be true make it missing, in either order", async () => {
		const lines = [`chr7 ${at} . T TA . PASS . GT 0/1`, `chr7 ${at} . T TA . PASS . GT 1/1`];
		for (const pair of [lines, lines.toReversed()]) {
			const result = await call("CYP3A5", reference("CYP3A5", { [at]: pair }));
			expect(reasonAt(result, at)).toBe("conflict");
			expect(result.missing[0]?.alleles).toEqual(["*7"]);
		}
	});

	it("[GN8] of which one is a dot or reference leave the other", async () => {
		for (const other of ["./.", "0/0"]) {
			const lines = [`chr7 ${at} . T TA . PASS . GT 0/1`, `chr7 ${at} . T TA . PASS . GT ${other}`];
			for (const pair of [lines, lines.toReversed()]) expect(namesOf(await call("CYP3A5", reference("CYP3A5", { [at]: pair })))).toEqual(["*1/*7"]);
		}
	});
});

describe("reference blocks", () => {
	const block = (from: number, to: number, rest = "GT:GQ 0/0:99", base = "N") => `chr7 ${from} . ${base} <NON_REF> . . END=${to} ${rest}`;
	const whole = block(99_600_000, 99_700_000);

	it("[GN9] cover every site up to END, or LEN of version 4.5", async () => {
		expect(namesOf(await call("CYP3A5", [whole]))).toEqual(["*1/*1"]);
		expect(namesOf(await call("CYP3A5", ["chr7 99600000 . N <*> . . . GT:LEN 0/0:100001"]))).toEqual(["*1/*1"]);
		const short = await call("CYP3A5", [block(99_600_000, 99_672_915)]);
		expect(short.missing.map(({ position }) => position.position)).toEqual([99_672_916, 99_676_198]);
		expect(short.indistinguishable["*1"]).toEqual(["*3", "*8"]);
	});

	it("[GN9] of low quality say nothing", async () => {
		const result = await call("CYP3A5", [block(99_600_000, 99_660_000, "GT:GQ 0/0:19"), block(99_660_001, 99_700_000)]);
		expect(reasonAt(result, 99_652_770)).toBe("lowQuality");
		expect(reasonAt(result, 99_660_516)).toBeUndefined();
	});

	it.each([
		["END=9x", "GT:GQ 0/0:99"],
		["END=", "GT:GQ 0/0:99"],
		[".", "GT:LEN 0/0:1e9"],
		["END=99700000", "GT:GQ 0/0:high"],
	])("[GN9] with %s and %s are refused: no end, length or quality is guessed", async (info, rest) => {
		await expect(call("CYP3A5", [`chr7 99600000 . N <*> . . ${info} ${rest}`.replace("99600000", "99652770")])).rejects.toMatchObject({
			code: "VCF_RECORD_INVALID",
			details: { line: 3 },
		});
	});

	it("[GN9] cover a deletion's site only together", async () => {
		const at = 97_740_410;
		const others = reference("DPYD").filter((line) => !line.includes(`\t${at}`) && !line.includes(` ${at} `));
		const half = await call("DPYD", [...others, `chr1 ${at} . G <NON_REF> . . END=${at + 2} GT 0/0`]);
		expect(reasonAt(half, at)).toBe("absent");
		const both = await call("DPYD", [
			...others,
			`chr1 ${at} . G <NON_REF> . . END=${at + 2} GT 0/0`,
			`chr1 ${at + 3} . G <NON_REF> . . END=${at + 9} GT 0/0`,
		]);
		expect(reasonAt(both, at)).toBeUndefined();
	});

	it.each(["<DEL>", "*", "<NON_REF>"])("[GN10] %s that is called makes its site missing, also beside a line that calls it", async (alt) => {
		const at = 99_652_770;
		const own = `chr7 ${at} . T TA . PASS . GT 0/1`;
		for (const lines of [
			[`chr7 ${at} . T ${alt} . PASS . GT 0/1`],
			[own, `chr7 ${at} . T ${alt} . PASS . GT 0/1`],
			[`chr7 ${at} . T ${alt} . PASS . GT 0/1`, own],
		])
			expect(reasonAt(await call("CYP3A5", reference("CYP3A5", { [at]: lines })), at)).toBe("symbolic");
	});
});

describe("the genome build", () => {
	it("[GN11] of other reference alleles is refused with what was found", async () => {
		const lines = reference("CYP2C19").map((line) => line.replace(/ ([ACGT]) ([ACGT]) /, " $2 $1 "));
		await expect(call("CYP2C19", lines)).rejects.toMatchObject({
			code: "GENOME_BUILD_WRONG",
			details: { found: "35 of 35 reference alleles differ from GRCh38, 35 of them being its alternative alleles" },
		});
	});

	it("[GN11] is not refused for one line with REF and ALT swapped, whose site is missing", async () => {
		const at = 94_781_859;
		const result = await call("CYP2C19", reference("CYP2C19", { [at]: [`chr10 ${at} . A G . PASS . GT 0/1`] }));
		expect(reasonAt(result, at)).toBe("referenceMismatch");
		expect(result.missing[0]?.alleles).toContain("*2");
	});

	it("[GN11] is believed from the header only where no reference allele speaks", async () => {
		const bytes = (lines: readonly string[]) => [
			Buffer.from(vcfOf(lines).replace("#CHROM", "##contig=<ID=1,length=249250621,assembly=b37>\n#CHROM")),
		];
		await expect(callPgx(loadCaller(), { bytes: bytes(["1 97000000 . A G . PASS . GT 0/1"]) })).rejects.toMatchObject({ code: "GENOME_BUILD_WRONG" });
		const report = await callPgx(loadCaller(), { bytes: bytes(reference("CYP3A5")) });
		expect(report.genes.find(({ gene }) => gene === "CYP3A5")?.noCall).toBeUndefined();
	});

	it("[GN11] names chromosomes with or without a prefix, in either case of bases", async () => {
		const plain = await call("CYP2C19", reference("CYP2C19"));
		expect(
			await call(
				"CYP2C19",
				reference("CYP2C19").map((line) => line.replace("chr", "")),
			),
		).toEqual(plain);
		expect(
			await call(
				"CYP2C19",
				reference("CYP2C19").map((line) => line.replace(/ ([ACGT]) ([ACGT]) /, (text) => text.toLowerCase())),
			),
		).toEqual(plain);
	});
});

describe("sites without a line", () => {
	const variants = ["chr10 94775367 . A G . PASS . GT 0/1", "chr10 94781859 . G A . PASS . GT 0/1", "chr10 94842866 . A G . PASS . GT 1/1"];

	it("[GN12] are assumed reference in a file of variants, and counted", async () => {
		const result = await call("CYP2C19", variants);
		expect(namesOf(result)).toEqual(["*1/*2"]);
		expect({ assumed: result.assumedReference.length, missing: result.missing.length }).toEqual({ assumed: 32, missing: 0 });
	});

	it("[GN12] are missing as soon as the file states a reference genotype anywhere", async () => {
		const result = await call("CYP2C19", [...variants, "chr16 31096368 . C T . PASS . GT 0/0"]);
		expect({ assumed: result.assumedReference.length, missing: result.missing.length }).toEqual({ assumed: 0, missing: 32 });
	});

	it("[GN12] are missing in a file that calls hardly any site: an empty genome is not a normal one", async () => {
		for (const lines of [[], variants.slice(0, 2), ["chr3 1 . A G . PASS . GT 0/1"]]) {
			const report = await callPgx(loadCaller(), { bytes: [Buffer.from(vcfOf(lines))] });
			expect(report.absent).toBe("missing");
			expect(report.genes.filter(({ assumedReference }) => assumedReference.length > 0)).toEqual([]);
		}
	});

	it("[GN12] are never assumed where a line says a dot", async () => {
		const result = await call("CYP2C19", [...variants, "chr10 94780653 . G A . PASS . GT ./."], { absent: "reference" });
		expect(reasonAt(result, 94_780_653)).toBe("noCall");
		expect(result.indistinguishable["*1"]).toContain("*3");
	});
});

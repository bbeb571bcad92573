import { describe, expect, it } from "vitest";
import { readGenotype } from "./genotype.ts";
import { type ReadVcfParameters, readVcf } from "./readVcf.ts";
import type { VcfRecord } from "./record.ts";

const columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tone";
const vcf = (...lines: string[]) => `##fileformat=VCFv4.2\n${columns}\n${lines.map((line) => `${line.replaceAll(" ", "\t")}\n`).join("")}`;

async function readAll(text: string | Iterable<Uint8Array>, more: Omit<ReadVcfParameters, "bytes"> = {}): Promise<readonly VcfRecord[]> {
	const { batches } = await readVcf({ bytes: typeof text === "string" ? [Buffer.from(text)] : text, ...more });
	const records: VcfRecord[] = [];
	for await (const batch of batches) records.push(...batch);
	return records;
}

describe("reading", () => {
	it("[GN1] gives the same records however the bytes are cut", async () => {
		const text = Buffer.from(vcf("chr1 10 . a g . PASS X=é GT 0/1", "chr1 12 . C <DEL>,T . q10 END=20 GT:PS 1|2:7"));
		const whole = await readAll([text]);
		for (let size = 1; size < 40; size++) {
			const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.subarray(index * size, (index + 1) * size));
			expect(await readAll(pieces)).toEqual(whole);
		}
		expect(whole.map(({ line, position, ref, alts }) => ({ line, position, ref, alts }))).toEqual([
			{ line: 3, position: 10, ref: "A", alts: ["G"] },
			{ line: 4, position: 12, ref: "C", alts: ["<DEL>", "T"] },
		]);
	});

	it("[GN1] refuses a line of a gigabyte after the limit, having taken no more pieces", async () => {
		let taken = 0;
		function* endless(): Generator<Uint8Array> {
			yield Buffer.from(vcf());
			for (const piece = Buffer.alloc(65_536, "A"); taken < 16_384; taken++) yield piece;
		}
		await expect(readAll(endless(), { maxLineBytes: 1_000_000 })).rejects.toMatchObject({ code: "VCF_LINE_TOO_LONG", details: { line: 3 } });
		expect(taken).toBeLessThan(20);
	});

	it("[GN1] counts lines that nobody wanted", async () => {
		const text = vcf("chr1 10 . A G . . . GT 0/1", "chr2 1 . A G . . . GT 0/1", "chr1 x . A G . . . GT 0/1");
		await expect(readAll(text, { wants: (chromosome) => chromosome === "chr2" })).rejects.toMatchObject({ details: { line: 5 } });
	});

	it("[GN2] refuses a line that ends early, also where nobody wanted it", async () => {
		const text = vcf("chr1 10 . A G . . . GT 0/1", "chr9 10 . A G . . .", "chr1 11 . A G . . . GT 0/1");
		await expect(readAll(text, { wants: (chromosome) => chromosome === "chr1" })).rejects.toMatchObject({
			code: "VCF_RECORD_INVALID",
			details: { line: 4 },
		});
	});

	it("[GN2] reads CRLF, a missing last line feed and lower case alike", async () => {
		const plain = await readAll(vcf("chr1 10 . A G . PASS . GT 0/1"));
		expect(await readAll(vcf("chr1 10 . a g . PASS . GT 0/1").replaceAll("\n", "\r\n"))).toEqual(plain);
		expect(await readAll(vcf("chr1 10 . A G . PASS . GT 0/1").trimEnd())).toEqual(plain);
	});

	it.each(["4.1", "4.2", "4.3", "4.4", "4.5"])("[GN2] reads version %s", async (version) => {
		const { header } = await readVcf({ bytes: [Buffer.from(vcf().replace("4.2", version))] });
		expect(header).toMatchObject({ version, samples: ["one"] });
	});

	it("[GN1] refuses a header that never ends", async () => {
		let taken = 0;
		function* endless(): Generator<Uint8Array> {
			yield Buffer.from("##fileformat=VCFv4.3\n");
			for (const piece = Buffer.from(`##contig=<ID=chr1,length=5,note="${"x".repeat(60_000)}">\n`); taken < 16_384; taken++) yield piece;
		}
		await expect(readAll(endless())).rejects.toMatchObject({ code: "VCF_HEADER_INVALID" });
		expect(taken).toBeLessThan(300);
	});

	it.each([
		["4.1", "chr1 0 . N <DEL> . . SVLEN=-5 GT 0/1", "telomere, symbolic deletion"],
		["4.1", "chr1 7 . G G]17:198982] . PASS SVTYPE=BND GT 0/1", "breakend"],
		["4.2", "chr1 7 . AC *,A . PASS . GT 1/2", "allele inside another line's deletion"],
		["4.2", "chr1 7 . A <NON_REF> . . END=99 GT:GQ 0/0:40", "gVCF block of GATK"],
		["4.3", "chr1 7 . A <*> . . END=99 GT 0/0", "reference block"],
		["4.3", "chrX 7 rs1;rs2 A G 1e3 q10;s50 X=%3B GT 1", "one copy, several ids and filters"],
		["4.4", "chrM 7 . A G . PASS . GT:PSL /1:.", "mitochondrial, phase of the first allele"],
		["4.5", "chrY 7 . A <*> . . . GT:LEN 0:93", "block by LEN, one copy"],
		["4.5", "chr1 7 . CAG <CNV:TR>,. . . RN=1;RUS=CAG;SVLEN=30,. GT 0/1", "tandem repeat"],
	])("[GN2] reads what version %s writes: %s (%s)", async (version, line) => {
		const text = vcf(line).replace("v4.2", `v${version}`);
		const [record] = await readAll(text);
		expect(record).toMatchObject({ chromosome: line.split(" ")[0], position: Number(line.split(" ")[1]) });
		expect(readGenotype(record as VcfRecord)?.alleles.length).toBeGreaterThan(0);
	});

	it("[GN4] local genotypes of 4.5 without GT say nothing, and are no reference", async () => {
		const [record] = await readAll(vcf("chr1 7 . A G . PASS . LGT:LAA 0/1:1").replace("4.2", "4.5"));
		expect(readGenotype(record as VcfRecord)).toBeUndefined();
	});

	it.each([
		["", "VCF_EMPTY"],
		["##fileformat=VCFv4.2\n", "VCF_EMPTY"],
		["##fileformat=VCFv4.0\n", "VCF_VERSION_UNSUPPORTED"],
		["##fileformat=VCFv5.0\n", "VCF_VERSION_UNSUPPORTED"],
		["hello\n", "VCF_HEADER_INVALID"],
		[`${columns}\n`, "VCF_HEADER_INVALID"],
		["##fileformat=VCFv4.2\n#CHROM\tPOS\tREF\n", "VCF_HEADER_INVALID"],
		["##fileformat=VCFv4.2\nchr1\t1\t.\tA\tC\n", "VCF_HEADER_INVALID"],
		[`##fileformat=VCFv4.2\n${columns}\tone\n`, "VCF_HEADER_INVALID"],
		[`##fileformat=VCFv4.2\n${columns.split("\tFORMAT")[0]}\n`, "VCF_NO_SAMPLE"],
	])("[GN2] refuses what is no VCF: %j is %s", async (text, code) => {
		await expect(readAll(text)).rejects.toMatchObject({ code });
	});

	it.each([
		["chr1 10 . A", "fewer columns"],
		["chr1 1e3 . A G . . . GT 0/1", "a position that is no number"],
		["chr1 -5 . A G . . . GT 0/1", "a negative one"],
		["chr1 99999999999 . A G . . . GT 0/1", "one beyond any chromosome"],
		["chr1 10 . A! G . . . GT 0/1", "no bases"],
		["chr1 10 . A G!T . . . GT 0/1", "no allele"],
		["chr1 10 . A G . . . GT", "no sample"],
	])("[GN2] refuses the record %j: %s", async (line) => {
		await expect(readAll(vcf("chr1 9 . A G . . . GT 0/1", line))).rejects.toMatchObject({ code: "VCF_RECORD_INVALID", details: { line: 4 } });
	});

	it("[GN5] asks which sample, and does not take one that is not there", async () => {
		const two = vcf("chr1 10 . A G . . . GT 0/1 1/1").replace("\tone", "\tone\ttwo é");
		await expect(readAll(two)).rejects.toMatchObject({ code: "VCF_SAMPLE_UNCHOSEN" });
		await expect(readAll(two, { sample: "three" })).rejects.toMatchObject({ code: "VCF_SAMPLE_UNKNOWN" });
		expect(await readAll(two, { sample: "two é" })).toMatchObject([{ sample: "1/1" }]);
		expect(await readAll(two, { sample: "one" })).toMatchObject([{ sample: "0/1" }]);
	});

	it("[GN3] names neither genotype nor base nor sample in an error", async () => {
		const secrets = ["Maria", "7/8", "TTTGATTACA"];
		const inputs: [string, string?][] = [
			[vcf("chr1 10 . TTTGATTACA! G . . . GT 7/8")],
			[vcf("chr1 10 . TTTGATTACA G . . . GT 7/8")],
			[vcf("chr1 10 . TTTGATTACA G . . . GT 7/8/!").replace("\tone", "\tMaria")],
			[vcf("chr1 10 . TTTGATTACA G . . . GT 7/8").replace("\tone", "\tMaria"), "other"],
		];
		for (const [text, sample] of inputs) {
			const error = await readAll(text, sample === undefined ? {} : { sample })
				.then((records) => {
					for (const record of records) readGenotype(record);
				})
				.catch((thrown: unknown) => thrown);
			expect(error).toBeInstanceOf(Error);
			const said = JSON.stringify([(error as Error).message, (error as { details?: unknown }).details]);
			for (const secret of secrets) expect(said).not.toContain(secret);
		}
	});
});

describe("genotypes", () => {
	const genotypeOf = async (format: string, sample: string, alt = "G,T") =>
		readGenotype((await readAll(vcf(`chr1 10 . A ${alt} . . . ${format} ${sample}`)))[0] as VcfRecord);

	it.each([
		["GT", "0/1", [0, 1], false, undefined],
		["GT", "1|2", [1, 2], true, undefined],
		["GT:PS", "1|2:77", [1, 2], true, "77"],
		["GT:PS", "1/2:77", [1, 2], false, undefined],
		["GT:PS", "1|2:.", [1, 2], true, undefined],
		["GT:PS", "1|2", [1, 2], true, undefined],
		["GT:DP:PSL", "1|2:3:a,b", [1, 2], false, undefined],
		["GT", "1", [1], true, undefined],
		["GT", ".", [null], true, undefined],
		["GT", "./1", [null, 1], false, undefined],
		["GT", "|0|1", [0, 1], true, undefined],
		["GT", "/0|1", [0, 1], false, undefined],
		["GT", "0/1|2", [0, 1, 2], false, undefined],
	] as const)("[GN4] reads %s %s", async (format, sample, alleles, phased, phaseSet) => {
		expect(await genotypeOf(format, sample)).toEqual({ alleles, phased, phaseSet });
	});

	it("[GN4] takes a record without GT for one that says nothing", async () => {
		expect(await genotypeOf("DP", "3")).toBeUndefined();
	});

	it.each(["0/3", "3|0", "9999"])("[GN4] refuses %s beside two alternatives", async (sample) => {
		await expect(genotypeOf("GT", sample)).rejects.toMatchObject({ code: "VCF_ALLELE_OUT_OF_RANGE", details: { line: 3 } });
	});

	it.each(["0/", "0/1/", "a", "constructor", "0\\1", "-1/0", "00000/1"])("[GN4] refuses the form %s", async (sample) => {
		await expect(genotypeOf("GT", sample)).rejects.toMatchObject({ code: "VCF_RECORD_INVALID" });
	});
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { indexedFile, indexOf, inflate, packed, sourceOf } from "../testing/bgzipped.ts";
import { encodeTabix } from "./encodeTabix.ts";
import { parseTabix } from "./parseTabix.ts";
import { type Region, readRegions } from "./readRegions.ts";
import type { TabixIndex } from "./tabixIndex.ts";

const folder = mkdtempSync(join(tmpdir(), "aceso-tabix-"));
afterAll(() => rmSync(folder, { recursive: true }));

const header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tone é\n";
const line = (chromosome: string, position: number, ref = "A", alt = "G", info = ".", id = ".") =>
	`${chromosome}\t${position}\t${id}\t${ref}\t${alt}\t.\tPASS\t${info}\tGT\t0/1\n`;

/** Chromosomes of a few thousand records, with long deletions and reference blocks among them. */
function manyLines(records = 30_000): string {
	let text = header;
	for (const chromosome of ["chr1", "chr2", "chrX"])
		for (let index = 0; index < records / 3; index++) {
			const position = 1 + index * 700;
			const isBlock = index % 500 === 250;
			text += isBlock
				? line(chromosome, position, "A", "<NON_REF>", `END=${position + 200_000}`, `block${index}`)
				: line(chromosome, position, index % 90 === 7 ? "ACGTACGTAC" : "A", "G", "DP=3", `v${index}`);
		}
	return text;
}

interface Asked {
	readonly source: ReturnType<typeof sourceOf>;
	readonly index: TabixIndex;
}

async function idsIn({ source, index }: Asked, regions: readonly Region[]): Promise<readonly string[]> {
	const { records } = await readRegions({ source, index, inflate, regions });
	const found: string[] = [];
	for await (const { chromosome, position } of records) found.push(`${chromosome}:${position}`);
	return found;
}

describe("an index", () => {
	it("[GN41] reads back as it was written", async () => {
		const { index } = await indexOf(await packed(manyLines()));
		expect(parseTabix(encodeTabix(index))).toEqual(index);
		expect(index.references.map(({ name, total }) => [name, total?.records])).toEqual([
			["chr1", 10_000],
			["chr2", 10_000],
			["chrX", 10_000],
		]);
	});

	it("[GN41] cut at any byte, or of something else, is refused with a code", async () => {
		const bytes = encodeTabix((await indexOf(await packed(header + line("chr1", 5) + line("chr1", 50_000) + line("chr2", 7)))).index);
		for (let length = 0; length < bytes.length; length++)
			expect(() => parseTabix(bytes.subarray(0, length)), `cut to ${length}`).toThrow(expect.objectContaining({ code: "TABIX_INVALID" }));
		for (const other of [new Uint8Array(100), Buffer.concat([bytes, new Uint8Array(4)])])
			expect(() => parseTabix(other)).toThrow(expect.objectContaining({ code: "TABIX_INVALID" }));
	});

	it("[GN41] that claims more than it holds takes no more memory than it has bytes", () => {
		const claims = Buffer.alloc(64);
		Buffer.from("54424901ffffffff020000000100000002000000000000002300000000000000ffffffff", "hex").copy(claims);
		expect(() => parseTabix(claims)).toThrow(expect.objectContaining({ code: "TABIX_INVALID" }));
	});

	it("[GN43] of another file is refused, or gives records of the regions alone", async () => {
		const own = await indexedFile(manyLines(3_000), 3_000);
		const other = await indexedFile(header + line("chr1", 5).repeat(4_000) + line("chr2", 9), 5_000);
		const answer = await idsIn({ source: own.source, index: other.index }, [{ name: "chr2", begin: 0, end: 1_000_000 }]).catch(
			(error: { code: string }) => error.code,
		);
		expect(["TABIX_INVALID", "BGZIP_DAMAGED", "VCF_RECORD_INVALID"]).toContain(answer);
	});
});

describe("a region", () => {
	it("[GN43] is read without the rest: two blocks of hundreds, and the header", async () => {
		const { source, index, file } = await indexedFile(manyLines(), 4_000);
		expect(await idsIn({ source, index }, [{ name: "chr2", begin: 3_500_700, end: 3_502_000 }])).toEqual([
			"chr2:3325001",
			"chr2:3500701",
			"chr2:3501401",
		]);
		expect(source.asked()).toBeLessThan(file.length / 20);
	});

	it("[GN43] of a chromosome that the file does not have is empty", async () => {
		const { source, index } = await indexedFile(header + line("chr1", 5));
		expect(await idsIn({ source, index }, [{ name: "chr9", begin: 0, end: 1_000 }])).toEqual([]);
		expect(await idsIn({ source, index }, [{ name: "chr1", begin: 1_000_000_000, end: 1_000_000_001 }])).toEqual([]);
	});

	it("[GN6] of a file cut inside its block is an error, never fewer records", async () => {
		const { index, file } = await indexedFile(manyLines(3_000), 3_000);
		for (const length of [file.length - 28 - 10, Math.floor(file.length / 2), 40]) {
			const asked = idsIn({ source: sourceOf(file.subarray(0, length)), index }, [{ name: "chrX", begin: 600_000, end: 700_000 }]);
			await expect(asked, `cut to ${length}`).rejects.toMatchObject({ code: "BGZIP_TRUNCATED" });
		}
		const damaged = Buffer.from(file);
		damaged[file.length - 60] = (damaged[file.length - 60] as number) ^ 1;
		const asked = idsIn({ source: sourceOf(damaged), index }, [{ name: "chrX", begin: 600_000, end: 700_000 }]);
		await expect(asked).rejects.toMatchObject({ code: "BGZIP_DAMAGED" });
	});
});

describe("what is indexed", () => {
	const refusalOf = async (text: string) => indexOf(await packed(text, 300)).catch((error: { code: string; details: object }) => error);

	it.each([
		["a position before the last", line("chr1", 500) + line("chr1", 499), "VCF_UNSORTED", 4],
		["a chromosome that comes back", line("chr1", 500) + line("chr2", 1) + line("chr1", 501), "VCF_UNSORTED", 5],
		["a line of too few columns", `${line("chr1", 500)}chr1\t501\t.\tA\tG\t.\t.\t.\n`, "VCF_RECORD_INVALID", 4],
		["a genotype out of range", line("chr1", 500) + line("chr1", 501).replace("0/1", "0/2"), "VCF_ALLELE_OUT_OF_RANGE", 4],
		["a position that no index holds", line("chr1", 600_000_000), "VCF_RECORD_INVALID", 3],
	])("[GN44] is refused for %s, by its line", async (_what, lines, code, number) => {
		expect(await refusalOf(header + lines)).toMatchObject({ code, details: { line: number } });
	});

	it.each([
		["nothing", "", "VCF_EMPTY"],
		["a header alone", header, "VCF_EMPTY"],
		["no sample", header.replace("\tFORMAT\tone é", "") + line("chr1", 1).replace("\tGT\t0/1", ""), "VCF_NO_SAMPLE"],
		["several people", header.replace("one é", "one\ttwo") + line("chr1", 1).replace("\n", "\t0/0\n"), "VCF_SAMPLE_UNCHOSEN"],
	])("[GN44] is refused when it has %s", async (_what, text, code) => {
		expect(await refusalOf(text)).toMatchObject({ code });
	});

	it("[GN44] may end its lines in CRLF, the last one not at all, and have lines over several blocks", async () => {
		const long = line("chr1", 700, "A", "G", `X=${"y".repeat(2_000)}`);
		for (const text of [
			header + line("chr1", 5) + long,
			(header + line("chr1", 5) + long).replaceAll("\n", "\r\n"),
			(header + line("chr1", 5) + long).trimEnd(),
		]) {
			const asked = await indexedFile(text, 300);
			expect(await idsIn(asked, [{ name: "chr1", begin: 0, end: 10_000 }])).toEqual(["chr1:5", "chr1:700"]);
			expect(await idsIn(asked, [{ name: "chr1", begin: 699, end: 700 }])).toEqual(["chr1:700"]);
		}
	});

	it("[GN44] may have one copy, symbolic alleles, breakends and blocks, at the telomere too, in each version", async () => {
		for (const version of ["4.1", "4.2", "4.3", "4.4", "4.5"]) {
			const lines = [
				line("chr1", 0, "N", "<DEL>", "SVLEN=-50000"),
				line("chr1", 400, "a", "<NON_REF>", "END=70000").replace("0/1", "0/0"),
				line("chr1", 401, "G", "G]17:198982]"),
				line("chrX", 5, "AC", "*,A").replace("0/1", "2"),
				line("chrY", 5, "A", "<*>", ".").replace("GT\t0/1", "GT:LEN\t0:60000"),
				line("chrM", 5).replace("0/1", "1"),
			];
			const asked = await indexedFile(header.replace("4.2", version) + lines.join(""), 200);
			expect(await idsIn(asked, [{ name: "chr1", begin: 49_000, end: 49_001 }])).toEqual(["chr1:0", "chr1:400"]);
			expect(await idsIn(asked, [{ name: "chrY", begin: 60_000, end: 60_001 }])).toEqual(["chrY:5"]);
			expect(await idsIn(asked, [{ name: "chrM", begin: 4, end: 5 }])).toEqual(["chrM:5"]);
		}
	});

	it("[GN44] may not be made to grow its index without end: by chromosomes, by positions far apart, by bins in turn", async () => {
		const far = Array.from({ length: 140 }, (_, index) => line(`c${index}`, 500_000_000)).join("");
		await expect(indexOf(await packed(header + far))).rejects.toMatchObject({ code: "VCF_RECORD_INVALID", details: { line: 134 } });
		const many = Array.from({ length: 100_001 }, (_, index) => line(`c${index}`, 1)).join("");
		await expect(indexOf(await packed(header + many))).rejects.toMatchObject({ code: "VCF_RECORD_INVALID", details: { line: 100_003 } });
		const turns = Array.from({ length: 20_000 }, (_, index) =>
			line("chr1", 1 + index, "A", "<NON_REF>", index % 2 === 0 ? "." : "END=400000000"),
		).join("");
		const file = await packed(header + turns);
		const { index } = await indexOf(file);
		const chunks = index.references.flatMap(({ bins }) => [...bins.values()]).flat();
		expect(chunks.length).toBeLessThan(40);
		expect((await idsIn({ source: sourceOf(file), index }, [{ name: "chr1", begin: 300_000_000, end: 300_000_001 }])).length).toBe(10_000);
	});

	it("[GN1] has a line no longer than the limit, told by its number before the whole of it was read", async () => {
		const file = await packed(header + line("chr1", 5) + line("chr1", 6, "A", "G", `X=${"y".repeat(50_000)}`), 300);
		await expect(indexOf(file, { maxLineBytes: 10_000 })).rejects.toMatchObject({ code: "VCF_LINE_TOO_LONG", details: { line: 4 } });
	});
});

const run = (command: string, ...args: string[]) => spawnSync(command, args, { encoding: "buffer", maxBuffer: 2 ** 28 });
const isThere = ["tabix", "bgzip", "bcftools"].every((command) => run(command, "--version").status === 0);

describe("beside htslib", () => {
	it.skipIf(!isThere)("[GN42] what is packed here is what bgzip unpacks, and the other way round (needs bgzip on the PATH)", async () => {
		const text = manyLines(6_000);
		const path = join(folder, "ours.vcf.gz");
		writeFileSync(path, await packed(text));
		expect(run("bgzip", "-t", path).status).toBe(0);
		expect(run("bgzip", "-dc", path).stdout.toString()).toBe(text);
		expect(gunzipSync(readFileSync(path)).toString()).toBe(text);
	});

	it.skipIf(!isThere)("[GN41] tabix reads our index, and we read tabix's: the same records for each region (needs tabix and bcftools)", async () => {
		const path = join(folder, "both.vcf.gz");
		const text = manyLines();
		const file = await packed(text);
		writeFileSync(path, file);
		const { index: own } = await indexOf(file);
		expect(run("tabix", "-f", "-p", "vcf", path).status).toBe(0);
		const theirs = parseTabix(gunzipSync(readFileSync(`${path}.tbi`)));
		expect(theirs.references.map(({ name, total }) => [name, total])).toEqual(own.references.map(({ name, total }) => [name, total]));
		writeFileSync(`${path}.tbi`, await packed(encodeTabix(own)));
		expect(run("bcftools", "index", "-n", path).stdout.toString().trim()).toBe("30000");
		for (const [name, begin, end] of [
			["chr1", 0, 1],
			["chr1", 0, 20_000],
			["chr2", 3_500_700, 3_502_000],
			["chr2", 6_900_000, 7_300_000],
			["chrX", 1_000_000, 1_000_001],
			["chrX", 5_000_000, 6_200_000],
		] as const) {
			const asked = run("tabix", path, `${name}:${begin + 1}-${end}`)
				.stdout.toString()
				.split("\n")
				.filter(Boolean);
			const expected = asked.map((text) => text.split("\t").slice(0, 2).join(":"));
			expect(expected.length, name).toBeGreaterThan(0);
			for (const index of [own, theirs])
				expect(await idsIn({ source: sourceOf(file), index }, [{ name, begin, end }]), `${name}:${begin}-${end}`).toEqual(expected);
		}
	});
});

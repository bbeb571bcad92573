import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { pgx } from "../commands/pgx.ts";
import { explainError } from "../explainError.ts";
import { createRecordingIo } from "../testing/recordingIo.ts";

const folder = mkdtempSync(join(tmpdir(), "pgx-genome-"));
afterAll(() => rmSync(folder, { recursive: true }));

const header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tpatient\n";
const line = (position: number, ref: string, alt: string, genotype: string) => `chr10\t${position}\t.\t${ref}\t${alt}\t.\tPASS\t.\tGT\t${genotype}\n`;
/** Variants only: CYP2C19 *2 on one copy, and the common base at rs3758581 on both. */
const variants = header + line(94_775_367, "A", "G", "0/1") + line(94_781_859, "G", "A", "0/1") + line(94_842_866, "A", "G", "1/1");

function write(name: string, content: string | Uint8Array): string {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
}

async function run(...args: string[]) {
	const io = createRecordingIo();
	const exit = await pgx.run(args, io).catch((error: unknown) => explainError(error, io));
	return { exit, text: io.text(), notes: io.notes.join("\n") };
}

describe("aceso pgx", () => {
	it("names diplotype, phenotype, what was assumed, and the knowledge", async () => {
		const { exit, text } = await run(write("plain.vcf", variants));
		expect(exit).toBe(0);
		expect(text).toMatch(/knowledge [0-9a-f]{16}, released 2025-11-05/);
		expect(text).toMatch(/CYP2C19 {2}\*1\/\*2\n {9}Intermediate Metabolizer\n {9}assumed reference: 32 of 35 positions/);
		expect(text).toMatch(/CYP2D6 {3}not called: a VCF cannot tell it/);
	});

	it("takes what is absent for missing when told, and says what that leaves open", async () => {
		const { text } = await run(write("missing.vcf", variants), "--absent", "missing");
		expect(text).toMatch(/\*1 could as well be/);
		expect(text).toMatch(/CYP3A5 {3}not called: the file says nothing of its positions/);
	});

	it("names some of many equals and counts the rest, and says a meaning once that all of them share", async () => {
		const nat2 = [18_400_194, 18_400_344, 18_400_593, 18_400_806, 18_400_860];
		const bases = ["G\tA", "T\tC", "G\tA", "G\tA", "G\tA"];
		const lines = nat2
			.map((position, index) => `chr8\t${position}\t.\t${bases[index]}\t.\tPASS\t.\tGT\t${index === 2 || index === 3 ? "1/1" : "0/0"}\n`)
			.join("");
		const { text } = await run(write("few.vcf", header + lines));
		expect(text).toMatch(/NAT2 .* or one of \d+ more \(--json names them\)\n {9}\S.*(?:whichever of the \d+ it is|\(by .* and \d+ more\))/);
	});

	it("reads gzip, and refuses one that was cut", async () => {
		const packed = gzipSync(variants);
		expect((await run(write("packed.vcf.gz", packed))).text).toContain("*1/*2");
		const { exit, notes } = await run(write("cut.vcf.gz", packed.subarray(0, packed.length - 12)));
		expect(exit).toBe(65);
		expect(notes).toContain("BGZIP_TRUNCATED");
	});

	it("[GU10] says what the guidelines advise, with their date, source, link and age, and lists what is not known apart", async () => {
		const { text } = await run(write("advice.vcf", variants.replaceAll("0/1", "1/1")));
		expect(text).toMatch(/Advice by guidance [0-9a-f]{16} \(CPIC, and DPWG by ClinPGx; guidelines as they stood on 2024-03-25\)/);
		expect(text).toMatch(/Warning: on \d{4}-\d\d-\d\d \d+ of \d+ guidelines are shown as they stood more than 18 months ago/);
		const [, changes = "", usual = "", unknown = ""] =
			/usual\n([\s\S]*)\nAs usual[^\n]*\n([\s\S]*)\nNot known[^\n]*\n([\s\S]*?)\n\n/.exec(text) ?? [];
		expect(changes).toMatch(
			/\nclopidogrel\n {2}CYP2C19: Poor Metabolizer; for acute coronary syndrome[\s\S]*?By: CPIC guideline for clopidogrel[\s\S]*?https:\/\//,
		);
		expect(usual).not.toContain("clopidogrel");
		expect(unknown).toMatch(/abacavir \(HLA-B\).*codeine \(CYP2D6\)/s);
	});

	it("[GU10] tells one drug in full, and of one that no guideline knows that this says nothing", async () => {
		const { text } = await run(write("drug.vcf", variants), "--drug", "Codeine", "--drug", "amoxicillin");
		expect(text).toMatch(/Codeine\n {2}CYP2D6: no result\n {4}A gene that this guideline needs has no result. It is unknown, not normal./);
		expect(text).toMatch(/amoxicillin\n {2}No guideline of these tables speaks of it, which says nothing about it./);
		expect(text).not.toContain("clopidogrel");
	});

	it("[GN27] counts in what is taken, says by what, and refuses a medicine that it does not know", async () => {
		const { text } = await run(write("taking.vcf", variants), "--taking", "Fluvoxamine", "--drug", "clopidogrel");
		expect(text).toMatch(
			/CYP2C19: adjusted by fluvoxamine \(a strong inhibitor of CYP2C19\): Intermediate Metabolizer by genes alone, here Poor Metabolizer/,
		);
		expect(text).toMatch(/clopidogrel\n {2}CYP2C19: Poor Metabolizer/);
		expect((await run(write("taking.vcf", variants), "--taking", "nonesuch")).exit).toBe(64);
	});

	it("[GU10] gives advice and the version of the guidance in JSON", async () => {
		const { text } = await run(write("guidance.vcf", variants), "--json");
		const { guidance, knowledgeVersion } = JSON.parse(text);
		expect(guidance.guidanceVersion).toMatch(/^[0-9a-f]{64}$/);
		expect(guidance.guidanceVersion).not.toBe(knowledgeVersion);
		const clopidogrel = guidance.drugs.find(({ drug }: { drug: string }) => drug === "clopidogrel");
		expect(clopidogrel.advice[0]).toMatchObject({ source: "CPIC", asOf: "2024-03-25", stale: true, guidelineId: "PA166104948" });
	});

	it("takes calls from elsewhere, in JSON as well", async () => {
		const outside = write("calls.tsv", "CYP2D6\t*1/*4\nHLA-B\t*57:01/*58:01\n");
		const { text } = await run(write("json.vcf", variants), "--outside", outside, "--json");
		const report = JSON.parse(text);
		const gene = (name: string) => report.genes.find((each: { gene: string }) => each.gene === name);
		expect(gene("CYP2D6")).toMatchObject({ source: "outside", diplotypes: [{ name: "*1/*4" }], phenotypes: [{ activityScore: "1.0" }] });
		expect(gene("HLA-B").phenotypes.map((each: { phenotype: string }) => each.phenotype)).toEqual([
			"*15:02 negative",
			"*57:01 positive",
			"*58:01 positive",
		]);
	});

	it.each([
		["another build", header + [1, 2, 3, 4].map((n) => line(94_762_706 + [0, 6, 9, 49][n - 1]!, "G", "T", "0/1")).join(""), "GENOME_BUILD_WRONG"],
		["an empty file", "", "VCF_EMPTY"],
		["a genotype out of range", header + line(94_775_367, "A", "G", "0/2"), "VCF_ALLELE_OUT_OF_RANGE"],
		["two samples", variants.replace("\tpatient", "\tone\ttwo"), "VCF_SAMPLE_UNCHOSEN"],
	])("refuses %s with 65 and a code", async (_what, content, code) => {
		const { exit, text, notes } = await run(write("bad.vcf", content));
		expect({ exit, text }).toEqual({ exit: 65, text: "" });
		expect(notes).toContain(code);
	});

	it("says which file is not there", async () => {
		expect((await run(join(folder, "nowhere.vcf"))).exit).toBe(66);
		expect((await run(write("any.vcf", variants), "--knowledge", folder)).exit).toBe(66);
	});
});

describe("aceso pgx recall", () => {
	it("[GN29] lists whose results newer tables change, and how", async () => {
		const result = write("result.json", (await run(write("recall.vcf", variants), "--json")).text);
		const newer = join(folder, "newer");
		cpSync(join(import.meta.dirname, "../../../knowledge/pgx"), newer, { recursive: true });
		const table = join(newer, "genes", "CYP2C19.json");
		const changed = readFileSync(table, "utf8").replaceAll('"Intermediate Metabolizer"', '"Poor Metabolizer"');
		writeFileSync(table, changed);
		const manifest = join(newer, "manifest.json");
		const hash = createHash("sha256").update(changed).digest("hex");
		writeFileSync(manifest, readFileSync(manifest, "utf8").replace(/("gene":"CYP2C19","sha256":")[0-9a-f]{64}/, `$1${hash}`));
		expect((await run("recall", result)).text).toMatch(/result\.json: nothing changes/);
		const { exit, text } = await run("recall", result, "--knowledge", newer);
		expect(exit).toBe(0);
		expect(text).toMatch(
			/CYP2C19: means something else: \*1\/\*2: Intermediate Metabolizer → \*1\/\*2: Poor Metabolizer; call it again from the genome/,
		);
		expect(text).toMatch(/clopidogrel: other advice, now something else than usual/);
		expect(JSON.parse((await run("recall", result, "--knowledge", newer, "--json")).text)).toMatchObject({ result, changes: true });
	});

	it("[GN29] refuses what is no result, and a call without one", async () => {
		expect((await run("recall", write("other.json", "{}"))).exit).toBe(65);
		expect((await run("recall")).exit).toBe(64);
	});
});

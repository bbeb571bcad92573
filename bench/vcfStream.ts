import { spawnSync } from "node:child_process";
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { inflateBgzip, packBgzip, readGenotype, readVcf } from "#genomics";
import { inflate } from "#node";
import { type BenchRow, benchRow, median } from "./benchRow.ts";

const records = 400_000;
const rounds = 3;

/**
 * A full pass over a plain VCF of one sample that parses POS, REF, ALT, FILTER and GT of every record, in records/s. Baseline: `bcftools view -Ov` of the
 * same plain file to nowhere, same count; where bcftools is not on the PATH, every line cut into its fields in memory and nothing understood (`beside` says
 * which). `cpuUs` is the processor time of one record over all threads. `bgzip…`: the same of both for the same text in bgzip, inflated and checked on the way.
 */
export async function vcfStream(): Promise<BenchRow> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	try {
		const file = join(folder, "genome.vcf");
		writeGenome(file);
		const hasBcftools = spawnSync("bcftools", ["--version"]).status === 0;
		const packed = await pack(file);
		const [own, cpuUs, baseline, ownPacked, baselinePacked]: [number[], number[], number[], number[], number[]] = [[], [], [], [], []];
		for (let round = 0; round < rounds; round++) {
			baseline.push(await perSecond(() => (hasBcftools ? viewWithBcftools(file) : splitLines(file))));
			const cpu = process.cpuUsage();
			own.push(await perSecond(() => readAll(file)));
			const { user, system } = process.cpuUsage(cpu);
			cpuUs.push((user + system) / records);
			ownPacked.push(await perSecond(() => readAll(packed)));
			if (hasBcftools) baselinePacked.push(await perSecond(() => viewWithBcftools(packed)));
		}
		const bgzipPerSecond = Math.round(median(ownPacked));
		return benchRow({
			...{ name: "vcf.stream", value: median(own), unit: "records/s", baseline: median(baseline), records },
			...{ cpuUs: Number(median(cpuUs).toFixed(2)), file: "plain text", bgzipPerSecond },
			...(hasBcftools ? { bgzipRatio: Number((bgzipPerSecond / median(baselinePacked)).toPrecision(3)) } : {}),
			beside: hasBcftools ? "bcftools view -Ov" : "lines cut into fields (bcftools is not on the PATH)",
		});
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** The same text as bgzip beside it. */
async function pack(file: string): Promise<string> {
	const path = `${file}.gz`;
	const out = openSync(path, "w");
	for await (const { packed } of packBgzip([readFileSync(file)], (plain) => deflateRawSync(plain))) writeSync(out, packed);
	closeSync(out);
	return path;
}

async function readAll(file: string): Promise<number> {
	const bytes = createReadStream(file, { highWaterMark: 1_048_576 });
	const { batches } = await readVcf({ bytes: file.endsWith(".gz") ? inflateBgzip(bytes, inflate) : bytes });
	let [count, passed, alternatives] = [0, 0, 0];
	for await (const batch of batches)
		for (const record of batch) {
			count++;
			if (record.filter === "PASS") passed++;
			for (const allele of readGenotype(record)?.alleles ?? []) if (allele !== null && allele > 0) alternatives++;
		}
	if (passed === 0 || alternatives < count) throw new RangeError("expected variants that passed");
	return count;
}

function viewWithBcftools(file: string): number {
	if (spawnSync("bcftools", ["view", "-Ov", "-o", "/dev/null", file], { stdio: "ignore" }).status !== 0)
		throw new RangeError("expected bcftools to end well");
	return records;
}

function splitLines(file: string): number {
	let count = 0;
	for (const line of readFileSync(file, "latin1").split("\n")) if (line !== "" && !line.startsWith("#") && line.split("\t").length === 10) count++;
	return count;
}

async function perSecond(work: () => Promise<number> | number): Promise<number> {
	const start = performance.now();
	const count = await work();
	if (count !== records) throw new RangeError("expected every record");
	return records / ((performance.now() - start) / 1000);
}

/** Columns as a caller of whole genomes writes them: some 120 bytes a record. */
function writeGenome(path: string): void {
	const file = openSync(path, "w");
	writeSync(file, "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tsample\n");
	const bases = "ACGT";
	for (let from = 0; from < records; from += 10_000) {
		let text = "";
		for (let index = from; index < from + 10_000; index++) {
			const ref = bases[index % 4] as string;
			const alt = bases[(index + 1 + (index % 3)) % 4] as string;
			const [filter, genotype] = [index % 20 === 0 ? "VQSRTrancheSNP99.90" : "PASS", index % 3 === 0 ? "1/1" : index % 7 === 0 ? "0|1" : "0/1"];
			const allele = index % 12 === 0 ? `${alt}${ref}${alt}` : index % 50 === 0 ? `${alt},${ref}${ref}` : alt;
			text += `chr1\t${10_000 + index * 600}\t.\t${ref}\t${allele}\t${400 + (index % 500)}.${index % 10}\t${filter}\tAC=1;AF=0.5;AN=2;DP=${20 + (index % 30)};MQ=60\tGT:AD:DP:GQ:PL\t${genotype}:12,11:23:99:300,0,310\n`;
		}
		writeSync(file, text);
	}
	closeSync(file);
}

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { promisify } from "node:util";
import { deflateRaw } from "node:zlib";
import { type PgxCaller, packBgzip } from "#genomics";

/** Lengths of GRCh38's chromosomes. Source: Genome Reference Consortium, assembly GCF_000001405.40. */
const lengths: Readonly<Record<string, number>> = {
	...{ chr1: 248_956_422, chr2: 242_193_529, chr3: 198_295_559, chr4: 190_214_555, chr5: 181_538_259, chr6: 170_805_979, chr7: 159_345_973 },
	...{ chr8: 145_138_636, chr9: 138_394_717, chr10: 133_797_422, chr11: 135_086_622, chr12: 133_275_309, chr13: 114_364_328, chr14: 107_043_718 },
	...{ chr15: 101_991_189, chr16: 90_338_345, chr17: 83_257_441, chr18: 80_373_285, chr19: 58_617_616, chr20: 64_444_167, chr21: 46_709_983 },
	...{ chr22: 50_818_468, chrX: 156_040_895, chrY: 57_227_415, chrM: 16_569 },
};
const genomeLength = Object.values(lengths).reduce((sum, length) => sum + length, 0);
/** Every so many known positions one that differs. */
const everySite = 60;
const linesPerPiece = 5_000;

/** The header that a caller of whole genomes writes. */
function header(): string {
	const format = [
		"GT:1:String:Genotype",
		"AD:R:Integer:Allelic depths",
		"DP:1:Integer:Read depth",
		"GQ:1:Integer:Genotype quality",
		"PL:G:Integer:Likelihoods",
	];
	const info = [
		"AC:A:Integer:Allele count",
		"AF:A:Float:Allele frequency",
		"AN:1:Integer:Alleles",
		"DP:1:Integer:Read depth",
		"MQ:1:Float:Mapping quality",
	];
	const declare = (kind: string, fields: readonly string[]) =>
		fields.map((field) => {
			const [id, number, type, description] = field.split(":");
			return `##${kind}=<ID=${id},Number=${number},Type=${type},Description="${description}">`;
		});
	return [
		"##fileformat=VCFv4.2",
		'##FILTER=<ID=PASS,Description="All filters passed">',
		'##FILTER=<ID=VQSRTrancheSNP99.90to100.00,Description="Truth sensitivity tranche level">',
		...declare("FORMAT", format),
		...declare("INFO", info),
		...Object.entries(lengths).map(([id, length]) => `##contig=<ID=${id},length=${length},assembly=GRCh38>`),
		"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tsample\n",
	].join("\n");
}

/**
 * A whole genome of one invented person as a caller writes it: as many records as asked, as dense everywhere as genomes are, an insertion every 12th, some of
 * several alleles; and one in 60 of the known positions differs. bgzip, at the fastest level.
 */
export async function writeWholeGenome(
	path: string,
	records: number,
	{ index }: PgxCaller,
): Promise<{ readonly records: number; readonly sizeBytes: number }> {
	const out = createWriteStream(path, { highWaterMark: 2 ** 22 });
	const counted = { records: 0 };
	const deflate = (plain: Uint8Array) => promisify<Uint8Array, { level: number }, Buffer>(deflateRaw)(plain, { level: 1 });
	let sizeBytes = 0;
	for await (const { packed } of packBgzip(textOf(records, index, counted), deflate)) {
		sizeBytes += packed.length;
		if (!out.write(packed)) await once(out, "drain");
	}
	out.end();
	await once(out, "close");
	return { records: counted.records, sizeBytes };
}

function* textOf(records: number, { sites }: PgxCaller["index"], counted: { records: number }): Generator<Uint8Array> {
	yield Buffer.from(header());
	const mean = genomeLength / records;
	let state = 1;
	// A generator of its own, so that every run has the same genome: Park and Miller's, 1988.
	const random = () => {
		state = (state * 48_271) % 2_147_483_647;
		return state;
	};
	for (const [chromosome, length] of Object.entries(lengths)) {
		const known = sites.filter((site) => `chr${site.chromosome}` === chromosome).toSorted((a, b) => a.position - b.position);
		let [text, lines, nextSite] = ["", 0, 0];
		for (let position = 10_000 % length; position < length; position += 1 + (random() % Math.round(2 * mean))) {
			for (let site = known[nextSite]; site !== undefined && site.position < position; site = known[++nextSite]) {
				if (nextSite % everySite !== 0) continue;
				text += line(chromosome, site.position, site.ref, site.alts[0] as string, random());
				lines++;
				counted.records++;
			}
			// What stands at a known position has that position's bases, or none.
			const next = known[nextSite];
			if (next !== undefined && next.position - position < 60) {
				position = next.end + 2;
				continue;
			}
			const number = random();
			const ref = "ACGT"[number & 3] as string;
			const alt = "ACGT"[((number & 3) + 1 + (number % 3)) & 3] as string;
			text += line(chromosome, position, ref, number % 12 === 0 ? ref + alt + ref : number % 53 === 0 ? `${alt},${ref}${alt}` : alt, number);
			counted.records++;
			if (++lines < linesPerPiece) continue;
			yield Buffer.from(text, "latin1");
			[text, lines] = ["", 0];
		}
		yield Buffer.from(text, "latin1");
	}
}

function line(chromosome: string, position: number, ref: string, alt: string, number: number): string {
	const genotype = number % 3 === 0 ? "1/1" : "0/1";
	const depth = 20 + (number % 30);
	const filter = number % 25 === 0 ? "VQSRTrancheSNP99.90to100.00" : "PASS";
	const info = `AC=${number % 3 === 0 ? 2 : 1};AF=0.500;AN=2;DP=${depth};MQ=60.00`;
	const sample = `${genotype}:${depth >> 1},${depth - (depth >> 1)}:${depth}:99:${300 + (number % 700)},0,${200 + (number % 611)}`;
	return `${chromosome}\t${position}\t.\t${ref}\t${alt}\t${400 + (number % 1_900)}.${number % 100}\t${filter}\t${info}\tGT:AD:DP:GQ:PL\t${sample}\n`;
}

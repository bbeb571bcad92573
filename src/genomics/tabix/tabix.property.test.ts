import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexedFile, indexOf, inflate, packed } from "../testing/bgzipped.ts";
import { inflateBgzip } from "../vcf/bgzip.ts";
import { readVcf } from "../vcf/readVcf.ts";
import { recordEnd } from "../vcf/recordEnd.ts";
import { binOf, binsOver } from "./bins.ts";
import { readRegions } from "./readRegions.ts";

const header = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tone\n";

/** Records of a few chromosomes, close together and far apart, short and as long as a chromosome arm. */
const genome = fc
	.array(
		fc.record({
			chromosome: fc.constantFrom("chr1", "chr2", "chrM"),
			position: fc.oneof(fc.nat(50), fc.nat(100_000), fc.nat(500_000_000)),
			ref: fc.constantFrom("A", "AC", "ACGTACGTACGT"),
			length: fc.option(fc.oneof(fc.nat(100), fc.nat(40_000), fc.nat(200_000_000)), { nil: undefined, freq: 4 }),
			padding: fc.nat(300),
		}),
		{ minLength: 1, maxLength: 60 },
	)
	.map((records) =>
		records
			.toSorted((a, b) => a.chromosome.localeCompare(b.chromosome) || a.position - b.position)
			.map(({ chromosome, position, ref, length, padding }, index) =>
				[
					...[chromosome, position, `id${index}`, ref, length === undefined ? "G" : "<NON_REF>", ".", "PASS"],
					...[`${length === undefined ? "" : `END=${position + length};`}X=${"x".repeat(padding)}`, "GT", "0/1"],
				].join("\t"),
			)
			.join("\n"),
	)
	.map((lines) => `${header}${lines}\n`);

const region = fc
	.record({
		name: fc.constantFrom("chr1", "chr2", "chrM", "chr3"),
		begin: fc.oneof(fc.nat(60), fc.nat(500_000_000)),
		length: fc.oneof(fc.nat(10), fc.nat(400_000_000)),
	})
	.map(({ name, begin, length }) => ({ name, begin, end: begin + length }));

async function collect<Value>(values: AsyncIterable<Value>): Promise<readonly Value[]> {
	const all: Value[] = [];
	for await (const value of values) all.push(value);
	return all;
}

describe("regions of any genome", () => {
	it("[GN43] give what a full pass finds there: each record once, in order, whatever the size of blocks", async () => {
		await fc.assert(
			fc.asyncProperty(
				genome,
				fc.array(region, { minLength: 1, maxLength: 6 }),
				fc.integer({ min: 40, max: 3_000 }),
				async (text, regions, blockBytes) => {
					const { source, index } = await indexedFile(text, blockBytes);
					const { records } = await readRegions({ source, index, inflate, regions });
					const found = (await collect(records)).map((record) => ({ ...record, line: 0 }));
					const all = (await collect((await readVcf({ bytes: [Buffer.from(text)] })).batches)).flat();
					const expected = all.filter((record) =>
						regions.some(
							({ name, begin, end }) => name === record.chromosome && begin < end && record.position - 1 < end && recordEnd(record) > begin,
						),
					);
					expect(found).toEqual(expected.map((record) => ({ ...record, line: 0 })));
				},
			),
		);
	});

	it("[GN41] are indexed alike however the bytes come in", async () => {
		await fc.assert(
			fc.asyncProperty(genome, fc.integer({ min: 40, max: 3_000 }), fc.integer({ min: 1, max: 5_000 }), async (text, blockBytes, pieceBytes) => {
				const file = await packed(text, blockBytes);
				expect(await indexOf(file, {}, pieceBytes)).toEqual(await indexOf(file));
			}),
			{ numRuns: 40 },
		);
	});

	it("[GN41] fall into a bin that is among those looked into for every part of them", () => {
		const place = fc
			.tuple(fc.nat(2 ** 29 - 2), fc.integer({ min: 1, max: 2 ** 27 }))
			.map(([begin, length]) => [begin, Math.min(begin + length, 2 ** 29)] as const);
		fc.assert(
			fc.property(place, fc.nat(), ([begin, end], at) => {
				const base = begin + (at % (end - begin));
				expect(binsOver(base, base + 1)).toContain(binOf(begin, end));
			}),
		);
	});

	it("[GN42] any bytes come back from bgzip", async () => {
		await fc.assert(
			fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), fc.integer({ min: 1, max: 2_000 }), async (bytes, blockBytes) => {
				const file = await packed(bytes, blockBytes);
				expect(Buffer.concat(await collect(inflateBgzip([file], inflate))).equals(bytes)).toBe(true);
			}),
		);
	});
});

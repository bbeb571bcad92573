import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexedFile } from "../testing/bgzipped.ts";
import { getrmSamples, readGvcf } from "../testing/getrm.ts";
import { hasSource, loadCaller } from "../testing/knowledgeFiles.ts";
import { callIndexed } from "./callIndexed.ts";
import { callPgx } from "./callPgx.ts";

const header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tsample\n";
const caller = loadCaller();
const sites = caller.index.sites;

/** A genome with records at some of the sites, and others around and between them. */
const genome = fc
	.record({
		chosen: fc.array(fc.tuple(fc.nat(sites.length - 1), fc.constantFrom("0/1", "1/1", "0|1", "0/0", "./.")), { maxLength: 120 }),
		beside: fc.array(fc.tuple(fc.nat(sites.length - 1), fc.integer({ min: -130, max: 130 }), fc.constantFrom("A G", "A AT", "ATG A")), {
			maxLength: 40,
		}),
		blocks: fc.array(fc.tuple(fc.nat(sites.length - 1), fc.integer({ min: 0, max: 900_000 }), fc.nat(1_000_000)), { maxLength: 10 }),
		prefix: fc.boolean(),
	})
	.map(({ chosen, beside, blocks, prefix }) => {
		const rows = [
			...chosen.map(([at, genotype]) => ({ ...place(at, 0), fields: `${sites[at]!.ref} ${sites[at]!.alts[0]} . PASS . GT ${genotype}` })),
			...beside.map(([at, offset, alleles]) => ({ ...place(at, offset), fields: `${alleles} . PASS . GT 0/1` })),
			...blocks.map(([at, before, length]) => ({
				...place(at, -before),
				fields: `N <NON_REF> . . END=${Math.max(1, sites[at]!.position - before) + length} GT:GQ 0/0:50`,
			})),
		].toSorted((a, b) => a.chromosome.localeCompare(b.chromosome) || a.position - b.position);
		const lines = rows.map(({ chromosome, position, fields }) => `${prefix ? "chr" : ""}${chromosome} ${position} . ${fields}`.replaceAll(" ", "\t"));
		return `${header}${lines.join("\n")}\n`;
	});

function place(at: number, offset: number) {
	const { chromosome, position } = sites[at]!;
	return { chromosome, position: Math.max(1, position + offset) };
}

const outcome = <Value>(work: Promise<Value>) => work.catch((error: { code: string }) => error.code);

describe("a report from the index", () => {
	it("[GN45] has the genes of a report from the whole file", async () => {
		let compared = 0;
		await fc.assert(
			fc.asyncProperty(genome, async (text) => {
				fc.pre(text !== `${header}\n`);
				const whole = await outcome(callPgx(caller, { bytes: [Buffer.from(text)] }));
				const indexed = await outcome(callIndexed(caller, await indexedFile(text, 4_000)));
				if (typeof whole === "string" || typeof indexed === "string") expect(indexed).toEqual(whole);
				else {
					compared++;
					expect(withoutLines(indexed.genes)).toEqual(withoutLines(whole.genes));
					expect(indexed.absent).toBe(whole.absent);
				}
			}),
			{ numRuns: 60 },
		);
		expect(compared, "most were called").toBeGreaterThan(30);
	});

	it.skipIf(!hasSource)(
		"[GN45] is that of the whole file for gVCFs of real samples (needs the published samples beside the repository)",
		async () => {
			for (const sample of getrmSamples().slice(0, 8)) {
				const text = gunzipSync(readGvcf(sample));
				const whole = await callPgx(caller, { bytes: [text] });
				const indexed = await callIndexed(caller, await indexedFile(text, 2_000));
				expect(withoutLines(indexed.genes), sample).toEqual(withoutLines(whole.genes));
				expect(whole.genes.filter(({ diplotypes }) => diplotypes.length > 0).length, sample).toBeGreaterThan(10);
			}
		},
	);

	it("[GN11] refuses another build by the reference alleles at the sites", async () => {
		const wrong = sites.filter(({ chromosome }) => chromosome === "10").map(({ position, ref }) => [position, ref === "G" ? "C" : "G"] as const);
		const lines = wrong.toSorted((a, b) => a[0] - b[0]).map(([position, ref]) => `chr10\t${position}\t.\t${ref}\tA\t.\tPASS\t.\tGT\t0/1\n`);
		const asked = callIndexed(caller, await indexedFile(header + lines.join("")));
		await expect(asked).rejects.toMatchObject({ code: "GENOME_BUILD_WRONG", message: expect.stringContaining("reference alleles differ") });
	});
});

/** In the middle of a file nobody counts lines. */
function withoutLines(value: unknown): unknown {
	return JSON.parse(JSON.stringify(value, (key, each: unknown) => (key === "line" ? undefined : each)));
}

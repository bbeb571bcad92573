import { spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { vcfHeader, vcfLine } from "../testing/smallGenome.ts";

/** What the process may need beyond its start, whatever the file's length: buffers, the index, and what the collector has not yet returned. */
const boundBytes = 250 * 2 ** 20;
const isSlow = process.env["ACESO_SLOW"] === "1";

interface Outcome {
	readonly before: number;
	readonly peak: number;
	readonly filed: { readonly code?: string; readonly details?: object; readonly records?: number };
}

async function file(pieces: Generator<string | Uint8Array>, isGzip: boolean): Promise<Outcome> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-genome-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const path = join(folder, "genome.vcf");
	const source = Readable.from(pieces, { objectMode: false });
	if (isGzip) await pipeline(source, createGzip({ level: 1 }), createWriteStream(path));
	else await pipeline(source, createWriteStream(path));
	const child = spawn(process.execPath, [join(import.meta.dirname, "genomeMemory.fixture.ts"), path, join(folder, "node")], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	let output = "";
	for await (const text of child.stdout.setEncoding("utf8")) output += text;
	return JSON.parse(output) as Outcome;
}

/** A line as long as asked, whose information never ends. */
function* longLine(sizeBytes: number): Generator<string | Uint8Array> {
	yield vcfHeader + vcfLine("chr1", 5, "A", "G", "0/1");
	yield "chr1\t6\t.\tA\tG\t.\tPASS\tX=";
	const piece = Buffer.alloc(2 ** 20, "A");
	for (let written = 0; written < sizeBytes; written += piece.length) yield piece;
	yield "\tGT\t0/1\n";
}

function* manyRecords(records: number): Generator<string> {
	yield vcfHeader;
	for (let index = 0; index < records; index += 5_000) {
		const lines = Array.from({ length: 5_000 }, (_, at) => vcfLine("chr1", 1 + ((index + at) >> 1) * 30, "A", "G", "0/1", `DP=${index + at};MQ=60`));
		yield lines.join("");
	}
}

function expectBounded(outcome: Outcome): void {
	expect(outcome.peak - outcome.before, JSON.stringify(outcome)).toBeLessThan(boundBytes);
}

describe("filing a genome in constant memory", { timeout: 600_000 }, () => {
	it("[GN1] [ND70] refuses a line of 100 MB by its number, plain and in a small gzip", async () => {
		for (const isGzip of [false, true]) {
			const outcome = await file(longLine(100 * 2 ** 20), isGzip);
			expect(outcome.filed).toEqual({ code: "VCF_LINE_TOO_LONG", details: { line: 4 } });
			expectBounded(outcome);
		}
	});

	it("[ND70] takes 300,000 records", async () => {
		const outcome = await file(manyRecords(300_000), false);
		expect(outcome.filed).toMatchObject({ records: 300_000 });
		expectBounded(outcome);
	});

	it.skipIf(!isSlow)("[GN1] [ND70] refuses a line of 1 GB, and takes 5 million records (needs ACESO_SLOW=1: it takes minutes)", async () => {
		for (const isGzip of [false, true]) {
			const outcome = await file(longLine(10 ** 9), isGzip);
			expect(outcome.filed).toEqual({ code: "VCF_LINE_TOO_LONG", details: { line: 4 } });
			expectBounded(outcome);
		}
		const outcome = await file(manyRecords(5_000_000), true);
		expect(outcome.filed).toMatchObject({ records: 5_000_000 });
		expectBounded(outcome);
	});
});

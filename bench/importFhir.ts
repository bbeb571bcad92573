import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeUtf8, type MemberId } from "#base";
import { type BundleSource, generatePeople, openBundleFile, prepareBundle } from "#fhir";
import { openNetwork } from "#node";
import { type BenchRow, benchRow, median } from "./benchRow.ts";

const rounds = 3;
const bundlesMax = 40;
const member = "bench" as MemberId;
/** Synthea R4 bundles, where they are laid beside the repository. */
const syntheaFolder = join(import.meta.dirname, "../../shared/data/ehr/synthea_r4");

/**
 * Resources per second through an import as a custodian does it, bundle by bundle: read, judged whole, validated, classified, labelled, sealed one by
 * one, logged and committed durably. Decompression happens before the clock runs. Baseline: `JSON.parse` over the same bundles.
 */
export async function importFhir(): Promise<BenchRow> {
	const { bundles, what } = await loadBundles();
	const resources = bundles.reduce((sum, bundle) => sum + (JSON.parse(Buffer.from(bundle).toString()) as { entry: unknown[] }).entry.length, 0);
	const [imports, parses]: [number[], number[]] = [[], []];
	for (let round = -1; round < rounds; round++) {
		// The first round warms the compiler: the validator's index is made by the first import of a process, once.
		const part = round < 0 ? bundles.slice(0, 10) : bundles;
		const parsed = measureParse(part);
		const imported = await measureImport(part);
		if (round < 0) continue;
		parses.push(resources / parsed);
		imports.push(resources / imported);
	}
	return benchRow({
		name: "import.fhir",
		value: median(imports),
		unit: "resources/s",
		baseline: median(parses),
		baselineIs: "JSON.parse alone",
		data: what,
		bundles: bundles.length,
		resources,
		MiB: Number((bundles.reduce((sum, bundle) => sum + bundle.length, 0) / 2 ** 20).toFixed(1)),
		rounds,
	});
}

async function loadBundles(): Promise<{ readonly bundles: readonly Uint8Array[]; readonly what: string }> {
	if (existsSync(syntheaFolder)) {
		const files = readdirSync(syntheaFolder).filter((name) => name.endsWith(".json.gz"));
		const bundles = await Promise.all(files.slice(0, bundlesMax).map((name) => collect(() => openBundleFile(join(syntheaFolder, name)))));
		return { bundles, what: "Synthea R4" };
	}
	const people = generatePeople({ seed: "bench", count: 300, today: new Date().toISOString().slice(0, 10) });
	const bundles = people.flatMap(({ records }) => records.map(({ bundle }) => encodeUtf8(JSON.stringify(bundle))));
	return { bundles, what: "generated people" };
}

async function collect(source: () => AsyncIterable<Uint8Array>): Promise<Uint8Array> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of source()) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/** Seconds. */
function measureParse(bundles: readonly Uint8Array[]): number {
	const start = performance.now();
	for (const bundle of bundles) JSON.parse(Buffer.from(bundle).toString());
	return (performance.now() - start) / 1000;
}

/** Seconds, at a new institution each time. */
async function measureImport(bundles: readonly Uint8Array[]): Promise<number> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const members = [{ id: member, name: "Bench", roles: ["hospital"], implicitPolicy: "deny" }];
	const network = await openNetwork({ folder, chain: "bench", members });
	try {
		const { gate } = network.institution(member);
		const start = performance.now();
		for (const bundle of bundles) await gate.importRecords(await prepareBundle(chunksOf(bundle)));
		return (performance.now() - start) / 1000;
	} finally {
		await network.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

const chunkBytes = 64 * 1024;

/** As a file would come. */
function chunksOf(bundle: Uint8Array): BundleSource {
	return async function* () {
		for (let from = 0; from < bundle.length; from += chunkBytes) yield bundle.subarray(from, from + chunkBytes);
	};
}

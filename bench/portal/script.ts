import { buildPortal } from "../../portal/testing/servePortal.ts";
import { type BenchRow, benchRow } from "../benchRow.ts";

const kB = 1_000;

/** Script that the first page loads, as it goes over the wire (brotli): the page's own and the worker's. Baseline: the same uncompressed. */
export async function portalScript(): Promise<BenchRow> {
	const scripts = [...buildPortal().files].filter(([name]) => name.endsWith(".js"));
	const sum = (sizeOf: (file: (typeof scripts)[number][1]) => number) => scripts.reduce((total, [, file]) => total + sizeOf(file), 0) / kB;
	const value = sum(({ brotli, bytes }) => brotli?.length ?? bytes.length);
	const baseline = sum(({ bytes }) => bytes.length);
	const worker = scripts.find(([name]) => name.includes("Worker"))?.[1].brotli?.length ?? 0;
	const more = { workerKB: Math.round(worker / kB), files: scripts.length };
	return benchRow({ name: "portal.script", value, unit: "kB", baseline, baselineIs: "the same uncompressed", ...more });
}

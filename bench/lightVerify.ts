import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type BenchRow, benchRow } from "./benchRow.ts";
import { makeAccess } from "./light/makeAccess.ts";
import type { AccessTimes } from "./light/measureAccess.ts";
import { measureInChromium } from "./light/measureInChromium.ts";

const child = join(import.meta.dirname, "light", "measureChild.ts");

/**
 * One access proof from header to leaf, with the modules that browsers load: a header with four validators' signatures, the ledger's state of 131,072 keys
 * and log of as many leaves, an access log of 131,072 entries. In headless Chromium where there is one (`place`), else on Node; the figure on Node stands
 * beside. Baseline: the four signatures alone, by the library, in the same place.
 */
export async function lightVerify(): Promise<BenchRow> {
	const proof = JSON.stringify(makeAccess());
	const onNode = measureOnNode(proof);
	const inChromium = await measureInChromium(proof);
	const { median, p95, first, signatures, refusesForged } = inChromium ?? onNode;
	if (!refusesForged || !onNode.refusesForged) throw new Error("expected a forged proof to be refused");
	return benchRow({
		...{ name: "light.verify", value: median, unit: "ms", baseline: signatures, place: inChromium === undefined ? "node" : "chromium" },
		...{ p95Ms: round(p95), firstMs: round(first), nodeMs: round(onNode.median), nodeFirstMs: round(onNode.first), proofBytes: proof.length },
	});
}

function measureOnNode(proof: string): AccessTimes {
	const { stdout, stderr, status } = spawnSync(process.execPath, ["--conditions=browser", child], { input: proof, encoding: "utf8" });
	if (status !== 0) throw new Error(stderr);
	return JSON.parse(stdout) as AccessTimes;
}

function round(ms: number): number {
	return Number(ms.toPrecision(3));
}

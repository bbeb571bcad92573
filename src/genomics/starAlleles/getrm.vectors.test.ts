import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { compareGetrm, describeDifference, getrmSamples, readGvcf, readSample } from "../testing/getrm.ts";
import { hasSource } from "../testing/knowledgeFiles.ts";
import { namesOf } from "../testing/pharmcatCases.ts";

const document = readFileSync(join(import.meta.dirname, "../../../docs/pharmacogenomics.md"), "utf8");

describe.skipIf(!hasSource)("the 44 GeT-RM samples of 1000 Genomes (skipped where ../shared/data/pgx is not there)", () => {
	it("[GN23] differ from the consensus exactly where the document says, each with its reason", async () => {
		const all = await compareGetrm();
		const told = document.split("\n").filter((line) => /^\| [A-Z0-9]+ \| (?:NA|HG)\d/.test(line));
		expect(all.filter(({ verdict }) => verdict !== "same").map(describeDifference)).toEqual(told);
		for (const [gene, each] of Map.groupBy(all, ({ gene }) => gene)) {
			const count = (verdict: string) => each.filter((one) => one.verdict === verdict).length;
			const others = ["same", "renamed", "amongEquals", "otherSites", "noDiplotype"].map(count);
			expect(document).toContain(`| ${gene} | ${each.length} | ${others.join(" | ")} |`);
		}
	});

	it("[GN23] have no difference of a called pair without a site that speaks for it", async () => {
		const unexplained = (await compareGetrm()).filter(({ verdict, otherSites }) => verdict === "otherSites" && otherSites.length === 0);
		expect(unexplained).toEqual([]);
	});

	/** Genes of which the derived file has nothing, and one site whose other change the derived file leaves out. */
	const onlyInGvcf = (gene: string, sample: string) => gene === "G6PD" || (gene === "CYP2B6" && sample === "NA18519");

	it("[GN9] give the same calls from their gVCF as from the genotypes that were derived of it", { timeout: 240_000 }, async () => {
		const bytes = readFileSync(join(import.meta.dirname, "../../../../shared/data/pgx/1000g_getrm/pharmcat_positions.44samples.vcf"));
		let compared = 0;
		for (const sample of getrmSamples()) {
			const derived = (await readSample(bytes, sample)).report;
			for (const own of (await readSample(gunzipSync(readGvcf(sample)))).report.genes) {
				if (onlyInGvcf(own.gene, sample)) continue;
				const other = derived.genes.find(({ gene }) => gene === own.gene);
				expect({ sample, gene: own.gene, names: namesOf(own) }).toEqual({ sample, gene: own.gene, names: namesOf(other as typeof own) });
				compared++;
			}
		}
		expect(compared).toBeGreaterThan(800);
	});
});

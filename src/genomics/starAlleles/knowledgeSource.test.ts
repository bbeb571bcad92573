import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "#base";
import { hasSource, knowledgeFolder, loadCaller, sourceFolder } from "../testing/knowledgeFiles.ts";
import { parsePgxKnowledge, phenotypeKey } from "./knowledge.ts";

const manifest = readFileSync(join(knowledgeFolder, "manifest.json"));
const genes = readdirSync(join(knowledgeFolder, "genes")).map((name) => readFileSync(join(knowledgeFolder, "genes", name)));

describe("the tables", () => {
	it("[GN14] are whole, and their version is the manifest's hash", () => {
		expect(loadCaller().knowledge.version).toBe(sha256Hex(manifest));
	});

	it("[GN14] are refused when one is altered, missing or of another form", () => {
		const altered = Buffer.from(genes[3] as Buffer);
		altered[altered.length - 20] = (altered[altered.length - 20] as number) ^ 1;
		const refused = expect.objectContaining({ code: "PGX_KNOWLEDGE_INVALID", kind: "stop" });
		expect(() => parsePgxKnowledge({ manifest, genes: [...genes.slice(0, 3), altered, ...genes.slice(4)], sha256Hex })).toThrowError(refused);
		expect(() => parsePgxKnowledge({ manifest, genes: genes.slice(1), sha256Hex })).toThrowError(refused);
		expect(() => parsePgxKnowledge({ manifest: Buffer.from("{"), genes, sha256Hex })).toThrowError(refused);
		expect(() => parsePgxKnowledge({ manifest: genes[0] as Buffer, genes, sha256Hex })).toThrowError(refused);
	});
});

/** Reads the source with nothing of the generator, so that a slip there is seen here. */
function readSource(folder: string): readonly Record<string, unknown>[] {
	const path = join(sourceFolder, "pharmcat", folder);
	return readdirSync(path)
		.filter((name) => /_translation\.json$|phenotype/.test(folder === "definition" ? name : "phenotype"))
		.map((name) => readFileSync(join(path, name)))
		.map((bytes) => JSON.parse((bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("utf8")));
}

describe.skipIf(!hasSource)("the tables beside their source (skipped where ../shared/data/pgx is not there)", () => {
	const { knowledge } = loadCaller();

	it("[GN13] hold every definition but CYP2D6's, field by field", () => {
		// biome-ignore lint/suspicious/noExplicitAny: the source's shape is what is examined
		const sources = readSource("definition") as any[];
		expect(sources.length).toBe(20);
		let fields = 0;
		for (const source of sources) {
			const definition = knowledge.genes.get(source.gene)?.definition;
			if (source.gene === "CYP2D6") {
				expect(definition).toBeUndefined();
				continue;
			}
			expect({ chromosome: definition?.chromosome, version: definition?.version }).toEqual({
				chromosome: source.chromosome,
				version: source.version,
			});
			expect(definition?.positions).toEqual(
				source.variants.map((variant: Record<string, unknown>) => ({
					...{ position: variant["position"], rsid: variant["rsid"], ref: variant["ref"], alts: variant["alts"] },
					hgvs: variant["chromosomeHgvsName"],
				})),
			);
			expect(Object.fromEntries(definition?.suballeles ?? [])).toEqual(source.suballelesMap ?? {});
			for (const [index, allele] of source.namedAlleles.entries()) {
				const own = definition?.alleles[index];
				expect({ name: own?.name, id: own?.id, reference: own?.reference }).toEqual({
					name: allele.name,
					id: allele.id,
					reference: allele.reference,
				});
				for (const [site, base] of allele.alleles.entries()) {
					if ((own?.sites.get(site) ?? null) !== base) expect.fail(`${source.gene} ${allele.name} differs at site ${site}`);
					fields++;
				}
			}
			expect(definition?.alleles.length).toBe(source.namedAlleles.length);
		}
		expect(fields).toBeGreaterThan(100_000);
	});

	it("[GN13] hold the exemptions of their genes", () => {
		const source = JSON.parse(readFileSync(join(sourceFolder, "pharmcat/definition/exemptions.json"), "utf8"));
		for (const [gene, row] of Object.entries<Record<string, unknown>>(source)) {
			const own = knowledge.genes.get(gene)?.definition?.exemption;
			if (gene === "CYP2D6") continue;
			expect(own?.required).toEqual(row["requiredPositions"]);
			expect(own?.extra.map(({ position }) => position)).toEqual((row["extraPositions"] as { position: number }[]).map(({ position }) => position));
			expect(own?.amp1Alleles).toEqual(row["amp1Alleles"]);
			expect(own?.amp1Positions).toEqual(row["amp1Positions"]);
			const priorities = row["unphasedDiplotypePriorities"] as { list: string[]; pick: string }[];
			expect(own?.unphasedPriorities).toEqual(priorities.map(({ list, pick }) => ({ of: list, pick })));
		}
	});

	it("[GN13] give every row of every phenotype file", () => {
		// biome-ignore lint/suspicious/noExplicitAny: the source's shape is what is examined
		const sources = readSource("phenotype") as any[];
		expect(sources.length).toBe(20);
		let rows = 0;
		for (const source of sources) {
			const table = knowledge.genes.get(source.gene)?.phenotypes;
			expect(table?.version).toBe(source.version);
			expect([...(table?.functions.values() ?? [])].map(({ name, key }) => [name, key]).toSorted()).toEqual(
				Object.entries(source.haplotypes).toSorted(),
			);
			for (const named of source.namedAlleles ?? []) {
				const expected = { name: named.name, function: named.functionValue, activity: named.activityValue, key: named.lookupKey };
				expect(table?.functions.get(named.name)).toEqual(expected);
			}
			for (const row of source.diplotypes) {
				const alleles = Object.entries<number>(row.diplotypekey).flatMap(([name, count]) => Array<string>(count).fill(name));
				const found = table?.rows.get(phenotypeKey(alleles.map((name) => table.functions.get(name)?.key ?? "")));
				const expected = [row.phenotype ?? row.generesult, row.activityScore ?? null, row.lookupkey];
				if (JSON.stringify([found?.phenotype, found?.activityScore, found?.lookup]) !== JSON.stringify(expected))
					expect.fail(`${source.gene} ${row.diplotype}`);
				rows++;
			}
		}
		expect(rows).toBeGreaterThan(40_000);
	});
});

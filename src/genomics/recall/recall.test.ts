import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "#base";
import { parseDrugTable } from "../drugs/drugTable.ts";
import { renderReport } from "../fhir/renderReport.ts";
import { adviseOnAll } from "../guidance/adviseOnAll.ts";
import type { GuidanceKnowledge } from "../guidance/guidanceTable.ts";
import { type PgxKnowledge, parsePgxKnowledge } from "../starAlleles/knowledge.ts";
import { parseOutsideCalls } from "../starAlleles/outsideCalls.ts";
import type { BuilderOp } from "../testing/buildVcf.ts";
import { loadGuidance } from "../testing/guidanceFiles.ts";
import { knowledgeFolder, loadCaller } from "../testing/knowledgeFiles.ts";
import { callOps } from "../testing/pharmcatCases.ts";
import { recallResult } from "./recallResult.ts";
import { fromResources, readStoredResult } from "./storedResult.ts";

const today = "2026-11-29";
const guidance = loadGuidance();
const { knowledge } = loadCaller();

/** The tables of this repository with some genes' texts changed, as a newer release would have them. */
function release(change: Readonly<Record<string, (text: string) => string>>): PgxKnowledge {
	const genes = readdirSync(join(knowledgeFolder, "genes")).map((name) => {
		const text = readFileSync(join(knowledgeFolder, "genes", name), "utf8");
		return Buffer.from(change[name.replace(".json", "")]?.(text) ?? text);
	});
	const manifest = JSON.parse(readFileSync(join(knowledgeFolder, "manifest.json"), "utf8"));
	const listed = genes.map((bytes) => ({ gene: JSON.parse(bytes.toString()).gene, sha256: sha256Hex(bytes) }));
	return parsePgxKnowledge({ manifest: Buffer.from(JSON.stringify({ ...manifest, genes: listed })), genes, sha256Hex });
}

const heterozygous: readonly BuilderOp[] = [
	["reference", "CYP2C9"],
	["variation", "CYP2C19", "rs12769205", "A", "G"],
	["variation", "CYP2C19", "rs4244285", "G", "A"],
	["variation", "CYP2C19", "rs3758581", "A", "G"],
];

async function stored(withAdvice = true) {
	const report = await callOps(heterozygous, { outside: parseOutsideCalls("CYP2D6\t*1/*4\nHLA-B\t*57:01/*58:01") });
	const advice = adviseOnAll({ genes: report.genes, guidance, today });
	return { report, json: JSON.parse(JSON.stringify({ ...report, guidance: withAdvice ? advice : null })) as object };
}

const recall = (input: unknown, newer: PgxKnowledge, by: GuidanceKnowledge | undefined = guidance) =>
	recallResult({ stored: readStoredResult(input), knowledge: newer, guidance: by, today });
/** CYP2C19: what was intermediate is poor. */
const poorer = { CYP2C19: (text: string) => text.replaceAll('"Intermediate Metabolizer"', '"Poor Metabolizer"') };
const geneOf = (found: ReturnType<typeof recall>, gene: string) => found.genes.find((each) => each.gene === gene);

describe("recall", () => {
	it("[GN29] under the same tables nothing changes", async () => {
		const found = recall((await stored()).json, knowledge);
		expect(found).toMatchObject({ changes: false, drugs: [], newGenes: [] });
		expect(new Set(found.genes.map(({ change }) => change))).toEqual(new Set(["same"]));
	});

	it("[GN29] tells which gene means something else, which drugs that moves, and which gene to call again", async () => {
		const found = recall((await stored()).json, release(poorer));
		expect(geneOf(found, "CYP2C19")).toMatchObject({
			change: "meaning",
			before: ["*2/*38: Intermediate Metabolizer"],
			after: ["*2/*38: Poor Metabolizer"],
			callAgain: true,
		});
		expect(geneOf(found, "CYP2C9")?.change).toBe("same");
		const drugs = found.drugs.map(({ drug }) => drug);
		expect(drugs).toContain("clopidogrel");
		expect(drugs).not.toContain("codeine");
		expect(found.drugs.find(({ drug }) => drug === "clopidogrel")?.rowsAfter.join()).toMatch(/^PA\d+@\d+/);
	});

	it("[GN29] without stored advice compares what the stored meaning would get, and finds the same drugs", async () => {
		const newer = release(poorer);
		const names = (found: ReturnType<typeof recall>) => found.drugs.map(({ drug }) => drug);
		expect(names(recall((await stored(false)).json, newer))).toEqual(names(recall((await stored()).json, newer)));
	});

	it("[GN29] a changed table with the same meaning asks for another call of what came from a sequence, and of nothing else", async () => {
		const spaced = (text: string) => `${text}\n`;
		const found = recall((await stored()).json, release({ CYP2C19: spaced, CYP2D6: spaced }));
		expect(geneOf(found, "CYP2C19")).toMatchObject({ change: "table", callAgain: true });
		expect(geneOf(found, "CYP2D6")).toMatchObject({ change: "table", callAgain: false });
		expect(found.drugs).toEqual([]);
	});

	it("[GN29] a newer version of a guideline changes the advice it gives", async () => {
		const drugs = new Map(
			[...guidance.drugs].map(([drug, guidelines]) => [
				drug,
				drug === "codeine" ? guidelines.map((each) => ({ ...each, version: each.version + 1 })) : guidelines,
			]),
		);
		const found = recall((await stored()).json, knowledge, { version: "f".repeat(64), drugs });
		expect(found.drugs.map(({ drug }) => drug)).toEqual(["codeine"]);
		expect(found.changes).toBe(true);
	});

	it("[GN29] reads the Genotypes of a Bundle, with the hashes of their tables", async () => {
		const { report } = await stored();
		const drugs = parseDrugTable(readFileSync(join(knowledgeFolder, "drugs", "table.json")));
		const frame = { newId: randomUUID, subject: undefined, effectiveDateTime: today, performer: undefined };
		const bundle = renderReport({ ...frame, report, drugs });
		expect(recall(bundle, knowledge).changes).toBe(false);
		const found = recall(JSON.parse(JSON.stringify(bundle)), release(poorer));
		expect(geneOf(found, "CYP2C19")).toMatchObject({ change: "meaning", before: ["*2/*38: Intermediate Metabolizer"] });
		expect(found.drugs.map(({ drug }) => drug)).toContain("clopidogrel");
		const foreign = fromResources(
			bundle.entry.map(({ resource }) => JSON.parse(JSON.stringify(resource).replaceAll("table-hash", "other")) as Record<string, unknown>),
		);
		const unnamed = recallResult({ stored: foreign, knowledge: release(poorer), guidance, today });
		expect(unnamed.genes.find(({ gene }) => gene === "TPMT" || gene === "CYP2C9")?.change).toBe("unknown");
		expect(unnamed.genes.find(({ gene }) => gene === "CYP2C19")?.change).toBe("meaning");
	});

	it.each([
		["nothing", undefined],
		["null", null],
		["a list", []],
		["another object", { genes: [] }],
		["a gene without a name", { knowledgeVersion: "v", genes: [{ phenotypes: [] }] }],
		["an allele that is a number", { knowledgeVersion: "v", genes: [{ gene: "TPMT", phenotypes: [{ alleles: [7] }] }] }],
		["advice without a drug's name", { knowledgeVersion: "v", genes: [], guidance: { drugs: [{}] } }],
	])("[GN29] refuses %s and quotes nothing of it", (_what, input) => {
		expect(() => readStoredResult(input)).toThrowError(expect.objectContaining({ code: "PGX_RESULT_INVALID" }));
	});
});

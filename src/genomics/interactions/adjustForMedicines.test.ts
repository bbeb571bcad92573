import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDrugTable } from "../drugs/drugTable.ts";
import { adviseOnAll } from "../guidance/adviseOnAll.ts";
import { readCalls } from "../starAlleles/callPgx.ts";
import { parseOutsideCalls } from "../starAlleles/outsideCalls.ts";
import { loadGuidance } from "../testing/guidanceFiles.ts";
import { knowledgeFolder, loadCaller } from "../testing/knowledgeFiles.ts";
import { adjustForMedicines } from "./adjustForMedicines.ts";
import { parseInteractions } from "./interactionTable.ts";

const table = parseInteractions(readFileSync(join(knowledgeFolder, "interactions", "table.json")));
const caller = loadCaller();
const adjust = (calls: string, ...medicines: readonly string[]) =>
	adjustForMedicines({ genes: readCalls(caller, parseOutsideCalls(calls)), medicines, table, knowledge: caller.knowledge });
const meaning = ({ genes }: ReturnType<typeof adjust>, gene = "CYP2D6") =>
	genes.find((each) => each.gene === gene)?.phenotypes.map(({ phenotype, activityScore }) => `${phenotype} ${activityScore}`);

describe("medicines that change what genes mean", () => {
	it.each([
		["CYP2D6\t*1/*1", "paroxetine", "Poor Metabolizer 0.0"],
		["CYP2D6\t*1x2/*1", "bupropion", "Poor Metabolizer 0.0"],
		["CYP2D6\t*1/*1", "duloxetine", "Intermediate Metabolizer 1.0"],
		["CYP2D6\t*1/*4", "mirabegron", "Intermediate Metabolizer 0.5"],
		["CYP2D6\t*4/*4", "mirabegron", "Poor Metabolizer 0.0"],
		["CYP2D6\t*4/*10", "cinacalcet", "Intermediate Metabolizer 0.25"],
		["CYP2D6\t*1x2/*1", "cinacalcet", "Normal Metabolizer 1.5"],
	])("[GN27] %s with %s is %s", (calls, medicine, expected) => {
		const result = adjust(calls, medicine);
		expect(meaning(result)).toEqual([expected]);
		expect(result.adjustments).toMatchObject([{ gene: "CYP2D6", by: [medicine], kind: "inhibitor", outcome: "adjusted" }]);
	});

	it("[GN27] a strong inhibitor of CYP2C19 makes a poor metabolizer, of an unknown gene too", () => {
		expect(meaning(adjust("CYP2C19\t*17/*17", "fluvoxamine"), "CYP2C19")).toEqual(["Poor Metabolizer undefined"]);
		expect(meaning(adjust("TPMT\t*1/*1", "paroxetine"))).toEqual(["Poor Metabolizer 0.0"]);
	});

	it("[GN27] a score that is only known to be at least something is unknown when halved, not what it was", () => {
		const result = adjust("CYP2D6\t*1/*1x5", "duloxetine");
		expect(result.adjustments).toMatchObject([{ outcome: "undetermined", after: [] }]);
		expect(meaning(result)).toEqual([]);
		const codeine = adviseOnAll({ genes: result.genes, guidance: loadGuidance(), today: "2024-06-01", drugs: ["codeine"] }).drugs[0];
		expect(codeine?.gist).toBe("unknown");
	});

	it.each([
		["felbamate", "CYP2C19"],
		["rifampin", "CYP2C19"],
		["fluconazole", "CYP2C9"],
		["sertraline", "CYP2D6"],
		["carbamazepine", "CYP3A4"],
	])("[GN27] %s is named for %s and changes nothing", (medicine, gene) => {
		const calls = "CYP2C19\t*1/*1\nCYP2C9\t*1/*1\nCYP2D6\t*1/*1\nCYP3A4\t*1/*1";
		const result = adjust(calls, medicine);
		expect(result.adjustments.filter((each) => each.gene === gene)).toMatchObject([{ by: [medicine], outcome: "named" }]);
		expect(meaning(result, gene)).toEqual(meaning(adjust(calls), gene));
	});

	it("[GN27] advice on codeine follows the inhibitor, and the diplotype's own row does not", () => {
		const advice = (...medicines: readonly string[]) =>
			adviseOnAll({ genes: adjust("CYP2D6\t*1/*1", ...medicines).genes, guidance: loadGuidance(), today: "2024-06-01", drugs: ["codeine"] }).drugs[0];
		expect(advice()?.gist).toBe("usual");
		expect(advice("fluoxetine")?.advice[0]).toMatchObject({ results: "CYP2D6: 0.0", what: expect.arrayContaining([expect.stringMatching(/Avoid/)]) });
	});

	it("[GN27] whatever is taken, activity never rises, and other genes stay as they are", () => {
		const drugs = [...new Set(table.rows.map(({ drug }) => drug))];
		const inhibitors = new Set(table.rows.filter(({ kind }) => kind === "inhibitor").map(({ drug }) => drug));
		fc.assert(
			fc.property(fc.subarray(drugs), fc.constantFrom("*1/*1", "*1/*4", "*4/*10", "*41/*41", "*1x2/*2"), (medicines, diplotype) => {
				const calls = `CYP2D6\t${diplotype}\nTPMT\t*1/*3A`;
				const score = (of: ReturnType<typeof adjust>) => Number(of.genes.find(({ gene }) => gene === "CYP2D6")?.phenotypes[0]?.activityScore);
				const [before, after] = [adjust(calls), adjust(calls, ...medicines)];
				expect(score(after)).toBeLessThanOrEqual(score(before));
				expect(meaning(after, "TPMT")).toEqual(meaning(before, "TPMT"));
				if (!medicines.some((drug) => inhibitors.has(drug))) expect(score(after)).toBe(score(before));
			}),
		);
	});

	it("[GN27] the table names its drugs as the table of codes does, and every row once", () => {
		const { names } = parseDrugTable(readFileSync(join(knowledgeFolder, "drugs", "table.json")));
		expect(table.rows.filter(({ drug }) => !names.includes(drug))).toEqual([]);
		expect(new Set(table.rows.map(({ gene, kind, drug }) => `${gene}/${kind}/${drug}`)).size).toBe(table.rows.length);
	});
});

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { namedDrugs, printDrugs, readDrugCodes, readProducts } from "./buildDrugCodes.ts";

const source = join(import.meta.dirname, "../../shared/data");

describe("codes of drugs", () => {
	it.skipIf(!existsSync(source))("[GN26] the table is the one that the source gives (skipped where ../shared/data is not there)", () => {
		expect(printDrugs(source, namedDrugs())).toBe(readFileSync(join(import.meta.dirname, "../knowledge/pgx/drugs/table.json"), "utf8"));
	});

	it("[GN26] reads quoted fields, several ATC codes, and takes a missing code for none", () => {
		const csv = 'Gene,Drug,RxNorm,ATC\nX,Abacavir,190521,"J05AF06, J05AR02"\nX,abacavir,1,\nY,other,None,None\n';
		expect(readDrugCodes(csv)).toEqual([
			{ drug: "abacavir", rxnorm: "190521", atc: ["J05AF06", "J05AR02"] },
			{ drug: "other", rxnorm: null, atc: [] },
		]);
	});

	it("[GN26] a product's code stands for the ingredients that its name spells, whole words only", () => {
		const coding = (code: string, display: string) => ({
			code: { coding: [{ system: "http://www.nlm.nih.gov/research/umls/rxnorm", code, display }] },
		});
		const records = [coding("2", "Simvistatin 10 MG"), coding("1", "Esomeprazole 20 MG"), coding("3", "A 1 MG / Omeprazole 2 MG [Brand]")];
		expect(readProducts(records, ["omeprazole", "simvastatin"])).toEqual([
			{ rxnorm: "2", drugs: ["simvastatin"] },
			{ rxnorm: "3", drugs: ["omeprazole"] },
		]);
	});
});

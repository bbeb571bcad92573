import { describe, expect, it } from "vitest";
import { loadPgxTables } from "../../src/node/cds/loadPgxTables.ts";
import { drugName } from "../texts/drugNames.ts";
import { genesTexts as texts } from "../texts/genes/genesTexts.ts";
import { meaningsOf, wordsOfPhenotype } from "./geneWords.ts";

describe("the words of genes", () => {
	it("[PO80] there are some for every phenotype of the tables, in both languages", () => {
		const { knowledge } = loadPgxTables().caller;
		let seen = 0;
		for (const [gene, { phenotypes }] of knowledge.genes)
			for (const { phenotype } of phenotypes?.rows.values() ?? []) {
				if (phenotype === "Not available") continue;
				seen++;
				for (const language of ["en", "de"] as const)
					expect(wordsOfPhenotype(gene, phenotype, texts[language]), `${gene} ${phenotype}`).toBeDefined();
			}
		expect(seen).toBeGreaterThan(100);
	});

	it("[PO80] what nobody knows is said to be unknown, and a word that is no phenotype is none", () => {
		expect(meaningsOf("CYP2C19", [null], texts.en)).toEqual([texts.en.phenotypes.unknown]);
		expect(meaningsOf("CYP2C19", [], texts.en)).toEqual([texts.en.phenotypes.unknown]);
		for (const word of ["constructor", "__proto__", "toString", "Not available"])
			expect(meaningsOf("CYP2C19", [word], texts.en)).toEqual([texts.en.phenotypes.unknown]);
	});

	it("[PO80] a form of HLA that is carried is not hidden among those that are not", () => {
		expect(meaningsOf("HLA-B", ["*15:02 negative", "*57:01 positive", "*58:01 negative"], texts.en)).toEqual([
			"You carry the form *57:01. Some drugs can cause a bad reaction.",
		]);
		expect(meaningsOf("HLA-B", ["*15:02 negative", "*57:01 negative"], texts.en)).toHaveLength(2);
	});

	it("[PO80] many of CYP3A5 is what few have, and is not called usual", () => {
		expect(wordsOfPhenotype("CYP3A5", "Normal Metabolizer", texts.en)).toMatch(/faster/);
		expect(wordsOfPhenotype("CYP2D6", "Normal Metabolizer", texts.en)).toMatch(/as most do/);
	});

	it("[PO81] every drug of the guidance has its German name", () => {
		const missing = [...loadPgxTables().guidance.drugs.keys()].filter((drug) => drugName(drug, "de") === undefined);
		expect(missing).toEqual([]);
		expect(drugName("toString", "de")).toBeUndefined();
	});
});

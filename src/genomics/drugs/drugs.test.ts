import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadGuidance } from "../testing/guidanceFiles.ts";
import { knowledgeFolder } from "../testing/knowledgeFiles.ts";
import { parseDrugTable } from "./drugTable.ts";
import { recogniseDrugs } from "./recogniseDrugs.ts";

const table = parseDrugTable(readFileSync(join(knowledgeFolder, "drugs", "table.json")));
const rxnorm = (code: string, display?: string) => ({ coding: [{ system: "http://www.nlm.nih.gov/research/umls/rxnorm", code, display }] });

describe("drugs", () => {
	it("[GN26] are told by the RxNorm code of ingredient or product, by ATC, and by name", () => {
		expect(recogniseDrugs(rxnorm("32968"), table)).toEqual(["clopidogrel"]);
		expect(recogniseDrugs(rxnorm("309362"), table)).toEqual(["clopidogrel"]);
		expect(recogniseDrugs({ coding: [{ system: "http://www.whocc.no/atc", code: "B01AC04" }] }, table)).toEqual(["clopidogrel"]);
		expect(recogniseDrugs({ text: "Clopidogrel 75 mg, one a day" }, table)).toEqual(["clopidogrel"]);
		expect(recogniseDrugs(rxnorm("0", "Acetaminophen 325 MG / HYDROcodone Bitartrate 10 MG Oral Tablet"), table)).toEqual(["hydrocodone"]);
		expect(recogniseDrugs(rxnorm("0", "peginterferon alfa-2a 0.18 MG"), table)).toEqual(["peginterferon alfa-2a"]);
	});

	it.each(["esomeprazole", "levocitalopram", "codeines", "amoxicillin", "", "x".repeat(100_000)])("[GN26] %s names none", (text) => {
		expect(recogniseDrugs({ text }, table)).toEqual([]);
	});

	it("[GN26] escitalopram is not citalopram, dexlansoprazole not lansoprazole, and a code of another system is none", () => {
		expect(recogniseDrugs({ text: "escitalopram; dexlansoprazole" }, table)).toEqual(["dexlansoprazole", "escitalopram"]);
		expect(recogniseDrugs({ coding: [{ system: "http://snomed.info/sct", code: "32968" }] }, table)).toEqual([]);
	});

	it("[GN26] whatever comes in is read or passed over, never thrown at", () => {
		for (const concept of [undefined, {}, { coding: "x" }, { coding: [null, 3, { code: {} }] }, { text: 7 }])
			expect(recogniseDrugs(concept, table)).toEqual([]);
	});

	it("[GN26] the table names every drug of the guidance, and has codes for all but two", () => {
		const drugs = [...loadGuidance().drugs.keys()];
		expect(drugs.filter((drug) => !table.names.includes(drug))).toEqual([]);
		expect(drugs.filter((drug) => !table.rxnormOf.has(drug))).toEqual(["flucloxacillin", "flucytosine"]);
	});
});

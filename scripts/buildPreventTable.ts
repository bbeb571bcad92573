/**
 * Makes knowledge/equations/prevent/prevent-2023.json from the published coefficients: `node scripts/buildPreventTable.ts --from DIR`.
 *
 * DIR holds prevent_coefficients.csv (model, sex, outcome, term, beta). Betas are carried over as the digits printed. The run stops
 * at an unknown label, a second value for one cell, or a table that is not whole.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const termIds: Readonly<Record<string, string>> = {
	Constant: "constant",
	"Age, per 10 years": "age",
	"Age, 10 years": "age",
	"Age squared": "ageSquared",
	"non-HDL-C per 1 mmol/L": "nonHdl",
	"HDL-C per 0.3 mmol/L": "hdl",
	"SBP <110 per 20 mmHg": "sbpBelow110",
	"SBP ≥110 per 20 mmHg": "sbpFrom110",
	Diabetes: "diabetes",
	"Current smoking": "smoking",
	"BMI <30, per 5 kg/m2": "bmiBelow30",
	"BMI 30+, per 5 kg/m2": "bmiFrom30",
	"eGFR <60, per -15 ml": "egfrBelow60",
	"eGFR 60+, per -15 ml": "egfrFrom60",
	"Anti-hypertensive use": "bpTreatment",
	"Statin use": "statin",
	"Treated SBP ≥110 mm Hg per 20 mm Hg": "bpTreatment*sbpFrom110",
	"Treated non-HDL-C": "statin*nonHdl",
	"Age per 10yr * non-HDL-C per 1 mmol/L": "age*nonHdl",
	"Age per 10yr * HDL-C per 0.3 mmol/L": "age*hdl",
	"Age per 10yr * SBP ≥110 mm Hg per 20 mmHg": "age*sbpFrom110",
	"Age per 10yr * diabetes": "age*diabetes",
	"Age per 10yr * current smoking": "age*smoking",
	"Age per 10yr * BMI 30+ per 5 kg/m2": "age*bmiFrom30",
	"Age per 10yr * eGFR <60, per -15 ml": "age*egfrBelow60",
	"SDI decile categories 4-6 vs. 1-3": "sdi4to6",
	"SDI decile categories 7-10 vs. 1-3": "sdi7to10",
	"Missing SDI": "sdiMissing",
	"ln-ACR, mg/g, per 1 ln unit": "lnUacr",
	"Missing ACR/PCR/Dipstick": "uacrMissing",
	"HbA1c in DM, per 1%": "hba1cWithDiabetes",
	"HbA1c no DM, per 1%": "hba1cWithoutDiabetes",
	"Missing HbA1c": "hba1cMissing",
};
const rowsExpected = 2670;
const tablesExpected = 5 * 2 * 2 * 5;

/** Fields of one line of RFC 4180 CSV without line breaks inside fields. */
function splitCsvLine(line: string): string[] {
	return [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^",]*))/g)].map((field) => field[1] ?? field[2] ?? "");
}

function readCoefficients(file: string): Map<string, Map<string, string>> {
	const [header, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
	if (header?.trim() !== "model,sex,outcome,term,beta") throw new Error("expected the columns model, sex, outcome, term, beta");
	if (lines.length !== rowsExpected) throw new Error(`expected ${rowsExpected} rows, found ${lines.length}`);
	const tables = new Map<string, Map<string, string>>();
	for (const [index, line] of lines.entries()) {
		const [model = "", sex = "", outcome = "", label = "", beta = ""] = splitCsvLine(line.trim());
		const [name, horizon] = /^(base|uacr|hba1c|sdi|full)_(10|30)yr$/.exec(model)?.slice(1) ?? [];
		const term = termIds[label];
		if (name === undefined || term === undefined || !/^-?\d+\.\d+$/.test(beta)) throw new Error(`row ${index + 2} is not understood`);
		const key = [name, horizon, sex, outcome].join("/");
		const table = tables.get(key) ?? new Map<string, string>();
		if (table.has(term)) throw new Error(`row ${index + 2} repeats a term`);
		tables.set(key, table.set(term, beta));
	}
	if (tables.size !== tablesExpected) throw new Error(`expected ${tablesExpected} equations, found ${tables.size}`);
	return tables;
}

function writeTable(tables: Map<string, Map<string, string>>): string {
	const lines = [...tables].map(([key, betas]) => `\t\t${JSON.stringify(key)}: ${JSON.stringify(Object.fromEntries(betas))}`);
	return [
		"{",
		'\t"format": "aceso/prevent-coefficients/1",',
		'\t"version": "2023",',
		'\t"source": "AHA PREVENT 2023, doi:10.1161/CIRCULATIONAHA.123.067626, Table S12",',
		'\t"equations": {',
		lines.join(",\n"),
		"\t}",
		"}",
		"",
	].join("\n");
}

const { values } = parseArgs({ options: { from: { type: "string" } } });
if (values.from === undefined) throw new Error("expected --from DIR, the folder of prevent_coefficients.csv");
const target = new URL("../knowledge/equations/prevent/prevent-2023.json", import.meta.url);
writeFileSync(target, writeTable(readCoefficients(join(values.from, "prevent_coefficients.csv"))));
process.stdout.write(`wrote ${rowsExpected} coefficients\n`);

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { estimateRisk, printRisk } from "./estimateRisk.ts";
import type { PreventHorizon, PreventInputs, PreventModel, PreventOutcome, PreventSex } from "./model.ts";

/**
 * Published examples. Source: martingmayer/preventr, commit ebe2ac15c38569c3bdaf871c4853b6eeff77b039 (MIT), tests/testthat; the first person is
 * the worked example of doi:10.1161/CIRCULATIONAHA.123.067626, supplement, Table S25.
 */
const person = {
	ageYears: 50,
	sbpMmHg: 160,
	bpTreatment: true,
	totalCholesterolMgDl: 200,
	hdlCholesterolMgDl: 45,
	statin: false,
	diabetes: true,
	smoking: false,
	egfr: 90,
	bmiKgM2: 35,
};
const older = { ...person, ageYears: 75, statin: true, diabetes: false, smoking: true, hba1cPercent: 7.5, uacrMgG: 40, sdiDecile: 10 };
const all = { hba1cPercent: 9.2, uacrMgG: 92, sdiDecile: 3 };

type Row = readonly [PreventModel, PreventHorizon, PreventSex, Omit<PreventInputs, "sex">, PreventOutcome, string];
const published: readonly Row[] = [
	["base", 10, "female", person, "heart_failure", "0.081"],
	["base", 30, "female", person, "stroke", "0.221"],
	["base", 10, "male", person, "ascvd", "0.102"],
	["base", 30, "male", person, "heart_failure", "0.424"],
	["hba1c", 10, "female", { ...person, hba1cPercent: 9.2 }, "total_cvd", "0.165"],
	["hba1c", 30, "female", { ...person, hba1cPercent: 9.2 }, "chd", "0.219"],
	["hba1c", 10, "male", { ...person, hba1cPercent: 7.5 }, "stroke", "0.047"],
	["hba1c", 30, "male", { ...person, hba1cPercent: 9.2 }, "ascvd", "0.340"],
	["uacr", 10, "female", { ...person, uacrMgG: 92 }, "stroke", "0.065"],
	["uacr", 30, "female", { ...person, uacrMgG: 92 }, "total_cvd", "0.565"],
	["uacr", 10, "male", { ...person, uacrMgG: 40 }, "chd", "0.059"],
	["uacr", 30, "male", { ...person, uacrMgG: 40 }, "heart_failure", "0.420"],
	["sdi", 10, "female", { ...person, sdiDecile: 5 }, "total_cvd", "0.144"],
	["sdi", 30, "female", { ...person, sdiDecile: 10 }, "ascvd", "0.367"],
	["sdi", 10, "male", { ...person, sdiDecile: 3 }, "stroke", "0.043"],
	["sdi", 30, "male", { ...person, sdiDecile: 5 }, "chd", "0.203"],
	["full", 10, "female", { ...person, ...all }, "heart_failure", "0.114"],
	["full", 30, "female", { ...person, ...all }, "total_cvd", "0.534"],
	["full", 10, "male", { ...person, ...all }, "ascvd", "0.112"],
	["full", 10, "female", older, "total_cvd", "0.361"],
	["full", 30, "male", older, "chd", "0.164"],
	["full", 10, "male", older, "heart_failure", "0.339"],
];

describe("PREVENT against published examples", () => {
	it.each(published)("[IN1] %s, %i years, %s", (model, horizonYears, sex, inputs, outcome, expected) => {
		const estimate = estimateRisk({ ...inputs, sex }, { model, horizonYears }).find((each) => each.outcome === outcome);
		expect(printRisk(estimate?.risk ?? Number.NaN)).toBe(expected);
	});

	const shared = new URL("../../../../shared/data/risk-equations/prevent/prevent_test_vectors.csv", import.meta.url);
	it.skipIf(!existsSync(shared))("[IN1] every vector of ../shared to the printed digit (skipped where the folder is absent)", () => {
		const [header = "", ...lines] = readFileSync(shared, "utf8").trimEnd().split("\n");
		const columns = header.trim().split(",");
		let checked = 0;
		for (const line of lines) {
			const fields = line.trim().split(",");
			const row = Object.fromEntries(columns.map((column, index) => [column, fields[index] ?? ""]));
			const estimates = estimateRisk(readVector(row), {
				model: row.model as PreventModel,
				horizonYears: Number(row.years) as PreventHorizon,
			});
			const { risk } = estimates.find((each) => each.outcome === row.outcome) ?? { risk: Number.NaN };
			expect(printRisk(risk), line).toBe(Number(row.expected_risk_published).toFixed(3));
			expect(risk, line).toBeCloseTo(Number(row.risk_from_coefficients_unrounded), 5);
			checked++;
		}
		expect(checked).toBeGreaterThanOrEqual(100);
	});
});

function readVector(row: Readonly<Record<string, string>>): PreventInputs {
	const optional = (name: string, text: string | undefined) => (text === undefined || text === "" ? {} : { [name]: Number(text) });
	return {
		sex: row.sex as PreventSex,
		ageYears: Number(row.age),
		sbpMmHg: Number(row.sbp_mmHg),
		bpTreatment: row.bp_tx === "1",
		totalCholesterolMgDl: Number(row.total_c_mgdl),
		hdlCholesterolMgDl: Number(row.hdl_c_mgdl),
		statin: row.statin === "1",
		diabetes: row.diabetes === "1",
		smoking: row.smoking === "1",
		egfr: Number(row.egfr),
		bmiKgM2: Number(row.bmi),
		...optional("hba1cPercent", row.hba1c_pct),
		...optional("uacrMgG", row.uacr_mg_g),
		...optional("sdiDecile", row.sdi_decile),
	};
}

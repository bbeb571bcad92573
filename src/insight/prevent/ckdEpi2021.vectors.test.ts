import { describe, expect, it } from "vitest";
import { computeEgfr } from "./ckdEpi2021.ts";
import { unitTables } from "./units.ts";

/** Source: martingmayer/preventr (MIT), tests/testthat/test-helpers.R; the last row from the calculator of the National Kidney Foundation. */
const published = [
	[1.5, "mg/dL", 55, "female", 41],
	[1.5, "mg/dL", 55, "male", 55],
	[1.5, "mg/dL", 43, "male", 59],
	[1.5, "mg/dL", 43, "female", 44],
	[102, "umol/L", 43, "female", 60],
	[155, "umol/L", 43, "female", 37],
	[111, "umol/L", 77, "male", 59],
	[1.2, "mg/dL", 55, "male", 71],
] as const;

describe("CKD-EPI 2021", () => {
	it.each(published)("[IN7] creatinine %f %s at %i, %s: %i", (creatinine, unit, ageYears, sex, expected) => {
		const creatinineMgDl = unitTables.creatinine.conversions[unit].convert(creatinine);
		expect(Math.round(computeEgfr({ creatinineMgDl, ageYears, sex }))).toBe(expected);
	});

	it.each([
		[0, 50],
		[-1, 50],
		[Number.NaN, 50],
		[1, 17],
		[1, Number.NaN],
	])("[IN7] refuses creatinine %f at age %f", (creatinineMgDl, ageYears) => {
		expect(() => computeEgfr({ creatinineMgDl, ageYears, sex: "male" })).toThrow(expect.objectContaining({ code: "INSIGHT_INPUT_INVALID" }));
	});
});

import { describe, expect, it } from "vitest";
import type { CivilDay } from "#base";
import { bloodPressure, change, complete, observation, patient, releaseOf, today } from "../testing/releasedRecord.ts";
import { assess } from "./assess.ts";
import { collectInputs } from "./collectInputs.ts";
import type { StatedSdi } from "./collectSdi.ts";
import type { PreventHorizon, PreventModel } from "./model.ts";
import type { Resource } from "./resource.ts";

interface Options {
	readonly model?: PreventModel | "auto";
	readonly horizons?: readonly PreventHorizon[];
	readonly sdi?: StatedSdi;
}

function run(resources: readonly Resource[], { model = "auto", horizons = [10, 30], sdi }: Options = {}) {
	return assess(collectInputs({ release: releaseOf(resources), today, ...(sdi === undefined ? {} : { sdi }) }), { model, horizons });
}

const problemsOf = (assessment: ReturnType<typeof run>) =>
	assessment.status === "refused" ? assessment.problems.map(({ code, input }) => `${code} ${input}`) : [];
const warningsOf = (assessment: ReturnType<typeof run>) =>
	assessment.warnings.map(({ code, input }) => (input === undefined ? code : `${code} ${input}`));
/** Born so that today is the birthday, or the day before it. */
const bornFor = (age: number, day = "11-21"): Resource => ({ ...patient, birthDate: `${2026 - age}-${day}` });

describe("eligibility", () => {
	it.each([
		[bornFor(30, "11-22"), "refused"],
		[bornFor(30), "computed"],
		[bornFor(79), "computed"],
		[bornFor(80, "11-22"), "computed"],
		[bornFor(80), "refused"],
	])("[IN2] age %#", (person, status) => {
		const assessment = run(change([person]));
		expect(assessment.status).toBe(status);
		expect(problemsOf(assessment)).toEqual(status === "refused" ? ["NOT_ELIGIBLE_AGE eligibility"] : []);
	});

	it("[IN3] over 59, 30 years are computed and warned of; at 59 and for 10 years alone there is no warning", () => {
		const warning = "HORIZON_BEYOND_AGE_59 ageYears";
		const over = run(change([bornFor(60)]));
		expect(over.status === "computed" && over.results.filter(({ horizonYears }) => horizonYears === 30)).toHaveLength(5);
		expect(warningsOf(over)).toContain(warning);
		expect(warningsOf(run(change([bornFor(60, "11-22")])))).not.toContain(warning);
		expect(warningsOf(run(change([bornFor(60)]), { horizons: [10] }))).not.toContain(warning);
	});
});

describe("ranges", () => {
	it.each([
		[bloodPressure(90), bloodPressure(89), "sbpMmHg"],
		[bloodPressure(200), bloodPressure(201), "sbpMmHg"],
		[observation("2093-3", 130, "mg/dL"), observation("2093-3", 129, "mg/dL"), "totalCholesterolMgDl"],
		[observation("2093-3", 320, "mg/dL"), observation("2093-3", 321, "mg/dL"), "totalCholesterolMgDl"],
		[observation("2085-9", 20, "mg/dL"), observation("2085-9", 19, "mg/dL"), "hdlCholesterolMgDl"],
		[observation("2085-9", 100, "mg/dL"), observation("2085-9", 101, "mg/dL"), "hdlCholesterolMgDl"],
		[observation("39156-5", 18.5, "kg/m2"), observation("39156-5", 18.4, "kg/m2"), "bmiKgM2"],
		[observation("39156-5", 39.9, "kg/m2"), observation("39156-5", 40, "kg/m2"), "bmiKgM2"],
		[observation("2160-0", 0.8, "mg/dL"), observation("2160-0", 6, "mg/dL"), "egfr"],
	])("[IN4] %#: the edge is inside, beyond it is named and refused", (inside, outside, input) => {
		expect(run(change([inside])).status).toBe("computed");
		expect(problemsOf(run(change([outside])))).toEqual([`INPUT_OUT_OF_RANGE ${input}`]);
	});

	it("[IN5] every reason is given at once", () => {
		const assessment = run(change([bornFor(25), bloodPressure(240)], ["o-2093-3"]));
		expect(problemsOf(assessment).toSorted()).toEqual([
			"INPUT_MISSING totalCholesterolMgDl",
			"INPUT_OUT_OF_RANGE sbpMmHg",
			"NOT_ELIGIBLE_AGE eligibility",
		]);
	});
});

describe("the model used", () => {
	const hba1c = observation("4548-4", 7.5, "%");
	const uacr = observation("9318-7", 40, "mg/g");
	const sdi = { decile: 10, source: "Graham Center SDI 2015", day: today };
	const chosen = (...args: Parameters<typeof run>) => {
		const assessment = run(...args);
		return assessment.status === "computed" ? assessment.model : assessment.status;
	};

	it("[IN10] auto uses what is known", () => {
		expect(chosen(complete)).toBe("base");
		expect(chosen([...complete, hba1c])).toBe("hba1c");
		expect(chosen([...complete, uacr])).toBe("uacr");
		expect(chosen(complete, { sdi })).toBe("sdi");
		expect(chosen([...complete, hba1c, uacr])).toBe("full");
		expect(chosen([...complete, hba1c, uacr], { sdi })).toBe("full");
	});

	it("[IN10] gives the published risks of the examples", () => {
		const printed = (assessment: ReturnType<typeof run>) => (assessment.status === "computed" ? assessment.results.map((each) => each.printed) : []);
		// supplement Table S25: 50, 160 treated, 200/45, diabetes, eGFR 90, BMI 35.
		expect(printed(run(complete))[2]).toBe("0.081");
		expect(printed(run([...complete, hba1c]))[0]).toBe("0.136");
		expect(printed(run([...complete, uacr]))[0]).toBe("0.160");
		expect(printed(run(complete, { sdi }))[0]).toBe("0.157");
	});

	it("[IN10] an optional input that cannot be used is left out and named", () => {
		const stale = { ...hba1c, effectiveDateTime: "2020-01-01" };
		const assessment = run([...complete, stale, observation("9318-7", 0.05, "mg/g")]);
		expect(assessment.status === "computed" && assessment.model).toBe("base");
		expect(warningsOf(assessment)).toEqual(
			expect.arrayContaining(["OPTIONAL_INPUT_NOT_USED hba1cPercent", "OPTIONAL_INPUT_NOT_USED uacrMgG", "SDI_NOT_GIVEN sdiDecile"]),
		);
	});

	it("[IN10] a model named needs all its inputs", () => {
		expect(problemsOf(run(complete, { model: "hba1c" }))).toEqual(["INPUT_MISSING hba1cPercent"]);
		expect(problemsOf(run([...complete, hba1c, uacr], { model: "full" }))).toEqual(["INPUT_MISSING sdiDecile"]);
		expect(chosen([...complete, hba1c], { model: "base" })).toBe("base");
	});

	it("[IN10] a decile of the record is used, unless the requester states one", () => {
		const { valueQuantity, ...rest } = observation("x", 0, "", {
			code: { coding: [{ system: "urn:aceso:codes", code: "sdi-decile" }] },
			valueInteger: 5,
		});
		const recorded = { ...rest, resourceType: "Observation" };
		const total = (...args: Parameters<typeof run>) => {
			const assessment = run(...args);
			return assessment.status === "computed" ? [assessment.model, assessment.results[0]?.printed] : [];
		};
		expect(total([...complete, recorded])).toEqual(["sdi", "0.144"]);
		expect(total([...complete, recorded], { sdi })).toEqual(["sdi", "0.157"]);
		expect(chosen([...complete, { ...recorded, effectiveDateTime: "2020-01-01" }])).toBe("base");
	});

	it("[IN4] a decile that does not exist is refused where needed and left out where not", () => {
		const wrong = { ...sdi, decile: 11 };
		expect(problemsOf(run(complete, { model: "sdi", sdi: wrong }))).toEqual(["INPUT_OUT_OF_RANGE sdiDecile"]);
		expect(chosen(complete, { sdi: wrong })).toBe("base");
	});
});

describe("warnings and uncertainty", () => {
	it("warns of HbA1c in the range of diabetes without a diagnosis, and of pressure above 180", () => {
		const warnings = warningsOf(run(change([observation("4548-4", 6.5, "%"), bloodPressure(181)], ["c-44054006"])));
		expect(warnings).toEqual(expect.arrayContaining(["HBA1C_SUGGESTS_DIABETES hba1cPercent", "PRESSURE_ABOVE_180 sbpMmHg"]));
	});

	it("says what measurement error alone would change, and nothing beyond the range", () => {
		const assessment = run(change([bloodPressure(200)]));
		if (assessment.status !== "computed") throw new Error("expected a computed assessment");
		const { sensitivity, published } = assessment.uncertainty;
		expect(published).toHaveLength(2);
		const pressure = sensitivity.find(({ input, outcome, horizonYears }) => input === "sbpMmHg" && outcome === "total_cvd" && horizonYears === 10);
		expect(pressure?.riskIfHigher).toBeNull();
		expect(pressure?.riskIfLower).toBeLessThan(assessment.results[0]?.risk ?? 0);
	});

	it("later data are not looked at: the same record, an earlier day", () => {
		const collected = collectInputs({ release: releaseOf(complete), today: "2026-09-01" as CivilDay });
		expect(assess(collected, { model: "auto", horizons: [10] }).status).toBe("refused");
	});
});

import fc from "fast-check";
import type { PreventInputs } from "../prevent/model.ts";
import { inputRanges } from "../prevent/ranges.ts";

const within = (name: keyof typeof inputRanges, edge = 0) =>
	fc.double({ min: inputRanges[name].from, max: inputRanges[name].to - edge, noNaN: true });

/** Any person PREVENT is for, with or without each optional input. */
export const arbitraryInputs: fc.Arbitrary<PreventInputs> = fc.record(
	{
		sex: fc.constantFrom("female" as const, "male" as const),
		ageYears: fc.integer({ min: 30, max: 79 }),
		sbpMmHg: within("sbpMmHg"),
		totalCholesterolMgDl: within("totalCholesterolMgDl"),
		hdlCholesterolMgDl: within("hdlCholesterolMgDl"),
		bpTreatment: fc.boolean(),
		statin: fc.boolean(),
		diabetes: fc.boolean(),
		smoking: fc.boolean(),
		egfr: within("egfr"),
		bmiKgM2: within("bmiKgM2", 0.1),
		uacrMgG: within("uacrMgG"),
		hba1cPercent: within("hba1cPercent"),
		sdiDecile: fc.integer({ min: 1, max: 10 }),
	},
	{
		requiredKeys: [
			"sex",
			"ageYears",
			"sbpMmHg",
			"totalCholesterolMgDl",
			"hdlCholesterolMgDl",
			"bpTreatment",
			"statin",
			"diabetes",
			"smoking",
			"egfr",
			"bmiKgM2",
		],
	},
);

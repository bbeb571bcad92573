import type { PreventInputs } from "./model.ts";

/** Every term any PREVENT equation has, the constant apart. `a*b` is the interaction of the terms a and b. */
export const preventTerms = [
	"age",
	"ageSquared",
	"nonHdl",
	"hdl",
	"sbpBelow110",
	"sbpFrom110",
	"diabetes",
	"smoking",
	"bmiBelow30",
	"bmiFrom30",
	"egfrBelow60",
	"egfrFrom60",
	"bpTreatment",
	"statin",
	"bpTreatment*sbpFrom110",
	"statin*nonHdl",
	"age*nonHdl",
	"age*hdl",
	"age*sbpFrom110",
	"age*diabetes",
	"age*smoking",
	"age*bmiFrom30",
	"age*egfrBelow60",
	"sdi4to6",
	"sdi7to10",
	"sdiMissing",
	"lnUacr",
	"uacrMissing",
	"hba1cWithDiabetes",
	"hba1cWithoutDiabetes",
	"hba1cMissing",
] as const;
export type PreventTerm = (typeof preventTerms)[number];

/** mmol/L per mg/dL of cholesterol, the factor PREVENT uses. */
export const cholesterolMmolLPerMgDl = 0.02586;

/**
 * The value of each term for one person, scaled and centred as PREVENT prescribes: splines of blood pressure at 110 mm Hg, of BMI at
 * 30 kg/m², of eGFR at 60 mL/min/1.73 m².
 *
 * Source: doi:10.1161/CIRCULATIONAHA.123.067626, Table S12.
 */
export function computeTerms(inputs: PreventInputs): Readonly<Record<PreventTerm, number>> {
	const age = (inputs.ageYears - 55) / 10;
	const nonHdl = (inputs.totalCholesterolMgDl - inputs.hdlCholesterolMgDl) * cholesterolMmolLPerMgDl - 3.5;
	const hdl = (inputs.hdlCholesterolMgDl * cholesterolMmolLPerMgDl - 1.3) / 0.3;
	const sbpFrom110 = (Math.max(inputs.sbpMmHg, 110) - 130) / 20;
	const bmiFrom30 = (Math.max(inputs.bmiKgM2, 30) - 30) / 5;
	const egfrBelow60 = (Math.min(inputs.egfr, 60) - 60) / -15;
	const [diabetes, smoking] = [Number(inputs.diabetes), Number(inputs.smoking)];
	const [bpTreatment, statin] = [Number(inputs.bpTreatment), Number(inputs.statin)];
	return {
		age,
		ageSquared: age * age,
		nonHdl,
		hdl,
		sbpBelow110: (Math.min(inputs.sbpMmHg, 110) - 110) / 20,
		sbpFrom110,
		diabetes,
		smoking,
		bmiBelow30: (Math.min(inputs.bmiKgM2, 30) - 25) / 5,
		bmiFrom30,
		egfrBelow60,
		egfrFrom60: (Math.max(inputs.egfr, 60) - 90) / -15,
		bpTreatment,
		statin,
		"bpTreatment*sbpFrom110": bpTreatment * sbpFrom110,
		"statin*nonHdl": statin * nonHdl,
		"age*nonHdl": age * nonHdl,
		"age*hdl": age * hdl,
		"age*sbpFrom110": age * sbpFrom110,
		"age*diabetes": age * diabetes,
		"age*smoking": age * smoking,
		"age*bmiFrom30": age * bmiFrom30,
		"age*egfrBelow60": age * egfrBelow60,
		...computeOptionalTerms(inputs),
	};
}

function computeOptionalTerms({ diabetes, hba1cPercent, sdiDecile, uacrMgG }: PreventInputs) {
	const hba1c = (hba1cPercent ?? 5.3) - 5.3;
	return {
		sdi4to6: Number(sdiDecile !== undefined && sdiDecile >= 4 && sdiDecile <= 6),
		sdi7to10: Number(sdiDecile !== undefined && sdiDecile >= 7),
		sdiMissing: Number(sdiDecile === undefined),
		lnUacr: uacrMgG === undefined ? 0 : Math.log(uacrMgG),
		uacrMissing: Number(uacrMgG === undefined),
		hba1cWithDiabetes: diabetes ? hba1c : 0,
		hba1cWithoutDiabetes: diabetes ? 0 : hba1c,
		hba1cMissing: Number(hba1cPercent === undefined),
	};
}

import { cholesterolMmolLPerMgDl } from "./terms.ts";

/** Unit as recorded (UCUM code first, or the printed unit) → how to reach the unit an input is kept in. */
export interface UnitTable {
	readonly unit: string;
	readonly conversions: Readonly<Record<string, Conversion>>;
}

export interface Conversion {
	convert(value: number): number;
	/** The conversion in words, or "" where none is needed. */
	readonly note: string;
}

const same: Conversion = { convert: (value) => value, note: "" };
const times = (factor: number, note: string): Conversion => ({ convert: (value) => value * factor, note });

const cholesterol: UnitTable = {
	unit: "mg/dL",
	// Divided by the factor PREVENT multiplies with, so that a value recorded in mmol/L reaches the equation unchanged.
	conversions: { "mg/dL": same, "mmol/L": { convert: (value) => value / cholesterolMmolLPerMgDl, note: "mmol/L ÷ 0.02586" } },
};

/** Units each measurement may be recorded in. Another unit is named and refused. */
export const unitTables = {
	sbpMmHg: { unit: "mm[Hg]", conversions: { "mm[Hg]": same, mmHg: same, "mm Hg": same, kPa: times(7.500617, "kPa × 7.500617") } },
	totalCholesterolMgDl: cholesterol,
	hdlCholesterolMgDl: cholesterol,
	// Molar mass of creatinine 113.12 g/mol.
	creatinine: {
		unit: "mg/dL",
		conversions: {
			"mg/dL": same,
			"umol/L": times(1 / 88.4, "µmol/L ÷ 88.4"),
			"µmol/L": times(1 / 88.4, "µmol/L ÷ 88.4"),
			"mg/L": times(0.1, "mg/L ÷ 10"),
		},
	},
	egfr: {
		unit: "mL/min/{1.73_m2}",
		conversions: { "mL/min/{1.73_m2}": same, "mL/min/1.73.m2": same, "mL/min/1.73m2": same, "mL/min/1.73 m2": same, "mL/min/{1.73.m2}": same },
	},
	bmiKgM2: { unit: "kg/m2", conversions: { "kg/m2": same, "kg/m²": same } },
	height: {
		unit: "m",
		conversions: {
			m: same,
			cm: times(0.01, "cm ÷ 100"),
			"[in_i]": times(0.0254, "in × 0.0254"),
			"[in_us]": times(0.0254000508, "in (US) × 0.0254000508"),
		},
	},
	weight: {
		unit: "kg",
		conversions: { kg: same, g: times(0.001, "g ÷ 1000"), "[lb_av]": times(0.45359237, "lb × 0.45359237") },
	},
	// NGSP % from IFCC: master equation of NGSP and IFCC, 0.09148 × mmol/mol + 2.152.
	hba1cPercent: {
		unit: "%",
		conversions: { "%": same, "mmol/mol": { convert: (value) => 0.09148 * value + 2.152, note: "0.09148 × mmol/mol + 2.152" } },
	},
	uacrMgG: {
		unit: "mg/g",
		conversions: {
			"mg/g": same,
			"mg/g{creat}": same,
			"ug/mg": same,
			"ug/mg{creat}": same,
			// 1 mmol of creatinine weighs 0.11312 g.
			"mg/mmol": times(1 / 0.11312, "mg/mmol ÷ 0.11312"),
			"mg/mmol{creat}": times(1 / 0.11312, "mg/mmol ÷ 0.11312"),
			"g/mol": times(1 / 0.11312, "g/mol ÷ 0.11312"),
		},
	},
} as const satisfies Record<string, UnitTable>;

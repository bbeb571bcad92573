import { fhirError } from "./errors.ts";
import { isPlainObject, type JsonRecord } from "./json/values.ts";

/** What is measured: a unit converts only within its measure, and the factor between mass and amount of substance differs by analyte. */
export type Measure =
	/** Total, HDL, LDL or non-HDL cholesterol. */
	| "cholesterol"
	| "creatinine"
	| "glucose"
	/** Glycated haemoglobin, NGSP (%) or IFCC (mmol/mol). */
	| "hba1c"
	/** Urine albumin-to-creatinine ratio. */
	| "uacr"
	/** Estimated glomerular filtration rate, normalised to 1.73 m². */
	| "egfr"
	| "bmi"
	| "pressure"
	| "mass"
	| "length";

/** A number with its UCUM code. */
export interface Quantity {
	readonly value: number;
	readonly unit: string;
}

interface Unit {
	/** Value in the measure's base unit = value × factor + offset. */
	readonly factor: number;
	readonly offset?: number;
}

/**
 * Units by measure, to the first as base.
 *
 * Sources: cholesterol 38.67 mg/dL per mmol/L (molar mass 386.65 g/mol); creatinine 88.4 µmol/L per mg/dL and UACR 8.84 mg/g per mg/mmol (molar mass
 * 113.12 g/mol; KDIGO 2012); glucose 18.016 mg/dL per mmol/L (molar mass 180.16 g/mol); HbA1c: NGSP % = 0.09148 × IFCC + 2.152, the IFCC–NGSP
 * master equation (Hoelzel et al., Clin Chem 2004); 1 kPa = 7.50062 mmHg.
 */
const units: { readonly [Name in Measure]: Readonly<Record<string, Unit>> } = {
	cholesterol: { "mg/dL": { factor: 1 }, "mmol/L": { factor: 38.67 }, "g/L": { factor: 100 } },
	creatinine: { "mg/dL": { factor: 1 }, "umol/L": { factor: 1 / 88.4 }, "mmol/L": { factor: 1000 / 88.4 } },
	glucose: { "mg/dL": { factor: 1 }, "mmol/L": { factor: 18.016 } },
	hba1c: { "%": { factor: 1 }, "mmol/mol": { factor: 0.09148, offset: 2.152 } },
	uacr: { "mg/g": { factor: 1 }, "mg/mmol": { factor: 8.84 }, "ug/mg": { factor: 1 } },
	egfr: { "mL/min/{1.73_m2}": { factor: 1 } },
	bmi: { "kg/m2": { factor: 1 } },
	pressure: { "mm[Hg]": { factor: 1 }, kPa: { factor: 7.50062 } },
	mass: { kg: { factor: 1 }, g: { factor: 0.001 }, "[lb_av]": { factor: 0.45359237 } },
	length: { m: { factor: 1 }, cm: { factor: 0.01 }, "[in_i]": { factor: 0.0254 } },
};

const ucum = "http://unitsofmeasure.org";
/** Other spellings of a unit above; annotations in braces are dropped before the look-up, except where they are the unit. */
const spellings: Readonly<Record<string, string>> = {
	"mL/min/1.73.m2": "mL/min/{1.73_m2}",
	"mL/min/1.73m2": "mL/min/{1.73_m2}",
	"mL/min/1.73_m2": "mL/min/{1.73_m2}",
	"µmol/L": "umol/L",
	"kg/m^2": "kg/m2",
	"mm Hg": "mm[Hg]",
	mmHg: "mm[Hg]",
};

/**
 * The quantity of an Observation or of one of its components.
 *
 * @throws {@link FhirError} `FHIR_VALUE_UNREADABLE` where there is no plain number (none at all, `<5`, a text, an absent-data reason) or the unit
 * has no UCUM code.
 */
export function readQuantity(holder: JsonRecord): Quantity {
	const quantity = holder.valueQuantity;
	if (!isPlainObject(quantity)) throw unreadable("a valueQuantity", holder.dataAbsentReason === undefined ? "none" : "a reason why data are absent");
	const { value, comparator, system, code, unit } = quantity;
	if (typeof value !== "number" || !Number.isFinite(value)) throw unreadable("a number", `a ${typeof value}`);
	if (comparator !== undefined) throw unreadable("a number without comparator", "a comparator");
	if (system !== undefined && system !== ucum) throw unreadable("a UCUM unit", "a unit of another system");
	const name = code ?? unit;
	if (typeof name !== "string") throw unreadable("a UCUM unit", "none");
	return { value, unit: name };
}

/**
 * The value in another unit of the same measure, in float64 without rounding.
 *
 * @throws {@link FhirError} `FHIR_VALUE_UNREADABLE` where a unit does not belong to the measure: it is never guessed from the size of the number.
 */
export function convertQuantity({ value, unit }: Quantity, measure: Measure, toUnit: string): number {
	const from = unitOf(measure, unit);
	const to = unitOf(measure, toUnit);
	if (from === to) return value;
	return (value * from.factor + (from.offset ?? 0) - (to.offset ?? 0)) / to.factor;
}

/** Reads and converts in one step. */
export function readAs(holder: JsonRecord, measure: Measure, toUnit: string): number {
	return convertQuantity(readQuantity(holder), measure, toUnit);
}

/** True where the unit belongs to the measure. */
export function isUnitOf(measure: Measure, unit: string): boolean {
	return findUnit(measure, unit) !== undefined;
}

function unitOf(measure: Measure, unit: string): Unit {
	const found = findUnit(measure, unit);
	if (found === undefined) throw unreadable(`a unit of ${measure}: ${Object.keys(units[measure]).join(", ")}`, "another unit");
	return found;
}

function findUnit(measure: Measure, unit: string): Unit | undefined {
	const known = units[measure];
	for (const spelling of [unit, spellings[unit], unit.replace(/\{[^}]*\}/g, "")]) {
		if (spelling !== undefined && Object.hasOwn(known, spelling)) return known[spelling];
	}
	return undefined;
}

function unreadable(expected: string, found: string) {
	return fhirError("FHIR_VALUE_UNREADABLE", { expected, found });
}

import type { Language } from "../texts/texts.ts";
import type { RecordItem, ValuePart } from "./deskTypes.ts";

/** UCUM codes, and units of models, → how people write them; two where English and German differ. */
const written: Readonly<Record<string, string | readonly [en: string, de: string]>> = {
	...{ "%": "%", kg: "kg", g: "g", mg: "mg", m: "m", cm: "cm", mm: "mm", mL: "mL", L: "L", h: "h", min: "min", s: "s" },
	...{ "mm[Hg]": "mmHg", kPa: "kPa", "/min": "/min", "kg/m2": "kg/m²", m2: "m²", Cel: "°C", "[degF]": "°F", "[lb_av]": "lb" },
	...{ "[in_i]": ["in", "Zoll"], "[in_us]": ["in", "Zoll"], a: ["years", "Jahre"], mo: ["months", "Monate"], wk: ["weeks", "Wochen"] },
	...{ d: ["days", "Tage"], years: ["years", "Jahre"], decile: ["decile", "(Dezil)"], "{steps}": ["steps", "Schritte"] },
	...{ "{score}": ["points", "Punkte"], "{copies}/mL": ["copies/mL", "Kopien/mL"], "{INR}": "INR", "1": "" },
	...{ "mg/dL": "mg/dL", "g/dL": "g/dL", "g/L": "g/L", "mg/L": "mg/L", "mg/g": "mg/g", "mg/mmol": "mg/mmol", "ug/g": "µg/g" },
	...{ "ug/L": "µg/L", "ug/dL": "µg/dL", "ug/mL": "µg/mL", "ng/mL": "ng/mL", "ng/L": "ng/L", "ng/dL": "ng/dL", "pg/mL": "pg/mL", pg: "pg", fL: "fL" },
	...{ "mmol/L": "mmol/L", "mmol/l": "mmol/L", "umol/L": "µmol/L", "nmol/L": "nmol/L", "pmol/L": "pmol/L", "mmol/mol": "mmol/mol" },
	...{ "meq/L": ["mEq/L", "mval/L"], "U/L": "U/L", "[IU]/L": ["IU/L", "IE/L"], "m[IU]/L": ["mIU/L", "mIE/L"], "u[IU]/mL": ["µIU/mL", "µIE/mL"] },
	...{ "10*3/uL": "10³/µL", "10*6/uL": "10⁶/µL", "10*9/L": "10⁹/L", "10*12/L": "10¹²/L", "/uL": "/µL", "/[HPF]": ["/HPF", "/Gesichtsfeld"] },
	...{ "mL/min": "mL/min", "mL/min/{1.73_m2}": ["mL/min/1.73 m²", "mL/min/1,73 m²"], "mL/min/1.73 m²": ["mL/min/1.73 m²", "mL/min/1,73 m²"] },
};

/** A unit as people of the language write it; one that is not known here stays as the record has it. */
export function unitText(unit: string, language: Language): string {
	if (!Object.hasOwn(written, unit)) return unit;
	const text = written[unit] as (typeof written)[string];
	return typeof text === "string" ? text : text[language === "de" ? 1 : 0];
}

/** A number with every digit that the record has, and the comma of the language. */
function numberText(spelled: string, language: Language): string {
	return language === "de" ? spelled.replace(".", ",") : spelled;
}

function partText({ title, text, unit }: ValuePart, language: Language): string {
	const value = unit === undefined ? text : `${numberText(text, language)} ${unitText(unit, language)}`.trim();
	return title === "" ? value : `${title}: ${value}`;
}

/** Longest value of a line. */
const valueMax = 200;

/** What was found or ordered, as people of the language write it; "" where the record says nothing. */
export function valueText(values: RecordItem["values"], language: Language): string {
	const text = values.map((part) => partText(part, language)).join(", ");
	return text.length > valueMax ? `${text.slice(0, valueMax - 1)}…` : text;
}

import type { Language } from "../texts/texts.ts";
import type { RecordItem, ValuePart } from "./deskTypes.ts";

/**
 * UCUM codes, and units of models, → how people write them; two where English and German differ. Codes that people write as they are (`mg/dL`) do not
 * stand here.
 */
const written: Readonly<Record<string, string | readonly [en: string, de: string]>> = {
	...{
		"mm[Hg]": "mmHg",
		"kg/m2": "kg/m²",
		m2: "m²",
		Cel: "°C",
		"[degF]": "°F",
		"[lb_av]": "lb",
		"[in_i]": ["in", "Zoll"],
		"[in_us]": ["in", "Zoll"],
	},
	...{ a: ["years", "Jahre"], mo: ["months", "Monate"], wk: ["weeks", "Wochen"], d: ["days", "Tage"], years: ["years", "Jahre"] },
	...{ decile: ["decile", "(Dezil)"], "{steps}": ["steps", "Schritte"], "{score}": ["points", "Punkte"], "{copies}/mL": ["copies/mL", "Kopien/mL"] },
	...{ "{INR}": "INR", "1": "", "ug/L": "µg/L", "ug/dL": "µg/dL", "ug/mL": "µg/mL", "umol/L": "µmol/L" },
	...{ "meq/L": ["mEq/L", "mval/L"], "[IU]/L": ["IU/L", "IE/L"], "m[IU]/L": ["mIU/L", "mIE/L"] },
	...{ "10*3/uL": "10³/µL", "10*6/uL": "10⁶/µL", "10*9/L": "10⁹/L", "10*12/L": "10¹²/L", "/uL": "/µL" },
	...{ "mL/min/{1.73_m2}": ["mL/min/1.73 m²", "mL/min/1,73 m²"], "mL/min/1.73 m²": ["mL/min/1.73 m²", "mL/min/1,73 m²"] },
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

const answers: Readonly<Record<Language, Readonly<Record<string, string>>>> = { en: { true: "yes", false: "no" }, de: { true: "ja", false: "nein" } };

function partText({ title, text, unit, comparator, isAnswer }: ValuePart, language: Language): string {
	const said = isAnswer === true ? (answers[language][text] ?? text) : text;
	const number = `${comparator === undefined ? "" : `${comparator} `}${numberText(text, language)}`;
	const value = unit === undefined ? said : `${number} ${unitText(unit, language)}`.trim();
	return title === "" ? value : `${title}: ${value}`;
}

/** Longest value of a line. */
const valueMax = 200;

/** What was found or ordered, as people of the language write it; "" where the record says nothing. */
export function valueText(values: RecordItem["values"], language: Language): string {
	const text = values.map((part) => partText(part, language)).join(", ");
	return text.length > valueMax ? `${text.slice(0, valueMax - 1)}…` : text;
}

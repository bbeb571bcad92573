import type { DataClass } from "#contracts";
import type { RecordItem, ValuePart } from "./deskTypes.ts";

/** A number as the record spells it, `1.50` included, beside what it is worth. */
interface SpelledNumber {
	readonly number: number;
	readonly spelled: string;
}

type Fields = { readonly [element: string]: unknown };

interface ReleasedItem {
	readonly class: DataClass;
	readonly resource: Fields;
	readonly filedAtMs?: number;
}

/** Longest text of a line; a note's own text is shown whole. */
const titleMax = 200;
const authorMax = 60;

/** Parses a release so that no digit of a value is lost. */
export function parseRelease(text: string): unknown {
	return JSON.parse(text, function keepSpelling(this: unknown, key: string, value: unknown, context?: { readonly source?: string }) {
		const isValue = key === "value" || key === "valueInteger" || key === "valueDecimal";
		return isValue && typeof value === "number" ? { number: value, spelled: context?.source ?? String(value) } : value;
	} as (key: string, value: unknown) => unknown);
}

/**
 * A name of LOINC without what only a laboratory needs: the kind of quantity in brackets and the usual specimen. Where the specimen is another
 * one, such as urine, it stays.
 */
export function plainTitle(title: string): string {
	const plain = title
		.replace(/ \[[^\]]*\]/g, "")
		.replace(/ in (?:Serum or Plasma|Serum, Plasma or Blood|Blood)(?= by |$)/, "")
		.replace(/ by Automated count$/, "");
	return plain.trim() === "" ? title : plain;
}

/**
 * A resource as a line of a record. Whatever it does not know it leaves out: it shows nothing that does not stand in the resource. All of it is
 * text, whatever markup it holds.
 */
export function toRecordItem({ class: kind, resource, filedAtMs }: ReleasedItem): RecordItem {
	const type = textOf(resource["resourceType"]);
	const quantity = asFields(resource["valueQuantity"]);
	// Less than a number is not that number: no point of a line, and held against no range.
	const number = textOf(quantity["comparator"]) === "" ? numberOf(quantity["value"]) : undefined;
	const unit = unitOf(quantity);
	const range = asFields(asList(resource["referenceRange"])[0]);
	const [low, high] = [numberOf(asFields(range["low"])["value"]), numberOf(asFields(range["high"])["value"])];
	const code = codeOf(resource);
	const text = noteText(resource);
	return {
		id: `${type}/${textOf(resource["id"])}`,
		kind,
		type,
		date: dateOf(resource),
		title: shortened(plainTitle(titleOf(resource))),
		values: valuesOf(resource),
		status: textOf(resource["status"]) || conceptText(resource["clinicalStatus"]),
		author: shortened(authorOf(resource), authorMax),
		...(number === undefined ? {} : { number }),
		...(unit === "" ? {} : { unit }),
		...(low === undefined ? {} : { low }),
		...(high === undefined ? {} : { high }),
		...(code === "" ? {} : { code }),
		...(text === "" ? {} : { text }),
		...(typeof filedAtMs === "number" ? { filedAtMs } : {}),
	};
}

const dateElements = [
	"effectiveDateTime",
	"onsetDateTime",
	"authoredOn",
	"performedDateTime",
	"occurrenceDateTime",
	"recordedDate",
	"date",
	"started",
	"birthDate",
	"created",
	"sent",
];

function dateOf(resource: Fields): string {
	const plain = dateElements.map((element) => textOf(resource[element])).find((text) => /^\d{4}/.test(text));
	const period = ["period", "performedPeriod", "effectivePeriod", "billablePeriod"].map((element) => textOf(asFields(resource[element])["start"]));
	return (plain ?? period.find((text) => text !== "") ?? "").slice(0, 10);
}

function titleOf(resource: Fields): string {
	for (const element of ["code", "medicationCodeableConcept", "vaccineCode", "type", "description", "category"]) {
		const text = textOf(resource[element]) || conceptText(resource[element]);
		if (text !== "") return text;
	}
	const outcome = conceptText(asFields(asList(resource["prediction"])[0])["outcome"]);
	return outcome || nameText(resource["name"]) || textOf(resource["resourceType"]);
}

function valuesOf(resource: Fields): readonly ValuePart[] {
	const components = asList(resource["component"]).map(asFields);
	const reaction = asList(asFields(asList(resource["reaction"])[0])["manifestation"]).map((each) => words(conceptText(each)));
	const values = [ownValue(resource), ...components.map((part) => ({ ...ownValue(part), title: conceptText(part["code"]) })), ...reaction];
	return values.filter(({ text }) => text !== "");
}

const words = (text: string): ValuePart => ({ title: "", text });

function ownValue(holder: Fields): ValuePart {
	const quantity = asFields(holder["valueQuantity"]);
	const measured = spelledOf(quantity["value"]) || spelledOf(holder["valueInteger"]);
	if (measured !== "") return { title: "", text: measured, unit: unitOf(quantity), ...comparatorOf(quantity) };
	if (typeof holder["valueBoolean"] === "boolean") return { ...words(String(holder["valueBoolean"])), isAnswer: true };
	return words(textOf(holder["valueString"]) || conceptText(holder["valueCodeableConcept"]));
}

const comparators = { "<": "<", "<=": "≤", ">=": "≥", ">": ">" } as const;

function comparatorOf(quantity: Fields): Pick<ValuePart, "comparator"> {
	const said = textOf(quantity["comparator"]);
	return Object.hasOwn(comparators, said) ? { comparator: comparators[said as keyof typeof comparators] } : {};
}

/** The code where it is one of UCUM: it is what a page has words for. */
function unitOf(quantity: Fields): string {
	const [code, printed] = [textOf(quantity["code"]), textOf(quantity["unit"])];
	return quantity["system"] === "http://unitsofmeasure.org" && code !== "" ? code : printed || code;
}

function codeOf(resource: Fields): string {
	const coding = asFields(asList(asFields(resource["code"])["coding"])[0]);
	return textOf(coding["code"]) === "" ? "" : `${textOf(coding["system"])}|${textOf(coding["code"])}`;
}

function authorOf(resource: Fields): string {
	for (const element of ["performer", "author", "requester", "recorder", "asserter"]) {
		const reference = asFields(Array.isArray(resource[element]) ? resource[element][0] : resource[element]);
		const shown = textOf(reference["display"]) || textOf(asFields(reference["actor"])["display"]);
		if (shown !== "") return shown;
	}
	return "";
}

/** The text of a document that carries it inside, where it is plain text in UTF-8. */
function noteText(resource: Fields): string {
	const attachment = asFields(asFields(asList(resource["content"])[0])["attachment"]);
	if (!textOf(attachment["contentType"]).startsWith("text/plain")) return "";
	try {
		return new TextDecoder().decode(Uint8Array.from(atob(textOf(attachment["data"])), (letter) => letter.charCodeAt(0)));
	} catch {
		return "";
	}
}

function conceptText(value: unknown): string {
	const concept = asFields(Array.isArray(value) ? value[0] : value);
	const coding = asFields(asList(concept["coding"])[0]);
	return textOf(concept["text"]) || textOf(coding["display"]) || textOf(concept["display"]) || textOf(coding["code"]);
}

function nameText(value: unknown): string {
	const name = asFields(asList(value)[0]);
	return textOf(name["text"]) || [...asList(name["given"]), name["family"]].map(textOf).filter(Boolean).join(" ") || textOf(value);
}

function asFields(value: unknown): Fields {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function asList(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
	return typeof value === "string" ? value : "";
}

function numberOf(value: unknown): number | undefined {
	const { number } = asFields(value) as Partial<SpelledNumber>;
	return typeof number === "number" ? number : undefined;
}

function spelledOf(value: unknown): string {
	const { spelled } = asFields(value) as Partial<SpelledNumber>;
	return typeof spelled === "string" ? spelled : "";
}

function shortened(text: string, max = titleMax): string {
	return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}

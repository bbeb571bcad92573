import type { PrimitiveName } from "../fhirIndex.ts";

const year = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)";
const month = "(?:0[1-9]|1[0-2])";
const day = "(?:0[1-9]|[12][0-9]|3[01])";
const clock = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\\.[0-9]+)?";
const zone = "(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))";

const date = new RegExp(`^${year}(?:-${month}(?:-${day})?)?$`);
const dateTime = new RegExp(`^${year}(?:-${month}(?:-${day}(?:T${clock}${zone})?)?)?$`);
const instant = new RegExp(`^${year}-${month}-${day}T${clock}${zone}$`);
const time = new RegExp(`^${clock}$`);
const id = /^[A-Za-z0-9\-.]{1,64}$/;
const code = /^\S+(?:\s\S+)*$/;
const uri = /^\S+$/;
const oid = /^urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+$/;
const uuid = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const base64 = /^[0-9A-Za-z+/]*={0,2}$/;
const visible = /\S/;
const daysInMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** True when the Gregorian calendar has the day that a date, dateTime or instant begins with. The regular expressions let 31 February pass. */
function isCalendarDay(text: string): boolean {
	if (text.length < 10) return true;
	const dayOfMonth = Number(text.slice(8, 10));
	if (dayOfMonth <= 28) return true;
	const monthNumber = Number(text.slice(5, 7));
	const yearNumber = Number(text.slice(0, 4));
	if (monthNumber === 2 && dayOfMonth === 29) return yearNumber % 4 === 0 && (yearNumber % 100 !== 0 || yearNumber % 400 === 0);
	return dayOfMonth <= (daysInMonth[monthNumber - 1] as number);
}

function isInteger(value: unknown, least: number): boolean {
	return typeof value === "number" && Number.isInteger(value) && value >= least && value <= 2 ** 31 - 1;
}

/** Source: FHIR R4 §2.24.0.1, the regular expressions of the primitive types; the calendar is our own addition. */
const judges: { readonly [Name in PrimitiveName]: (value: unknown) => boolean } = {
	boolean: (value) => typeof value === "boolean",
	integer: (value) => isInteger(value, -(2 ** 31)),
	unsignedInt: (value) => isInteger(value, 0),
	positiveInt: (value) => isInteger(value, 1),
	decimal: (value) => typeof value === "number" && Number.isFinite(value),
	string: (value) => typeof value === "string" && visible.test(value),
	markdown: (value) => typeof value === "string" && visible.test(value),
	xhtml: (value) => typeof value === "string" && value.trimStart().startsWith("<div"),
	base64Binary: (value) => typeof value === "string" && value !== "" && isBase64(value),
	code: (value) => typeof value === "string" && code.test(value),
	id: (value) => typeof value === "string" && id.test(value),
	uri: (value) => typeof value === "string" && uri.test(value),
	url: (value) => typeof value === "string" && uri.test(value),
	canonical: (value) => typeof value === "string" && uri.test(value),
	oid: (value) => typeof value === "string" && oid.test(value),
	uuid: (value) => typeof value === "string" && uuid.test(value),
	date: (value) => typeof value === "string" && date.test(value) && isCalendarDay(value),
	dateTime: (value) => typeof value === "string" && dateTime.test(value) && isCalendarDay(value),
	instant: (value) => typeof value === "string" && instant.test(value) && isCalendarDay(value),
	time: (value) => typeof value === "string" && time.test(value),
};

function isBase64(value: string): boolean {
	const dense = visible.test(value) && /\s/.test(value) ? value.replace(/\s+/g, "") : value;
	return dense.length % 4 === 0 && base64.test(dense);
}

export function isPrimitive(name: PrimitiveName, value: unknown): boolean {
	return judges[name](value);
}

import { dayMs } from "#base";

const fhirDate =
	/^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01])(T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d))?)?)?$/;

/** True for a FHIR R4 `date`, `dateTime` or `instant` of any precision. */
export function isFhirDate(text: unknown): text is string {
	return typeof text === "string" && fhirDate.test(text);
}

/**
 * Moves a FHIR date by whole days and keeps its precision, time of day and zone, so that intervals between dates of equal precision survive to
 * the day. A year stands for its 1 July and a month for its 15th while it moves.
 *
 * @returns undefined for text that is no FHIR date, or one that leaves the years 0001–9999.
 */
export function shiftDate(text: string, shiftDays: number): string | undefined {
	const parts = fhirDate.exec(text);
	if (parts === null) return undefined;
	const [, year, month, day, time] = parts;
	const civil = `${year}-${month ?? "07"}-${day ?? (month === undefined ? "01" : "15")}`;
	const startMs = Date.parse(`${civil}T00:00:00Z`);
	// A day the calendar lacks (30 February) is refused, never rolled over.
	if (Number.isNaN(startMs) || !new Date(startMs).toISOString().startsWith(civil)) return undefined;
	const shifted = new Date(startMs + shiftDays * dayMs).toISOString();
	if (!/^\d{4}-/.test(shifted) || shifted.startsWith("0000")) return undefined;
	const length = day !== undefined ? 10 : month !== undefined ? 7 : 4;
	return shifted.slice(0, length) + (time ?? "");
}

/**
 * The year of a FHIR date, unless it would tell an age over 89: whoever has a record of a year more than 89 years back may be older than that.
 *
 * Source: 45 CFR 164.514(b)(2)(i)(C). It drops one year's worth too many (someone who turns 90 later this year), never one too few.
 */
export function yearOnly(text: string, today: string): string | undefined {
	if (!isFhirDate(text) || isYearTelling(text, today)) return undefined;
	return text.slice(0, 4);
}

/** True when the year alone tells that somebody lived more than 89 years ago. */
export function isYearTelling(text: string, today: string): boolean {
	return Number(text.slice(0, 4)) < Number(today.slice(0, 4)) - 89;
}

import { type CivilDay, dayMs, hourMs, minuteMs, secondMs } from "#base";
import { civilDayOfEra, dayOfEra, daysTo1970, floorDiv } from "../../day.ts";
import { ConsentFhirError } from "./consentFhirError.ts";
import type { FhirPeriod } from "./fhirConsent.ts";

const eraStartMs = -daysTo1970 * dayMs;
const lastDay = dayOfEra("9999-12-31");
const eraEndMs = (lastDay + 1 - daysTo1970) * dayMs;

/** UTC ms as a FHIR dateTime with milliseconds, for the years 1–9999. */
export function formatInstant(ms: number, at: string): string {
	if (ms < eraStartMs || ms >= eraEndMs) throw new ConsentFhirError("CONSENT_FHIR_NOT_EXPRESSIBLE", at, "expected an instant of the years 1 to 9999");
	const sinceEra = ms - eraStartMs;
	const inDay = sinceEra % dayMs;
	const two = (value: number, length = 2) => String(value).padStart(length, "0");
	const time = `${two(floorDiv(inDay, hourMs))}:${two(floorDiv(inDay, minuteMs) % 60)}:${two(floorDiv(inDay, secondMs) % 60)}.${two(inDay % secondMs, 3)}`;
	return `${civilDayOfEra(floorDiv(sinceEra, dayMs))}T${time}Z`;
}

/** Our ends are excluded, FHIR's are included to their precision: an end is written as the millisecond before it. */
export function formatPeriod(fromMs: number | undefined, toMs: number | undefined, at: string): FhirPeriod | undefined {
	if (fromMs === undefined && toMs === undefined) return undefined;
	return {
		...(fromMs !== undefined && { start: formatInstant(fromMs, `${at}.start`) }),
		...(toMs !== undefined && { end: formatInstant(toMs - 1, `${at}.end`) }),
	};
}

/** The first instant of a civil day where the source stands, UTC ms. */
export type LocalMidnight = (day: CivilDay) => number;

export const utcMidnightOf: LocalMidnight = (day) => (dayOfEra(day) - daysTo1970) * dayMs;

interface Span {
	readonly fromMs: number;
	/** Excluded. */
	readonly toMs: number;
}

/**
 * What a FHIR dateTime covers, at whatever precision it has: a year, a month, a day, a second, a millisecond.
 *
 * @throws {@link ConsentFhirError} `CONSENT_FHIR_TIME_INVALID`, also for fractions finer than a millisecond.
 */
export function parseDateTime(text: unknown, at: string, localMidnight: LocalMidnight): Span {
	const parts =
		typeof text === "string"
			? text.match(
					/^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:Z|([+-])([0-9]{2}):([0-9]{2})))?)?)?$/,
				)
			: null;
	if (parts === null) throw invalid(at);
	const [, year, month, date, hour, minute, second, fraction, sign, offsetHours, offsetMinutes] = parts;
	const first = dayOfEra(`${year}-${month ?? "01"}-${date ?? "01"}`);
	if (first < 0) throw invalid(at);
	if (hour === undefined) {
		const after = date !== undefined ? first + 1 : month !== undefined ? nextMonth(first) : nextYear(first);
		return { fromMs: localMidnight(civilDayOfEra(first)), toMs: after > lastDay ? eraEndMs : localMidnight(civilDayOfEra(after)) };
	}
	const [h, m, s] = [Number(hour), Number(minute), Number(second)];
	const thousandths = (fraction ?? "").padEnd(3, "0");
	if (h > 23 || m > 59 || s > 59 || Number(offsetHours ?? 0) > 14 || Number(offsetMinutes ?? 0) > 59 || Number(thousandths.slice(3)) > 0)
		throw invalid(at);
	const offset = (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0)) * minuteMs * (sign === "-" ? -1 : 1);
	const fromMs = (first - daysTo1970) * dayMs + h * hourMs + m * minuteMs + s * secondMs + Number(thousandths.slice(0, 3)) - offset;
	return { fromMs, toMs: fromMs + (fraction === undefined ? secondMs : 1) };
}

/** The days of the 1st and 32nd of a month lie in neighbouring months. */
function nextMonth(first: number): number {
	return orAfterLast(dayOfEra(`${civilDayOfEra(first + 31).slice(0, 8)}01`));
}

function nextYear(first: number): number {
	return orAfterLast(dayOfEra(`${civilDayOfEra(first + 366).slice(0, 5)}01-01`));
}

/** "9999" and "9999-12" are what people write for ever: their end is the end of all years. */
function orAfterLast(day: number): number {
	return day < 0 ? lastDay + 1 : day;
}

function invalid(at: string): ConsentFhirError {
	return new ConsentFhirError("CONSENT_FHIR_TIME_INVALID", at, "expected a FHIR date or dateTime of millisecond precision at most");
}

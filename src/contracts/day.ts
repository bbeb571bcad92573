import { type CivilDay, dayMs } from "#base";

const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;
const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/**
 * Days from 1970-01-01 to a civil day of the years 1970–9999, in integers only; −1 for a day the Gregorian calendar does not have.
 *
 * Contracts use this instead of the engine's calendar: its answer depends on nothing but the ten characters.
 */
export function dayNumber(day: string): number {
	const number = dayOfEra(day) - daysTo1970;
	return number < 0 ? -1 : number;
}

/** Days from 0001-01-01 to a civil day of the years 1–9999; −1 for a day the Gregorian calendar (carried back) does not have. */
export function dayOfEra(day: string): number {
	if (day.length !== 10 || day[4] !== "-" || day[7] !== "-") return -1;
	const year = digits(day, 0, 4);
	const month = digits(day, 5, 7);
	const date = digits(day, 8, 10);
	if (year < 1 || month < 1 || month > 12 || date < 1) return -1;
	const leapDay = month === 2 && isLeap(year) ? 1 : 0;
	if (date > (daysInMonth[month - 1] as number) + leapDay) return -1;
	return firstOfYear(year) + startOfMonth(year, month) + date - 1;
}

/** The instant at which a whole day that is included is over, in UTC: midnight after it. */
export function endOfDayMs(day: CivilDay): number {
	return (dayNumber(day) + 1) * dayMs;
}

/** Whole days since 1970-01-01 at an instant. */
export function dayNumberAt(timeMs: number): number {
	return floorDiv(timeMs, dayMs);
}

/** The civil day a number of days after 0001-01-01; the inverse of {@link dayOfEra}. */
export function civilDayOfEra(days: number): CivilDay {
	let year = floorDiv(days * 400, daysIn400Years) + 1;
	while (firstOfYear(year) > days) year--;
	while (firstOfYear(year + 1) <= days) year++;
	const inYear = days - firstOfYear(year);
	let month = 12;
	while (startOfMonth(year, month) > inYear) month--;
	return `${padded(year, 4)}-${padded(month, 2)}-${padded(inYear - startOfMonth(year, month) + 1, 2)}` as CivilDay;
}

const daysIn400Years = 146_097;

function firstOfYear(year: number): number {
	const before = year - 1;
	return before * 365 + floorDiv(before, 4) - floorDiv(before, 100) + floorDiv(before, 400);
}

/** Days of the year before the month begins. */
function startOfMonth(year: number, month: number): number {
	return (daysBeforeMonth[month - 1] as number) + (month > 2 && isLeap(year) ? 1 : 0);
}

function padded(value: number, length: number): string {
	return String(value).padStart(length, "0");
}

export const daysTo1970 = 1969 * 365 + 492 - 19 + 4;

function isLeap(year: number): boolean {
	return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Exact for non-negative safe integers: the remainder is taken off first, so that the division has no fraction to round. */
export function floorDiv(value: number, by: number): number {
	return (value - (value % by)) / by;
}

function digits(text: string, from: number, to: number): number {
	let value = 0;
	for (let i = from; i < to; i++) {
		const digit = text.charCodeAt(i) - 48;
		if (digit < 0 || digit > 9) return -1;
		value = value * 10 + digit;
	}
	return value;
}

import type { Brand } from "./brand.ts";
import { BaseError } from "./errors.ts";

/** UTC milliseconds since 1970-01-01, an integer. */
export type Instant = Brand<number, "Instant">;
/** A civil day as `YYYY-MM-DD`, without a time zone. */
export type CivilDay = Brand<string, "CivilDay">;

export const secondMs = 1_000;
export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

/** Tells the time. Passed in wherever time matters, so that everything replays. */
export type Clock = () => Instant;

export const systemClock: Clock = () => Date.now() as Instant;

const civilDay = /^(\d{4})-(\d{2})-(\d{2})$/;

/** @throws {@link BaseError} `VALUE_UNREADABLE` on a day that the Gregorian calendar does not have. */
export function parseCivilDay(text: string): CivilDay {
	const parts = civilDay.exec(text);
	if (parts !== null) {
		const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
		const at = new Date(Date.UTC(year, month - 1, day));
		if (at.getUTCMonth() === month - 1 && at.getUTCDate() === day) return text as CivilDay;
	}
	throw new BaseError("VALUE_UNREADABLE", `expected a day as YYYY-MM-DD, found ${text.length} characters that are not one`);
}

/** The first instant of a civil day in UTC. */
export function utcMidnight(day: CivilDay): Instant {
	return Date.parse(`${day}T00:00:00Z`) as Instant;
}

/** Whole years between two civil days, as birthdays count them (a 29 February birthday falls on 1 March in common years). */
export function wholeYearsBetween(from: CivilDay, to: CivilDay): number {
	const years = Number(to.slice(0, 4)) - Number(from.slice(0, 4));
	return to.slice(5) < from.slice(5) ? years - 1 : years;
}

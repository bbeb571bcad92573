import { isPlainObject } from "../json/values.ts";

/** Half-open: start included, end excluded; ±Infinity where open. UTC ms. */
export interface TimeRange {
	readonly startMs: number;
	readonly endMs: number;
}

const form = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;

/**
 * The period that a partial date means: `2024` is the year, `2024-05-06T09:30` the minute (R4 §3.1.1.5.5). A time without a zone is UTC.
 * Undefined for what is no date.
 */
export function readDate(text: string): TimeRange | undefined {
	const [, year, month, day, hour, minute, second, fraction, zone] = form.exec(text) ?? [];
	if (year === undefined) return undefined;
	const parts = [Number(year), Number(month ?? 1) - 1, Number(day ?? 1), Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)] as const;
	if (!isCalendarDay(parts[0], parts[1], parts[2]) || parts[3] > 24 || parts[4] > 59 || parts[5] > 60) return undefined;
	const offsetMs = zoneMs(zone);
	const at = (add: readonly number[]) => utc(parts.map((part, index) => part + (add[index] ?? 0))) - offsetMs;
	const startMs = at([]) + (fraction === undefined ? 0 : Math.trunc(Number(fraction) * 1000));
	if (fraction !== undefined) return { startMs, endMs: startMs + fractionMs(fraction) };
	const unit = [year, month, day, hour === undefined ? undefined : minute, second].filter((part) => part !== undefined).length;
	// Year, month, day, minute (an hour does not stand alone), second.
	const place = [0, 1, 2, 4, 5][unit - 1] as number;
	return { startMs, endMs: at([0, 0, 0, 0, 0, 0].map((_, index) => (index === place ? 1 : 0))) };
}

/** The shortest time that a fraction of so many digits tells apart; a millisecond at least, since nothing here is finer. */
function fractionMs(fraction: string): number {
	return Math.max(1, 10 ** (4 - fraction.length));
}

function isCalendarDay(year: number, month: number, day: number): boolean {
	const date = new Date(utc([year, month, day, 0, 0, 0]));
	return date.getUTCFullYear() === year && date.getUTCMonth() === month && date.getUTCDate() === day;
}

/** `Date.UTC` takes the years 0 to 99 for 1900 to 1999. */
function utc([year = 0, ...rest]: readonly number[]): number {
	const date = new Date(0);
	date.setUTCFullYear(year, rest[0] ?? 0, rest[1] ?? 1);
	date.setUTCHours(rest[2] ?? 0, rest[3] ?? 0, rest[4] ?? 0, 0);
	return date.getTime();
}

function zoneMs(zone: string | undefined): number {
	if (zone === undefined || zone === "Z") return 0;
	const [hours = 0, minutes = 0] = zone.slice(1).split(":").map(Number);
	return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** The time that an element says: a date, a Period, the outer limits of a Timing. Undefined where it says none. */
export function rangeOf(value: unknown): TimeRange | undefined {
	if (typeof value === "string") return readDate(value);
	if (!isPlainObject(value)) return undefined;
	if (value.repeat !== undefined || value.event !== undefined) return rangeOfTiming(value);
	const start = typeof value.start === "string" ? readDate(value.start) : undefined;
	const end = typeof value.end === "string" ? readDate(value.end) : undefined;
	if (start === undefined && end === undefined) return undefined;
	return { startMs: start?.startMs ?? Number.NEGATIVE_INFINITY, endMs: end?.endMs ?? Number.POSITIVE_INFINITY };
}

function rangeOfTiming({ event, repeat }: { readonly [element: string]: unknown }): TimeRange | undefined {
	const events = (Array.isArray(event) ? event : []).map(rangeOf).filter((range) => range !== undefined);
	const bounds = isPlainObject(repeat) ? rangeOf(repeat.boundsPeriod) : undefined;
	const all = bounds === undefined ? events : [...events, bounds];
	if (all.length === 0) return undefined;
	return { startMs: Math.min(...all.map(({ startMs }) => startMs)), endMs: Math.max(...all.map(({ endMs }) => endMs)) };
}

export const prefixes = ["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"] as const;
export type Prefix = (typeof prefixes)[number];

/** Whether a time is what the search asks for (R4 §3.1.1.5.5). `ap` reaches a tenth of the distance to now further, both ways. */
export function matchesRange(prefix: Prefix, found: TimeRange, asked: TimeRange, nowMs: number): boolean {
	const contains = asked.startMs <= found.startMs && found.endMs <= asked.endMs;
	switch (prefix) {
		case "eq":
			return contains;
		case "ne":
			return !contains;
		case "gt":
			return found.endMs > asked.endMs;
		case "lt":
			return found.startMs < asked.startMs;
		case "ge":
			return found.endMs > asked.endMs || contains;
		case "le":
			return found.startMs < asked.startMs || contains;
		case "sa":
			return found.startMs >= asked.endMs;
		case "eb":
			return found.endMs <= asked.startMs;
		case "ap": {
			const reach = Math.abs(nowMs - asked.startMs) / 10;
			return found.startMs < asked.endMs + reach && found.endMs > asked.startMs - reach;
		}
	}
}

import type { Texts } from "./en.ts";

export type { Texts } from "./en.ts";
export type Language = "en" | "de";

/** One language at a time: nobody waits for words that are not shown. */
const loaders: Readonly<Record<Language, () => Promise<Texts>>> = {
	en: () => import("./en.ts").then(({ en }) => en),
	de: () => import("./de.ts").then(({ de }) => de),
};

/** Words in a language, from the file of their own. Rejects where the file cannot be had. */
export function loadTexts(language: Language): Promise<Texts> {
	return loaders[language]();
}

/** The language of a device where we speak it, English elsewhere. */
export function languageOf(preferred: readonly string[]): Language {
	return preferred.find((tag) => /^(?:de|en)\b/.test(tag))?.startsWith("de") === true ? "de" : "en";
}

/**
 * Puts values in the places of a text: `{name}`. They are texts themselves: a bare number would be written alike in every language, so each goes through
 * {@link Formats} before.
 */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
	return text.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
}

/** Days, times and numbers as people of the language write them. */
export interface Formats {
	/** A day of a record or a rule; of a year or a month, as FHIR lets a record say it, no more than that. */
	day(day: string | number): string;
	/** Short, for the axis of a chart: the month of a day, or the day itself where months do not tell two apart. */
	axis(day: string, unit: "month" | "day"): string;
	time(atMs: number): string;
	number(value: number): string;
	/** With so many digits after the point. */
	fixed(value: number, digits: number): string;
	/** A share of one (0..1) in percent, its sign included, to a tenth. */
	percent(share: number): string;
	/** How long ago something was, in the largest unit that fits, at least minutes. */
	age(ms: number): string;
}

/** A day as a record has it: a year, a month, or a day with or without a time. */
const dated = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T|$)/;

/** UTC ms of the first instant that a day, month or year has; NaN where it is none. */
function instantOf(day: string): number {
	const [, year = "", month = "01", date = "01"] = dated.exec(day) ?? [];
	return Date.parse(`${year}-${month}-${date}`);
}

export function formatsOf(language: Language): Formats {
	const locale = language === "de" ? "de-DE" : "en-GB";
	// A day of a record or a rule is a day, whatever the reader's time zone.
	const dates = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
	const dayFormat = dates({ dateStyle: "long" });
	const monthFormat = dates({ year: "numeric", month: "long" });
	const axisFormats = { day: dates({ dateStyle: "medium" }), month: dates({ year: "numeric", month: "short" }) };
	const timeFormat = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
	const ageFormat = new Intl.RelativeTimeFormat(locale, { numeric: "always" });
	const numberFormat = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 });
	const percentFormat = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
	/** No more of a date than the record says; what is no date stays as it came. */
	const written = (day: string, format: Intl.DateTimeFormat) => {
		const at = instantOf(day);
		return Number.isNaN(at) || day.length === 4 ? day : format.format(at);
	};
	return {
		day: (day) => (typeof day === "number" ? dayFormat.format(day) : written(day, day.length === 7 ? monthFormat : dayFormat)),
		axis: (day, unit) => written(day, axisFormats[day.length === 7 ? "month" : unit]),
		time: (atMs) => timeFormat.format(atMs),
		number: (value) => numberFormat.format(value),
		fixed: (value, digits) => value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false }),
		percent: (share) => percentFormat.format(share),
		age(ms) {
			const minutes = Math.max(0, Math.floor(ms / 60_000));
			if (minutes < 60) return ageFormat.format(-minutes, "minute");
			return minutes < 24 * 60 ? ageFormat.format(-Math.floor(minutes / 60), "hour") : ageFormat.format(-Math.floor(minutes / 1_440), "day");
		},
	};
}

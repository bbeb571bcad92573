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

/** Puts values in the places of a text: `{name}`. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
	return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** Days, times and numbers as people of the language write them. */
export interface Formats {
	day(day: string | number): string;
	time(atMs: number): string;
	number(value: number): string;
	/** With so many digits after the point. */
	fixed(value: number, digits: number): string;
	/** How long ago something was, in the largest unit that fits, at least minutes. */
	age(ms: number): string;
}

export function formatsOf(language: Language): Formats {
	const locale = language === "de" ? "de-DE" : "en-GB";
	const dayFormat = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
	const timeFormat = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
	const ageFormat = new Intl.RelativeTimeFormat(locale, { numeric: "always" });
	const numberFormat = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 });
	return {
		// A day of a record or a rule is a day, whatever the reader's time zone.
		day: (day) => {
			const at = typeof day === "number" ? day : Date.parse(day.length === 4 ? `${day}-01-01` : day);
			if (typeof day === "string" && day.length < 10) return day;
			return Number.isNaN(at) ? String(day) : dayFormat.format(at);
		},
		time: (atMs) => timeFormat.format(atMs),
		number: (value) => numberFormat.format(value),
		fixed: (value, digits) => value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false }),
		age(ms) {
			const minutes = Math.max(0, Math.floor(ms / 60_000));
			if (minutes < 60) return ageFormat.format(-minutes, "minute");
			return minutes < 24 * 60 ? ageFormat.format(-Math.floor(minutes / 60), "hour") : ageFormat.format(-Math.floor(minutes / 1_440), "day");
		},
	};
}

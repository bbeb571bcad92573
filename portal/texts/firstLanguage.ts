import { type Language, languageOf } from "./texts.ts";

/** Where a browser keeps the language that was chosen in it. */
export const languageKey = "aceso/language";

/** The language chosen in this browser, else that of the device. */
export function firstLanguage(): Language {
	const chosen = localStorage.getItem(languageKey);
	return chosen === "en" || chosen === "de" ? chosen : languageOf(navigator.languages);
}

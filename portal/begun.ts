import { openWorker } from "./core/openWorker.ts";
import { firstLanguage } from "./texts/firstLanguage.ts";
import { type Language, loadTexts, type Texts } from "./texts/texts.ts";

/** How long to wait before words are asked for again that did not come, in ms. */
const againMs = 3_000;

/** Nothing can be said before there are words. */
async function loadFirst(language: Language): Promise<Texts> {
	for (;;) {
		const words = await loadTexts(language).catch(() => undefined);
		if (words !== undefined) return words;
		await new Promise((resolve) => setTimeout(resolve, againMs));
	}
}

/** Where the person's key is held. */
export const worker = openWorker();
const language = firstLanguage();
/** A language with its words. */
export const firstSpoken = loadFirst(language).then((texts) => ({ language, texts }));

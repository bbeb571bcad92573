import { describe, expect, it } from "vitest";
import { eraseTexts as texts } from "../texts/erase/eraseTexts.ts";
import { emptyEraseForm, faultOfErase, whatOfErase } from "./eraseDraft.ts";

describe("an erasure from a form", () => {
	const ready = { reach: "some", kinds: ["laboratory"], hasRead: true, word: "erase" } as const;

	it("[PO95] is signed after what follows was read and a word was typed, and for nothing that was not chosen", () => {
		expect(faultOfErase(ready, "ERASE")).toBeUndefined();
		expect(faultOfErase(emptyEraseForm, "ERASE")).toBe("noKind");
		expect(faultOfErase({ ...ready, kinds: [] }, "ERASE")).toBe("noKind");
		expect(faultOfErase({ ...ready, hasRead: false }, "ERASE")).toBe("notRead");
		for (const word of ["", "yes", "erase it", "eras"]) expect(faultOfErase({ ...ready, word }, "ERASE")).toBe("noWord");
		expect(whatOfErase(ready)).toEqual(["laboratory"]);
		// Kinds that were ticked before do not narrow what is said to be whole, and whole is not what a form begins with.
		expect(whatOfErase({ ...ready, reach: "all" })).toBe("all");
		expect(emptyEraseForm.reach).toBe("some");
	});

	it("[PO95] the word to type is one that the reader's language has, in capitals", () => {
		for (const language of ["en", "de"] as const) {
			const { word } = texts[language].erase;
			expect(word).toBe(word.toUpperCase());
			expect(faultOfErase({ ...ready, word: word.toLowerCase() }, word)).toBeUndefined();
		}
	});
});

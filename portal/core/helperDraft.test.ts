import { describe, expect, it } from "vitest";
import type { Pseudonym } from "#base";
import { delegatesMax } from "#contracts";
import { texts } from "../texts/allTexts.ts";
import { formatsOf } from "../texts/texts.ts";
import { describeHelper, draftOfHelper, faultOfHelper, helpersMax, readCode } from "./helperDraft.ts";

const own = "aa".repeat(32) as Pseudonym;
const form = { name: "Ann", code: "bb".repeat(32), until: "2026-03-02" };
const today = "2026-03-01";

describe("a helper from a form", () => {
	it("[PO85] is signed with a name, somebody else's code and a day from today on, and nothing less", () => {
		expect(faultOfHelper(form, own, today)).toBeUndefined();
		expect(faultOfHelper({ ...form, name: "  " }, own, today)).toBe("noName");
		expect(faultOfHelper({ ...form, code: own }, own, today)).toBe("ownCode");
		for (const code of ["", "bb", "zz".repeat(32), "bb".repeat(33)]) expect(faultOfHelper({ ...form, code }, own, today)).toBe("badCode");
		for (const until of ["2026-02-28", "", "tomorrow"]) expect(faultOfHelper({ ...form, until }, own, today)).toBe("badDay");
		expect(helpersMax).toBe(delegatesMax);
	});

	it("[PO85] a code is taken as people paste it", () => {
		const pasted = ` ${"BB".repeat(16)}\n${"bb".repeat(16)} `;
		expect(readCode(pasted)).toBe(form.code);
		expect(draftOfHelper({ ...form, code: pasted })).toEqual({ key: form.code, until: "2026-03-02" });
	});

	it("[PO86] what is signed is told from the draft: who, which key, until when, what a helper may and may not", () => {
		for (const language of ["en", "de"] as const) {
			const words = { texts: texts[language], formats: formatsOf(language), name: "Ann", house: "Harbor" };
			const said = describeHelper(draftOfHelper(form), words).join("\n");
			for (const part of ["Ann", "Harbor", "bbbbbbbb", formatsOf(language).day("2026-03-02")]) expect(said).toContain(part);
			expect(said).not.toMatch(/[{}]/);
		}
	});
});

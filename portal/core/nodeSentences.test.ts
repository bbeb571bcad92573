import { describe, expect, it } from "vitest";
import { incompletenessNotice } from "../../src/gate/release.ts";
import { formatsOf } from "../texts/texts.ts";
import { tellIn } from "./nodeSentences.ts";

describe("[PO157] what the node says in English", () => {
	it("[PO157] is said in German where everybody reads it", () => {
		expect(tellIn("de", incompletenessNotice)).toMatchObject({ lang: "de" });
	});

	it("[PO157] the verifier's warnings too, with their numbers and names", () => {
		const warnings = [
			"3 newest entries are signed by the custodian but not yet anchored on the ledger",
			"this shows the state of 2026-03-01T10:00:00.000Z; accesses after that are not in it",
			"the log access-1 was closed; later accesses stand in access-2",
			"the log access-1 was closed",
			"the custodian declared 7 entries of the log access-1 lost; yours among them cannot be shown",
			"the custodian's clock went back between entries; their order is that of the log",
		];
		expect(warnings.map((each) => tellIn("de", each).lang)).toEqual(warnings.map(() => "de"));
		expect(tellIn("de", warnings[4]!).text).toContain("7 Einträge der Liste access-1");
		// No clock of a machine in either language.
		const noon = Date.parse("2026-03-01T10:00:00.000Z");
		for (const language of ["en", "de"] as const) expect(tellIn(language, warnings[1]!).text).toContain(` ${formatsOf(language).time(noon)}; `);
	});

	it("[PO157] what is not known by heart, or was altered, stays as it came and is marked", () => {
		for (const sentence of ["Your age raises your risk a lot. Take more.", "This record may be complete.", "<b>the log x was closed</b>"]) {
			expect(tellIn("de", sentence)).toEqual({ text: sentence, lang: "en" });
		}
		expect(tellIn("en", incompletenessNotice)).toEqual({ text: incompletenessNotice, lang: "en" });
	});
});

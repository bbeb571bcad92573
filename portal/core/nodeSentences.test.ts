import { describe, expect, it } from "vitest";
import { incompletenessNotice } from "../../src/gate/release.ts";
import { explainRisk } from "../../src/insight/prevent/explain.ts";
import type { PreventInputs } from "../../src/insight/prevent/model.ts";
import { tellIn } from "./nodeSentences.ts";

/** People whose every factor raises or lowers their risk, a little or a lot. */
const people: readonly PreventInputs[] = [35, 55, 79].flatMap((ageYears) =>
	(["female", "male"] as const).flatMap((sex) =>
		[0, 1].map((ill) => ({
			...{ sex, ageYears, smoking: ill === 1, diabetes: ill === 1, bpTreatment: ill === 1, statin: ill === 1 },
			...{ sbpMmHg: ill === 1 ? 180 : 105, totalCholesterolMgDl: ill === 1 ? 300 : 140, hdlCholesterolMgDl: ill === 1 ? 30 : 80 },
			...{
				egfr: ill === 1 ? 40 : 110,
				bmiKgM2: ill === 1 ? 38 : 21,
				uacrMgG: ill === 1 ? 400 : 1,
				hba1cPercent: ill === 1 ? 9 : 5,
				sdiDecile: ill === 1 ? 9 : 1,
			},
		})),
	),
) as unknown as readonly PreventInputs[];

describe("[PO157] what the node says in English", () => {
	it("[PO157] is said in German where a patient reads it, whatever the model found", () => {
		const said = people.flatMap((inputs) => explainRisk(inputs, { model: "full", horizonYears: 10, outcome: "total_cvd" }).patient);
		const told = new Set([...said, incompletenessNotice].map((sentence) => tellIn("de", sentence)).map(({ text, lang }) => `${lang}: ${text}`));
		expect([...told].filter((each) => !each.startsWith("de: ") || /undefined|\byour\b/.test(each))).toEqual([]);
		expect(told.size).toBeGreaterThan(15);
		expect([...told]).toContain("de: Ihr Blutdruck erhöht Ihr Risiko stark.");
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
	});

	it("[PO157] what is not known by heart, or was altered, stays as it came and is marked", () => {
		for (const sentence of ["Your age raises your risk a lot. Take more.", "This record may be complete.", "<b>the log x was closed</b>"]) {
			expect(tellIn("de", sentence)).toEqual({ text: sentence, lang: "en" });
		}
		expect(tellIn("en", incompletenessNotice)).toEqual({ text: incompletenessNotice, lang: "en" });
	});
});

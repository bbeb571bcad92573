import { describe, expect, it } from "vitest";
import type { Instant } from "#base";
import { createPreventRun } from "./service.ts";
import { complete, releaseOf } from "./testing/releasedRecord.ts";
import { restsOnComputed, withholdInputs } from "./withholdInputs.ts";

const now = () => Date.parse("2026-11-21T09:00:00Z") as Instant;

describe("level compute: data stay, a named model's result leaves", () => {
	it("[IN17] an answer at level compute holds the result and no input: no value, date, reference, or size that gives one back", async () => {
		const { answer } = await createPreventRun({ now })(releaseOf(complete));
		expect(restsOnComputed(answer)).toBe(true);
		const left = withholdInputs(answer);
		expect(left.results).toEqual(answer.results);
		expect(left.inputs.map(({ input }) => input)).toEqual(answer.inputs.map(({ input }) => input));
		const text = JSON.stringify(left);
		for (const { date, sources, recorded } of answer.inputs) {
			if (date !== null && !date.startsWith("2026-11-21")) expect(text).not.toContain(date);
			for (const { reference } of sources) expect(text).not.toContain(reference);
			if (recorded !== null) expect(text).not.toContain(`"value":${JSON.stringify(recorded.value)}`);
		}
		for (const { contributions } of answer.explanations) {
			for (const { logOdds, termValue } of contributions) {
				if (logOdds === 0 || Number.isInteger(termValue)) continue;
				expect(text).not.toContain(String(logOdds));
				expect(text).not.toContain(String(termValue));
			}
		}
	});

	it("[IN17] a refusal at level compute names code and input, without the sentence that may state a value", async () => {
		const ascvd = {
			resourceType: "Condition",
			id: "c",
			subject: { reference: "Patient/p" },
			code: { coding: [{ system: "http://snomed.info/sct", code: "22298006" }] },
		};
		const { answer } = await createPreventRun({ now })(releaseOf([...complete, ascvd]));
		expect(answer.status).toBe("refused");
		const left = withholdInputs(answer);
		expect(left.problems.length).toBeGreaterThan(0);
		for (const problem of left.problems) expect(Object.keys(problem).sort()).toEqual(["code", "input"]);
	});
});

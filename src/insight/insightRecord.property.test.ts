import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createInsight, hashInsight } from "./insightRecord.ts";
import { preventClasses } from "./prevent/collectInputs.ts";
import { preventHorizons } from "./prevent/model.ts";
import type { Resource } from "./prevent/resource.ts";
import { renderRiskAssessment } from "./riskAssessment.ts";
import { complete, releaseOf, today } from "./testing/releasedRecord.ts";

/** A complete record in which some elements were replaced by any JSON, some resources dropped and some added. */
const damaged = fc
	.tuple(
		fc.array(fc.record({ index: fc.nat({ max: complete.length - 1 }), element: fc.nat({ max: 9 }), value: fc.jsonValue({ maxDepth: 3 }) }), {
			maxLength: 6,
		}),
		fc.array(fc.nat({ max: complete.length - 1 }), { maxLength: 3 }),
		fc.array(
			fc.record({
				resourceType: fc.constantFrom("Observation", "Condition", "Procedure", "MedicationRequest", "Patient"),
				status: fc.jsonValue({ maxDepth: 1 }),
			}),
			{
				maxLength: 2,
			},
		),
	)
	.map(([damages, dropped, added]) => {
		const resources: Resource[] = complete.map((resource, index) => {
			const mine = damages.filter((each) => each.index === index);
			const elements = Object.keys(resource).filter((name) => name !== "resourceType");
			const replaced = Object.fromEntries(mine.map(({ element, value }) => [elements[element % elements.length] ?? "id", value]));
			return { ...resource, ...replaced };
		});
		return [...resources.filter((_, index) => !dropped.includes(index)), ...added];
	});

describe("insight records", () => {
	it("[IN12] any content gives a record: computed or refused with reasons", () => {
		fc.assert(
			fc.property(damaged, fc.subarray([...preventClasses]), (resources, withheld) => {
				const record = createInsight({ release: releaseOf(resources, withheld), today, model: "auto", horizons: preventHorizons, computedAtMs: 0 });
				expect(hashInsight(record)).toMatch(/^[0-9a-f]{64}$/);
				expect(renderRiskAssessment(record).status).toBe(record.status === "computed" ? "final" : "cancelled");
				expect(record.status === "refused").toBe(record.problems.length > 0);
			}),
			{ numRuns: 300 },
		);
	});

	it("[IN6] less released never turns into more said: with any class withheld there is no estimate", () => {
		fc.assert(
			fc.property(fc.subarray([...preventClasses], { minLength: 1 }), (withheld) => {
				const kinds: Readonly<Record<string, string>> = {
					Patient: "demographics",
					Condition: "conditions",
					MedicationRequest: "medications",
					Procedure: "procedures",
				};
				const visible = complete.filter(({ resourceType }) => !(withheld as readonly string[]).includes(kinds[resourceType] ?? "observations"));
				const seen = withheld.some((each) => ["laboratory", "vitals", "social"].includes(each))
					? visible.filter((each) => each.resourceType !== "Observation")
					: visible;
				const record = createInsight({ release: releaseOf(seen, withheld), today, model: "auto", horizons: preventHorizons, computedAtMs: 0 });
				expect(record.status).toBe("refused");
				expect(record.classesNotAvailable).toEqual(withheld);
			}),
			{ numRuns: 50 },
		);
	});

	it("a height near nothing gives no number that JSON cannot hold", () => {
		const tiny = (code: string, value: number, unit: string): Resource => ({
			...(complete[2] as Resource),
			id: code,
			code: { coding: [{ system: "http://loinc.org", code }] },
			valueQuantity: { value, code: unit },
		});
		const resources = [...complete.filter(({ id }) => id !== "o-39156-5"), tiny("8302-2", 1e-200, "cm"), tiny("29463-7", 70, "kg")];
		const record = createInsight({ release: releaseOf(resources), today, model: "auto", horizons: [10], computedAtMs: 0 });
		expect(record.problems.map(({ code, input }) => `${code} ${input}`)).toEqual(["INPUT_MISSING bmiKgM2"]);
		expect(hashInsight(record)).toMatch(/^[0-9a-f]{64}$/);
	});
});

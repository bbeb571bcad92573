import { describe, expect, it } from "vitest";
import { canonicalText, type Digest, type PublicKey } from "#base";
import { createSignOff, renderSignOff, toSignOffJson } from "./signOff.ts";

const facts = { insightHash: "cd".repeat(32) as Digest, clinician: "11".repeat(32) as PublicKey, timeMs: 1_795_255_200_000 };

describe("sign-off", () => {
	it.each(["", "   ", "too short", "         x         "])("[IN15] an override needs a reason: %j", (reason) => {
		expect(() => createSignOff({ ...facts, decision: "override", reason })).toThrow(expect.objectContaining({ code: "INSIGHT_REASON_REQUIRED" }));
	});

	it("[IN15] an acceptance needs none, and a reason given is kept", () => {
		expect(createSignOff({ ...facts, decision: "accept", reason: "" }).reason).toBe("");
		expect(createSignOff({ ...facts, decision: "override", reason: " Lives with lupus. " }).reason).toBe("Lives with lupus.");
	});

	it("has one canonical form for hashing and signing", () => {
		const signOff = createSignOff({ ...facts, decision: "override", reason: "Lives with lupus." });
		expect(canonicalText(toSignOffJson(signOff))).toBe(
			`{"clinician":"${facts.clinician}","decision":"override","format":"aceso/sign-off/1","insightHash":"${facts.insightHash}","reason":"Lives with lupus.","timeMs":${facts.timeMs}}`,
		);
	});

	it("[IN16] as Provenance names the insight, the decision, the reason and the person", () => {
		const signOff = createSignOff({ ...facts, decision: "override", reason: "Lives with lupus." });
		expect(renderSignOff(signOff, "RiskAssessment/1")).toMatchObject({
			resourceType: "Provenance",
			target: [{ reference: "RiskAssessment/1", identifier: { value: facts.insightHash } }],
			recorded: "2026-11-21T10:00:00.000Z",
			activity: { text: "overridden" },
			reason: [{ text: "Lives with lupus." }],
			agent: [{ who: { identifier: { value: facts.clinician } } }],
		});
	});
});

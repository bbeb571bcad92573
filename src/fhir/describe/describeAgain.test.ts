import { describe, expect, it } from "vitest";
import type { IdentifiedResource, RecordDescription } from "../resource.ts";
import { describeAgain } from "./describeAgain.ts";
import { describeRecord } from "./describeRecord.ts";

const snomed = (code: string) => ({ coding: [{ system: "http://snomed.info/sct", code }] });
/** Schizophrenia: mental health by the tables. */
const illness: IdentifiedResource = { resourceType: "Condition", id: "c", code: snomed("58214004"), subject: { reference: "Patient/p" } };
const medicine = (reason: string): IdentifiedResource => ({
	resourceType: "MedicationRequest",
	id: "m",
	status: "active",
	intent: "order",
	medicationCodeableConcept: { coding: [{ system: "http://www.nlm.nih.gov/research/umls/rxnorm", code: "435" }] },
	subject: { reference: "Patient/p" },
	reasonReference: [{ reference: reason }],
});
const held = (resource: IdentifiedResource, before: Partial<RecordDescription> = {}, generated = false) => ({
	resource,
	before: { ...describeRecord(resource), ...before },
	generated,
});

describe("records described again", () => {
	it("[GA75] take labels of what they refer to, in whatever order they are stored", () => {
		for (const records of [
			[held(medicine("Condition/c")), held(illness)],
			[held(illness), held(medicine("Condition/c"))],
		])
			for (const { labels } of describeAgain(records)) expect(labels).toEqual(["mental-health"]);
	});

	it("[GA75] keep what they inherited from a record that is not there, and lose what the tables take back", () => {
		const [kept] = describeAgain([held(medicine("Condition/elsewhere"), { labels: ["hiv"], conditions: ["psychiatry"] })]);
		expect(kept).toMatchObject({ labels: ["hiv"], conditions: expect.arrayContaining(["psychiatry"]) });
		const [, lost] = describeAgain([held({ ...illness, code: snomed("195967001") }), held(medicine("Condition/c"), { labels: ["mental-health"] })]);
		expect(lost?.labels).toEqual([]);
	});

	it("[GA75] an insight keeps its own and takes the labels and classes of its records", () => {
		const insight: IdentifiedResource = {
			resourceType: "RiskAssessment",
			id: "r",
			status: "final",
			subject: { reference: "Patient/p" },
			basis: [{ reference: "Condition/c" }],
		};
		const before = { classes: ["laboratory"], labels: ["hiv"], conditions: [], tableVersion: "generated/1" } as const;
		const [, again] = describeAgain([held(illness), held(insight, before, true)]);
		expect(again).toMatchObject({ classes: ["conditions", "laboratory"], labels: ["mental-health", "hiv"], tableVersion: "generated/1" });
	});

	it("[GA75] references in circles end", () => {
		const a = { ...illness, id: "a", evidence: [{ detail: [{ reference: "Condition/b" }] }] };
		const b = { ...illness, id: "b", code: snomed("195967001"), evidence: [{ detail: [{ reference: "Condition/a" }] }] };
		expect(describeAgain([held(a), held(b)]).map(({ labels }) => labels)).toEqual([["mental-health"], ["mental-health"]]);
	});
});

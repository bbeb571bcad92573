import { describe, expect, it } from "vitest";
import type { ConsentId, MemberId } from "#base";
import { type DisclosureDuty, judgeDisclosure } from "./judgeDisclosure.ts";

const here = "north" as MemberId;
const base = {
	action: "read",
	decision: "permit",
	requesterKind: "person",
	purpose: "HRESCH",
	reasons: [],
	via: "south" as MemberId,
	consents: [],
} as const;
const consents = ["ab".repeat(16) as ConsentId];

const cases: readonly (readonly [DisclosureDuty, Partial<Parameters<typeof judgeDisclosure>[0]>])[] = [
	["to-account", {}],
	["to-account", { reasons: ["PERMITTED_BY_LAW"], purpose: "PUBHLTH" }],
	["to-account", { reasons: ["PERMITTED_BY_LAW"], purpose: "TREAT", via: here, consents }],
	["authorised", { consents }],
	["treatment-payment-operations", { purpose: "TREAT", consents }],
	["treatment-payment-operations", { purpose: "HPAYMT" }],
	["within-the-house", { via: here }],
	["within-the-house", { requesterKind: "system", purpose: "SYSTEM" }],
	["to-the-patient", { requesterKind: "patient", purpose: "PATRQT" }],
	["to-the-patient", { reasons: ["PERMITTED_TO_PATIENT"] }],
	["nothing-released", { decision: "deny", reasons: ["PERMITTED_BY_LAW"] }],
	["nothing-released", { action: "write" }],
	["nothing-released", { action: "lookup" }],
];

describe("what is to be accounted for", () => {
	it.each(cases)("[GA172] %s: %o", (duty, entry) => {
		expect(judgeDisclosure({ ...base, ...entry }, here)).toBe(duty);
	});
});

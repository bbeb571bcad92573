import { expect, it } from "vitest";
import type { Decision } from "#contracts";
import { refusedWith } from "./release.ts";

it("[GA6] what is refused for a reason of the house names no consent, no end and no class that was granted", () => {
	const decision = {
		decision: "permit",
		classes: [{ class: "conditions", released: true, level: "identified" }],
		consents: ["0".repeat(32)],
		expiresAtMs: 7,
		obligations: ["notify"],
		reasons: ["PERMITTED_BY_CONSENT"],
	} as unknown as Decision;
	expect(refusedWith(decision, "LEDGER_STALE")).toEqual({
		decision: "deny",
		classes: [{ class: "conditions", released: false }],
		consents: [],
		expiresAtMs: null,
		obligations: [],
		reasons: ["LEDGER_STALE"],
	});
});

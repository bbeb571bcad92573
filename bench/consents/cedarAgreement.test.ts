import { isAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import { describe, expect, it } from "vitest";
import { admits, type DecisionRequest, type DecisionState, decide, implicitPolicies, levels, type RecordFacts } from "#contracts";
import { createRandom, noonMs, randomProvision, randomRecord, randomRequest, stateOf } from "./randomConsents.ts";
import { cedarCall, cedarPolicies } from "./toCedar.ts";

const slow = process.env["ACESO_SLOW"] === "1";
const cases = slow ? 10_000 : 1_000;

/** Rank of the level a record is released at, −1 where withheld. */
function releasedAt(state: DecisionState, asked: DecisionRequest, record: RecordFacts): number {
	const [verdict] = decide(state, asked, noonMs).classes;
	const admission = verdict?.released === true ? admits(verdict.filters, record) : undefined;
	return admission === undefined ? -1 : levels.indexOf(admission.level);
}

function cedarAllows(staticPolicies: string, asked: DecisionRequest, record: RecordFacts): boolean {
	const answer = isAuthorized({ ...cedarCall(asked, record, noonMs), policies: { staticPolicies } });
	if (answer.type !== "success" || answer.response.diagnostics.errors.length > 0)
		throw new Error(`Cedar could not decide: ${JSON.stringify(answer).slice(0, 2_000)}`);
	return answer.response.decision === "allow";
}

describe("decide and Cedar", () => {
	it(`[CN65] answer ${cases} random questions about random consents alike`, { timeout: slow ? 300_000 : 60_000 }, () => {
		const answers = { allowed: 0, denied: 0, lower: 0 };
		for (let seed = 1; seed <= cases; seed++) {
			const random = createRandom(seed);
			const provisions = Array.from({ length: random() % 6 }, () => randomProvision(random, 2, 8));
			const state = stateOf(random, provisions, implicitPolicies[random() % implicitPolicies.length] as (typeof implicitPolicies)[number]);
			const policies = cedarPolicies(state);
			const record = randomRecord(random);
			const asked = randomRequest(random);
			const released = releasedAt(state, asked, record);
			// Cedar says yes or no: at the level asked for, at which ours releases in full, and at the lowest, at which ours releases anything.
			expect(cedarAllows(policies, asked, record), `seed ${seed}, at the level asked`).toBe(released === levels.indexOf(asked.level));
			const least = { ...asked, level: "aggregate" } as const;
			expect(cedarAllows(policies, least, record), `seed ${seed}, at the lowest level`).toBe(releasedAt(state, least, record) === 0);
			if (released === levels.indexOf(asked.level)) answers.allowed++;
			else if (released >= 0) answers.lower++;
			else answers.denied++;
		}
		// All kinds of answers came up, or nothing was compared.
		for (const count of Object.values(answers)) expect(count).toBeGreaterThan(cases / 100);
	});

	it("[CN65] a planted difference would be found", () => {
		const random = createRandom(7);
		const state = stateOf(random, [{ type: "permit" }], "deny");
		const record = { ...randomRecord(random), labels: [] };
		const asked: DecisionRequest = { ...randomRequest(random), classes: ["notes"], level: "identified", purpose: "TREAT", action: "read" };
		const { model: _, ...plain } = asked;
		expect(cedarAllows(cedarPolicies(state).replace("permit (", "forbid ("), plain, record)).toBe(false);
		expect(cedarAllows("permit (principal, action, resource);", plain, { ...record, labels: ["hiv"] })).toBe(true);
		expect(releasedAt(state, plain, { ...record, labels: ["hiv"] })).toBe(-1);
	});
});

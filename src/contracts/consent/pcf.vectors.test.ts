import { describe, expect, it } from "vitest";
import { stateWith } from "../testing/decisions.ts";
import { type PcfCase, type PcfRequestName, pcfCases, pcfContext, pcfRequests } from "../testing/pcf.ts";
import { admits } from "./admits.ts";
import { decide } from "./decide.ts";
import { consentFromFhir } from "./fhir/consentFromFhir.ts";
import type { DecisionState } from "./terms.ts";

function stateOf({ policy: implicitPolicy, provision }: PcfCase): DecisionState {
	if (provision === undefined) return stateWith([], { implicitPolicy });
	const scope = { coding: [{ system: "http://terminology.hl7.org/CodeSystem/consentscope", code: "patient-privacy" }] };
	const resource = { resourceType: "Consent", status: "active", scope, patient: { reference: "Patient/ex-patient" }, provision };
	return stateWith([consentFromFhir(resource, pcfContext).provision], { implicitPolicy });
}

function verdict(state: DecisionState, name: PcfRequestName): "permit" | "deny" {
	const { asked, record, atMs } = pcfRequests[name];
	const [answer] = decide(state, asked, atMs).classes;
	return answer?.released === true && admits(answer.filters, record) !== undefined ? "permit" : "deny";
}

interface Row {
	readonly request: PcfRequestName;
	readonly expected: "permit" | "deny";
	readonly where: string;
}

function rowsOf({ verdicts }: PcfCase): readonly Row[] {
	return verdicts.flatMap(({ where, permit = [], deny = [], stricter = {} }) => [
		...permit.map((request) => ({ request, expected: "permit" as const, where })),
		...deny.map((request) => ({ request, expected: "deny" as const, where })),
		...Object.entries(stricter).map(([request, rule]) => ({
			request: request as PcfRequestName,
			expected: "deny" as const,
			where: `${where}; ours: ${rule}`,
		})),
	]);
}

describe("IHE PCF 1.1, its examples and sentences", () => {
	it("[CN64] at least 20 consents, each asked at least 10 times, each request once", () => {
		expect(pcfCases.length).toBeGreaterThanOrEqual(20);
		for (const one of pcfCases) {
			const requests = rowsOf(one).map(({ request }) => request);
			expect(requests.length, one.name).toBeGreaterThanOrEqual(10);
			expect(new Set(requests).size, one.name).toBe(requests.length);
		}
	});

	it.each(pcfCases)("[CN64] $name", (one) => {
		const state = stateOf(one);
		const answers = rowsOf(one).map((row) => ({ ...row, expected: verdict(state, row.request) }));
		expect(answers).toEqual(rowsOf(one));
	});
});

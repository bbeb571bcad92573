import { describe, expect, it } from "vitest";
import type { CivilDay, MemberId, Pseudonym, PublicKey } from "#base";
import { commitTerms, type DecisionState, decide, type LedgerConsent, type OpenedTerms } from "#contracts";
import { Deciders } from "./deciders.ts";

const pseudonym = "a1".repeat(32) as Pseudonym;
const [house, consentId] = ["harbor" as MemberId, "c1".repeat(16) as LedgerConsent["consentId"]];
const noConsent = "0".repeat(32) as LedgerConsent["consentId"];

function openedTerms(classes: readonly ("conditions" | "laboratory")[]): OpenedTerms {
	const provision = {
		type: "permit",
		grantees: [{ kind: "member", member: house, credential: "practitioner" }],
		purposes: ["TREAT"],
		classes,
		level: "identified",
	} as const;
	const place = { chain: "test-1", pseudonym, consentId, version: 1, custodian: house } as const;
	return { terms: { format: "aceso/terms/1", ...place, title: "Care", provision, custodial: false }, salt: "5a".repeat(32) };
}

function consentOn(opened: OpenedTerms, changes: Partial<LedgerConsent> = {}): LedgerConsent {
	const validUntil = "2030-12-31" as CivilDay;
	const consent = { pseudonym, consentId, version: 1, status: "active", custodial: false, validUntil, previous: noConsent } as const;
	return { ...consent, termsCommitment: commitTerms(opened), ...changes };
}

function stateOf(opened: OpenedTerms, consent: LedgerConsent, more: Partial<DecisionState> = {}): DecisionState {
	const enrolment = { custodian: house, status: "active", consents: 1, latest: consentId, delegates: [], successor: "", destroyedAtMs: 0 } as const;
	return { chain: "test-1", enrolment, consents: [consent], terms: new Map([[consentId, opened]]), implicitPolicy: "deny", ...more };
}

const now = Date.parse("2026-03-02T08:00:00Z");
const credentials = [{ kind: "practitioner", issuer: house }] as const;
const requester = { key: "de".repeat(32) as PublicKey, member: house, credentials, isPatient: false } as const;
const request = { requester, action: "read", purpose: "TREAT", pseudonym, classes: ["conditions"], level: "identified", emergency: false } as const;

describe("[GA88] decisions made ready", () => {
	const opened = openedTerms(["conditions"]);
	const state = stateOf(opened, consentOn(opened));

	it("serve again while ledger and terms hold the same objects, and judge requester and time anew", () => {
		const deciders = new Deciders();
		const first = deciders.of(state, pseudonym);
		const again = deciders.of({ ...state, consents: [...state.consents], terms: new Map(state.terms) }, pseudonym);
		expect(again).toBe(first);
		expect(again(request, now)).toEqual(decide(state, request, now));
		expect(again(request, now).decision).toBe("permit");
		expect(again({ ...request, requester: { ...requester, credentials: [] } }, now).decision).toBe("deny");
		expect(again(request, Date.parse("2031-01-01T00:00:00Z")).decision).toBe("deny");
	});

	const narrower = openedTerms(["laboratory"]);
	const changes: readonly (readonly [string, DecisionState])[] = [
		["a consent is revoked", { ...state, consents: [consentOn(opened, { status: "revoked" })] }],
		["a consent is changed to other terms", stateOf(narrower, consentOn(narrower))],
		["a consent has gone", { ...state, consents: [], terms: new Map() }],
		["its terms are not held any more", { ...state, terms: new Map() }],
		["its terms were altered", { ...state, terms: new Map([[consentId, narrower]]) }],
		["the patient was erased", { ...state, enrolment: { ...state.enrolment!, status: "destroyed" } }],
		["the pseudonym was rotated", { ...state, enrolment: { ...state.enrolment!, status: "rotated" } }],
		["the ledger is another", { ...state, chain: "test-2" }],
	];
	it.each(changes)("are made anew when %s", (_, changed) => {
		const deciders = new Deciders();
		expect(deciders.of(state, pseudonym)(request, now).decision).toBe("permit");
		const decision = deciders.of(changed, pseudonym)(request, now);
		expect(decision).toEqual(decide(changed, request, now));
		expect(decision.decision).toBe("deny");
		expect(deciders.of(state, pseudonym)(request, now).decision, "and back").toBe("permit");
	});

	it("are made anew when the house's policy changes, and after an erasure", () => {
		const deciders = new Deciders();
		const first = deciders.of(state, pseudonym);
		expect(deciders.of({ ...state, implicitPolicy: "break-glass-only" }, pseudonym)).not.toBe(first);
		const before = deciders.of(state, pseudonym);
		deciders.forget(pseudonym);
		expect(deciders.of(state, pseudonym)).not.toBe(before);
	});
});

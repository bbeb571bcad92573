import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CivilDay, MemberId } from "#base";
import { commitTerms } from "./consent/commitTerms.ts";
import { readEnrolment } from "./consent/readers.ts";
import type { ConsentTerms, OpenedTerms } from "./consent/terms.ts";
import { commitRelationship, relationshipMessage } from "./credentials/relationship.ts";
import { chain, idOf, keyOf, MemoryLedger } from "./testing/memoryLedger.ts";
import { consentIdOf, delegateOf, enrolBody, grantBody, pseudonymOf, rotateBody } from "./testing/people.ts";
import { dataClasses, levels, purposes, sensitivityLabels } from "./vocabulary.ts";

const custodians = ["charite", "mayo"] as const;
const persons = ["anna", "bert"] as const;
const generations = [0, 1] as const;
const members = [...custodians.map((id) => ({ id, roles: ["hospital"] as const })), { id: "ethics", roles: ["ethics-board"] as const }];

/** A person's key for one custodian, made anew at each rotation. */
function keyName(person: string, custodian: string, generation: number): string {
	return `${person}@${custodian}#${generation}`;
}

function termsFor(pseudonym: string, custodian: string, consent: string): OpenedTerms {
	const terms: ConsentTerms = {
		format: "aceso/terms/1",
		chain,
		pseudonym: pseudonymOf(pseudonym),
		consentId: consentIdOf(consent),
		version: 1,
		custodian: custodian as MemberId,
		title: "Canary title",
		custodial: false,
		provision: {
			type: "permit",
			grantees: [{ kind: "study", study: "canary-study" }],
			purposes: ["HRESCH"],
			classes: ["genomics"],
			labels: ["hiv"],
			level: "deidentified",
		},
	};
	return { terms, salt: `${idOf(consent)}${idOf(pseudonym)}` };
}

const who = fc.record({
	person: fc.constantFrom(...persons),
	other: fc.constantFrom(...persons),
	custodian: fc.constantFrom(...custodians),
	elsewhere: fc.constantFrom(...custodians),
	generation: fc.constantFrom(...generations),
	number: fc.nat(1),
	what: fc.constantFrom(
		"enrol",
		"enrol",
		"grant",
		"change",
		"revoke",
		"delegate",
		"delegate-own",
		"rotate",
		"rotate-own",
		"paper",
		"relationship",
		"destroyed",
		"use",
	),
});
type Step = typeof who extends fc.Arbitrary<infer S> ? S : never;

/** Plays one step; a refusal is as good an outcome as any. */
function play(ledger: MemoryLedger, { person, other, custodian, elsewhere, generation, number, what }: Step): string {
	const key = keyName(person, custodian, generation);
	const consent = `${key}/${number}`;
	const grant = grantBody(key, consent, { termsCommitment: commitTerms(termsFor(key, custodian, consent)) });
	const { pseudonym, ...changed } = grant;
	switch (what) {
		case "enrol":
			return ledger.codeOf("consent", "enrol", key, enrolBody(key, [delegateOf(`delegate of ${key}`)], custodian));
		case "grant":
			return ledger.codeOf("consent", "grant", key, grant);
		case "change":
			return ledger.codeOf("consent", "change", key, { ...changed, version: 1 });
		case "revoke":
			return ledger.codeOf("consent", "revoke", `delegate of ${key}`, { consentId: grant.consentId });
		case "delegate":
			return ledger.codeOf("consent", "delegate", key, { pseudonym, delegate: delegateOf(`friend ${number} of ${key}`) });
		// The careless wallet: the person's key for one custodian appointed, or succeeding, at another.
		case "delegate-own":
			return ledger.codeOf("consent", "delegate", key, { pseudonym, delegate: delegateOf(keyName(other, elsewhere, 1 - generation)) });
		case "rotate":
			return ledger.codeOf("consent", "rotate", key, rotateBody(key, keyName(person, custodian, 1)));
		case "rotate-own":
			return ledger.codeOf("consent", "rotate", key, rotateBody(key, keyName(person, elsewhere, 0)));
		case "paper":
			return ledger.codeOf("consent", "grantCustodial", custodian, grant);
		case "relationship": {
			const validUntil = "2026-12-31" as CivilDay;
			const subject = keyOf("doctor").publicKey;
			const fields = {
				chain,
				credentialId: idOf(consent),
				kind: "relationship",
				issuer: custodian as MemberId,
				subject,
				validUntil,
				pseudonym,
			} as const;
			const commitment = commitRelationship({ pseudonym, salt: "77".repeat(32), patientSignature: keyOf(key).sign(relationshipMessage(fields)) });
			return ledger.codeOf("credentials", "issue", custodian, {
				credentialId: fields.credentialId,
				subject,
				kind: "relationship",
				validUntil,
				commitment,
			});
		}
		case "destroyed":
			return ledger.codeOf("consent", "destroyed", custodian, {
				pseudonym,
				unreadableSinceMs: 0,
				unreadableInBackupsFromMs: 1,
				auditKeyHeldUntilMs: 2,
			});
		case "use":
			return ledger.codeOf("consent", "legalUse", custodian, {
				pseudonym,
				useId: idOf(consent),
				basis: "court-order",
				useCommitment: "ab".repeat(32),
			});
	}
}

/** Everything anyone can read: each state entry with its key, and each event. */
function texts(ledger: MemoryLedger): readonly string[] {
	return [...ledger.state].map(([key, value]) => `${key} ${JSON.stringify(value)}`).concat(ledger.events.map((event) => JSON.stringify(event)));
}

/**
 * True when a text names pseudonyms of the person at two custodians. A key is a pseudonym where it was enrolled: one that a careless wallet
 * used up as a delegate here can never become one elsewhere.
 */
function linksPerson(ledger: MemoryLedger, text: string, person: string): boolean {
	const seen = new Set<string>();
	for (const custodian of custodians) {
		for (const generation of generations) {
			const pseudonym = pseudonymOf(keyName(person, custodian, generation));
			const enrolment = readEnrolment(ledger, pseudonym);
			if (enrolment !== undefined && text.includes(pseudonym)) seen.add(enrolment.custodian);
		}
	}
	return seen.size > 1;
}

const termWords = ["canary-study", "Canary title", ...[...dataClasses, ...purposes, ...levels, ...sensitivityLabels].map((word) => `"${word}"`)];

const calm: Step = { person: "anna", other: "anna", custodian: "charite", elsewhere: "mayo", generation: 0, number: 0, what: "enrol" };

describe("[RU6] invariant 3: what the ledger shows", () => {
	it("links no two relationships of a person, and tells no term of a consent, after any sequence of actions", () => {
		const accepted = new Set<string>();
		const refused = new Set<string>();
		fc.assert(
			fc.property(fc.array(who, { minLength: 30, maxLength: 90 }), (steps) => {
				const ledger = new MemoryLedger(members);
				for (const step of steps) {
					const code = play(ledger, step);
					if (code === "accepted") accepted.add(step.what);
					else refused.add(code);
				}
				for (const text of texts(ledger)) {
					for (const person of persons) expect(linksPerson(ledger, text, person)).toBe(false);
					for (const word of termWords) expect(text).not.toContain(word);
				}
			}),
			{ numRuns: 50, seed: 7 },
		);
		for (const what of ["enrol", "grant", "change", "revoke", "delegate", "rotate", "paper", "relationship", "destroyed", "use"])
			expect(accepted).toContain(what);
		expect(refused).toContain("CONSENT_KEY_NOT_SEPARATE");
	});

	it("the reader above sees a link and a term where they are planted", () => {
		const ledger = new MemoryLedger(members);
		const [here, there] = custodians.map((custodian) => pseudonymOf(keyName("anna", custodian, 0)));
		for (const custodian of custodians) play(ledger, { ...calm, custodian });
		ledger.state.set(`consent|c/${here}`, { delegates: [{ key: there! }], classes: ["genomics"] });
		expect(texts(ledger).some((text) => linksPerson(ledger, text, "anna"))).toBe(true);
		expect(texts(ledger).some((text) => termWords.some((word) => text.includes(word)))).toBe(true);
	});
});

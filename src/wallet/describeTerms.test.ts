import { describe, expect, it } from "vitest";
import type { ConsentId, MemberId, Pseudonym, PublicKey } from "#base";
import {
	type ConsentTerms,
	type CredentialKind,
	credentialKinds,
	dataClasses,
	levels,
	type Provision,
	purposes,
	sensitivityLabels,
} from "#contracts";
import { describeTerms } from "./describeTerms.ts";

const custodian = "clinic-a" as MemberId;

function termsOf(provision: Provision, changes: Partial<ConsentTerms> = {}): ConsentTerms {
	return {
		format: "aceso/terms/1",
		chain: "test",
		pseudonym: "aa".repeat(32) as Pseudonym,
		consentId: "bb".repeat(16) as ConsentId,
		version: 1,
		custodian,
		title: "",
		provision,
		custodial: false,
		...changes,
	};
}

const specialist = termsOf({
	type: "permit",
	grantees: [{ kind: "member", member: custodian, credential: "practitioner" }],
	purposes: ["TREAT"],
	classes: ["conditions", "laboratory", "medications"],
	level: "identified",
	startMs: Date.parse("2026-03-01T00:00:00Z"),
	endMs: Date.parse("2027-03-01T00:00:00Z"),
	actions: ["read"],
	exceptions: [{ type: "deny", labels: ["mental-health"] }],
});

describe("a consent in plain sentences", () => {
	it("[WA10] says who, what, for what, how much and until when; the end is the last day it holds", () => {
		expect(describeTerms(specialist, "en", { memberName: () => "Clinic A" })).toEqual([
			"You let doctors and nurses at Clinic A see your illnesses, your lab results and your drugs.",
			"This is only for your care.",
			"They see that it is you.",
			"Private topics, such as mental health or HIV, stay closed.",
			"It starts on 1 March 2026.",
			"It ends after 28 February 2027.",
			"But: You do not let them see or add to any of it.",
			"It is about data on mental health.",
			"You can stop this at any time.",
			"What was shown before you stop cannot be taken back.",
		]);
	});

	it("[WA10] says the same in German", () => {
		const text = describeTerms(specialist, "de", { memberName: () => "Klinik A" });
		expect(text[0]).toBe(
			"Sie erlauben: Ärztinnen, Ärzte und Pflegende bei Klinik A dürfen Ihre Krankheiten, Ihre Laborwerte und Ihre Medikamente einsehen.",
		);
		expect(text).toContain("Es endet nach dem 28. Februar 2027.");
		expect(text.length).toBe(describeTerms(specialist, "en").length);
	});

	it("[WA11] every restriction of a provision has its words: adding one changes what is read", () => {
		const base: Provision = { type: "permit" };
		const restrictions: readonly Partial<Provision>[] = [
			{ grantees: [{ kind: "study", study: "ONCO-1" }] },
			{ purposes: ["CLINTRCH"] },
			{ classes: ["genomics"] },
			{ labels: ["hiv"] },
			{ conditions: ["oncology"] },
			{ diseases: ["MONDO:0004992"] },
			{ level: "aggregate" },
			{ startMs: 0 },
			{ endMs: 86_400_000 },
			{ models: ["prevent-base"] },
			{ actions: ["read"] },
			{ actions: ["write"] },
			{ records: ["Observation/1"] },
			{ authors: ["Practitioner/1"] },
			{ encounters: ["Encounter/1"] },
			{ dataFromMs: 0 },
			{ dataToMs: 86_400_000 },
			{ exceptions: [{ type: "deny" }] },
			{ type: "deny" },
		];
		for (const language of ["en", "de"] as const) {
			const plain = describeTerms(termsOf(base), language).join(" ");
			const texts = restrictions.map((restriction) => describeTerms(termsOf({ ...base, ...restriction }), language).join(" "));
			expect(new Set([plain, ...texts]).size).toBe(restrictions.length + 1);
			const paid = describeTerms(termsOf(base, { compensation: { cents: 1205, currency: "EUR", per: "use" } }), language).join(" ");
			expect(paid).toContain("12.05 EUR");
			expect(describeTerms(termsOf(base, { custodial: true }), language).join(" ")).not.toBe(plain);
		}
	});

	it("[WA11] a rule without a level says that the patient is recognised; it never reads as less than it is", () => {
		expect(describeTerms(termsOf({ type: "permit" }), "en")).toContain("They see that it is you.");
		expect(describeTerms(termsOf({ type: "permit" }), "en")[0]).toBe("You let anyone who asks see and add to all of your data.");
	});

	it("[WA12] reads at grade 8 or below in English, over every word of the closed lists", () => {
		const samples = [
			specialist,
			...credentialKinds.map((credential) => termsOf({ type: "permit", grantees: [{ kind: "credential", credential }] })),
			...dataClasses.map((name) => termsOf({ type: "permit", grantees: doctors("practitioner"), classes: [name] })),
			...purposes.map((purpose) => termsOf({ type: "permit", grantees: doctors("researcher"), purposes: [purpose] })),
			...levels.map((level) => termsOf({ type: "permit", grantees: doctors("researcher"), level })),
			...sensitivityLabels.map((label) => termsOf({ type: "permit", grantees: doctors("practitioner"), labels: [label] })),
			termsOf({ type: "permit", classes: dataClasses, purposes, labels: sensitivityLabels, exceptions: [{ type: "deny", labels: ["hiv"] }] }),
			termsOf({ type: "deny", grantees: [{ kind: "actor", key: "cc".repeat(32) as PublicKey }] }),
		];
		for (const terms of samples.slice(0, -2))
			expect(gradeOf(describeTerms(terms, "en")), describeTerms(terms, "en").join(" ")).toBeLessThanOrEqual(8);
		expect(gradeOf(samples.flatMap((terms) => describeTerms(terms, "en")))).toBeLessThanOrEqual(8);
	});
});

function doctors(credential: CredentialKind): Provision["grantees"] {
	return [{ kind: "member", member: custodian, credential }];
}

/** Flesch–Kincaid grade (Kincaid et al. 1975): 0.39 words/sentences + 11.8 syllables/words − 15.59; syllables counted as groups of vowels. */
function gradeOf(sentences: readonly string[]): number {
	const words = sentences.flatMap((sentence) => sentence.match(/[A-Za-z']+/g) ?? []);
	const syllables = words.reduce(
		(sum, word) =>
			sum +
			Math.max(
				1,
				(
					word
						.toLowerCase()
						.replace(/e$/, "")
						.match(/[aeiouy]+/g) ?? []
				).length,
			),
		0,
	);
	const ends = sentences.join(" ").match(/[.](\s|$)/g)?.length ?? 1;
	return 0.39 * (words.length / ends) + 11.8 * (syllables / words.length) - 15.59;
}

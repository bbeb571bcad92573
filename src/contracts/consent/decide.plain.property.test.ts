import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CivilDay, ConsentId, MemberId, Pseudonym } from "#base";
import { credential, hospital, institute, pseudonym, stateWith, type TestConsent } from "../testing/decisions.ts";
import { chain, idOf, keyOf, noon } from "../testing/memoryLedger.ts";
import { admitPlainly, decidePlainly } from "../testing/plainDecider.ts";
import { implicitPolicies, levels, sensitivityLabels } from "../vocabulary.ts";
import { admits, type RecordFacts } from "./admits.ts";
import { decide, prepareDecisions } from "./decide.ts";
import { commitLegalUse, type LegalUseTerms } from "./legalUse.ts";
import { noConsent } from "./readers.ts";
import type { DecisionRequest, DecisionState, Grantee, LawfulUse, OpenedTerms, Provision, RecordFilter, RequesterCredential } from "./terms.ts";

const halfDay = 43_200_000;
/** The end of the last day of 2025, an instant of the next day, and that day's end: periods and last days meet there. */
const instants = [noon - halfDay, noon, noon + halfDay];
const anyInstant = fc.constantFrom(...instants);
const anyMoment = fc.tuple(anyInstant, fc.constantFrom(-1, 0, 1)).map(([instant, step]) => instant + step);

const some = <T>(...items: readonly T[]) => fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: 3 });
const few = <T>(...items: readonly T[]) => fc.uniqueArray(fc.constantFrom(...items), { maxLength: 3 });
/** Few fields at a time, or nothing would ever match. */
function sparse(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
	return fc.subarray(Object.keys(fields), { maxLength: 3 }).chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, fields[key]!]))));
}

const classes = ["notes", "genomics", "other", "laboratory"] as const;
const purposes = ["TREAT", "ETREAT", "HRESCH", "CLINTRCH", "HPAYMT"] as const;
const diseases = ["MONDO:1", "MONDO:2", "MONDO:3"] as const;
/** Of each kind two whose last characters differ and two whose last characters do not tell them apart. */
const studies = ["trial-1", "trial-2", "study-1", "trial-5"] as const;
const departments = ["oncology", "urology", "surgeri"] as const;
const keys = ["doctor", "psychiatrist", "stranger"].map((name) => keyOf(name).publicKey);
const members = [hospital, institute] as const;

const grantee: fc.Arbitrary<Grantee> = fc.oneof(
	fc.record({
		kind: fc.constant("member" as const),
		member: fc.constantFrom(...members),
		credential: fc.constantFrom("practitioner" as const, "researcher" as const),
	}),
	fc.record({
		kind: fc.constant("credential" as const),
		credential: fc.constantFrom("practitioner" as const, "researcher" as const, "relationship" as const, "guardianship" as const),
	}),
	fc.record({ kind: fc.constant("actor" as const), key: fc.constantFrom(...keys) }),
	fc.record({ kind: fc.constant("study" as const), study: fc.constantFrom(...studies) }),
	fc.record({ kind: fc.constant("department" as const), member: fc.constantFrom(...members), department: fc.constantFrom(...departments) }),
);

const restrictions = {
	grantees: fc.array(grantee, { minLength: 1, maxLength: 3 }),
	purposes: some(...purposes),
	classes: some(...classes),
	conditions: some("oncology", "cardiology"),
	diseases: some(...diseases),
	startMs: anyInstant,
	endMs: anyInstant,
	actions: fc.constantFrom(["read"], ["write"], ["read", "write"]),
	records: some("Observation/1", "Observation/2"),
	authors: some("Practitioner/1", "Practitioner/2"),
	encounters: some("Encounter/1", "Encounter/2"),
	dataFromMs: anyInstant,
	dataToMs: anyInstant,
};
const models = some("prevent", "score");
const labels = ["hiv", "violence", "mental-health"] as const;
const permitFields = { ...restrictions, labels: few(...labels), level: fc.constantFrom(...levels), models };
const denyFields = { ...restrictions, labels: some(...labels), models };

function provisionOf(depth: number): fc.Arbitrary<Provision> {
	const exceptions = depth === 0 ? fc.constant([]) : fc.array(provisionOf(depth - 1), { maxLength: 2 });
	const isOrdered = (from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY) => from < to;
	return fc
		.tuple(fc.boolean(), sparse(permitFields), sparse(denyFields), exceptions)
		.map(([permit, grant, refuse, nested]) => {
			const below = nested.length > 0 ? { exceptions: nested } : {};
			return (permit ? { type: "permit", ...grant, ...below } : { type: "deny", ...refuse, ...below }) as Provision;
		})
		.filter(({ startMs, endMs, dataFromMs, dataToMs }) => isOrdered(startMs, endMs) && isOrdered(dataFromMs, dataToMs));
}

/** What a custodian may hand over in place of the terms that were committed to. */
const alterations: readonly ((opened: OpenedTerms) => OpenedTerms | undefined)[] = [
	() => undefined,
	(opened) => ({ ...opened, salt: "00".repeat(32) }),
	(opened) => ({ ...opened, terms: { ...opened.terms, title: "Another" } }),
	(opened) => ({ ...opened, terms: { ...opened.terms, version: 2 } }),
];
interface Drawn {
	readonly consent: TestConsent;
	readonly altered: boolean;
}
const rarely = <T>(value: fc.Arbitrary<T>, weight = 10) => fc.option(value, { nil: undefined, freq: weight });
const drawn: fc.Arbitrary<Drawn> = fc
	.record({
		provision: provisionOf(2),
		custodial: fc.boolean(),
		status: fc.constantFrom("active", "active", "active", "active", "withdrawn", "revoked"),
		validUntil: fc.constantFrom("2025-12-31", "2026-01-01", "2026-01-01", "2030-12-31", "2030-12-31"),
		opened: fc.nat(40).map((at) => alterations[at]),
	})
	.map(({ provision, custodial, status, validUntil, opened }) => {
		const ledger = { status: status as "active", validUntil: validUntil as CivilDay };
		return { consent: { provision, terms: { custodial }, ledger, ...(opened && { opened }) }, altered: opened !== undefined };
	});

/** What an auditor may be shown in place of the relationship, or what it has become. */
const asItIs = (state: DecisionState): DecisionState => state;
const circumstances: readonly ((state: DecisionState) => DecisionState)[] = [
	...Array.from({ length: 12 }, () => asItIs),
	(state) => ({ ...state, consents: [...state.consents].reverse() }),
	(state) => ({ ...state, consents: state.consents.slice(1) }),
	(state) => ({ ...state, consents: [...state.consents, ...state.consents.slice(0, 1)] }),
	(state) => ({ ...state, consents: state.consents.slice(0, -1).reverse(), enrolment: { ...state.enrolment!, consents: state.consents.length - 1 } }),
	// The oldest names the newest: a ring leaves out whoever stood before.
	(state) => ({ ...state, consents: state.consents.map((one, at, all) => (at === all.length - 2 ? { ...one, previous: all[0]!.consentId } : one)) }),
	(state) => ({ ...state, enrolment: { ...state.enrolment!, latest: noConsent } }),
	(state) => ({ ...state, enrolment: { ...state.enrolment!, status: "rotated", successor: keyOf("next").publicKey as Pseudonym } }),
	(state) => ({ ...state, enrolment: { ...state.enrolment!, status: "destroyed", destroyedAtMs: noon } }),
	(state) => ({ ...state, enrolment: undefined }),
	() => ({ ...stateWith([]), enrolment: undefined, implicitPolicy: "all-data-for-treatment" }),
];

interface Case {
	readonly state: DecisionState;
	readonly isTrue: (id: ConsentId) => boolean;
}
const relationships: fc.Arbitrary<Case> = fc
	.tuple(fc.array(drawn, { maxLength: 4 }), fc.constantFrom(...circumstances), fc.constantFrom(...implicitPolicies))
	.map(([consents, circumstance, implicitPolicy]) => {
		const state = stateWith(
			consents.map(({ consent }) => consent),
			{ implicitPolicy },
		);
		const altered = consents.flatMap((one, at) => (one.altered ? [idOf(`consent ${at}`)] : []));
		return { state: circumstance(state), isTrue: (id) => !altered.includes(id) };
	});

const credentials: fc.Arbitrary<RequesterCredential> = fc.oneof(
	fc.tuple(fc.constantFrom(...members), rarely(fc.constantFrom(...departments), 2)).map(([member, department]) => {
		return credential("practitioner", member, department === undefined ? {} : { department });
	}),
	fc.constantFrom(...studies).map((study) => credential("researcher", institute, { study })),
	fc
		.tuple(
			fc.constantFrom("relationship" as const, "guardianship" as const),
			fc.constantFrom({ matchesPseudonym: true }, { matchesPseudonym: false }, {}),
		)
		.map(([kind, more]) => credential(kind, hospital, more)),
);

const recipient = { member: hospital };
const legalTerms: LegalUseTerms = {
	...{ format: "aceso/legal-use/1", chain, pseudonym, useId: idOf("use"), custodian: hospital, basis: "statutory-duty", citation: "§ 6" },
	...{ recipient, purpose: "TREAT", classes: ["notes", "other"], labels: ["hiv"], level: "pseudonymised" },
	...{ startMs: noon - halfDay, endMs: noon + halfDay },
};
const salt = "5a".repeat(32);
const lawful: fc.Arbitrary<LawfulUse> = fc
	.constantFrom<[Partial<LegalUseTerms>, object]>(
		...Array.from({ length: 6 }, (): [object, object] => [{}, {}]),
		[{ level: "aggregate", labels: [] }, {}],
		[{ recipient: { member: hospital, key: keys[0]! } }, {}],
		[{ recipient: { member: institute } }, {}],
		[{ chain: "elsewhere" }, {}],
		[{ custodian: institute }, { custodian: institute }],
		[{ custodian: institute }, {}],
		[{ pseudonym: keyOf("other").publicKey as Pseudonym }, { pseudonym: keyOf("other").publicKey }],
		[{}, { pseudonym: keyOf("other").publicKey }],
		[{ basis: "court-order" }, {}],
		[{ useId: idOf("another use") }, {}],
		[{}, { useCommitment: "00".repeat(32) }],
	)
	.map(([changed, recorded]) => {
		const terms = { ...legalTerms, ...changed };
		const { useId, custodian, basis } = legalTerms;
		const useCommitment = commitLegalUse({ terms, salt });
		return { useId, opened: { terms, salt }, recorded: { pseudonym, custodian, basis, useCommitment, recordedAtMs: noon, ...recorded } } as LawfulUse;
	});

const requests: fc.Arbitrary<DecisionRequest> = fc
	.record({
		key: fc.constantFrom(...keys),
		member: fc.constantFrom<MemberId>(...members),
		held: fc.array(credentials, { maxLength: 3 }),
		isPatient: fc.nat(9).map((n) => n === 0),
		action: fc.constantFrom("read" as const, "read" as const, "write" as const),
		purpose: fc.constantFrom(...purposes),
		asked: fc.array(fc.constantFrom(...classes), { minLength: 1, maxLength: 4 }),
		level: fc.constantFrom(...levels),
		emergency: fc.boolean(),
		study: rarely(fc.constantFrom(...studies), 1),
		diseases: rarely(few(...diseases), 1),
		model: fc.option(fc.constantFrom("prevent", "score"), { nil: undefined, freq: 1 }),
		lawfulUse: fc.nat(9).chain((n) => (n === 0 ? lawful : fc.constant(undefined))),
	})
	.map(({ key, member, held, isPatient, asked, study, diseases, model, lawfulUse, ...more }) => ({
		...more,
		requester: { key, member, credentials: held, isPatient },
		...{ pseudonym, classes: asked },
		...(study !== undefined && { study }),
		...(diseases !== undefined && { diseases }),
		...(model !== undefined && { model }),
		...(lawfulUse !== undefined && { lawfulUse }),
	}));

describe("decide beside the rules written once more", () => {
	it("[CN30] [CN31] [CN32] [CN33] [CN36] [CN38] [CN42] [CN45] [CN46] [CN50] [CN52] [CN53] [CN55] every answer, reason, obligation and instant agrees", () => {
		fc.assert(
			fc.property(relationships, fc.array(fc.tuple(requests, anyMoment), { minLength: 4, maxLength: 8 }), ({ state, isTrue }, questions) => {
				const decider = prepareDecisions(state);
				for (const [asked, now] of questions) {
					const expected = decidePlainly(state, asked, now, isTrue);
					expect(decide(state, asked, now)).toEqual(expected);
					expect(decider(asked, now)).toEqual(expected);
				}
			}),
			{ numRuns: 1_000 },
		);
	});

	it("the questions reach every reason, obligation and basis", () => {
		const seen = new Set<string>();
		fc.assert(
			fc.property(relationships, fc.array(fc.tuple(requests, anyMoment), { minLength: 5, maxLength: 5 }), ({ state }, questions) => {
				for (const [asked, now] of questions) {
					const { decision, reasons, obligations } = decide(state, asked, now);
					for (const one of [...reasons, ...obligations]) seen.add(`${decision} ${one}`);
				}
			}),
			// A fixed seed: this asks whether the generators are any good, and must not fail by bad luck.
			{ numRuns: 1_500, seed: 1 },
		);
		const permits = ["PERMITTED_BY_CONSENT", "PERMITTED_BY_IMPLICIT_POLICY", "PERMITTED_TO_PATIENT", "PERMITTED_BY_EMERGENCY", "PERMITTED_BY_LAW"];
		const narrowed = ["TERMS_MISSING", "TERMS_ALTERED", "REFUSED_BY_CONSENT", "LEVEL_TOO_HIGH", "CLASS_NOT_GRANTED"];
		const others = ["ERASED", "ROTATED", "NOT_ENROLLED", "REVOKED", "EXPIRED", "NOT_YET_VALID", "ACTION_NOT_GRANTED", "PURPOSE_DIFFERS"];
		const more = ["GRANTEE_DIFFERS", "DISEASE_DIFFERS", "MODEL_NOT_NAMED", "REFUSED_BY_IMPLICIT_POLICY"];
		const obligations = ["notify-patient", "review-break-glass", "minimum-cohort", "no-redisclosure"];
		const inPermits = [...permits, ...narrowed, ...obligations].map((one) => `permit ${one}`);
		expect([...seen].sort()).toEqual([...inPermits, ...[...narrowed, ...others, ...more].map((one) => `deny ${one}`)].sort());
	});
});

const list = <T>(...items: readonly T[]) => fc.option(some(...items), { nil: undefined, freq: 1 });
const exception = fc.record({
	labels: list(...labels),
	conditions: list("oncology", "cardiology"),
	records: list("Observation/1", "Observation/2"),
	authors: list("Practitioner/1", "Practitioner/2"),
	encounters: list("Encounter/1", "Encounter/2"),
	dataFromMs: fc.option(anyInstant, { nil: undefined, freq: 1 }),
	dataToMs: fc.option(anyInstant, { nil: undefined, freq: 1 }),
});
const isGiven = ([, value]: [string, unknown]) => value !== undefined;
const given = <T extends object>(fields: T): T => Object.fromEntries(Object.entries(fields).filter(isGiven)) as T;
const filter: fc.Arbitrary<RecordFilter> = fc
	.tuple(exception, fc.constantFrom(...levels), few(...sensitivityLabels), fc.array(exception.map(given), { maxLength: 2 }))
	.map(([{ labels: anyLabel, ...fields }, level, names, except]) => {
		return given({ ...fields, anyLabel, basis: "implicit", level, labels: names, except }) as RecordFilter;
	});
const facts: fc.Arbitrary<RecordFacts> = fc.record({
	labels: few(...labels),
	conditions: few("oncology", "cardiology"),
	ref: fc.constantFrom("Observation/1", "Observation/2", "Observation/3"),
	authors: few("Practitioner/1", "Practitioner/2"),
	encounter: fc.constantFrom("Encounter/1", "Encounter/2", null),
	dataTimeMs: fc.option(anyMoment),
});

describe("admits beside the rules written once more", () => {
	it("[CN43] [CN44] [CN51] every record leaves at the same level", () => {
		fc.assert(
			fc.property(fc.array(filter, { maxLength: 3 }), fc.array(facts, { minLength: 5, maxLength: 10 }), (filters, records) => {
				for (const record of records) expect(admits(filters, record)?.level).toBe(admitPlainly(filters, record));
			}),
			{ numRuns: 1_000 },
		);
	});
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { credential, doctor, hospital, institute, person, request, researcher, stateWith, type TestConsent } from "../testing/decisions.ts";
import { idOf, keyOf, noon } from "../testing/memoryLedger.ts";
import { type DataClass, type ImplicitPolicy, implicitPolicies, type Level, levels, type SensitivityLabel } from "../vocabulary.ts";
import { admits, type RecordFacts } from "./admits.ts";
import { levelRank } from "./compileTerms.ts";
import { decide } from "./decide.ts";
import type { Decision, DecisionRequest, DecisionState, Grantee, Provision } from "./terms.ts";

const classes: readonly DataClass[] = ["notes", "genomics", "other"];
const labels: readonly SensitivityLabel[] = ["hiv", "violence"];
const conditions = ["oncology", "cardiology"];
const psychiatrist = person("psychiatrist", hospital, credential("practitioner", hospital, { department: "psychiatry" }));
const visitor = person("visitor", institute, credential("practitioner", hospital));

/** Every combination a filter can tell apart, for the classes in play. */
const records: readonly RecordFacts[] = [[], ["hiv"], ["hiv", "violence"]].flatMap((labels) =>
	[[], ["oncology"], ["oncology", "cardiology"]].flatMap((conditions) =>
		[null, noon - 10, noon + 10].map((dataTimeMs) => ({
			labels: labels as SensitivityLabel[],
			conditions,
			ref: dataTimeMs === null ? "Observation/1" : "Observation/2",
			authors: conditions.length === 0 ? [] : ["Practitioner/1"],
			encounter: labels.length === 0 ? null : "Encounter/1",
			dataTimeMs,
		})),
	),
);

/** Highest rank released for each class and record, −1 where withheld. */
function releases(state: DecisionState, asked: DecisionRequest): readonly number[] {
	return ranksOf(decide(state, asked, noon));
}

function ranksOf(decision: Decision): readonly number[] {
	return classes.flatMap((name) => {
		const verdict = decision.classes.find((one) => one.class === name);
		return records.map((record) => {
			const admission = verdict?.released === true ? admits(verdict.filters, record) : undefined;
			return admission === undefined ? -1 : levelRank(admission.level);
		});
	});
}

const some = <T>(items: readonly T[]) => fc.uniqueArray(fc.constantFrom(...items), { minLength: 1 });
const grantee: fc.Arbitrary<Grantee> = fc.constantFrom<Grantee>(
	{ kind: "member", member: hospital, credential: "practitioner" },
	{ kind: "credential", credential: "researcher" },
	{ kind: "actor", key: doctor.key },
	{ kind: "study", study: "trial-1" },
	{ kind: "department", member: hospital, department: "psychiatry" },
);
const time = fc.constantFrom(noon - 5, noon, noon + 5);

const restrictions = {
	grantees: fc.uniqueArray(grantee, { minLength: 1, maxLength: 2 }),
	purposes: some(["TREAT", "ETREAT", "HRESCH", "CLINTRCH"] as const),
	classes: some(classes),
	conditions: some(conditions),
	diseases: some(["MONDO:1", "MONDO:2"]),
	endMs: time,
	actions: fc.constantFrom(["read"] as const, ["write"] as const),
	records: fc.constant(["Observation/1"]),
	authors: fc.constant(["Practitioner/1"]),
	encounters: fc.constant(["Encounter/1"]),
	dataFromMs: fc.constant(noon),
};
const refusalFields = { ...restrictions, labels: some(labels), models: fc.constant(["prevent"]) };
const grantFields = { ...restrictions, labels: some(labels), models: fc.constant(["prevent"]), level: fc.constantFrom(...levels) };

/** Few fields at a time, or nothing would ever match. */
function sparse(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
	return fc.subarray(Object.keys(fields), { maxLength: 3 }).chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, fields[key]!]))));
}

const refusal = sparse(refusalFields).map((fields) => ({ type: "deny", ...fields }) as Provision);
/** Nested at most so deep. */
function provisionOf(depth: number): fc.Arbitrary<Provision> {
	const exceptions = depth === 0 ? fc.constant([]) : fc.array(provisionOf(depth - 1), { maxLength: 2 });
	return fc.tuple(fc.boolean(), sparse(grantFields), sparse(refusalFields), exceptions).map(([permit, grant, refuse, nested]) => {
		const below = nested.length > 0 ? { exceptions: nested } : {};
		return (permit ? { type: "permit", ...grant, ...below } : { type: "deny", ...refuse, ...below }) as Provision;
	});
}
const provision = provisionOf(2);
const permit = provision.filter(({ type }) => type === "permit");
const provisions = fc.array(provision, { maxLength: 4 });

const asked: fc.Arbitrary<DecisionRequest> = fc
	.record({
		requester: fc.constantFrom(doctor, researcher, psychiatrist, visitor),
		action: fc.constantFrom("read", "write"),
		purpose: fc.constantFrom("TREAT", "ETREAT", "HRESCH", "CLINTRCH"),
		level: fc.constantFrom<Level>(...levels),
		emergency: fc.boolean(),
		more: fc.record(
			{ study: fc.constant("trial-1"), diseases: some(["MONDO:1", "MONDO:2"]), model: fc.constantFrom("prevent", "other") },
			{ requiredKeys: [] },
		),
	})
	.map(({ more, ...given }) => request({ ...given, ...more, classes } as Partial<DecisionRequest>));
const policy = fc.constantFrom<ImplicitPolicy>(...implicitPolicies);

const strictPolicy = fc.constantFrom<ImplicitPolicy>("deny", "break-glass-only");

/** A provision made narrower in one respect. */
const narrowing: fc.Arbitrary<(wide: Provision) => Provision> = fc.oneof(
	fc
		.constantFrom("grantees", "purposes", "classes", "conditions", "diseases", "endMs", "actions", "records", "authors", "encounters", "dataFromMs")
		.chain((field) =>
			(restrictions[field as keyof typeof restrictions] as fc.Arbitrary<unknown>).map((value) => (wide: Provision) => restrict(wide, field, value)),
		),
	fc.constant((wide: Provision) => ({ ...wide, labels: [] })),
	fc
		.constantFrom<Level>(...levels)
		.map((level) => (wide: Provision) => (levelRank(level) < levelRank(wide.level ?? "identified") ? { ...wide, level } : wide)),
	refusal.map((exception) => (wide: Provision) => ({ ...wide, exceptions: [...(wide.exceptions ?? []), exception] })),
);

/** What stood in the field before is kept where both allow it; an empty rest keeps the wide one, since terms have no empty lists. */
function restrict(wide: Provision, field: string, value: unknown): Provision {
	const before = wide[field as keyof Provision];
	if (field === "classes" && before === undefined) {
		const general = (value as DataClass[]).filter((name) => name !== "other");
		return general.length === 0 ? wide : { ...wide, classes: general };
	}
	if (before === undefined) return { ...wide, [field]: value };
	if (!Array.isArray(before)) return wide;
	const rest = before.filter((item: unknown) => (value as unknown[]).some((other) => JSON.stringify(other) === JSON.stringify(item)));
	return rest.length === 0 ? wide : { ...wide, [field]: rest };
}

function expectNoMore(after: readonly number[], before: readonly number[]): void {
	const more = after.findIndex((rank, at) => rank > before[at]!);
	expect(more, `record ${more % records.length} of ${classes[Math.floor(more / records.length)]} is released at more`).toBe(-1);
}

const runs = { numRuns: 400 };

describe("decide, for all consents and requests", () => {
	it("the generators reach every kind of answer", () => {
		const seen = new Set<string>();
		fc.assert(
			fc.property(provisions, policy, asked, (given, implicitPolicy, ask) => {
				const decision = decide(stateWith(given, { implicitPolicy }), ask, noon);
				for (const reason of decision.reasons) seen.add(reason);
				for (const rank of ranksOf(decision)) seen.add(`rank ${rank}`);
			}),
			// A fixed seed: this asks whether the generators are any good, and must not fail by bad luck.
			{ numRuns: 2_000, seed: 1 },
		);
		for (const expected of [
			"PERMITTED_BY_CONSENT",
			"PERMITTED_BY_EMERGENCY",
			"PERMITTED_BY_IMPLICIT_POLICY",
			"REFUSED_BY_CONSENT",
			"MODEL_NOT_NAMED",
		]) {
			expect(seen).toContain(expected);
		}
		for (let rank = -1; rank < levels.length; rank++) expect(seen).toContain(`rank ${rank}`);
	});

	it("[CN49] one more refusal never releases more", () => {
		fc.assert(
			fc.property(provisions, refusal, policy, asked, fc.nat(4), (given, one, implicitPolicy, ask, at) => {
				const more = [...given.slice(0, at), one, ...given.slice(at)];
				expectNoMore(releases(stateWith(more, { implicitPolicy }), ask), releases(stateWith(given, { implicitPolicy }), ask));
			}),
			runs,
		);
	});

	it("[CN49] a narrower permit never releases more", () => {
		fc.assert(
			// Where the custodian's policy releases something, a grant that no longer speaks of the requester gives way to it (CN45).
			fc.property(provisions, permit, narrowing, strictPolicy, asked, (given, wide, narrow, implicitPolicy, ask) => {
				const [before, after] = [wide, narrow(wide)].map((one) => releases(stateWith([...given, one], { implicitPolicy }), ask));
				expectNoMore(after!, before!);
			}),
			runs,
		);
	});

	it("[CN48] the order of consents does not matter", () => {
		const shuffled = provisions.chain((given) =>
			fc.tuple(
				fc.constant(given),
				fc.shuffledSubarray(
					given.map((_, at) => at),
					{ minLength: given.length },
				),
			),
		);
		fc.assert(
			fc.property(shuffled, policy, asked, ([given, order], implicitPolicy, ask) => {
				const state = stateWith(given, { implicitPolicy });
				const other = { ...state, consents: order.map((at) => state.consents[at]!) };
				expect(decide(other, ask, noon)).toEqual(decide(state, ask, noon));
				// Recorded in another order, the ids being the same, the answer is the same as well.
				const named: TestConsent[] = given.map((provision, at) => ({ provision, name: `consent ${at}` }));
				expect(
					decide(
						stateWith(
							order.map((at) => named[at]!),
							{ implicitPolicy },
						),
						ask,
						noon,
					),
				).toEqual(decide(state, ask, noon));
			}),
			runs,
		);
	});

	it("[CN30] the answer exceeds the request in nothing", () => {
		fc.assert(
			fc.property(provisions, policy, asked, fc.subarray([...classes]), (given, implicitPolicy, ask, some) => {
				const decision = decide(stateWith(given, { implicitPolicy }), { ...ask, classes: some }, noon);
				expect(decision.classes.map((verdict) => verdict.class)).toEqual(some);
				for (const verdict of decision.classes) {
					for (const { level } of verdict.released ? verdict.filters : []) expect(levelRank(level)).toBeLessThanOrEqual(levelRank(ask.level));
				}
				expect(decision.decision).toBe(decision.classes.some((verdict) => verdict.released) ? "permit" : "deny");
			}),
			runs,
		);
	});

	it("[CN40] what leaves, one consent or the policy alone would have released: grants never mix", () => {
		fc.assert(
			fc.property(provisions, policy, asked, (given, implicitPolicy, ask) => {
				const alone = [stateWith([], { implicitPolicy }), ...given.map((one) => stateWith([one]))].map((state) => releases(state, ask));
				const bound = releases(stateWith([]), ask).map((_, at) => Math.max(...alone.map((ranks) => ranks[at]!)));
				expectNoMore(releases(stateWith(given, { implicitPolicy }), ask), bound);
			}),
			runs,
		);
	});

	it("[CN49] revoked and expired consents change nothing", () => {
		const ended = fc.constantFrom({ status: "revoked" as const }, { validUntil: "2025-12-31" as never });
		fc.assert(
			fc.property(provisions, provision, ended, policy, asked, (given, gone, ledger, implicitPolicy, ask) => {
				const named: TestConsent[] = given.map((provision, at) => ({ provision, name: `kept ${at}` }));
				const without = decide(stateWith(named, { implicitPolicy }), ask, noon);
				const withIt = decide(stateWith([...named, { provision: gone, ledger, name: "gone" }], { implicitPolicy }), ask, noon);
				expect(withIt.classes).toEqual(without.classes);
				expect(withIt.consents).toEqual(without.consents);
				expect(withIt.consents).not.toContain(idOf("gone"));
			}),
			runs,
		);
	});

	it("[CN41] a stranger named nowhere gets from grants that name grantees nothing", () => {
		const stranger = { ...person("stranger", institute), key: keyOf("stranger").publicKey };
		const named = permit.map((one) => ({ ...one, grantees: one.grantees ?? [{ kind: "actor", key: doctor.key }] }) as Provision);
		fc.assert(
			fc.property(fc.array(named, { maxLength: 3 }), asked, (given, ask) => {
				const decision = decide(stateWith(given), { ...ask, requester: stranger }, noon);
				expect(decision.decision).toBe("deny");
			}),
			runs,
		);
	});
});

import { describe, expect, it } from "vitest";
import type { ConsentId, MemberId, Pseudonym } from "#base";
import {
	credential,
	doctor,
	hospital,
	institute,
	patient,
	person,
	pseudonym,
	request,
	researcher,
	stateWith,
	withPolicy,
} from "../testing/decisions.ts";
import { chain, idOf, keyOf, MemoryLedger, noon } from "../testing/memoryLedger.ts";
import { enrol, pseudonymOf } from "../testing/people.ts";
import { dataClasses, implicitPolicies, levels } from "../vocabulary.ts";
import { admits, type RecordFacts } from "./admits.ts";
import { decide, prepareDecisions } from "./decide.ts";
import { commitLegalUse, type LegalUseTerms, type OpenedLegalUse, readLegalUse } from "./legalUse.ts";
import type { Decision, DecisionRequest, DecisionState, LawfulUse, OpenedTerms, Provision, RecordFilter } from "./terms.ts";

const plain: RecordFacts = {
	labels: [],
	conditions: [],
	ref: "Observation/1",
	authors: ["Practitioner/1"],
	encounter: "Encounter/1",
	dataTimeMs: noon,
};

function filtersOf(decision: Decision, name = "notes"): readonly RecordFilter[] {
	const verdict = decision.classes.find((one) => one.class === name);
	return verdict?.released === true ? verdict.filters : [];
}

function leaves(state: DecisionState, facts: Partial<RecordFacts>, asked: DecisionRequest = request()): boolean {
	return admits(filtersOf(decide(state, asked, noon)), { ...plain, ...facts }) !== undefined;
}

/** Each field of a private provision, a record inside it, one outside it, and one that does not say. */
const fields: [string, Partial<Provision>, Partial<RecordFacts>, Partial<RecordFacts>, Partial<RecordFacts> | undefined][] = [
	["named records", { records: ["Observation/1"] }, {}, { ref: "Observation/2" }, undefined],
	["authors", { authors: ["Practitioner/1"] }, { authors: ["Practitioner/2", "Practitioner/1"] }, { authors: ["Practitioner/2"] }, { authors: [] }],
	["encounters", { encounters: ["Encounter/1"] }, {}, { encounter: "Encounter/2" }, { encounter: null }],
	["a time frame", { dataFromMs: noon, dataToMs: noon + 10 }, { dataTimeMs: noon + 9 }, { dataTimeMs: noon + 10 }, { dataTimeMs: null }],
	["a beginning", { dataFromMs: noon }, {}, { dataTimeMs: noon - 1 }, { dataTimeMs: null }],
	["an end", { dataToMs: noon }, { dataTimeMs: noon - 1 }, {}, { dataTimeMs: null }],
	["conditions", { conditions: ["oncology"] }, { conditions: ["renal", "oncology"] }, { conditions: ["renal"] }, { conditions: [] }],
];

describe("private provisions", () => {
	it.each(fields)("[CN44] a grant for %s: what does not fit, or does not say, stays", (_, field, inside, outside, unsaid) => {
		const state = stateWith([{ type: "permit", ...field }]);
		expect(leaves(state, inside)).toBe(true);
		expect(leaves(state, outside)).toBe(false);
		if (unsaid !== undefined) expect(leaves(state, unsaid)).toBe(false);
	});

	it.each(fields)(
		"[CN44] a refusal of %s, at the top or as an exception: what fits, or does not say, stays",
		(name, field, inside, outside, unsaid) => {
			for (const state of [
				stateWith([{ type: "permit" }, { type: "deny", ...field }]),
				stateWith([{ type: "permit", exceptions: [{ type: "deny", ...field }] }]),
			]) {
				expect(leaves(state, inside)).toBe(false);
				expect(leaves(state, outside)).toBe(true);
				// A record is relevant to the conditions that the table finds: none found is an answer, not silence.
				if (unsaid !== undefined) expect(leaves(state, unsaid)).toBe(name === "conditions");
			}
		},
	);

	it("[CN42] fields of one refusal apply together, and it binds the custodian's policy as well", () => {
		const refusal: Provision = { type: "deny", authors: ["Practitioner/1"], encounters: ["Encounter/1"] };
		const state = withPolicy("all-data-for-treatment", [refusal]);
		expect(leaves(state, {})).toBe(false);
		expect(leaves(state, { encounter: "Encounter/2" })).toBe(true);
		expect(leaves(state, { authors: ["Practitioner/2"] })).toBe(true);
	});

	it("[CN41] a private grant inside a private refusal reaches only what both name", () => {
		const nested: Provision = {
			type: "deny",
			records: ["Observation/1", "Observation/2"],
			exceptions: [{ type: "permit", records: ["Observation/2", "Observation/3"], grantees: [{ kind: "actor", key: doctor.key }] }],
		};
		const state = stateWith([nested]);
		expect(["Observation/1", "Observation/2", "Observation/3"].map((ref) => leaves(state, { ref }))).toEqual([false, true, false]);
	});

	it("[CN36] a department or care team is met through its member's node and credential, and by no namesake elsewhere", () => {
		const team: Provision = { type: "permit", grantees: [{ kind: "department", member: hospital, department: "tumour-board" }] };
		const asks = (via: MemberId, issuer: MemberId, department?: string) =>
			decide(
				stateWith([team]),
				request({ requester: person("x", via, credential("practitioner", issuer, department === undefined ? {} : { department })) }),
				noon,
			).decision;
		expect(asks(hospital, hospital, "tumour-board")).toBe("permit");
		expect(asks(institute, institute, "tumour-board")).toBe("deny");
		expect(asks(institute, hospital, "tumour-board")).toBe("deny");
		expect(asks(hospital, hospital, "urology")).toBe("deny");
		expect(asks(hospital, hospital)).toBe("deny");
	});

	it("[CN36] a relationship of another patient puts nobody into a department", () => {
		const team: Provision = { type: "permit", grantees: [{ kind: "department", member: hospital, department: "d" }] };
		const holder = (matchesPseudonym: boolean) => person("x", hospital, credential("relationship", hospital, { department: "d", matchesPseudonym }));
		expect(decide(stateWith([team]), request({ requester: holder(false) }), noon).decision).toBe("deny");
		expect(decide(stateWith([team]), request({ requester: holder(true) }), noon).decision).toBe("permit");
	});
});

describe("admits", () => {
	const filter = (level: RecordFilter["level"], more: Partial<RecordFilter> = {}): RecordFilter => ({
		basis: `at ${level}`,
		level,
		labels: [],
		except: [],
		...more,
	});

	it("[CN51] the highest level of the filters that admit the record, with its basis; or nothing", () => {
		const all = levels.map((level) => filter(level));
		for (const filters of [all, all.toReversed()]) expect(admits(filters, plain)).toEqual({ level: "identified", basis: "at identified" });
		expect(admits([filter("identified", { records: ["Observation/2"] }), filter("aggregate")], plain)).toEqual({
			level: "aggregate",
			basis: "at aggregate",
		});
		expect(admits([], plain)).toBeUndefined();
		expect(admits([filter("identified")], { ...plain, labels: ["hiv"] })).toBeUndefined();
	});

	it("[CN51] of equal filters the first is named", () => {
		expect(admits([filter("compute", { basis: "a" }), filter("compute", { basis: "b" })], plain)?.basis).toBe("a");
	});
});

describe("obligations and custodial consents", () => {
	it("[CN52] each answer carries what it obliges to, and nothing else", () => {
		const due = (state: DecisionState, asked: DecisionRequest) => decide(state, asked, noon).obligations;
		const emergency = request({ purpose: "ETREAT", emergency: true });
		expect(due(withPolicy("break-glass-only"), emergency)).toEqual(["notify-patient", "review-break-glass", "no-redisclosure"]);
		for (const level of levels) {
			const needsCohort = level === "aggregate" || level === "deidentified";
			expect(due(stateWith([{ type: "permit", level }]), request()), level).toEqual(needsCohort || level === "compute" ? ["minimum-cohort"] : []);
		}
		expect(due(stateWith([{ type: "permit", labels: ["hiv"] }]), request())).toEqual(["no-redisclosure"]);
		expect(due(stateWith([]), request({ requester: patient }))).toEqual([]);
		expect(due(stateWith([]), request())).toEqual([]);
	});

	it("[CN47] a withdrawn grant gives nothing and a withdrawn refusal, or a limit, holds on", () => {
		const withdrawn = (provision: Provision) => ({ provision, ledger: { status: "withdrawn" as const } });
		expect(decide(stateWith([withdrawn({ type: "permit" })]), request(), noon).decision).toBe("deny");
		expect(decide(stateWith([{ type: "permit" }, withdrawn({ type: "deny" })]), request(), noon).decision).toBe("deny");
		// The custodian's own act would else have put its policy in the place of the patient's limit.
		expect(decide(withPolicy("all-data-for-treatment", [withdrawn({ type: "permit", classes: ["notes"] })]), request(), noon).decision).toBe("deny");
	});

	it("[CN47] a paper consent is for treatment, whatever its terms say, and refuses whatever its terms say", () => {
		const paper = (provision: Provision) => ({ provision, terms: { custodial: true } });
		const outcomes = (["TREAT", "ETREAT", "HRESCH", "HPAYMT"] as const).map(
			(purpose) => decide(stateWith([paper({ type: "permit" })]), request({ purpose }), noon).decision,
		);
		expect(outcomes).toEqual(["permit", "permit", "deny", "deny"]);
		expect(decide(stateWith([{ type: "permit" }, paper({ type: "deny" })]), request({ purpose: "HRESCH" }), noon).decision).toBe("deny");
	});
});

describe("the custodian's policy and grants", () => {
	it("[CN45] a grant that speaks of the requester and purpose goes before the policy, for what it leaves out too", () => {
		const state = withPolicy("normal-data-for-treatment", [{ type: "permit", purposes: ["TREAT"], dataFromMs: noon }]);
		expect(leaves(state, {})).toBe(true);
		expect(leaves(state, { dataTimeMs: noon - 1 })).toBe(false);
	});

	it.each<[string, Provision]>([
		["for research", { type: "permit", purposes: ["HRESCH"] }],
		["to somebody else", { type: "permit", grantees: [{ kind: "actor", key: keyOf("nobody").publicKey }] }],
		["not begun", { type: "permit", startMs: noon + 1 }],
		["over", { type: "permit", endMs: noon }],
		["to write", { type: "permit", actions: ["write"] }],
	])("[CN45] a grant %s leaves the policy alone", (_, provision) => {
		expect(leaves(withPolicy("normal-data-for-treatment", [provision]), {})).toBe(true);
	});

	it("[CN54] a decider answers as decide does, and keeps to the state it was made of", () => {
		const given: Provision[] = [{ type: "permit" }, { type: "deny", classes: ["genomics"] }, { type: "permit", level: "aggregate", endMs: noon + 5 }];
		for (const implicitPolicy of implicitPolicies) {
			const state = stateWith(given, { implicitPolicy });
			const decider = prepareDecisions(state);
			const requests = [
				request(),
				request({ requester: researcher, purpose: "HRESCH" }),
				request({ requester: patient }),
				request({ purpose: "ETREAT", emergency: true }),
			];
			for (const asked of requests) for (const now of [noon, noon + 5]) expect(decider(asked, now)).toEqual(decide(state, asked, now));
		}
		const terms = new Map(stateWith(given).terms);
		const decider = prepareDecisions({ ...stateWith(given), terms });
		terms.set(idOf("consent 0") as ConsentId, { salt: "" } as OpenedTerms);
		expect(decider(request(), noon).decision).toBe("permit");
	});

	it("[CN54] what is done to an answer changes no later one, at whatever level it was asked for", () => {
		const decider = prepareDecisions(stateWith([{ type: "permit", labels: ["hiv"] }]));
		for (const level of ["identified", "pseudonymised", "identified"] as const) {
			const [verdict] = decider(request({ level }), noon).classes;
			const [filter] = verdict?.released === true ? verdict.filters : [];
			expect(filter).toMatchObject({ level, labels: ["hiv"], except: [] });
			expect(() => Object.assign(filter as object, { level: "identified", labels: ["violence"], records: [] })).toThrow(TypeError);
		}
	});
});

describe("uses required by law", () => {
	const office = person("officer", institute);
	const terms: LegalUseTerms = {
		format: "aceso/legal-use/1",
		chain,
		pseudonym,
		useId: idOf("use"),
		custodian: hospital,
		basis: "statutory-duty",
		citation: "IfSG § 6",
		recipient: { member: institute },
		purpose: "PUBHLTH",
		classes: ["laboratory"],
		labels: ["hiv"],
		level: "pseudonymised",
		startMs: noon,
		endMs: noon + 1_000,
	};

	function lawful(changes: Partial<LegalUseTerms> = {}, recorded: Partial<LawfulUse["recorded"]> = {}): LawfulUse {
		const opened: OpenedLegalUse = { terms: { ...terms, ...changes }, salt: "ab".repeat(32) };
		const { pseudonym, custodian, basis } = opened.terms;
		return {
			useId: terms.useId,
			opened,
			recorded: { pseudonym, custodian, basis, useCommitment: commitLegalUse(opened), recordedAtMs: noon, ...recorded },
		};
	}
	const asks = (lawfulUse: LawfulUse, more: Partial<DecisionRequest> = {}) => request({ requester: office, purpose: "PUBHLTH", lawfulUse, ...more });
	const refusal = withPolicy("deny", [{ type: "deny" }]);

	it("[CN53] what the law names leaves, whatever the patient refused, and the patient is notified", () => {
		const decision = decide(refusal, asks(lawful()), noon);
		expect(decision).toMatchObject({
			decision: "permit",
			consents: [],
			expiresAtMs: noon + 1_000,
			obligations: ["notify-patient", "no-redisclosure"],
		});
		expect(decision.reasons).toEqual(["PERMITTED_BY_LAW", "CLASS_NOT_GRANTED"]);
		expect(decision.classes.filter(({ released }) => released).map((one) => one.class)).toEqual(["laboratory"]);
		expect(admits(filtersOf(decision, "laboratory"), { ...plain, labels: ["hiv"] })).toEqual({ level: "pseudonymised", basis: "law" });
		expect(admits(filtersOf(decision, "laboratory"), { ...plain, labels: ["violence"] })).toBeUndefined();
		const least = decide(refusal, asks(lawful(), { level: "aggregate" }), noon);
		expect(filtersOf(least, "laboratory")[0]?.level).toBe("aggregate");
	});

	const others: [string, LawfulUse, Partial<DecisionRequest>, number][] = [
		["before its time", lawful(), {}, noon - 1],
		["after its time", lawful(), {}, noon + 1_000],
		["another purpose", lawful(), { purpose: "HRESCH" }, noon],
		["to write", lawful(), { action: "write" }, noon],
		["with a model", lawful(), { model: "prevent" }, noon],
		["another member", lawful(), { requester: doctor }, noon],
		["another person than the order names", lawful({ recipient: { member: institute, key: doctor.key } }), {}, noon],
		["another patient's use", lawful({ pseudonym: keyOf("other").publicKey as Pseudonym }), {}, noon],
		["another custodian's use", lawful({ custodian: institute }), {}, noon],
		["another chain's use", lawful({ chain: "elsewhere" }), {}, noon],
		["another use's record", { ...lawful(), useId: idOf("another") }, {}, noon],
		["another basis than recorded", lawful({}, { basis: "court-order" }), {}, noon],
		["terms that were changed", { ...lawful(), opened: { ...lawful().opened, terms: { ...terms, classes: dataClasses } } }, {}, noon],
		["terms that are none", { ...lawful(), opened: { ...lawful().opened, salt: "" } }, {}, noon],
	];
	it.each(others)("[CN53] %s: consents decide, and refuse", (_, use, more, now) => {
		expect(decide(refusal, asks(use, more), now)).toMatchObject({ decision: "deny", consents: [] });
	});

	it("[CN53] nothing is found by itself, and the erased stay erased", () => {
		expect(decide(refusal, request({ requester: office, purpose: "PUBHLTH" }), noon).decision).toBe("deny");
		const state = stateWith([]);
		const erased = { ...state, enrolment: { ...state.enrolment!, status: "destroyed" as const } };
		expect(decide(erased, asks(lawful()), noon)).toMatchObject({ decision: "deny", reasons: ["ERASED"] });
	});

	it("[CN14] the ledger holds the coarse basis and the commitment, and gives them back", () => {
		const ledger = new MemoryLedger();
		enrol(ledger, "anna");
		const use = lawful({ pseudonym: pseudonymOf("anna"), custodian: "charite" as MemberId });
		const body = { pseudonym: pseudonymOf("anna"), useId: use.useId, basis: use.recorded.basis, useCommitment: use.recorded.useCommitment };
		expect(ledger.codeOf("consent", "legalUse", "charite", body)).toBe("accepted");
		expect(readLegalUse(ledger, use.useId)).toEqual({ ...use.recorded, recordedAtMs: ledger.time });
		expect(JSON.stringify([...ledger.state])).not.toContain("IfSG");
		expect(readLegalUse(ledger, idOf("none"))).toBeUndefined();
	});
});

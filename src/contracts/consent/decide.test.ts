import { describe, expect, it } from "vitest";
import type { ConsentId, MemberId } from "#base";
import {
	credential,
	doctor,
	hospital,
	institute,
	patient,
	person,
	type pseudonym,
	request,
	researcher,
	stateWith,
	type TestConsent,
	withPolicy,
} from "../testing/decisions.ts";
import { idOf, keyOf, noon } from "../testing/memoryLedger.ts";
import { type DataClass, dataClasses, type ImplicitPolicy, implicitPolicies, sensitivityLabels } from "../vocabulary.ts";
import { admits, type RecordFacts } from "./admits.ts";
import { decide } from "./decide.ts";
import type { Decision, DecisionRequest, DecisionState, OpenedTerms, Provision } from "./terms.ts";

const allButOther = dataClasses.filter((name) => name !== "other");
const plain: RecordFacts = {
	labels: [],
	conditions: [],
	ref: "Observation/1",
	authors: ["Practitioner/1"],
	encounter: "Encounter/1",
	dataTimeMs: noon,
};
const treat: Provision = { type: "permit", purposes: ["TREAT"], grantees: [{ kind: "member", member: hospital, credential: "practitioner" }] };

function released(decision: Decision): readonly DataClass[] {
	return decision.classes.filter((verdict) => verdict.released).map((verdict) => verdict.class);
}

function filters(decision: Decision, name: DataClass) {
	const verdict = decision.classes.find((one) => one.class === name);
	return verdict?.released === true ? verdict.filters : [];
}

/** What of a record leaves, as `level by basis`, or nothing. */
function outcome(state: DecisionState, asked: DecisionRequest, name: DataClass, facts: Partial<RecordFacts> = {}, now = noon): string {
	const admission = admits(filters(decide(state, asked, now), name), { ...plain, ...facts });
	return admission === undefined ? "withheld" : admission.level;
}

describe("decide: the three cases of the design", () => {
	const trial: Provision = {
		type: "permit",
		grantees: [{ kind: "credential", credential: "researcher" }],
		purposes: ["CLINTRCH"],
		classes: ["genomics"],
		conditions: ["oncology"],
		diseases: ["MONDO:0004992"],
		level: "deidentified",
		startMs: noon - 1_000,
		endMs: noon + 1_000,
	};
	const asked = request({ requester: researcher, purpose: "CLINTRCH", level: "identified", diseases: ["MONDO:0004992"] });

	it("[CN40] drug trial: de-identified tumour genomics and nothing else", () => {
		const state = stateWith([trial]);
		const decision = decide(state, asked, noon);
		expect(released(decision)).toEqual(["genomics"]);
		expect(decision).toMatchObject({ decision: "permit", consents: [idOf("consent 0")], expiresAtMs: noon + 1_000, obligations: ["minimum-cohort"] });
		expect(decision.reasons).toEqual(["PERMITTED_BY_CONSENT", "LEVEL_TOO_HIGH", "CLASS_NOT_GRANTED"]);
		expect(outcome(state, asked, "genomics", { conditions: ["oncology"] })).toBe("deidentified");
		expect(outcome(state, asked, "genomics")).toBe("withheld");
	});

	it("[CN34] drug trial: a request outside the dates, without the credential or for another disease gets nothing", () => {
		const state = stateWith([trial]);
		const refused: [DecisionRequest, number, string][] = [
			[asked, noon + 1_000, "EXPIRED"],
			[asked, noon - 1_001, "NOT_YET_VALID"],
			[{ ...asked, requester: doctor }, noon, "GRANTEE_DIFFERS"],
			[{ ...asked, purpose: "HRESCH" }, noon, "PURPOSE_DIFFERS"],
			[{ ...asked, purpose: "TREAT" }, noon, "PURPOSE_DIFFERS"],
			[{ ...asked, diseases: ["MONDO:0005148"] }, noon, "DISEASE_DIFFERS"],
			[{ ...asked, diseases: undefined }, noon, "DISEASE_DIFFERS"],
		];
		for (const [bad, now, reason] of refused) {
			const decision = decide(state, bad, now);
			expect(decision.decision).toBe("deny");
			expect(decision.reasons).toContain(reason);
			expect(released(decision)).toEqual([]);
		}
		expect(decide(state, asked, noon - 1_000).decision).toBe("permit");
		expect(decide(state, asked, noon + 999).decision).toBe("permit");
	});

	it("[CN36] routine care: the specialist with a relationship reads the relevant history of the condition", () => {
		const care: Provision = {
			type: "permit",
			grantees: [{ kind: "credential", credential: "relationship" }],
			purposes: ["TREAT"],
			conditions: ["cardiology"],
		};
		const state = stateWith([care]);
		const specialist = (matchesPseudonym: boolean) => person("specialist", institute, credential("relationship", institute, { matchesPseudonym }));
		const asking = request({ requester: specialist(true) });
		expect(released(decide(state, asking, noon))).toEqual(allButOther);
		expect(outcome(state, asking, "laboratory", { conditions: ["cardiology", "renal"] })).toBe("identified");
		expect(outcome(state, asking, "laboratory", { conditions: ["renal"] })).toBe("withheld");
		expect(outcome(state, asking, "laboratory", { conditions: ["cardiology"], labels: ["hiv"] })).toBe("withheld");
		expect(decide(state, request({ requester: specialist(false) }), noon).reasons).toContain("GRANTEE_DIFFERS");
	});

	it("[CN40] population research: aggregates only, whatever is asked", () => {
		const open: Provision = {
			type: "permit",
			grantees: [{ kind: "credential", credential: "researcher" }],
			purposes: ["HRESCH"],
			level: "aggregate",
		};
		const state = stateWith([open]);
		for (const level of ["aggregate", "deidentified", "identified"] as const) {
			expect(outcome(state, request({ requester: researcher, purpose: "HRESCH", level }), "conditions")).toBe("aggregate");
		}
		expect(decide(state, request({ requester: researcher, purpose: "TREAT" }), noon).decision).toBe("deny");
	});
});

describe("decide: who asks", () => {
	it("[CN32] patients and delegates read everything, at the level they ask, and an unknown pseudonym's patient does not exist", () => {
		const decision = decide(stateWith([{ type: "deny" }]), request({ requester: patient, purpose: "PATRQT" }), noon);
		expect(released(decision)).toEqual(dataClasses);
		expect(filters(decision, "other")).toEqual([{ basis: "patient", level: "identified", labels: sensitivityLabels, except: [] }]);
		expect(decision.reasons).toEqual(["PERMITTED_TO_PATIENT"]);
		const low = decide(stateWith([]), request({ requester: patient, level: "aggregate" }), noon);
		expect(filters(low, "notes")[0]?.level).toBe("aggregate");
		const unknown = decide({ ...stateWith([]), enrolment: undefined }, request({ requester: patient }), noon);
		expect(unknown).toMatchObject({ decision: "deny", reasons: ["NOT_ENROLLED", "CLASS_NOT_GRANTED", "REFUSED_BY_IMPLICIT_POLICY"] });
	});

	it("[CN32] a patient's right to read is no right to write", () => {
		expect(decide(stateWith([]), request({ requester: patient, action: "write" }), noon).decision).toBe("deny");
	});

	it("[CN31] an erased relationship releases nothing to anyone, a rotated one only break-glass", () => {
		const state = withPolicy("all-data-for-treatment", [treat]);
		const emergency = request({ purpose: "ETREAT", emergency: true });
		const as = (status: "rotated" | "destroyed") => ({ ...state, enrolment: { ...state.enrolment!, status } });
		for (const asked of [request(), emergency, request({ requester: patient })]) {
			expect(decide(as("destroyed"), asked, noon)).toMatchObject({ decision: "deny", reasons: ["ERASED"] });
		}
		expect(decide(as("rotated"), request(), noon).reasons).toContain("ROTATED");
		expect(decide(as("rotated"), request({ requester: patient }), noon).decision).toBe("deny");
		expect(decide(as("rotated"), emergency, noon).decision).toBe("permit");
	});

	const other = "other-hospital" as MemberId;
	const grantees: [string, Provision["grantees"], DecisionRequest, boolean][] = [
		["member", treat.grantees, request(), true],
		["another member's practitioner", treat.grantees, request({ requester: person("x", other, credential("practitioner", other)) }), false],
		[
			"its practitioner through another member's node",
			treat.grantees,
			request({ requester: person("x", other, credential("practitioner", hospital)) }),
			false,
		],
		[
			"another's practitioner through its node",
			treat.grantees,
			request({ requester: person("x", hospital, credential("practitioner", other)) }),
			false,
		],
		["another kind of credential", treat.grantees, request({ requester: person("x", hospital, credential("researcher", hospital)) }), false],
		["the actor", [{ kind: "actor", key: doctor.key }], request(), true],
		["another actor", [{ kind: "actor", key: keyOf("nobody").publicKey }], request(), false],
		["the department", [{ kind: "department", member: hospital, department: "oncology" }], request(), true],
		["another department", [{ kind: "department", member: hospital, department: "urology" }], request(), false],
		["the study", [{ kind: "study", study: "trial-1" }], request({ requester: researcher, study: "trial-1" }), true],
		["the study, unnamed in the request", [{ kind: "study", study: "trial-1" }], request({ requester: researcher }), false],
		["the study, named without a credential", [{ kind: "study", study: "trial-1" }], request({ study: "trial-1" }), false],
		["any of several", [{ kind: "actor", key: keyOf("nobody").publicKey }, ...treat.grantees!], request(), true],
		["anyone", undefined, request({ requester: person("x", other) }), true],
	];
	it.each(grantees)("[CN36] grantee: %s", (_, grantees, asked, permitted) => {
		const grant: Provision = { type: "permit", ...(grantees && { grantees }) };
		expect(decide(stateWith([grant]), asked, noon).decision).toBe(permitted ? "permit" : "deny");
	});

	it("[CN36] a refusal is met by the credential or by the node: borrowing another node does not evade it", () => {
		const state = stateWith([{ type: "permit" }, { type: "deny", grantees: treat.grantees }]);
		for (const [via, issuer] of [
			[hospital, hospital],
			[hospital, other],
			[other, hospital],
		] as const) {
			expect(decide(state, request({ requester: person("x", via, credential("practitioner", issuer)) }), noon).decision).toBe("deny");
		}
		expect(decide(state, request({ requester: person("x", other, credential("practitioner", other)) }), noon).decision).toBe("permit");
		const study = stateWith([{ type: "permit" }, { type: "deny", grantees: [{ kind: "study", study: "trial-1" }] }]);
		expect(decide(study, request({ requester: researcher }), noon).decision).toBe("deny");
		expect(decide(study, request({ study: "trial-1" }), noon).decision).toBe("deny");
	});
});

describe("decide: what is asked", () => {
	it.each([
		["TREAT", "TREAT", true],
		["TREAT", "ETREAT", true],
		["ETREAT", "TREAT", false],
		["HRESCH", "CLINTRCH", true],
		["CLINTRCH", "HRESCH", false],
		["TREAT", "HRESCH", false],
		["PUBHLTH", "HRESCH", false],
	] as const)("[CN35] a grant for %s and a request for %s", (granted, purpose, permitted) => {
		expect(decide(stateWith([{ type: "permit", purposes: [granted] }]), request({ purpose }), noon).decision).toBe(permitted ? "permit" : "deny");
		const denied = stateWith([{ type: "permit" }, { type: "deny", purposes: [granted] }]);
		expect(decide(denied, request({ purpose }), noon).decision).toBe(permitted ? "deny" : "permit");
	});

	it("[CN37] `other` and labels leave only where named", () => {
		const general = stateWith([{ type: "permit" }]);
		expect(released(decide(general, request(), noon))).toEqual(allButOther);
		expect(outcome(general, request(), "notes", { labels: ["violence"] })).toBe("withheld");
		const named = stateWith([{ type: "permit", classes: ["other", "notes"], labels: ["violence", "hiv"] }]);
		expect(released(decide(named, request(), noon))).toEqual(["notes", "other"]);
		expect(outcome(named, request(), "notes", { labels: ["violence", "hiv"] })).toBe("identified");
		expect(outcome(named, request(), "notes", { labels: ["violence", "mental-health"] })).toBe("withheld");
		expect(decide(named, request(), noon).obligations).toEqual(["no-redisclosure"]);
	});

	it("[CN43] two grants of one label each do not add up to a record with both", () => {
		const state = stateWith([
			{ type: "permit", labels: ["hiv"] },
			{ type: "permit", labels: ["violence"] },
		]);
		expect(outcome(state, request(), "notes", { labels: ["hiv", "violence"] })).toBe("withheld");
		expect(outcome(state, request(), "notes", { labels: ["hiv"] })).toBe("identified");
	});

	it("[CN39] a model needs to be named whatever the level, and naming one leaves reading alone", () => {
		const named = stateWith([{ type: "permit", models: ["prevent"] }]);
		const ask = (model: string | undefined, level: DecisionRequest["level"]) => request({ ...(model && { model }), level });
		expect(outcome(named, ask("prevent", "compute"), "laboratory")).toBe("compute");
		expect(outcome(named, ask("prevent", "identified"), "laboratory")).toBe("identified");
		expect(outcome(named, ask("other", "compute"), "laboratory")).toBe("withheld");
		expect(outcome(named, ask("other", "aggregate"), "laboratory")).toBe("withheld");
		expect(outcome(named, ask(undefined, "compute"), "laboratory")).toBe("aggregate");
		expect(outcome(named, ask(undefined, "identified"), "laboratory")).toBe("identified");
		const unnamed = stateWith([{ type: "permit" }]);
		expect(decide(unnamed, ask("prevent", "compute"), noon).reasons).toContain("MODEL_NOT_NAMED");
		const computeOnly = stateWith([{ type: "permit", level: "compute", models: ["prevent"] }]);
		expect(outcome(computeOnly, ask(undefined, "identified"), "laboratory")).toBe("aggregate");
		expect(outcome(computeOnly, ask("prevent", "identified"), "laboratory")).toBe("compute");
		expect(outcome(computeOnly, ask(undefined, "aggregate"), "laboratory")).toBe("aggregate");
	});

	it("[CN40] permits unite with their own levels: a filter for all never takes the level of a filter for one", () => {
		const state = stateWith([
			{ type: "permit", level: "deidentified" },
			{ type: "permit", classes: ["genomics"], records: ["Observation/7"], level: "identified" },
		]);
		expect(outcome(state, request(), "genomics", { ref: "Observation/7" })).toBe("identified");
		expect(outcome(state, request(), "genomics")).toBe("deidentified");
		expect(outcome(state, request(), "notes", { ref: "Observation/7" })).toBe("deidentified");
	});

	it("[CN37] actions: a grant to read is none to write", () => {
		const state = stateWith([{ type: "permit", actions: ["read"] }]);
		expect(decide(state, request({ action: "write" }), noon).reasons).toContain("ACTION_NOT_GRANTED");
		expect(decide(stateWith([{ type: "permit" }]), request({ action: "write" }), noon).decision).toBe("permit");
	});

	it("[CN38] a refusal for a disease also meets a use that names none", () => {
		const state = stateWith([{ type: "permit" }, { type: "deny", purposes: ["HRESCH"], diseases: ["MONDO:1"] }]);
		const ask = (diseases?: readonly string[]) => decide(state, request({ purpose: "HRESCH", ...(diseases && { diseases }) }), noon).decision;
		expect([ask(["MONDO:1"]), ask(["MONDO:2", "MONDO:1"]), ask(), ask([]), ask(["MONDO:2"])]).toEqual(["deny", "deny", "deny", "deny", "permit"]);
	});

	it("[CN30] a class asked twice is answered once", () => {
		expect(decide(stateWith([{ type: "permit" }]), request({ classes: ["notes", "notes", "other"] }), noon).classes.map((one) => one.class)).toEqual([
			"notes",
			"other",
		]);
	});
});

describe("decide: refusals and exceptions", () => {
	it("[CN42] a refusal beats every other consent and the implicit policy", () => {
		const state = withPolicy("all-data-for-treatment", [
			treat,
			{ type: "deny", classes: ["genomics"] },
			{ type: "permit", classes: ["genomics", "notes"] },
		]);
		const decision = decide(state, request(), noon);
		expect(released(decision)).toEqual(allButOther.filter((name) => name !== "genomics"));
		expect(decision.reasons).toContain("REFUSED_BY_CONSENT");
		const policyAlone = withPolicy("all-data-for-treatment", [{ type: "deny", classes: ["genomics"] }]);
		expect(released(decide(policyAlone, request(), noon))).toEqual(dataClasses.filter((name) => name !== "genomics"));
	});

	it("[CN43] a label refusal withholds the record from every grant that names the label", () => {
		const state = withPolicy("all-data-for-treatment", [
			{ type: "permit", labels: ["hiv", "violence"] },
			{ type: "deny", labels: ["hiv"] },
		]);
		expect(outcome(state, request(), "notes", { labels: ["hiv"] })).toBe("withheld");
		expect(outcome(state, request(), "notes", { labels: ["hiv", "violence"] })).toBe("withheld");
		expect(outcome(state, request(), "notes", { labels: ["violence"] })).toBe("identified");
		expect(outcome(state, request(), "notes")).toBe("identified");
	});

	it("[CN41] a private exception limits its own grant and no other", () => {
		const limited: Provision = { ...treat, exceptions: [{ type: "deny", classes: ["genomics"] }] };
		expect(released(decide(stateWith([limited]), request(), noon))).toEqual(allButOther.filter((name) => name !== "genomics"));
		const own: Provision = { type: "permit", grantees: [{ kind: "actor", key: doctor.key }], classes: ["genomics"] };
		expect(filters(decide(stateWith([limited, own]), request(), noon), "genomics").map(({ basis }) => basis)).toEqual([idOf("consent 1")]);
	});

	it("[CN41] permit > deny > permit: the inner permit is narrowed by all above it", () => {
		const nested: Provision = {
			...treat,
			level: "pseudonymised",
			exceptions: [
				{
					type: "deny",
					conditions: ["psychiatry"],
					exceptions: [
						{
							type: "permit",
							grantees: [{ kind: "actor", key: keyOf("psychiatrist").publicKey }],
							classes: ["notes"],
							labels: ["mental-health"],
							level: "identified",
						},
					],
				},
			],
		};
		const psychiatrist = request({ requester: person("psychiatrist", hospital, credential("practitioner", hospital)) });
		const note = { conditions: ["psychiatry"], labels: ["mental-health"] as const };
		const state = stateWith([nested]);
		expect(outcome(state, psychiatrist, "notes", note)).toBe("pseudonymised");
		expect(outcome(state, psychiatrist, "laboratory", { conditions: ["psychiatry"] })).toBe("withheld");
		expect(outcome(state, request(), "notes", note)).toBe("withheld");
		expect(outcome(state, request(), "notes", { conditions: ["cardiology"] })).toBe("pseudonymised");
		expect(outcome(state, { ...psychiatrist, purpose: "HRESCH" }, "notes", note)).toBe("withheld");
	});

	it("[CN41] deny > permit > deny: everything refused, except to one person, except one class", () => {
		const nested: Provision = {
			type: "deny",
			exceptions: [
				{
					type: "permit",
					grantees: [{ kind: "actor", key: doctor.key }],
					purposes: ["TREAT"],
					exceptions: [{ type: "deny", classes: ["genomics"] }],
				},
			],
		};
		const state = withPolicy("all-data-for-treatment", [nested]);
		expect(released(decide(state, request(), noon))).toEqual(allButOther.filter((name) => name !== "genomics"));
		expect(decide(state, request({ requester: person("x", hospital, credential("practitioner", hospital)) }), noon).decision).toBe("deny");
	});

	it("[CN42] what a refusal excepts is all that leaves in its scope: another grant adds nothing", () => {
		const optOut: Provision = { type: "deny", exceptions: [{ ...treat, level: "deidentified" }] };
		const state = stateWith([optOut, { type: "permit" }]);
		expect(outcome(state, request(), "notes")).toBe("deidentified");
	});

	it("[CN41] an exception to a refusal of labelled data releases labelled data alone", () => {
		const state = stateWith([
			{ type: "deny", labels: ["hiv"], exceptions: [{ type: "permit", grantees: [{ kind: "actor", key: doctor.key }], labels: ["hiv"] }] },
		]);
		expect(outcome(state, request(), "laboratory", { labels: ["hiv"] })).toBe("identified");
		expect(outcome(state, request(), "laboratory")).toBe("withheld");
	});

	it("[CN41] scopes that exclude each other release nothing", () => {
		const state = stateWith([
			{ type: "permit", conditions: ["oncology"], exceptions: [{ type: "deny", exceptions: [{ type: "permit", conditions: ["cardiology"] }] }] },
		]);
		expect(decide(state, request(), noon).decision).toBe("deny");
	});

	it("[CN44] what a record does not say never fits a grant and always fits a refusal", () => {
		const fields: [Provision, Partial<RecordFacts>, Partial<RecordFacts>][] = [
			[{ type: "permit", authors: ["Practitioner/1"] }, { authors: ["Practitioner/1"] }, { authors: [] }],
			[{ type: "permit", encounters: ["Encounter/1"] }, { encounter: "Encounter/1" }, { encounter: null }],
			[{ type: "permit", dataFromMs: 0 }, { dataTimeMs: 0 }, { dataTimeMs: null }],
			[{ type: "permit", dataToMs: 10 }, { dataTimeMs: 9 }, { dataTimeMs: null }],
		];
		for (const [permit, says, silent] of fields) {
			expect(outcome(stateWith([permit]), request(), "notes", says)).toBe("identified");
			expect(outcome(stateWith([permit]), request(), "notes", silent)).toBe("withheld");
			const denied = stateWith([{ type: "permit" }, { ...permit, type: "deny" }]);
			expect(outcome(denied, request(), "notes", says)).toBe("withheld");
			expect(outcome(denied, request(), "notes", silent)).toBe("withheld");
		}
	});

	it("[CN34] the time of data: start included, end excluded", () => {
		const state = stateWith([{ type: "permit", dataFromMs: 100, dataToMs: 200 }]);
		const at = (dataTimeMs: number) => outcome(state, request(), "notes", { dataTimeMs });
		expect([at(99), at(100), at(199), at(200)]).toEqual(["withheld", "identified", "identified", "withheld"]);
		const denied = stateWith([{ type: "permit" }, { type: "deny", dataFromMs: 100, dataToMs: 200 }]);
		const under = (dataTimeMs: number) => outcome(denied, request(), "notes", { dataTimeMs });
		expect([under(99), under(100), under(199), under(200)]).toEqual(["identified", "withheld", "withheld", "identified"]);
	});
});

describe("decide: implicit policies and break-glass", () => {
	const emergency = request({ purpose: "ETREAT", emergency: true });

	it.each([
		["normal-data-for-treatment", allButOther, "withheld"],
		["all-data-for-treatment", dataClasses, "identified"],
		["break-glass-only", [], "withheld"],
		["deny", [], "withheld"],
	] as const)("[CN45] %s", (policy, classes, labelled) => {
		const state = withPolicy(policy);
		expect(released(decide(state, request(), noon))).toEqual(classes);
		expect(outcome(state, request(), "notes", { labels: ["hiv"] })).toBe(labelled);
		for (const asked of [
			request({ purpose: "HRESCH" }),
			request({ requester: researcher }),
			request({ requester: person("x", institute, credential("practitioner", hospital)) }),
			request({ model: "prevent" }),
			request({ level: "compute" }),
		]) {
			expect(decide(state, asked, noon).decision).toBe("deny");
		}
	});

	it.each(implicitPolicies)("[CN46] break-glass under %s", (policy: ImplicitPolicy) => {
		const decision = decide(withPolicy(policy, [{ type: "deny" }]), emergency, noon);
		if (policy === "deny") return expect(decision).toMatchObject({ decision: "deny", obligations: [] });
		expect(released(decision)).toEqual(dataClasses);
		expect(decision.obligations).toEqual(["notify-patient", "review-break-glass", "no-redisclosure"]);
		expect(decision.reasons).toContain("PERMITTED_BY_EMERGENCY");
	});

	it("[CN46] break-glass is for practitioners who treat: no researcher, no other purpose, no writing, no model", () => {
		const state = withPolicy("break-glass-only");
		for (const overrides of [
			{ requester: researcher },
			{ purpose: "TREAT" },
			{ action: "write" },
			{ model: "prevent" },
			{ level: "compute" },
			{ emergency: false },
		] as const) {
			expect(decide(state, { ...emergency, ...overrides }, noon).decision).toBe("deny");
		}
	});

	it("[CN46] a refusal that names emergency treatment holds even then; one that does not, gives way", () => {
		const state = withPolicy("break-glass-only", [
			{ type: "deny", purposes: ["ETREAT"], classes: ["genomics"] },
			{ type: "deny", purposes: ["TREAT"] },
		]);
		expect(released(decide(state, emergency, noon))).toEqual(dataClasses.filter((name) => name !== "genomics"));
		const label = withPolicy("break-glass-only", [{ type: "deny", purposes: ["ETREAT"], labels: ["reproductive"] }]);
		expect(outcome(label, emergency, "notes", { labels: ["reproductive"] })).toBe("withheld");
		expect(outcome(label, emergency, "notes", { labels: ["hiv"] })).toBe("identified");
	});

	it("[CN45] unenrolled patients are under the custodian's policy alone", () => {
		const state = { ...withPolicy("normal-data-for-treatment"), enrolment: undefined };
		expect(released(decide(state, request(), noon))).toEqual(allButOther);
	});
});

describe("decide: terms that cannot be relied on", () => {
	const emergency = request({ purpose: "ETREAT", emergency: true });
	const altered = (change: (opened: OpenedTerms) => OpenedTerms | undefined): TestConsent => ({
		provision: { type: "deny", classes: ["notes"] },
		opened: change,
	});
	const attacks: [string, TestConsent, string][] = [
		["missing", altered(() => undefined), "TERMS_MISSING"],
		["wider", altered((opened) => ({ ...opened, terms: { ...opened.terms, provision: { type: "permit" } } })), "TERMS_ALTERED"],
		["another salt", altered((opened) => ({ ...opened, salt: "00".repeat(32) })), "TERMS_ALTERED"],
		["no salt", altered((opened) => ({ ...opened, salt: "" })), "TERMS_ALTERED"],
		["an unknown field", altered((opened) => ({ ...opened, terms: { ...opened.terms, extra: 1 } as never })), "TERMS_ALTERED"],
		["not terms at all", altered(() => ({ salt: "00".repeat(32), terms: null }) as never), "TERMS_ALTERED"],
		["signed for another chain", { provision: { type: "permit" }, terms: { chain: "elsewhere" } }, "TERMS_ALTERED"],
		["signed for another custodian", { provision: { type: "permit" }, terms: { custodian: institute } }, "TERMS_ALTERED"],
		[
			"signed by another patient",
			{ provision: { type: "permit" }, terms: { pseudonym: keyOf("mallory").publicKey as typeof pseudonym } },
			"TERMS_ALTERED",
		],
		["of another consent", { provision: { type: "permit" }, terms: { consentId: idOf("another") as ConsentId } }, "TERMS_ALTERED"],
		["of an earlier version", { provision: { type: "permit" }, ledger: { version: 2 } }, "TERMS_ALTERED"],
		[
			"of paper, recorded as the patient's",
			{ provision: { type: "permit" }, terms: { custodial: true }, ledger: { custodial: false } },
			"TERMS_ALTERED",
		],
		["of the patient, recorded as paper", { provision: { type: "permit" }, ledger: { custodial: true } }, "TERMS_ALTERED"],
	];
	it.each(attacks)("[CN33] terms %s refuse everything but the patient's own access and break-glass", (_, attack, reason) => {
		const state = withPolicy("all-data-for-treatment", [{ type: "permit" }, attack]);
		expect(decide(state, request(), noon)).toMatchObject({ decision: "deny", consents: [] });
		expect(decide(state, request(), noon).reasons).toContain(reason);
		expect(decide(state, request({ requester: patient }), noon).decision).toBe("permit");
		expect(decide(state, emergency, noon)).toMatchObject({ decision: "permit" });
	});

	it("[CN33] a chain with a consent left out, added, doubled or swapped refuses: it may have been the refusal", () => {
		const state = withPolicy("all-data-for-treatment", [{ type: "permit" }, { type: "deny" }, { type: "permit" }]);
		const [a, b, c] = state.consents;
		const stranger = stateWith([{ provision: { type: "permit" }, name: "stranger" }]).consents[0]!;
		for (const consents of [[a, c], [a, b], [b, c], [], [a, b, c, stranger], [a, a, c], [a, stranger, c]]) {
			expect(decide({ ...state, consents: consents as typeof state.consents }, request(), noon).reasons).toContain("TERMS_MISSING");
		}
		expect(decide({ ...state, enrolment: undefined }, request(), noon).decision).toBe("deny");
	});

	it("[CN33] terms changed after they were checked change nothing", () => {
		const provision = { type: "permit" as const, classes: ["notes"] as DataClass[] };
		let opened: OpenedTerms | undefined;
		const state = stateWith([{ provision, opened: (terms) => (opened = terms) }]);
		expect(released(decide(state, request(), noon))).toEqual(["notes"]);
		(opened!.terms.provision.classes as DataClass[]).push("genomics");
		expect(released(decide(state, request(), noon))).toEqual(["notes"]);
	});

	it("[CN33] revoked and expired consents need no terms and give none", () => {
		const gone = { provision: { type: "permit" } as const, opened: () => undefined };
		const revoked = decide(stateWith([{ ...gone, ledger: { status: "revoked" } }]), request(), noon);
		expect(revoked).toMatchObject({ decision: "deny", reasons: ["REVOKED", "CLASS_NOT_GRANTED", "REFUSED_BY_IMPLICIT_POLICY"] });
		const expired = decide(stateWith([{ ...gone, ledger: { validUntil: "2025-12-31" as never } }, treat]), request(), noon);
		expect(expired.consents).toEqual([idOf("consent 1")]);
	});

	it("[CN34] a last day ends at midnight UTC, not a millisecond later", () => {
		const state = stateWith([{ provision: { type: "permit" }, ledger: { validUntil: "2026-01-01" as never } }]);
		const midnight = noon + 43_200_000;
		expect(decide(state, request(), midnight - 1)).toMatchObject({ decision: "permit", expiresAtMs: midnight });
		expect(decide(state, request(), midnight)).toMatchObject({ decision: "deny" });
	});

	it("[CN7] a withdrawn consent grants nothing and still refuses", () => {
		const state = stateWith([
			{ provision: { type: "permit" }, ledger: { status: "withdrawn" } },
			{ provision: { type: "permit", classes: ["notes", "genomics"] } },
			{ provision: { type: "deny", classes: ["genomics"], exceptions: [{ type: "permit" }] }, ledger: { status: "withdrawn" } },
		]);
		expect(released(decide(state, request(), noon))).toEqual(["notes"]);
	});

	it("[CN8] a paper consent grants treatment only, whatever its terms say", () => {
		const state = stateWith([{ provision: { type: "permit" }, terms: { custodial: true } }]);
		expect(decide(state, request(), noon).decision).toBe("permit");
		expect(decide(state, request({ purpose: "HRESCH" }), noon).decision).toBe("deny");
	});

	it("[CN50] the answer says when it may change", () => {
		const state = stateWith([
			{ type: "permit", endMs: noon + 500 },
			{ type: "deny", classes: ["notes"], startMs: noon + 300, exceptions: [{ type: "permit", startMs: noon - 5, endMs: noon + 400 }] },
		]);
		expect(decide(state, request(), noon).expiresAtMs).toBe(noon + 300);
		expect(decide(state, request(), noon + 300).expiresAtMs).toBe(noon + 400);
		expect(decide(stateWith([]), request({ requester: patient }), noon).expiresAtMs).toBeNull();
	});
});

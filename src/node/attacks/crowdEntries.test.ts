import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Provision } from "#contracts";
import type { Gate } from "#gate";
import { type ListenedGate, openListenedGate } from "../testing/listenedGate.ts";
import { openSmallNetwork, refusalOf, type SmallNetwork, type SmallPatient, type Staff, smallMembers } from "../testing/smallNetwork.ts";

/** What the log is told of questions about many, each entry whole, and what is answered to them. */
let small: SmallNetwork;
let heard: ListenedGate;
let gate: Gate;
/** One that looks at eleven at most. */
let narrow: ListenedGate;
let researcher: Staff;
const crowd: SmallPatient[] = [];

const toResearchers: Provision = {
	type: "permit",
	grantees: [{ kind: "credential", credential: "researcher" }],
	purposes: ["HRESCH"],
	classes: ["demographics", "conditions"],
	level: "deidentified",
};

beforeAll(async () => {
	small = await openSmallNetwork({ members: smallMembers.slice(0, 1) });
	researcher = await small.hire("researcher");
	[heard, narrow] = [await openListenedGate(small), await openListenedGate(small, { cohortMax: 11 })];
	gate = heard.gate;
	heard.names.set(researcher.key.publicKey, "researcher");
	for (let i = 0; i < 12; i++) {
		const patient = await small.admit({ family: "Crowd", given: `P${i}`, birthDate: "1960-01-01" });
		// One of them says nothing of conditions.
		const classes: Provision["classes"] = i === 0 ? ["demographics"] : ["demographics", "conditions"];
		heard.names.set(await small.grant(patient, { ...toResearchers, classes }), `consent${i}`);
		heard.names.set(patient.pseudonym, `p${i}`);
		crowd.push(patient);
	}
	// The first question opens everybody's terms.
	for (const [value, name] of heard.names) narrow.names.set(value, name);
	for (const each of [gate, narrow.gate]) await each.countPatients(small.sign(researcher.key, count({ purpose: "CLINTRCH", class: "notes" })));
}, 60_000);
/** Nobody has left, and nobody's budget is touched. */
beforeEach(() => {
	for (const { pseudonym } of crowd) gate.memory.forgetCrowd(pseudonym);
	for (const { told, together } of [heard, narrow]) {
		told.splice(0);
		together.splice(0);
	}
});
afterAll(() => small.close());

const lines = () => heard.lines();
const asked = (how: string) => [`researcher (person via north) ${how}`];

const asthma = { system: "http://snomed.info/sct", code: "195967001" };
const count = (more: object = {}) => ({ kind: "count", purpose: "HRESCH", class: "conditions", code: asthma, epsilonMilli: 100, ...more });
const cohort = (more: object = {}) => ({
	kind: "cohort",
	purpose: "HRESCH",
	study: "s",
	classes: ["demographics", "conditions"],
	level: "deidentified",
	...more,
});

describe("questions about many", () => {
	it("[GA58] more than may be looked at: the reason that is written down, and how many may be", async () => {
		const tooMany = { code: "GATE_COHORT_TOO_LARGE", kind: "refused", details: { maximum: 11 } };
		expect(await refusalOf(narrow.gate.releaseCohort(small.sign(researcher.key, cohort())))).toEqual(tooMany);
		expect(narrow.lines()).toEqual(asked("read of nobody: conditions+demographics x0 for HRESCH at deidentified, deny CLASS_NOT_GRANTED []"));
		expect(narrow.together).toEqual([]);
		// As many as may be are looked at.
		expect(await narrow.gate.countPatients(small.sign(researcher.key, count({ study: "narrow" })))).toMatchObject({ fromStore: false });
		expect(narrow.together.map((each) => each.length)).toEqual([11]);
	});

	it("[GA120] a release: everybody in one leaf, each by what they granted and under their own name; what leaves has nobody's", async () => {
		const answer = await gate.releaseCohort(small.sign(researcher.key, cohort()));
		expect(lines()).toEqual([]);
		expect(heard.together).toHaveLength(1);
		expect(heard.together[0]?.map(heard.line).sort()).toEqual(
			crowd
				.map((_, i) => {
					const [what, why] = i === 0 ? ["demographics x1", "+CLASS_NOT_GRANTED"] : ["conditions+demographics x2", ""];
					return `researcher (person via north) read of p${i}: ${what} for HRESCH at deidentified, permit PERMITTED_BY_CONSENT${why} [consent${i}]`;
				})
				.sort(),
		);
		const { patients, ...rest } = answer;
		expect(rest).toEqual({ study: "s", withheld: false, method: "safe-harbor", notice: "This record may be incomplete by the patient's choice." });
		expect(patients.map(({ resources }) => resources.length).sort()).toEqual([1, ...Array.from({ length: 11 }, () => 2)]);
		const coding = { coding: [asthma] };
		const active = { coding: [{ system: "http://terminology.hl7.org/CodeSystem/condition-clinical", code: "active" }] };
		for (const { resources } of patients.filter((each) => each.resources.length > 1)) {
			const [condition, person] = resources.toSorted((a, b) => (a.resourceType < b.resourceType ? -1 : 1));
			expect(person).toEqual({ resourceType: "Patient", id: person?.["id"], gender: "female", birthDate: "1960" });
			expect(condition).toEqual({
				...{ resourceType: "Condition", id: condition?.["id"], clinicalStatus: active, code: coding, onsetDateTime: "2019" },
				subject: { reference: `Patient/${person?.["id"]}` },
			});
		}
		expect(new Set(patients.flatMap(({ resources }) => resources.map(({ id }) => id))).size).toBe(23);
		for (const audience of ["study/s", `key/${researcher.key.publicKey}`])
			expect([...gate.memory.releasedTo(audience)].sort()).toEqual(crowd.map(({ pseudonym }) => pseudonym).sort());
	});

	it("[GA120] [GA53] [GA54] a count: each who may be counted in one leaf and charged, the stored answer under nobody, and a spent budget told as such", async () => {
		const study = "counted";
		const answer = await gate.countPatients(small.sign(researcher.key, count({ study, epsilonMilli: 60 })));
		expect(lines()).toEqual([]);
		expect(heard.together.flatMap((each) => each.map(heard.line)).sort()).toEqual(
			crowd
				.slice(1)
				.map(
					(_, i) =>
						`researcher (person via north) aggregate of p${i + 1}: conditions x1 for HRESCH at aggregate, permit PERMITTED_BY_CONSENT [consent${i + 1}]`,
				)
				.sort(),
		);
		const told = answer.suppressed ? { suppressed: true, below: 11 } : { suppressed: false, count: answer.count, noiseScale: "1000/60" };
		expect(answer).toEqual({ ...told, incomplete: false, epsilonMilli: 60, fromStore: false });
		if (!answer.suppressed) expect(answer.count).toBeGreaterThanOrEqual(11);
		const spent = () => crowd.map(({ pseudonym }) => gate.memory.spentMilliEpsilon(pseudonym, small.network.now() - 1_000_000));
		const before = spent();
		expect(before[0]).toBe(0);
		expect(await gate.countPatients(small.sign(researcher.key, count({ study, epsilonMilli: 60 })))).toEqual({ ...answer, fromStore: true });
		expect(lines()).toEqual(asked("aggregate of nobody: - x0 for HRESCH at aggregate, permit PERMITTED_BY_CONSENT []"));
		expect(heard.together).toHaveLength(1);
		expect(spent()).toEqual(before);
		// Another study, another ε, other diseases, another code or system: each is another question, and paid for.
		const others = [
			{ study: "other" },
			{ epsilonMilli: 59 },
			{ diseases: ["d"] },
			{ code: { ...asthma, code: "1" } },
			{ code: { ...asthma, system: "s" } },
		];
		for (const more of others) {
			expect((await gate.countPatients(small.sign(researcher.key, count({ study, epsilonMilli: 60, ...more })))).fromStore).toBe(false);
		}
		expect(spent()[1]).toBe((before[1] ?? 0) + 4 * 60 + 59);
		expect(spent()[0]).toBe(0);
		// The last of them who has budget left is counted, and the answer says that others were not.
		const left = 1_000 - (spent()[1] ?? 0);
		for (const { pseudonym } of crowd.slice(2)) gate.memory.recordAnswer(`spent ${pseudonym}`, "{}", small.network.now(), left, [pseudonym]);
		heard.together.splice(0);
		const partial = await gate.countPatients(small.sign(researcher.key, count({ study, epsilonMilli: 100, code: { ...asthma, code: "2" } })));
		expect([partial.incomplete, heard.together.map((each) => each.map(({ pseudonym }) => heard.names.get(pseudonym)))]).toEqual([true, [["p1"]]]);
		const rest = 900 - (spent()[1] ?? 0) + 100;
		gate.memory.recordAnswer("spent p1", "{}", small.network.now(), rest, [crowd[1]?.pseudonym as SmallPatient["pseudonym"]]);
		expect(await refusalOf(gate.countPatients(small.sign(researcher.key, count({ study, code: { ...asthma, code: "3" } }))))).toEqual({
			...{ code: "GATE_BUDGET_SPENT", kind: "again", details: {} },
		});
		expect(lines()).toEqual(asked("aggregate of nobody: conditions x0 for HRESCH at aggregate, deny CLASS_NOT_GRANTED []"));
	});
});

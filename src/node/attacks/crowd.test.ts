import { readFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SubjectId } from "#base";
import type { Provision } from "#contracts";
import { createGate } from "#gate";
import { verifyHistory } from "#wallet";
import type { SmallPerson } from "../testing/smallBundle.ts";
import { codeOf, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, smallMembers } from "../testing/smallNetwork.ts";

/** Many patients at once: what can be learned of one from an answer about all. */
let small: SmallNetwork;
let researcher: Staff;
let colleague: Staff;
let stranger: Staff;
const crowd: SmallPatient[] = [];

const toResearchers: Provision = {
	type: "permit",
	grantees: [{ kind: "credential", credential: "researcher" }],
	purposes: ["HRESCH"],
	classes: ["demographics", "conditions", "vitals"],
	level: "deidentified",
};
const toCounters: Provision = { ...toResearchers, level: "aggregate" };

async function join(gender: "male" | "female" = "female", more: SmallPerson["more"] = () => []) {
	const patient = await small.admit({ family: "Crowd", given: `P${crowd.length}`, birthDate: "1960-01-01", gender, more });
	await small.grant(patient, toResearchers);
	crowd.push(patient);
}

beforeAll(async () => {
	small = await openSmallNetwork({ members: smallMembers.slice(0, 1) });
	researcher = await small.hire("researcher");
	colleague = await small.hire("researcher");
	stranger = await small.hire("practitioner");
	for (let i = 0; i < 11; i++) await join();
});
afterAll(() => small.close());

const cohortBody = { kind: "cohort", purpose: "HRESCH", classes: ["demographics", "conditions"], level: "deidentified" };
const cohort = async (study: string, who = researcher) => {
	return (await small.institution().gate.releaseCohort(small.sign(who.key, { ...cohortBody, study }))).patients.length;
};
const asthma = { system: "http://snomed.info/sct", code: "195967001" };
const countBody = (more: object) => ({ kind: "count", purpose: "HRESCH", class: "conditions", code: asthma, epsilonMilli: 100, ...more });
const count = (who: Staff, more: object = {}) => small.institution().gate.countPatients(small.sign(who.key, countBody(more)));

describe("a crowd", () => {
	it("[GA50] ten are too few and eleven leave together; the refusal does not tell how many", async () => {
		const tenth = crowd.pop()!;
		const refused = async () => {
			try {
				await cohort("s1");
				return expect.unreachable();
			} catch (error) {
				return JSON.stringify({ ...(error as object), message: (error as Error).message });
			}
		};
		const lone = await openSmallNetwork({ members: smallMembers.slice(0, 1) });
		const alone = await lone.hire("researcher");
		const body = { kind: "cohort", purpose: "HRESCH", study: "s1", classes: ["demographics", "conditions"], level: "deidentified" };
		const none = await lone
			.institution()
			.gate.releaseCohort(lone.sign(alone.key, body))
			.catch((error: Error) => JSON.stringify({ ...error, message: error.message }));
		await lone.close();
		await small
			.institution()
			.gate.erase(small.sign(tenth.key, { kind: "erase", patient: { by: "pseudonym", pseudonym: tenth.pseudonym }, compartments: "all" }));
		expect(await refused()).toBe(none);
		await join();
		expect(await cohort("s1")).toBe(11);
	});

	it("[GA51] one newcomer waits: the difference between two releases is nobody, whatever the study is called the second time", async () => {
		await join();
		expect(await cohort("s1")).toBe(11);
		// A study of any name can be made up; the same requester asking under another name saw the twelfth patient alone.
		expect(await cohort("s2")).toBe(11);
		expect(await cohort("s3")).toBe(11);
	});

	it("[GA51] eleven newcomers of whom ten wait for others like them do not show the eleventh among those who left before", async () => {
		// Eleven newcomers, but only one of them looks like the first eleven: released with those, the difference would be that one patient.
		for (let i = 0; i < 10; i++) await join("male");
		expect(crowd).toHaveLength(22);
		expect(await cohort("s1")).toBe(11);
		await join("male");
		expect(await cohort("s1")).toBe(22);
	});

	it("[GA52] a stranger is told nothing by a count, whatever is stored, and leaves an entry", async () => {
		for (const patient of crowd) await small.grant(patient, toCounters);
		const told = await count(researcher);
		expect(told.fromStore).toBe(false);
		const before = small.institution().log.size();
		expect(await count(stranger)).toEqual({ suppressed: true, below: 11, epsilonMilli: 100, incomplete: false, fromStore: false });
		expect(small.institution().log.size()).toBe(before + 1);
	});

	it("[GA58] more patients than one question may look at: refused by code, written down, nothing opened", async () => {
		const { id, memberKey, keyring, store, objects, log, gate } = small.institution();
		const { ledger, now, randomBytes, folder } = small.network;
		const nobody = readFileSync(joinPath(folder, "members", id, "nobody.id"), "utf8") as SubjectId;
		const narrow = createGate({
			member: id,
			memberKey,
			ledger,
			keyring,
			store,
			objects,
			log,
			memory: gate.memory,
			nobody,
			now,
			randomBytes,
			cohortMax: crowd.length - 1,
		});
		const questions = [
			() => narrow.countPatients(small.sign(researcher.key, countBody({ code: { ...asthma, code: "too many" } }))),
			() => narrow.releaseCohort(small.sign(researcher.key, { ...cohortBody, study: "too many" })),
		];
		const spent = crowd.map(({ pseudonym }) => gate.memory.spentMilliEpsilon(pseudonym, 0));
		for (const question of questions) {
			// The first question in this gate opens the terms.
			expect(await codeOf(question())).toBe("GATE_COHORT_TOO_LARGE");
			const before = log.size();
			expect(await codeOf(question())).toBe("GATE_COHORT_TOO_LARGE");
			expect(log.size() - before).toBe(1);
		}
		expect(crowd.map(({ pseudonym }) => gate.memory.spentMilliEpsilon(pseudonym, 0))).toEqual(spent);
	});

	it("[GA120] a count over all of them is one leaf, and so is a release; each finds both in the own history, which tells nothing of the others", async () => {
		const { gate, log } = small.institution();
		await gate.anchor(true);
		const before = log.size();
		await count(researcher, { code: { ...asthma, code: "as one leaf" } });
		expect(log.size() - before).toBe(1);
		expect(await cohort("s4")).toBe(22);
		expect(log.size() - before).toBe(2);
		await gate.anchor(true);
		const histories = [];
		for (const { key, pseudonym } of crowd.slice(0, 3)) {
			const history = await gate.showHistory(small.sign(key, { kind: "history", patient: { by: "pseudonym", pseudonym } }));
			const { ledger, genesis } = small.network;
			const trust = { chain: ledger.chain, ledgerKey: genesis.sealer, pseudonym: key.publicKey, now: small.network.now() };
			const report = verifyHistory(JSON.parse(JSON.stringify(history)), trust);
			expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
			const together = report.entries.filter((_, i) => report.places[i] === 256);
			expect(together.map(({ action, level }) => `${action} ${level}`).slice(-2)).toEqual(["aggregate aggregate", "read deidentified"]);
			histories.push(JSON.stringify(history));
		}
		for (const { pseudonym } of crowd.slice(1)) expect(histories[0]).not.toContain(pseudonym);
	});

	it("[GA53] asked again, a count is the same to the digit, costs nothing and is another requester's own question", async () => {
		const spent = () => crowd.map(({ pseudonym }) => small.institution().gate.memory.spentMilliEpsilon(pseudonym, 0));
		const before = spent();
		const again = await count(researcher);
		expect(again).toEqual({ ...again, fromStore: true });
		expect(await count(researcher)).toEqual(again);
		expect(spent()).toEqual(before);
		// What patients granted to one requester was told to another with a single grant of their own.
		expect((await count(colleague)).fromStore).toBe(false);
	});

	it("[GA54] the budget of a year is never overspent, not by fifteen questions at once; when it is spent nothing is told as few", async () => {
		const questions = Array.from({ length: 15 }, (_, index) => count(researcher, { code: { ...asthma, code: String(index) } }));
		const answers = await Promise.allSettled(questions);
		for (const { pseudonym } of crowd) expect(small.institution().gate.memory.spentMilliEpsilon(pseudonym, 0)).toBeLessThanOrEqual(1_000);
		const codes = answers.flatMap((each) => (each.status === "rejected" ? [(each.reason as { code: string }).code] : []));
		expect(new Set(codes)).toEqual(new Set(["GATE_BUDGET_SPENT"]));
		expect(await codeOf(count(researcher, { code: { ...asthma, code: "one more" } }))).toBe("GATE_BUDGET_SPENT");
		// A question answered before the budget was spent keeps its answer.
		expect((await count(researcher)).fromStore).toBe(true);
	});

	it("[GA55] shifted dates and pairwise ids are a requester's own: naming somebody else's study lends no view of it", async () => {
		const [patient] = crowd;
		await small.grant(patient!, {
			type: "permit",
			grantees: [{ kind: "credential", credential: "researcher" }],
			purposes: ["HRESCH"],
			classes: ["vitals"],
			level: "pseudonymised",
		});
		const view = async (who: Staff, study?: string) => {
			const body = { classes: ["vitals"], purpose: "HRESCH", level: "pseudonymised", ...(study === undefined ? {} : { study }) } as const;
			const { resources } = await small.read(who.key, { by: "local", localId: patient!.localId }, body);
			expect(resources).toHaveLength(1);
			return JSON.stringify(resources);
		};
		expect(await view(researcher, "a-trial")).toBe(await view(researcher));
		// Both named the same study and could lay their data side by side, patient by patient.
		expect(await view(colleague, "a-trial")).not.toBe(await view(researcher, "a-trial"));
		// A key's hex as the name of a study gave that key's own view.
		expect(await view(colleague, researcher.key.publicKey)).not.toBe(await view(researcher));
	});

	it("[GA56] that something rare was left out is told, and nothing else is told of it", async () => {
		const ask = async (study: string) => {
			const { key } = await small.hire("researcher");
			return small.institution().gate.releaseCohort(small.sign(key, { ...cohortBody, study }));
		};
		const conditionsOf = ({ patients }: Awaited<ReturnType<typeof ask>>) =>
			patients.flatMap(({ resources }) => resources.filter(({ resourceType }) => resourceType === "Condition"));
		const before = await ask("without");
		await join("female", (subject) => [
			{ resourceType: "Condition", code: { coding: [{ system: "http://snomed.info/sct", code: "190905008" }] }, subject },
		]);
		const after = await ask("with one");
		expect([before.withheld, after.withheld]).toEqual([false, true]);
		expect(after.patients).toHaveLength(before.patients.length + 1);
		expect(conditionsOf(after)).toHaveLength(conditionsOf(before).length + 1);
		expect(JSON.stringify(after)).not.toContain("190905008");
	});
});

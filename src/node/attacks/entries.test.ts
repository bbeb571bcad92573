import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createSigningKey, type Digest, dayMs, encodeHex, type SubjectId } from "#base";
import type { DataClass } from "#contracts";
import { prepareBundle } from "#fhir";
import type { Gate, PatientReference } from "#gate";
import { preventModelId } from "#insight";
import { type ListenedGate, openListenedGate } from "../testing/listenedGate.ts";
import { smallBundle } from "../testing/smallBundle.ts";
import {
	byLocal,
	byPseudonym,
	openSmallNetwork,
	refusalOf,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	toPractitioners,
} from "../testing/smallNetwork.ts";

/**
 * What the log is told of each act, member by member, on a gate of its own whose log is listened to. An entry that says less than was done, or
 * something else, is what an insider would wish for.
 */
let small: SmallNetwork;
let heard: ListenedGate;
let gate: Gate;
let ada: SmallPatient;
/** Of nobody who is here, and not asked about before. */
let absent: PatientReference;
let doctor: Staff;
let outsider: Staff;
let officer: Staff;
let researcher: Staff;
const stranger = createSigningKey(new Uint8Array(32).fill(5));

beforeAll(async () => {
	small = await openSmallNetwork();
	[doctor, officer, researcher] = [await small.hire("practitioner"), await small.hire("compliance-officer"), await small.hire("researcher")];
	outsider = await small.hire("practitioner", { member: "south" });
	await small.publishModel();
	heard = await openListenedGate(small);
	gate = heard.gate;
	const staff = { doctor: doctor.key, outsider: outsider.key, officer: officer.key, researcher: researcher.key, stranger };
	for (const [role, { publicKey }] of Object.entries(staff)) heard.names.set(publicKey, role);
});
/** A patient for each test; the first look, which opens the terms, is over. */
beforeEach(async () => {
	ada = await small.admit({ family: `Told-${randomUUID()}`, given: "Ada", birthDate: "1950-05-05", moreVitals: 1 });
	heard.names.set(ada.pseudonym, "ada");
	heard.names.set(await small.grant(ada, toPractitioners("north", ["conditions", "laboratory", "demographics"])), "consent");
	heard.names.set(await small.grant(ada, toPractitioners("north", ["vitals"], { level: "compute", models: [preventModelId] })), "model");
	await read(doctor.key);
	absent = byLocal(randomUUID());
	heard.told.splice(0);
});
afterAll(() => small.close());

/** All of each entry; when it was and how fresh the ledger then was, is judged apart. */
function lines(): readonly string[] {
	const { network } = small;
	for (const { time, member, height, stalenessMs } of heard.told) {
		expect([member, time <= network.now(), time > network.now() - 60_000]).toEqual(["north", true, true]);
		expect([Number.isInteger(stalenessMs), stalenessMs >= 0, height > 0, height <= network.ledger.head().height]).toEqual([true, true, true, true]);
	}
	return heard.lines();
}

const notAvailable = { code: "GATE_NOT_AVAILABLE", kind: "refused", details: {} };

const read = (key: Staff["key"], more: object = {}, where: object = {}) =>
	gate.release(
		small.sign(
			key,
			{ kind: "read", patient: byLocal(ada.localId), purpose: "TREAT", classes: ["laboratory", "conditions"], level: "identified", ...more },
			where,
		),
	);
const access = () => ({ log: small.institution().log.log, leafIndex: small.institution().log.size() - 1 });
const notice = "This record may be incomplete by the patient's choice.";

describe("what is written down", () => {
	it("[GA2] names what it opens, in order, by which consent; the answer names its place in the log", async () => {
		const answer = await read(doctor.key, { classes: ["medications", "laboratory", "conditions"] });
		expect(lines()).toEqual([
			"doctor (person via north) read of ada: conditions+laboratory x2 for TREAT at identified, permit PERMITTED_BY_CONSENT+CLASS_NOT_GRANTED [consent]",
		]);
		const { resources, access: place, expiresAtMs, ...rest } = answer;
		expect(rest).toEqual({
			classes: [
				{ class: "medications", status: "not-available", levels: [] },
				{ class: "laboratory", status: "released", levels: ["identified"], restricted: false },
				{ class: "conditions", status: "released", levels: ["identified"], restricted: false },
			],
			notice,
			decidedAtHeight: small.network.ledger.head().height,
			obligations: [],
		});
		expect(expiresAtMs).toBeGreaterThan(small.network.now() + 29 * dayMs);
		expect(place).toEqual({ ...access(), entryHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
		expect(resources.map(({ resource, ...beside }) => [resource.resourceType, beside]).sort()).toEqual([
			["Condition", { class: "conditions", level: "identified", filedAtMs: expect.any(Number) }],
			["Observation", { class: "laboratory", level: "identified", filedAtMs: expect.any(Number) }],
		]);
	});

	it("[GA2] [CN66] names no consent, and tells of no duty, of a class that was granted for a model alone", async () => {
		heard.names.set(await small.grant(ada, toPractitioners("north", ["conditions"], { models: [preventModelId] })), "both");
		await read(doctor.key);
		heard.told.splice(0);
		const answer = await read(doctor.key, { classes: ["conditions", "vitals"], model: preventModelId });
		expect(answer.classes).toEqual([
			{ class: "conditions", status: "released", levels: ["identified"], restricted: false },
			{ class: "vitals", status: "not-available", levels: [] },
		]);
		expect(answer.obligations).toEqual([]);
		expect(lines()).toEqual([
			"doctor (person via north) read of ada: conditions x1 for TREAT at identified, permit PERMITTED_BY_CONSENT+LEVEL_TOO_HIGH [both] by prevent-2023",
		]);
	});

	it("[GA2] [GA8] of one record counts it where it may be seen, and none where it may not or is not there", async () => {
		const all = await read(doctor.key, { classes: ["conditions"] });
		const own = await read(ada.key, { purpose: "PATRQT", classes: ["medications"] });
		const idOf = ({ resources }: typeof all) => `${resources[0]?.resource.resourceType}/${resources[0]?.resource["id"]}`;
		heard.told.splice(0);
		const classes: readonly DataClass[] = ["conditions", "medications"];
		for (const [record, count] of [
			[idOf(all), 1],
			[idOf(own), 0],
			["Condition/none", 0],
		] as const) {
			const { resources } = await read(doctor.key, { record, classes });
			expect(resources.map(({ resource }) => `${resource.resourceType}/${resource["id"]}`)).toEqual(count === 1 ? [record] : []);
			expect(lines()).toEqual([
				`doctor (person via north) read of ada: conditions x${count} for TREAT at identified, permit PERMITTED_BY_CONSENT+CLASS_NOT_GRANTED [consent]`,
			]);
		}
	});

	it("[GA2] [GA6] of a refusal tells what was asked for, in order, and nothing that was granted; the answer is that of nobody", async () => {
		const refused = await read(outsider.key, {}, { via: "south" });
		const { access: place, ...rest } = refused;
		expect(place.leafIndex).toBe(access().leafIndex);
		expect(rest).toEqual({
			classes: [
				{ class: "laboratory", status: "not-available", levels: [] },
				{ class: "conditions", status: "not-available", levels: [] },
			],
			...{ resources: [], notice, decidedAtHeight: small.network.ledger.head().height, expiresAtMs: null, obligations: [] },
		});
		expect(lines()).toEqual([
			"outsider (person via south) read of ada: conditions+laboratory x0 for TREAT at identified, deny GRANTEE_DIFFERS+CLASS_NOT_GRANTED+REFUSED_BY_IMPLICIT_POLICY []",
		]);
		const ofNobody = await read(outsider.key, { patient: absent }, { via: "south" });
		expect(ofNobody).toEqual({ ...refused, access: { ...place, leafIndex: access().leafIndex, entryHash: expect.any(String) } });
		expect(lines()).toEqual([
			"north's (system via north) open-terms of nobody: consents x0 for SYSTEM at identified, permit SYSTEM_TASK []",
			"outsider (person via south) read of nobody: conditions+laboratory x0 for TREAT at identified, deny NOT_ENROLLED+CLASS_NOT_GRANTED+REFUSED_BY_IMPLICIT_POLICY []",
		]);
	});

	it("[GA2] by the patient is the patient's, and looks at no consent", async () => {
		await read(ada.key, { patient: byPseudonym(ada.pseudonym), purpose: "PATRQT", classes: ["vitals"] });
		expect(lines()).toEqual([
			"north's (system via north) open-terms of ada: consents x0 for SYSTEM at identified, permit SYSTEM_TASK []",
			`ada (patient via north) read of ada: vitals x2 for PATRQT at identified, permit PERMITTED_TO_PATIENT []`,
		]);
	});

	it("[GA2] [GA4] an emergency that is refused is written down as one, opens no review and notifies nobody", async () => {
		const reviews = gate.memory.reviews().length;
		const answer = await read(researcher.key, { purpose: "ETREAT", classes: ["vitals"], emergencyReason: "found unconscious in the street" });
		expect(answer.classes.map(({ status }) => status)).toEqual(["not-available"]);
		expect(gate.memory.reviews()).toHaveLength(reviews);
		expect(gate.memory.notifications(ada.pseudonym)).toEqual([]);
		expect(lines()).toEqual([expect.stringContaining("researcher (person via north) read of ada: vitals x0 for ETREAT at identified, deny ")]);
	});

	it("[GA2] in an emergency says why, and the patient and the house are told of this very entry", async () => {
		const emergencyReason = "found unconscious in the street";
		const answer = await read(doctor.key, { purpose: "ETREAT", classes: ["vitals"], emergencyReason });
		expect(lines()).toEqual([
			"doctor (person via north) read of ada: vitals x2 for ETREAT at identified, permit PERMITTED_BY_EMERGENCY [] because found unconscious in the street",
		]);
		const { entryHash } = answer.access;
		const [notification] = gate.memory.notifications(ada.pseudonym);
		expect(notification).toMatchObject({ pseudonym: ada.pseudonym, kind: "emergency-access", entryHash });
		const opened = { pseudonym: ada.pseudonym, requester: doctor.key.publicKey, openedAtMs: notification?.atMs, entryHash };
		expect(gate.memory.reviews().at(-1)).toEqual({ id: expect.any(Number), ...opened, status: "open", reviewer: "" });
	});

	it("[GA36] at a level that is no read's is refused before anything is written", async () => {
		for (const level of ["aggregate", "compute", "deidentified"])
			expect(await refusalOf(read(doctor.key, { level }))).toEqual({
				...{ code: "GATE_REQUEST_INVALID", kind: "mistake", details: { at: "body.level" } },
			});
		expect(lines()).toEqual([]);
	});
	const kinds = {
		showHistory: { body: { kind: "history" }, compartments: "-", count: 0 },
		listHolds: { body: { kind: "list-holds" }, compartments: "-", count: 0 },
		listTerms: { body: { kind: "list-terms" }, compartments: "consents", count: 2 },
		listLawfulUses: { body: { kind: "lawful-uses" }, compartments: "consents", count: 2 },
		exportConsent: { body: { kind: "export-consent", consentId: "ab".repeat(16) }, compartments: "consents", count: 2 },
	} as const;

	it.each(Object.entries(kinds))(
		"[GA2] %s is written down of the patient as such, and refused to anybody else as to a stranger",
		async (method, { body, compartments, count }) => {
			const ask = (key: Staff["key"], patient: object) =>
				refusalOf((gate[method as keyof typeof kinds] as (request: unknown) => Promise<unknown>)(small.sign(key, { ...body, patient })));
			const what = (of: string, how: string) => `of ${of}: ${compartments} x${how}`;
			expect(await ask(ada.key, byLocal(ada.localId))).toEqual(method === "exportConsent" ? notAvailable : "answered");
			expect(lines()).toEqual([
				`ada (patient via north) read ${what("ada", String(count))} for PATRQT at identified, permit PERMITTED_TO_PATIENT []`,
			]);
			for (const [patient, of] of [
				[byLocal(ada.localId), "ada"],
				[absent, "nobody"],
			] as const) {
				expect(await ask(doctor.key, patient)).toEqual(notAvailable);
				expect(lines()).toEqual([`doctor (person via north) read ${what(of, "0")} for PATRQT at identified, deny GRANTEE_DIFFERS []`]);
			}
		},
	);

	it("[GA2] [GA20] terms: whose they are, and which consent where they were taken", async () => {
		const { opened } = small.draftGrant(ada, toPractitioners("north", ["claims"]));
		const deposit = (key: Staff["key"], more: object = {}) =>
			gate.depositTerms(small.sign(key, { kind: "deposit-terms", opened: { ...opened, terms: { ...opened.terms, ...more } } }));
		expect(await refusalOf(deposit(doctor.key))).toEqual(notAvailable);
		expect(lines()).toEqual(["doctor (patient via north) write of ada: consents x1 for PATRQT at identified, deny GRANTEE_DIFFERS []"]);
		heard.names.set(opened.terms.consentId, "new");
		expect(await deposit(ada.key)).toEqual({ commitment: expect.stringMatching(/^[0-9a-f]{64}$/) });
		expect(await deposit(ada.key)).toEqual({ commitment: expect.stringMatching(/^[0-9a-f]{64}$/) });
		const permitted = "ada (patient via north) write of ada: consents x1 for PATRQT at identified, permit PERMITTED_TO_PATIENT [new]";
		expect(lines()).toEqual([permitted, permitted]);
		// The same terms twice are kept once.
		expect(await gate.listTerms(small.sign(ada.key, { kind: "list-terms", patient: byLocal(ada.localId) }))).toHaveLength(3);
		heard.told.splice(0);
		for (const more of [{ chain: "another" }, { custodian: "south" }])
			expect(await refusalOf(deposit(ada.key, more))).toEqual({
				...{ code: "GATE_REQUEST_INVALID", kind: "mistake", details: { at: "body.opened.terms" } },
			});
		expect(lines()).toEqual([]);
	});

	it("[GA2] [GA16] [GA161] [GA162] an erasure: by whom, of which classes, refused by whom or what", async () => {
		const erase = (key: Staff["key"], compartments: unknown, patient = byLocal(ada.localId)) =>
			gate.erase(small.sign(key, { kind: "erase", patient, compartments }));
		expect(await refusalOf(erase(doctor.key, "all"))).toEqual(notAvailable);
		expect(await refusalOf(erase(doctor.key, ["claims", "allergies"], absent))).toEqual(notAvailable);
		const untilMs = small.network.now() + 500;
		gate.memory.placeHold(ada.pseudonym, "court order 17", untilMs, 3);
		gate.memory.placeHold(ada.pseudonym, "court order 18", untilMs + 1, 4);
		expect(await refusalOf(erase(ada.key, ["allergies"]))).toEqual({
			...{ code: "GATE_LEGAL_HOLD", kind: "refused", details: { basis: "court order 17", untilMs, holds: 2 } },
		});
		expect(lines()).toEqual([
			"doctor (person via north) erase of ada: - x0 for PATRQT at identified, deny GRANTEE_DIFFERS []",
			"doctor (person via north) erase of nobody: claims+allergies x0 for PATRQT at identified, deny GRANTEE_DIFFERS []",
			"ada (patient via north) erase of ada: allergies x0 for PATRQT at identified, deny REFUSED_BY_IMPLICIT_POLICY []",
		]);
		small.advance(501);
		const receipt = await erase(ada.key, ["claims", "allergies"]);
		expect(receipt).toMatchObject({ transaction: "" });
		expect(lines()).toEqual(["ada (patient via north) erase of ada: claims+allergies x1 for PATRQT at identified, permit PERMITTED_TO_PATIENT []"]);
		expect(gate.memory.partialErasures()).toMatchObject([{ pseudonym: ada.pseudonym, compartments: "allergies+claims", stage: "recorded" }]);
		expect(gate.memory.notifications(ada.pseudonym).at(-1)).toMatchObject({ kind: "erased", entryHash: "" });
	});
	it("[GA14] an erasure that fails on its way stands in the journal as begun, and a start finishes it", async () => {
		const { keyring } = small.institution();
		const failing = vi.spyOn(keyring, "destroy").mockImplementation(() => Promise.reject(new Error("no keyring")));
		const erasing = gate.erase(small.sign(ada.key, { kind: "erase", patient: byLocal(ada.localId), compartments: "all" }));
		await expect(erasing).rejects.toThrow("no keyring");
		failing.mockRestore();
		expect(gate.memory.unfinishedErasures()).toMatchObject([{ pseudonym: ada.pseudonym, compartments: "all", stage: "started", report: "" }]);
		await gate.start();
		expect(gate.memory.unfinishedErasures()).toEqual([]);
		expect(gate.memory.notifications(ada.pseudonym)).toMatchObject([{ kind: "erased", entryHash: "" }]);
		await gate.stop();
	});

	const find = (key: Staff["key"], where: object = {}, family = ada.family) =>
		gate.lookUpPatient(small.sign(key, { kind: "lookup", family, given: "Ada", birthDate: "1950-05-05" }, where));

	it("[GA2] [GA7] a look-up: of whom it found, or of nobody; what is not for researchers is not for those of another house either", async () => {
		expect(await find(doctor.key)).toEqual([{ localId: ada.localId }]);
		expect(await find(doctor.key, {}, ` ${ada.family.toUpperCase()} `)).toEqual([{ localId: ada.localId }]);
		const found = "doctor (person via north) lookup of ada: link x1 for LOOKUP at identified, permit SYSTEM_TASK []";
		expect(lines()).toEqual([found, found]);
		expect(await find(doctor.key, {}, `${ada.family}x`)).toEqual([]);
		expect(lines()).toEqual(["doctor (person via north) lookup of nobody: link x0 for LOOKUP at identified, permit SYSTEM_TASK []"]);
		for (const [key, who, where] of [
			[researcher.key, "researcher", {}],
			[outsider.key, "outsider", {}],
			[stranger, "stranger", {}],
			[outsider.key, "outsider", { via: "south" }],
			[doctor.key, "doctor", { via: "south" }],
		] as const) {
			expect(await find(key, where)).toEqual([]);
			const via = "via" in where ? where.via : "north";
			expect(lines()).toEqual([`${who} (person via ${via}) lookup of nobody: link x0 for LOOKUP at identified, deny GRANTEE_DIFFERS []`]);
		}
	});

	it("[GA2] [GA66] a safety check is a computation at its own level, by its model", async () => {
		const order = { system: "http://www.nlm.nih.gov/research/umls/rxnorm", code: "723" };
		const ask = (model: string) =>
			gate.checkSafety(small.sign(doctor.key, { kind: "safety-check", patient: byLocal(ada.localId), model, order }), async () => "none");
		const { access: place, ...answer } = await ask(preventModelId);
		expect(place.leafIndex).toBe(access().leafIndex);
		expect(answer).toEqual({
			warning: "none",
			classes: ["medications", "allergies", "genomics"].map((each) => ({ class: each, status: "not-available" })),
			notice,
		});
		expect(lines()).toEqual([
			`doctor (person via north) compute of ada: allergies+genomics+medications x0 for PATSFTY at compute, deny PURPOSE_DIFFERS+CLASS_NOT_GRANTED+REFUSED_BY_IMPLICIT_POLICY [] by ${preventModelId}`,
		]);
		expect(await refusalOf(ask("unknown"))).toEqual({ code: "GATE_REQUEST_INVALID", kind: "mistake", details: { at: "body.model" } });
		expect(lines()).toEqual([]);
	});

	it("[GA2] [GA64] [GA65] an insight: computed, filed, signed off, each by its own entry, and refused to all others", async () => {
		const patient = byLocal(ada.localId);
		const [one, two] = [1, 2].map(() => encodeHex(small.network.randomBytes(32)) as Digest) as [Digest, Digest];
		const filed = (insightHash: Digest, ...classes: readonly DataClass[]) => ({
			...{ insightHash, classes, labels: [], resource: { resourceType: "RiskAssessment", status: "final" } },
		});
		const body = { kind: "read", patient, purpose: "TREAT", classes: ["vitals"], level: "compute", model: preventModelId };
		const compute = (key: Staff["key"], results: readonly ReturnType<typeof filed>[], more: object = {}) =>
			gate.computeInsight(
				small.sign(key, { ...body, ...more }),
				() => undefined,
				async ({ resources }) => ({ answer: resources.map(({ class: dataClass, level, labels }) => ({ dataClass, level, labels })), filed: results }),
			);
		expect(await compute(doctor.key, [filed(one, "vitals"), filed(two, "vitals", "conditions")])).toEqual(
			Array.from({ length: 2 }, () => ({ dataClass: "vitals", level: "compute", labels: [] })),
		);
		const computed = `doctor (person via north) compute of ada: vitals x2 for TREAT at compute, permit PERMITTED_BY_CONSENT+CLASS_NOT_GRANTED [model] by ${preventModelId}`;
		expect(lines()).toEqual([
			computed,
			`doctor (person via north) write of ada: conditions+vitals x2 for TREAT at identified, permit CUSTODIAN_RECORD [] by ${preventModelId}`,
		]);
		expect(await compute(doctor.key, [])).not.toEqual([]);
		// By now what was filed is among them.
		expect(lines()).toEqual([computed.replace("x2", "x3")]);
		expect(await compute(outsider.key, [filed(one, "vitals")])).toEqual([]);
		expect(lines()).toEqual([
			`outsider (person via north) compute of ada: vitals x0 for TREAT at compute, deny GRANTEE_DIFFERS+CLASS_NOT_GRANTED+REFUSED_BY_IMPLICIT_POLICY [] by ${preventModelId}`,
		]);
		const known = gate.memory.findInsight(two);
		expect(known).toMatchObject({ hash: two, pseudonym: ada.pseudonym, requester: doctor.key.publicKey, model: preventModelId });
		expect(known).toMatchObject({ classes: "conditions+vitals", decision: "" });
		const own = await small.read(ada.key, patient, { purpose: "PATRQT", classes: ["conditions", "vitals"] });
		expect(own.resources.filter(({ resource }) => resource.resourceType === "RiskAssessment").map(({ resource }) => resource)).toEqual(
			expect.arrayContaining([one, two].map((hash) => ({ resourceType: "RiskAssessment", status: "final", id: hash.slice(0, 32) }))),
		);

		const rendered: unknown[] = [];
		const signOff = (key: Staff["key"], decision: string, reason: string, { hash = one, of = patient, where = {} } = {}) =>
			gate.signOffInsight(small.sign(key, { kind: "sign-off", patient: of, insightHash: hash, decision, reason }, where), (facts, target) => {
				rendered.push({ ...facts, timeMs: 0 }, target);
				return { resourceType: "Provenance" };
			});
		const asked = "sign-off of ada: - x0 for TREAT at identified, deny GRANTEE_DIFFERS []";
		expect(await refusalOf(signOff(outsider.key, "accept", ""))).toEqual(notAvailable);
		expect(await refusalOf(signOff(doctor.key, "accept", "", { hash: "3c".repeat(32) as Digest }))).toEqual(notAvailable);
		expect(await refusalOf(signOff(doctor.key, "accept", "", { where: { via: "south" } }))).toEqual(notAvailable);
		expect(await refusalOf(signOff(doctor.key, "accept", "", { of: absent }))).toEqual(notAvailable);
		expect(lines()).toEqual([
			`outsider (person via north) ${asked}`,
			`doctor (person via north) ${asked}`,
			`doctor (person via south) ${asked}`,
			`doctor (person via north) ${asked.replace("ada", "nobody")}`,
		]);
		for (const reason of ["", "too short", "  123456789  "])
			expect(await refusalOf(signOff(doctor.key, "override", reason))).toEqual({
				...{ code: "GATE_REQUEST_INVALID", kind: "mistake", details: { at: "body.reason" } },
			});
		expect(rendered).toEqual([]);
		const taken = `doctor (person via north) sign-off of ada: - x1 for TREAT at identified, permit CUSTODIAN_RECORD [] by ${preventModelId}`;
		expect(await signOff(doctor.key, "override", " 0123456789 ")).toEqual({ entryHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
		expect(await signOff(doctor.key, "accept", "", { hash: two })).toEqual({ entryHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
		expect(lines()).toEqual([taken, taken]);
		const facts = { clinician: doctor.key.publicKey, timeMs: 0 };
		expect(rendered).toEqual([
			{ insightHash: one, decision: "override", reason: " 0123456789 ", ...facts },
			`RiskAssessment/${one.slice(0, 32)}`,
			{ insightHash: two, decision: "accept", reason: "", ...facts },
			`RiskAssessment/${two.slice(0, 32)}`,
		]);
		expect([gate.memory.findInsight(one)?.decision, gate.memory.findInsight(two)?.decision]).toEqual(["override", "accept"]);
		expect(await refusalOf(signOff(doctor.key, "accept", ""))).toEqual(notAvailable);
	});

	it("[GA2] [GA64] a sign-off that could not be written down is open again", async () => {
		const hash = encodeHex(small.network.randomBytes(32)) as Digest;
		const { pseudonym } = ada;
		const requester = doctor.key.publicKey;
		gate.memory.recordInsights([{ hash, pseudonym, requester, model: "m", classes: "vitals", atMs: 1 }]);
		const body = { kind: "sign-off", patient: byLocal(ada.localId), insightHash: hash, decision: "accept", reason: "" };
		const failing = gate.signOffInsight(small.sign(doctor.key, body), () => {
			throw new Error("not rendered");
		});
		await expect(failing).rejects.toThrow("not rendered");
		expect(gate.memory.findInsight(hash)?.decision).toBe("");
	});

	it("[GA2] [GA40] an import, of each patient how many records; nothing else of them is told", async () => {
		const { text, localId, resources } = smallBundle({ family: "New", given: "Nora", birthDate: "1960-01-01" });
		const prepare = () =>
			prepareBundle(async function* () {
				yield new TextEncoder().encode(text);
			});
		const steps: object[] = [];
		const report = await gate.importRecords(await prepare(), (progress) => steps.push(progress));
		const [patient] = report.patients;
		expect(report).toEqual({
			resources,
			patients: [{ localId, subject: expect.stringMatching(/^[0-9a-f]{32}$/), isNew: true, resources }],
			classes: { demographics: 1, conditions: 1, laboratory: 1, vitals: 1, medications: 1, allergies: 1 },
		});
		expect(steps).toEqual([{ done: resources, total: resources }]);
		const again = await gate.importRecords(await prepare());
		expect(again.patients).toEqual([{ localId, subject: patient?.subject, isNew: false, resources }]);
		heard.names.set((await small.institution().keyring.pseudonymOf(patient?.subject as SubjectId)) as string, "nora");
		const imported = `north's (member via north) import of nora: - x${resources} for TREAT at identified, permit CUSTODIAN_RECORD []`;
		expect(lines()).toEqual([imported, imported]);
	});
	const use = (more: object = {}) => ({
		...{ basis: "statutory-duty", citation: "IfSG § 6", recipient: { member: "south" }, purpose: "PUBHLTH", classes: ["conditions"], labels: [] },
		...{ level: "identified", startMs: small.network.now(), endMs: small.network.now() + 366 * dayMs, ...more },
	});
	const record = (key: Staff["key"], more: object = {}, patient = byLocal(ada.localId)) =>
		gate.recordLawfulUse(small.sign(key, { kind: "record-lawful-use", patient, use: use(more) }));

	it("[GA2] [GA90] [GA91] [GA92] a use that the law requires: recorded, read and listed", async () => {
		expect(await refusalOf(record(doctor.key))).toEqual(notAvailable);
		expect(await refusalOf(record(officer.key, {}, absent))).toEqual(notAvailable);
		const refused = "write of ada: consents x1 for PUBHLTH at identified, deny GRANTEE_DIFFERS []";
		expect(lines()).toEqual([`doctor (person via north) ${refused}`, `officer (person via north) ${refused.replace("ada", "nobody")}`]);
		const startMs = small.network.now();
		for (const [more, at] of [
			[{ recipient: { member: "nowhere" } }, "body.use.recipient.member"],
			[{ startMs, endMs: startMs }, "body.use.endMs"],
			[{ startMs, endMs: startMs + 366 * dayMs + 1 }, "body.use.endMs"],
		] as const)
			expect(await refusalOf(record(officer.key, more))).toEqual({ code: "GATE_REQUEST_INVALID", kind: "mistake", details: { at } });
		expect(lines()).toEqual([]);
		const { useId, transaction } = await record(officer.key);
		expect(transaction).toMatch(/^[0-9a-f]{64}$/);
		heard.names.set(useId, "use");
		expect(lines()).toEqual(["officer (person via north) write of ada: consents x1 for PUBHLTH at identified, permit PERMITTED_BY_LAW [use]"]);
		const asked = { patient: { by: "lawful-use", useId }, purpose: "PUBHLTH", classes: ["conditions", "laboratory"], lawfulUse: useId };
		const answer = await read(outsider.key, asked, { via: "south" });
		expect(answer.classes.map(({ status }) => status)).toEqual(["released", "not-available"]);
		expect(lines()).toEqual([
			"north's (system via north) open-terms of ada: consents x0 for SYSTEM at identified, permit SYSTEM_TASK []",
			"outsider (person via south) read of ada: conditions x1 for PUBHLTH at identified, permit PERMITTED_BY_LAW+CLASS_NOT_GRANTED [use]",
		]);
		const notified = gate.memory.notifications(ada.pseudonym).filter(({ kind }) => kind === "lawful-use");
		expect(notified.map(({ entryHash }) => entryHash)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), answer.access.entryHash]);
		const listed = await gate.listLawfulUses(small.sign(ada.key, { kind: "lawful-uses", patient: byLocal(ada.localId) }));
		expect(listed).toMatchObject([
			{ terms: { ...use(), startMs: expect.any(Number), endMs: expect.any(Number), useId, custodian: "north", pseudonym: ada.pseudonym } },
		]);
		expect(listed[0]?.recordedAtMs).toBeGreaterThan(0);
		heard.told.splice(0);
		// The doctor may name it as well as anybody else: it is not theirs.
		await read(doctor.key, { purpose: "PUBHLTH", lawfulUse: useId });
		expect(lines()).toEqual([
			"doctor (person via north) read of ada: conditions+laboratory x0 for PUBHLTH at identified, deny PURPOSE_DIFFERS+CLASS_NOT_GRANTED+REFUSED_BY_IMPLICIT_POLICY []",
		]);
	});

	it("[GA2] [GA4] [GA168] [GA170] reviews: listed, opened, closed; the open ones first, of each kind the newest first", async () => {
		const emergency = (reason: string, key = doctor.key) => read(key, { purpose: "ETREAT", classes: ["vitals"], emergencyReason: reason });
		await emergency("first emergency of Ada");
		await emergency("second emergency of Ada");
		await emergency("third emergency of Ada");
		const both = await small.hireKey("practitioner", officer.key);
		await emergency("an emergency of the officer", officer.key);
		await small.fire(both);
		heard.told.splice(0);
		const [from, second, third, own] = gate.memory
			.reviews()
			.slice(-4)
			.map(({ id }) => id) as [number, number, number, number];
		const close = (key: Staff["key"], review: number, outcome = "justified", where = {}) =>
			gate.reviewEmergency(small.sign(key, { kind: "review", review, outcome, note: "no time to ask" }, where));
		const nobody = "of nobody: - x0 for HOPERAT at identified";
		for (const [key, review] of [
			[doctor.key, third],
			[officer.key, own],
			[officer.key, 9_999],
		] as const)
			expect(await refusalOf(close(key, review))).toEqual(notAvailable);
		expect(lines()).toEqual(["doctor", "officer", "officer"].map((who) => `${who} (person via north) sign-off ${nobody}, deny GRANTEE_DIFFERS []`));
		await close(officer.key, second);
		await close(officer.key, from, "unjustified");
		const closed = "officer (person via north) sign-off of ada: - x0 for HOPERAT at identified, permit SYSTEM_TASK []";
		expect(lines()).toEqual([`${closed} because justified: no time to ask`, `${closed} because unjustified: no time to ask`]);
		expect(await refusalOf(close(officer.key, from))).toEqual(notAvailable);
		heard.told.splice(0);

		const oversee = <What extends "reviews" | "health" | "members">(what: What, key = officer.key) =>
			gate.oversee(small.sign(key, { kind: "oversee", what }), what);
		const listed = (await oversee("reviews")).filter(({ id }) => id >= from);
		const listing = {
			roles: ["practitioner"],
			requester: doctor.key.publicKey,
			patient: expect.stringMatching(/^[0-9a-f]{12}$/),
			openedAtMs: expect.any(Number),
		};
		expect(listed).toEqual([
			{ ...listing, id: own, status: "open", reviewer: "", mayClose: false, requester: officer.key.publicKey, roles: ["compliance-officer"] },
			{ ...listing, id: third, status: "open", reviewer: "", mayClose: true },
			{ ...listing, id: second, status: "justified", reviewer: officer.key.publicKey, mayClose: false },
			{ ...listing, id: from, status: "unjustified", reviewer: officer.key.publicKey, mayClose: false },
		]);
		expect(new Set(listed.map(({ patient }) => patient)).size).toBe(1);
		expect([await oversee("health"), await oversee("members")]).toEqual([true, true]);
		const seen = `officer (person via north) read ${nobody}, permit CUSTODIAN_RECORD []`;
		expect(lines()).toEqual([seen, seen, seen]);
		expect(await refusalOf(oversee("reviews", doctor.key))).toEqual(notAvailable);
		expect(lines()).toEqual([`doctor (person via north) read ${nobody}, deny GRANTEE_DIFFERS []`]);
		const other = gate.oversee(small.sign(officer.key, { kind: "oversee", what: "health" }), "members");
		expect(await refusalOf(other)).toEqual({ code: "GATE_REQUEST_INVALID", kind: "mistake", details: { at: "body.what" } });
		expect(lines()).toEqual([]);

		const open = (key: Staff["key"], review: number) => gate.openReview(small.sign(key, { kind: "open-review", review }));
		expect(await open(officer.key, third)).toEqual({
			...{ id: third, status: "open", openedAtMs: listed[1]?.openedAtMs, requester: doctor.key.publicKey, via: "north" },
			...{ reason: "third emergency of Ada", classes: ["vitals"], count: 2 },
		});
		expect(lines()).toEqual(["officer (person via north) read of ada: - x0 for HOPERAT at identified, permit CUSTODIAN_RECORD []"]);
		// A node that stopped between the review and its entry: there is nothing to tell but that it was opened.
		const lost = gate.memory.openReview(ada.pseudonym, doctor.key.publicKey, 7);
		expect(await open(officer.key, lost)).toEqual({
			...{ id: lost, status: "open", openedAtMs: 7, requester: doctor.key.publicKey, via: "north", reason: "", classes: [], count: 0 },
		});
		heard.told.splice(0);
		for (const [key, review] of [
			[doctor.key, third],
			[officer.key, own],
			[officer.key, 9_999],
		] as const)
			expect(await refusalOf(open(key, review))).toEqual(notAvailable);
		expect(lines()).toEqual(["doctor", "officer", "officer"].map((who) => `${who} (person via north) read ${nobody}, deny GRANTEE_DIFFERS []`));
	});

	it("[GA2] [GA168] [GA171] a watch and an accounting: begun, refused, and what the account says of each access", async () => {
		const watch = (key: Staff["key"], more: object = {}) =>
			gate.watchAccesses(small.sign(key, { kind: "watch-accesses", after: 0, waitMs: 0, ...more }));
		const begun = await watch(officer.key);
		const nobody = "of nobody: - x0 for HOPERAT at identified";
		expect(lines()).toEqual([`officer (person via north) read ${nobody}, permit CUSTODIAN_RECORD []`]);
		expect(begun.untilMs).toBeGreaterThan(small.network.now() + 14 * 60_000);
		expect(await refusalOf(watch(doctor.key))).toEqual(notAvailable);
		expect(lines()).toEqual([`doctor (person via north) read ${nobody}, deny GRANTEE_DIFFERS []`]);
		const { accesses, next, missed, watch: same } = await watch(officer.key, { watch: begun.watch, after: begun.next });
		expect({ next, missed, same }).toEqual({ next: begun.next + 1, missed: 0, same: begun.watch });
		expect(accesses).toEqual([
			{
				...{ number: next, patients: 1, atMs: expect.any(Number), requester: doctor.key.publicKey, via: "north", action: "read" },
				...{ purpose: "HOPERAT", classes: [], level: "identified", decision: "deny", reason: "not-permitted", model: "", isEmergency: false },
				...{ roles: ["practitioner"], patient: "" },
			},
		]);
		expect(lines()).toEqual([]);

		small.advance(5);
		const fromMs = small.network.now();
		await read(doctor.key);
		await read(outsider.key);
		heard.told.splice(0);
		const account = (key: Staff["key"], more: object = {}) =>
			gate.accountDisclosures(
				small.sign(key, { kind: "account-disclosures", patient: byLocal(ada.localId), fromMs, toMs: small.network.now() + 60_000, ...more }),
			);
		const answer = await account(officer.key);
		const looked = "officer (person via north) read of ada: - x0 for HOPERAT at identified, permit CUSTODIAN_RECORD []";
		expect(lines()).toEqual([looked, looked]);
		const seen = { requesterKind: "person", via: "north", action: "read", level: "identified", model: "", atMs: expect.any(Number) };
		const ofDoctor = { ...seen, requester: doctor.key.publicKey, purpose: "TREAT", compartments: ["conditions", "laboratory"], count: 2 };
		const ofOfficer = { ...seen, requester: officer.key.publicKey, purpose: "HOPERAT", compartments: [], count: 0 };
		expect(answer).toEqual({
			...{ fromMs, toMs: answer.toMs, entryHash: expect.stringMatching(/^[0-9a-f]{64}$/) },
			accesses: [ofDoctor, ofOfficer, ofOfficer].map((each) => ({ ...each, duty: "within-the-house" })),
		});
		expect((await account(officer.key, { toMs: fromMs + 1, fromMs: fromMs - 1 })).accesses.length).toBeLessThanOrEqual(1);
		heard.told.splice(0);
		expect(await refusalOf(account(doctor.key))).toEqual(notAvailable);
		expect(await refusalOf(account(officer.key, { patient: absent }))).toEqual(notAvailable);
		expect(lines()).toEqual(["doctor", "officer"].map((who) => `${who} (person via north) read ${nobody}, deny GRANTEE_DIFFERS []`));
		for (const toMs of [fromMs, fromMs - 1])
			expect(await refusalOf(account(officer.key, { toMs }))).toEqual({
				...{ code: "GATE_REQUEST_INVALID", kind: "mistake", details: { at: "body.toMs" } },
			});
		expect(lines()).toEqual([]);
	});
	const code = { system: "http://snomed.info/sct", code: "195967001" };

	it("[GA2] [GA50] [GA52] of whom nobody is a candidate: what was asked for stands under nobody", async () => {
		const cohort = { kind: "cohort", purpose: "HRESCH", study: "s", classes: ["vitals", "conditions"], level: "deidentified" };
		expect(await refusalOf(gate.releaseCohort(small.sign(researcher.key, cohort)))).toEqual({
			...{ code: "GATE_COHORT_TOO_SMALL", kind: "refused", details: { minimum: 11 } },
		});
		expect(lines().filter((each) => !each.includes("open-terms"))).toEqual([
			"researcher (person via north) read of nobody: conditions+vitals x0 for HRESCH at deidentified, deny CLASS_NOT_GRANTED []",
		]);
		const count = { kind: "count", purpose: "HRESCH", class: "conditions", code, epsilonMilli: 70 };
		expect(await gate.countPatients(small.sign(researcher.key, count))).toEqual({
			...{ suppressed: true, below: 11, epsilonMilli: 70, incomplete: false, fromStore: false },
		});
		expect(lines().filter((each) => !each.includes("open-terms"))).toEqual([
			"researcher (person via north) aggregate of nobody: conditions x0 for HRESCH at aggregate, deny CLASS_NOT_GRANTED []",
		]);
	});
	it("[GA2] [GA34] up to 30 seconds it is; beyond, each refusal says that and how stale, and tells no one else's fault", async () => {
		const code = { system: "http://snomed.info/sct", code: "195967001" };
		await small.hire("researcher");
		small.advance(20_000);
		expect((await read(doctor.key)).resources).toHaveLength(2);
		heard.told.splice(0);
		small.advance(11_000);
		const insightHash = "1a".repeat(32);
		const patient = byLocal(ada.localId);
		const now = small.network.now();
		const use = {
			...{ basis: "statutory-duty", citation: "§", recipient: { member: "south" }, purpose: "PUBHLTH", classes: ["notes"], labels: [] },
			...{ level: "identified", startMs: now, endMs: now + 1 },
		};
		const asks: readonly (readonly [work: (key: Staff["key"]) => Promise<unknown>, what: string])[] = [
			[(key) => read(key), "read of ada: conditions+laboratory x0 for TREAT at identified"],
			[
				(key) => gate.lookUpPatient(small.sign(key, { kind: "lookup", family: "a", given: "b", birthDate: "1950-05-05" })),
				"lookup of nobody: - x0 for LOOKUP at identified",
			],
			[
				(key) => gate.countPatients(small.sign(key, { kind: "count", purpose: "HRESCH", class: "conditions", code, epsilonMilli: 10 })),
				"aggregate of nobody: - x0 for HRESCH at aggregate",
			],
			[
				(key) =>
					gate.releaseCohort(small.sign(key, { kind: "cohort", purpose: "HRESCH", study: "s", classes: ["conditions"], level: "deidentified" })),
				"read of nobody: - x0 for HRESCH at deidentified",
			],
			[
				(key) =>
					gate.signOffInsight(small.sign(key, { kind: "sign-off", patient, insightHash, decision: "accept", reason: "" }), () => ({
						resourceType: "x",
					})),
				"sign-off of nobody: - x0 for TREAT at identified",
			],
			[
				(key) => gate.recordLawfulUse(small.sign(key, { kind: "record-lawful-use", patient, use })),
				"write of nobody: - x0 for PUBHLTH at identified",
			],
			[(key) => gate.oversee(small.sign(key, { kind: "oversee", what: "reviews" }), "reviews"), "read of nobody: - x0 for HOPERAT at identified"],
			[
				(key) => gate.watchAccesses(small.sign(key, { kind: "watch-accesses", after: 0, waitMs: 0 })),
				"read of nobody: - x0 for HOPERAT at identified",
			],
			[(key) => gate.openReview(small.sign(key, { kind: "open-review", review: 1 })), "read of nobody: - x0 for HOPERAT at identified"],
			[
				(key) => gate.accountDisclosures(small.sign(key, { kind: "account-disclosures", patient, fromMs: 0, toMs: 1 })),
				"read of nobody: - x0 for HOPERAT at identified",
			],
		];
		for (const [ask, what] of asks) {
			const refused = (await refusalOf(ask(officer.key))) as { details: { stalenessMs: number } };
			expect(refused).toMatchObject({ code: "GATE_LEDGER_STALE", kind: "again" });
			expect(Object.keys(refused.details)).toEqual(["stalenessMs"]);
			expect(refused.details.stalenessMs).toBeGreaterThan(30_000);
			expect(heard.told[0]?.stalenessMs).toBeGreaterThan(30_000);
			expect(lines()).toEqual([`officer (person via north) ${what}, deny LEDGER_STALE []`]);
		}
		// How the node itself fares an officer may see all the same.
		expect(await gate.oversee(small.sign(officer.key, { kind: "oversee", what: "health" }), "health")).toBe(true);
	});
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeHex, type SigningKey } from "#base";
import { type AccessEntry, commitLegalUse, type DataClass, readLegalUse } from "#contracts";
import { type HistoryExport, listEntries } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { signAct, submitAll } from "../submit.ts";
import {
	byConsent,
	byLocal,
	byPseudonym,
	codeOf,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	toPractitioners,
} from "../testing/smallNetwork.ts";

/** The law opens a record without its patient's consent: as far as it says and no further, and never unseen. */
let small: SmallNetwork;
let patient: SmallPatient;
let other: SmallPatient;
let officer: Staff;
let authority: Staff;
const dayMs = 86_400_000;

beforeAll(async () => {
	small = await openSmallNetwork();
	patient = await small.admit({ family: "Lindt", given: "Lene", birthDate: "1961-06-01" });
	other = await small.admit({ family: "Other", given: "Olaf", birthDate: "1962-06-01" });
	officer = await small.hire("compliance-officer");
	authority = await small.hire("practitioner", { member: "south" });
	// The patient refuses the authority's house everything.
	const { level: _, ...refusal } = toPractitioners("south", ["conditions", "laboratory"]);
	await small.grant(patient, { ...refusal, type: "deny" });
});
afterAll(() => small.close());

const use = (more: object = {}) => ({
	basis: "statutory-duty",
	citation: "IfSG § 6 Abs. 1",
	recipient: { member: "south" },
	purpose: "PUBHLTH",
	classes: ["conditions"] as readonly DataClass[],
	labels: [],
	level: "identified",
	startMs: small.network.now(),
	endMs: small.network.now() + 30 * dayMs,
	...more,
});
const gate = () => small.institution().gate;
const record = (key = officer.key, body: object = {}, where: object = {}) =>
	gate().recordLawfulUse(small.sign(key, { kind: "record-lawful-use", patient: byLocal(patient.localId), use: use(), ...body }, where));

function readBy(useId: string | undefined, body: object = {}, { key = authority.key, via = "south" } = {}) {
	const reference = useId === undefined ? byPseudonym(patient.pseudonym) : ({ by: "lawful-use", useId } as const);
	const asked = { purpose: "PUBHLTH", classes: ["conditions", "laboratory"], ...(useId === undefined ? {} : { lawfulUse: useId }), ...body } as const;
	return small.read(key, reference, asked, { audience: "north", via });
}
const namesOf = ({ classes }: { classes: readonly { class: string; status: string }[] }) =>
	classes.filter(({ status }) => status === "released").map((each) => each.class);
async function entries(): Promise<readonly AccessEntry[]> {
	const history = (await gate().showHistory(small.sign(patient.key, { kind: "history", patient: byPseudonym(patient.pseudonym) }))) as HistoryExport;
	return listEntries(history).map(({ entry }) => entry);
}
const list = (key: SigningKey = patient.key) =>
	gate().listLawfulUses(small.sign(key, { kind: "lawful-uses", patient: byPseudonym(patient.pseudonym) }));

describe("a use required by law", () => {
	it("[GA90] [GA91] [GA92] is recorded, read as far as it reaches against the patient's refusal, and shown to the patient each time", async () => {
		const { useId } = await record();
		expect(readLegalUse(small.network.ledger, useId)).toMatchObject({ pseudonym: patient.pseudonym, basis: "statutory-duty" });
		const told = () =>
			gate()
				.memory.notifications(patient.pseudonym)
				.filter(({ kind }) => kind === "lawful-use").length;
		expect(told()).toBe(1);
		const release = await readBy(useId);
		expect(namesOf(release)).toEqual(["conditions"]);
		expect(release.resources.length).toBeGreaterThan(0);
		expect(release.obligations).toContain("notify-patient");
		expect(told()).toBe(2);
		const seen = (await entries()).filter(({ reasons }) => reasons.includes("PERMITTED_BY_LAW"));
		expect(seen.map(({ action, consents, via }) => ({ action, consents, via }))).toEqual([
			{ action: "write", consents: [useId], via: "north" },
			{ action: "read", consents: [useId], via: "south" },
		]);
		expect(await list()).toMatchObject([
			{ terms: { useId, citation: "IfSG § 6 Abs. 1", classes: ["conditions"] }, recordedAtMs: expect.any(Number) },
		]);
	});

	it("[GA92] the patient is shown the one that begins last first, in whatever order they were recorded", async () => {
		const day = (count: number) => ({ startMs: small.network.now() + count * dayMs, endMs: small.network.now() + (count + 30) * dayMs });
		const ids: Record<number, string> = {};
		for (const begins of [2, 1, 3]) ids[begins] = (await record(officer.key, { use: use(day(begins)) })).useId;
		const shown = (await list()).map(({ terms }) => terms.useId).filter((id) => Object.values(ids).includes(id));
		expect(shown).toEqual([ids[3], ids[2], ids[1]]);
	});

	it("[GA90] a doctor, a patient, an officer of another house or through another node, and the member's own key record none", async () => {
		const doctor = await small.hire("practitioner");
		const stranger = await small.hire("compliance-officer", { member: "south" });
		const former = await small.hire("compliance-officer");
		await small.fire(former);
		for (const key of [doctor.key, patient.key, stranger.key, former.key, small.institution().memberKey])
			expect(await codeOf(record(key))).toBe("GATE_NOT_AVAILABLE");
		expect(await codeOf(record(officer.key, {}, { audience: "north", via: "south" }))).toBe("GATE_NOT_AVAILABLE");
	});

	it("[GA90] nobody who is absent, erased or not enrolled: the same answer and as many entries", async () => {
		const { localId } = await small.importPerson({ family: "Desk", given: "Dora", birthDate: "1950-01-01" });
		const gone = await small.admit({ family: "Gone", given: "Gerd", birthDate: "1950-01-01" });
		await gate().erase(small.sign(gone.key, { kind: "erase", patient: byPseudonym(gone.pseudonym), compartments: "all" }));
		const { log } = small.institution();
		for (const reference of [byLocal(localId), byLocal(gone.localId), byLocal("nobody-of-this-id"), byConsent("ab".repeat(16) as never)]) {
			const before = log.size();
			expect(await codeOf(record(officer.key, { patient: reference }))).toBe("GATE_NOT_AVAILABLE");
			expect(log.size() - before).toBe(1);
		}
	});

	it("[GA90] without a basis, a citation, a recipient that is a member, or an end, nothing is recorded", async () => {
		const before = small.institution().log.size();
		const faults = [
			{ basis: undefined },
			{ basis: "because" },
			{ citation: "" },
			{ recipient: { member: "nobody" } },
			{ classes: [] },
			{ level: "aggregate" },
			{ endMs: small.network.now() + 400 * dayMs },
			{ endMs: small.network.now() - 1 },
		];
		for (const fault of faults) expect(await codeOf(record(officer.key, { use: use(fault) })), JSON.stringify(fault)).toBe("GATE_REQUEST_INVALID");
		expect(small.institution().log.size()).toBe(before);
	});

	it("[GA91] nobody reads by it but the recipient named, for its purpose, and no consent is widened by it", async () => {
		const { useId } = await record(officer.key, { use: use({ recipient: { member: "south", key: authority.key.publicKey } }) });
		const colleague = await small.hire("practitioner", { member: "south" });
		const doctor = await small.hire("practitioner");
		expect(namesOf(await readBy(useId))).toEqual(["conditions"]);
		expect(namesOf(await readBy(useId, {}, { key: colleague.key }))).toEqual([]);
		expect(namesOf(await readBy(useId, {}, { key: doctor.key, via: "north" }))).toEqual([]);
		expect(namesOf(await readBy(useId, {}, { via: "north" }))).toEqual([]);
		expect(namesOf(await readBy(useId, { purpose: "TREAT" }))).toEqual([]);
		expect(namesOf(await readBy(undefined))).toEqual([]);
		expect(namesOf(await readBy("ab".repeat(16)))).toEqual([]);
		const elsewhere = small.read(
			authority.key,
			byPseudonym(other.pseudonym),
			{ purpose: "PUBHLTH", lawfulUse: useId },
			{ audience: "north", via: "south" },
		);
		expect(namesOf(await elsewhere)).toEqual([]);
	});

	it("[GA91] labelled data leave where the use names the label, and a model computes by no law", async () => {
		const { useId } = await record(officer.key, { use: use({ classes: ["conditions", "other"], level: "pseudonymised" }) });
		const release = await readBy(useId, { classes: ["conditions", "other", "notes"] });
		expect(release.classes.map(({ levels }) => levels)).toEqual([["pseudonymised"], ["pseudonymised"], []]);
		const asked = small.sign(
			authority.key,
			{
				kind: "read",
				patient: byPseudonym(patient.pseudonym),
				purpose: "PUBHLTH",
				classes: ["conditions"],
				level: "identified",
				model: "m",
				lawfulUse: useId,
			},
			{ audience: "north", via: "south" },
		);
		let seen: unknown;
		await gate()
			.computeInsight(
				asked,
				() => undefined,
				async (release) => {
					seen = release.resources;
					throw new Error("ran");
				},
			)
			.catch(() => undefined);
		expect(seen).toEqual([]);
	});

	it("[GA91] [GA92] asked for other data than it names, it opens nothing, and nobody is told of a use that was not made", async () => {
		const { useId } = await record();
		const told = () => gate().memory.notifications(patient.pseudonym).length;
		const before = told();
		expect(namesOf(await readBy(useId, { classes: ["laboratory", "notes"] }))).toEqual([]);
		expect(told()).toBe(before);
		const asked = (await entries()).filter(({ purpose }) => purpose === "PUBHLTH");
		expect(asked.at(-1)).toMatchObject({ decision: "deny", reasons: ["CLASS_NOT_GRANTED"], consents: [] });
	});

	it("[GA92] the list is the patient's alone", async () => {
		for (const key of [officer.key, authority.key, other.key]) expect(await codeOf(list(key))).toBe("GATE_NOT_AVAILABLE");
	});

	it("[GA93] what the ledger commits to otherwise, or not at all, opens nothing", async () => {
		const { ledger, randomBytes } = small.network;
		const north = small.institution();
		const useId = encodeHex(randomBytes(16));
		const terms = { ...use(), format: "aceso/legal-use/1", chain: ledger.chain, pseudonym: patient.pseudonym, useId, custodian: "north" };
		const opened = { terms, salt: encodeHex(randomBytes(32)) } as unknown as Parameters<typeof commitLegalUse>[0];
		// On the ledger by the member's own key, past the gate: its terms lie with nobody.
		const body = { pseudonym: patient.pseudonym, useId, basis: "statutory-duty", useCommitment: commitLegalUse(opened) };
		await submitAll(small.network, north, [signAct(small.network, north.memberKey, { contract: "consent", action: "legalUse", body })]);
		expect(namesOf(await readBy(useId))).toEqual([]);
		expect(await codeOf(gate().depositTerms(small.sign(officer.key, { kind: "deposit-terms", opened })))).not.toBe("no error");
		expect(await codeOf(gate().depositTerms(small.sign(patient.key, { kind: "deposit-terms", opened })))).not.toBe("no error");
		expect(namesOf(await readBy(useId))).toEqual([]);
	});

	it("[GA91] [GA93] it ends at its end, and survives a restart until then", async () => {
		const { useId } = await record(officer.key, { use: use({ endMs: small.network.now() + 12_000 }) });
		small = await small.reopen();
		small.advance(1_000);
		expect(namesOf(await readBy(useId))).toEqual(["conditions"]);
		small.advance(12_000);
		expect(namesOf(await readBy(useId))).toEqual([]);
	});

	it("[GA90] over HTTP, recorded and listed", async () => {
		const app = createInstitutionApp(small.network, small.institution());
		const body = { kind: "record-lawful-use", patient: byLocal(patient.localId), use: use({ basis: "court-order", citation: "AG Nord 12 C 3/26" }) };
		const recorded = await app.inject({ method: "POST", url: "/api/lawful-uses", payload: small.sign(officer.key, body) });
		expect(recorded.statusCode).toBe(200);
		const listed = await app.inject({
			method: "POST",
			url: "/api/lawful-uses/list",
			payload: small.sign(patient.key, { kind: "lawful-uses", patient: byPseudonym(patient.pseudonym) }),
		});
		expect(listed.body).toContain("AG Nord 12 C 3/26");
		expect(JSON.stringify(readLegalUse(small.network.ledger, recorded.json<{ useId: string }>().useId))).not.toContain("AG Nord");
		await app.close();
	});
});

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSigningKey, encodeHex, type SigningKey } from "#base";
import { readAnchor, readLog } from "#contracts";
import type { PatientReference } from "#gate";
import { listEntries, mandateLifetimeMaxMs } from "#wallet";
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

/** What the house does by itself, and how it judges who asks for nothing but a standing: enrolment, mandates, launches, invitations, anchors. */
let small: SmallNetwork;
let ada: SmallPatient;
let doctor: Staff;
let researcher: Staff;
let outsider: Staff;
const stranger = createSigningKey(new Uint8Array(32).fill(6));

beforeAll(async () => {
	small = await openSmallNetwork();
	[doctor, researcher] = [await small.hire("practitioner"), await small.hire("researcher")];
	outsider = await small.hire("practitioner", { member: "south" });
});
beforeEach(async () => {
	ada = await small.admit({ family: "House", given: randomUUID(), birthDate: "1950-05-05" });
});
afterAll(() => small.close());

const gate = () => small.institution().gate;
const digest = (value: number) => encodeHex(new Uint8Array(32).fill(value));
const notAvailable = { code: "GATE_NOT_AVAILABLE", kind: "refused", details: {} };
const noMandate = { code: "GATE_MANDATE_INVALID", kind: "refused", details: {} };
const entriesOf = async (patient: SmallPatient) =>
	listEntries(await gate().showHistory(small.sign(patient.key, { kind: "history", patient: byLocal(patient.localId) }))).map(({ entry }) => entry);

describe("enrolment", () => {
	it("[GA25] a record has the number of its own patient, none before, and nobody has one who is not here", async () => {
		expect(await gate().enrolledAs(ada.localId)).toBe(ada.pseudonym);
		const late = await small.importPerson({ family: "Late", given: "L", birthDate: "1960-01-01" });
		expect(await gate().enrolledAs(late.localId)).toBeUndefined();
		expect(await refusalOf(gate().enrolledAs(randomUUID()))).toEqual(notAvailable);
		expect(await refusalOf(gate().countersignEnrolment({ localId: randomUUID(), pseudonym: ada.pseudonym, delegates: [] }))).toEqual(notAvailable);
		for (const [localId, pseudonym] of [
			[late.localId, stranger.publicKey as unknown as typeof ada.pseudonym],
			[randomUUID(), ada.pseudonym],
		] as const)
			expect(await refusalOf(gate().completeEnrolment({ localId, pseudonym }))).toEqual(notAvailable);
		// Whoever was cut off before the answer may say it again.
		await gate().completeEnrolment({ localId: ada.localId, pseudonym: ada.pseudonym });
		const written = (await entriesOf(ada)).filter(({ action }) => action === "write");
		expect(written).toHaveLength(1);
		expect(written.at(-1)).toMatchObject({
			...{
				requester: small.institution().memberKey.publicKey,
				requesterKind: "system",
				via: "north",
				purpose: "SYSTEM",
				compartments: ["link"],
				count: 1,
			},
			...{ decision: "permit", reasons: ["SYSTEM_TASK"], consents: [] },
		});
	});

	it("[SI46] staff of the house invite a patient who is here, by what they have seen; researchers, others and through others not", async () => {
		const invite = (key: SigningKey, localId = ada.localId, where: object = {}) =>
			gate().admitInvitation(small.sign(key, { kind: "invite-patient", localId, document: "passport" }, where));
		const { localId, proof } = await invite(doctor.key);
		expect({ localId, ...proof, atMs: 0 }).toEqual({ localId: ada.localId, document: "passport", seenBy: doctor.key.publicKey, atMs: 0 });
		expect(Math.abs(proof.atMs - small.network.now())).toBeLessThan(60_000);
		for (const key of [researcher.key, outsider.key, stranger, ada.key]) expect(await refusalOf(invite(key))).toEqual(notAvailable);
		expect(await refusalOf(invite(doctor.key, randomUUID()))).toEqual(notAvailable);
		expect(await refusalOf(invite(doctor.key, ada.localId, { via: "south" }))).toEqual(notAvailable);
	});
});

describe("standing", () => {
	it("[SI42] whose locked key is kept: staff's, an own patient's or an own delegate's; a stranger's and another house's are not", async () => {
		const standing = async (key: SigningKey) => {
			const answer = await gate().admitKeeping(small.sign(key, { kind: "keep-key", digest: digest(1) }));
			expect([answer.key, answer.digest]).toEqual([key.publicKey, digest(1)]);
			return answer.stands;
		};
		expect([await standing(doctor.key), await standing(researcher.key), await standing(ada.key)]).toEqual(["staff", "staff", "patient"]);
		expect([await standing(outsider.key), await standing(stranger)]).toEqual(["not", "not"]);
		const elsewhere = await small.admit({ family: "Else", given: randomUUID(), birthDate: "1950-05-05" }, { custodian: "south" });
		expect(await standing(elsewhere.key)).toBe("not");
		const leaver = await small.hire("practitioner");
		expect(await standing(leaver.key)).toBe("staff");
		await small.fire(leaver);
		expect(await standing(leaver.key)).toBe("not");
	});

	it("[SI50] what is done with one's own account, and a launch, are told as they were signed", async () => {
		const act = await gate().admitAccount(small.sign(ada.key, { kind: "account", act: "take-back", of: digest(2) }));
		expect(act).toEqual({ key: ada.key.publicKey, act: { act: "take-back", of: digest(2) } });
		const body = { kind: "launch", client: "app", patient: { by: "local", localId: ada.localId } };
		expect(await gate().admitLaunch(small.sign(doctor.key, body))).toEqual({ key: doctor.key.publicKey, body });
	});

	it("[SI20] a local id is its patient's number, and nobody else's", async () => {
		expect(await gate().isNumberOf(ada.localId, ada.pseudonym)).toBe(true);
		const other = await small.admit({ family: "Other", given: randomUUID(), birthDate: "1950-05-05" });
		expect(await gate().isNumberOf(ada.localId, other.pseudonym)).toBe(false);
		expect(await gate().isNumberOf(randomUUID(), ada.pseudonym)).toBe(false);
		await gate().erase(small.sign(other.key, { kind: "erase", patient: byPseudonym(other.pseudonym), compartments: "all" }));
		expect(await gate().isNumberOf(other.localId, other.pseudonym)).toBe(false);
	});
});

describe("mandates", () => {
	const mandate = (more: object = {}) => ({
		...{ kind: "mandate", client: "app", scopes: ["patient/*.rs"], purpose: "TREAT", level: "identified", challenge: digest(3) },
		...{ untilMs: small.network.now() + 3_600_000, ...more },
	});
	const sign = (key: SigningKey, more: object = {}, where: object = {}) => small.sign(key, mandate(more), where);
	const place = { method: "GET", url: "/fhir/Any", content: digest(0) as never };

	it("[SI20] [SI21] staff's and the patient's own stand until their end, at their member, while whoever signed stands", async () => {
		const request = sign(doctor.key);
		const taken = await gate().acceptMandate(request);
		expect(taken).toEqual({
			id: expect.stringMatching(/^[0-9a-f]{64}$/),
			key: doctor.key.publicKey,
			body: (request as { readonly body: object }).body,
			request,
		});
		expect(await gate().openMandate(request)).toEqual(taken);
		const own = { patient: { by: "pseudonym", pseudonym: ada.pseudonym } };
		expect(await refusalOf(gate().acceptMandate(sign(ada.key, own)))).toBe("answered");
		for (const [key, more, where] of [
			[ada.key, {}, {}],
			[ada.key, { patient: { by: "local", localId: ada.localId } }, {}],
			[outsider.key, {}, {}],
			[stranger, own, {}],
			[doctor.key, { untilMs: small.network.now() + mandateLifetimeMaxMs + 60_000 }, {}],
			[doctor.key, { untilMs: small.network.now() }, {}],
			[outsider.key, {}, { via: "south" }],
		] as const)
			expect(await refusalOf(gate().acceptMandate(sign(key, more, where))), JSON.stringify(more)).toEqual(noMandate);
		// Whoever sees one that was never taken has it judged all the same; a forged or altered one is none.
		const other = sign(doctor.key, { client: "other" });
		expect((await gate().openMandate(other)).body.client).toBe("other");
		for (const forged of [
			{ ...other, body: mandate({ client: "third" }) },
			{ ...other, key: researcher.key.publicKey },
			{},
			null,
			sign(doctor.key, {}, { audience: "south" }),
		])
			expect(await refusalOf(gate().openMandate(forged))).toEqual(noMandate);
		small.advance(3_600_000);
		await small.hire("researcher");
		for (const ended of [request, other]) expect(await refusalOf(gate().openMandate(ended))).toEqual(noMandate);
	});

	it("[SI21] one ends with the credential, and what an application asks by it is asked as whoever signed", async () => {
		const leaver = await small.hire("practitioner");
		await small.grant(ada, toPractitioners("north", ["conditions"]));
		const patient: PatientReference = byLocal(ada.localId);
		const request = sign(leaver.key, { patient });
		await gate().acceptMandate(request);
		const access = await gate().openFhir({ scheme: "mandate", mandate: request }, place);
		expect([access.requester, access.via, access.patient]).toEqual([leaver.key.publicKey, "north", patient]);
		expect((await access.release({ patient, classes: ["conditions"] })).records).toHaveLength(1);
		expect((await entriesOf(ada)).findLast(({ action, purpose }) => action === "read" && purpose === "TREAT")).toMatchObject({
			...{ requester: leaver.key.publicKey, via: "north", level: "identified", decision: "permit", count: 1 },
		});
		// The relationship that was signed for goes along, and so is refused where nobody's is asked about.
		const relationship = { credentialId: "ab".repeat(16), opening: { pseudonym: ada.pseudonym, salt: digest(0), patientSignature: "00".repeat(64) } };
		const about = await gate().openFhir({ scheme: "mandate", mandate: sign(leaver.key, { relationship }) }, place);
		const everybody = () => about.releaseEach(["conditions"], () => expect.unreachable());
		expect(await refusalOf(everybody())).toMatchObject({ code: "GATE_REQUEST_INVALID", details: { at: "body.relationship" } });
		await small.fire(leaver);
		expect(await refusalOf(gate().openFhir({ scheme: "mandate", mandate: request }, place))).toEqual(noMandate);
	});
});

describe("anchors", () => {
	it("[GA5] what the log holds is on the ledger once; without something new nothing is, and by itself no more than once an interval", async () => {
		const { ledger } = small.network;
		const { log, store } = small.institution();
		await gate().anchor(true);
		expect([await gate().anchor(true), await gate().anchor(false)]).toEqual([false, false]);
		await small.read(doctor.key, byLocal(ada.localId));
		expect(await gate().anchor(false)).toBe(false);
		expect(await gate().anchor(true)).toBe(true);
		expect(readLog(ledger, "north" as never, log.log)).toMatchObject({ size: log.size(), root: log.root(), status: "open", writer: log.writer });
		expect(readAnchor(ledger, "north" as never)).toMatchObject({ vaultRoot: await store.root() });
		await small.read(doctor.key, byLocal(ada.localId));
		small.advance(24 * 3_600_000);
		await small.hire("researcher");
		expect(await gate().anchor(false)).toBe(true);
		expect(readLog(ledger, "north" as never, log.log)?.size).toBe(log.size());
		// Registered once: a second start changes nothing.
		const before = ledger.head().height;
		await gate().start();
		expect(ledger.head().height).toBe(before);
	});
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CivilDay, ConsentId } from "#base";
import { commitTerms, type FhirConsent, type OpenedTerms, type Provision } from "#contracts";
import { buildGrant } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import type { ConsentProposal } from "../proposeConsent.ts";
import { submitAll } from "../submit.ts";
import {
	byLocal,
	byPseudonym,
	codeOf,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	toPractitioners,
} from "../testing/smallNetwork.ts";

/** A consent written elsewhere is words until the patient's own key signs it, and never more than it says. */
let small: SmallNetwork;
let patient: SmallPatient;
let other: SmallPatient;
let doctor: Staff;
let app: ReturnType<typeof createInstitutionApp>;

beforeAll(async () => {
	small = await openSmallNetwork();
	patient = await small.admit({ family: "Fhir", given: "Frida", birthDate: "1958-02-02" });
	other = await small.admit({ family: "Other", given: "Otto", birthDate: "1958-02-02" });
	doctor = await small.hire("practitioner");
	app = createInstitutionApp(small.network, small.institution());
});
afterAll(async () => {
	await app.close();
	await small.close();
});

const gate = () => small.institution().gate;
const exported = (consentId: string, key = patient.key, of = patient) =>
	gate().exportConsent(small.sign(key, { kind: "export-consent", patient: byPseudonym(of.pseudonym), consentId }));
const propose = async (resource: unknown) => app.inject({ method: "POST", url: "/api/consents/proposals", payload: resource as object });

/** What an app does: has the resource read, and the patient sign what came back. */
async function signProposal(resource: unknown): Promise<OpenedTerms> {
	const { provision } = (await propose(resource)).json<ConsentProposal>();
	const validUntil = new Date(small.network.now() + 40 * 86_400_000).toISOString().slice(0, 10) as CivilDay;
	const context = { chain: small.network.ledger.chain, nowMs: small.network.now(), randomBytes: small.network.randomBytes };
	const choice = { pseudonym: patient.pseudonym, custodian: small.institution().id, title: "Imported", provision, validUntil };
	const { opened, transaction } = buildGrant(patient.key, choice, context);
	await small.deposit(patient, opened);
	await submitAll(small.network, small.institution(), [transaction]);
	return opened;
}

async function released(key = doctor.key, body: object = {}): Promise<readonly string[]> {
	const { classes } = await small.read(key, byLocal(patient.localId), { classes: ["conditions", "laboratory", "vitals"], ...body });
	return classes.filter(({ status }) => status === "released").map((each) => each.class);
}

const recipient = { system: "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", code: "IRCP" };

/** A grant as another institution would write it: R4, no extension of ours but the class of data. */
const foreign = (provision: object) => ({
	resourceType: "Consent",
	status: "active",
	scope: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/consentscope", code: "patient-privacy" }] },
	category: [{ coding: [{ system: "http://loinc.org", code: "59284-0" }] }],
	patient: { reference: "Patient/somebody" },
	policy: [{ uri: "https://hospital.example/policy" }],
	provision: {
		type: "permit",
		actor: [
			{
				role: { coding: [recipient] },
				reference: { type: "Practitioner", identifier: { system: "urn:aceso:key", value: doctor.key.publicKey } },
			},
		],
		action: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/consentaction", code: "access" }] }],
		purpose: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ActReason", code: "TREAT" }],
		class: [{ system: "urn:aceso:data-class", code: "laboratory" }],
		...provision,
	},
});

describe("a FHIR Consent at the door", () => {
	it("[GA26] is read as a proposal, kept nowhere, and grants nothing until the patient signs it", async () => {
		const size = small.institution().log.size();
		const answer = await propose(foreign({}));
		expect(answer.statusCode).toBe(200);
		expect(answer.json()).toMatchObject({
			provision: { type: "permit", purposes: ["TREAT"], classes: ["laboratory"] },
			notes: ["SENSITIVE_DATA_NOT_GRANTED"],
			policies: ["https://hospital.example/policy"],
		});
		expect(small.institution().log.size()).toBe(size);
		expect(await released()).toEqual([]);
		await signProposal(foreign({}));
		expect(await released()).toEqual(["laboratory"]);
	});

	it("[GA26] an institution's key, a doctor's and another patient's make no consent of it", async () => {
		const { provision } = (await propose(foreign({ class: [{ system: "urn:aceso:data-class", code: "vitals" }] }))).json<ConsentProposal>();
		for (const key of [small.institution().memberKey, doctor.key, other.key]) {
			const { opened, transaction } = small.draftGrant(patient, provision, key);
			expect(await codeOf(small.deposit(patient, opened, key))).toBe("GATE_NOT_AVAILABLE");
			expect(await codeOf(submitAll(small.network, small.institution(), [transaction]))).toBe("NODE_LEDGER_REFUSED");
		}
		expect(await released()).not.toContain("vitals");
	});

	const faults: readonly (readonly [string, object, string, string])[] = [
		["an element nobody here knows", { condition: "x" }, "CONSENT_FHIR_ELEMENT_UNKNOWN", "Consent.provision"],
		["a class outside the list", { class: [{ system: "urn:other", code: "x" }] }, "CONSENT_FHIR_CLASS_UNKNOWN", "Consent.provision.class[0]"],
		["a purpose outside the list", { purpose: [{ system: "urn:other", code: "x" }] }, "CONSENT_FHIR_PURPOSE_UNKNOWN", "Consent.provision.purpose[0]"],
		["a modifier extension", { modifierExtension: [{ url: "urn:other", valueCode: "x" }] }, "CONSENT_FHIR_ELEMENT_UNKNOWN", "Consent.provision"],
		[
			"somebody nobody knows",
			{ actor: [{ role: { coding: [recipient] }, reference: { reference: "Practitioner/7" } }] },
			"CONSENT_FHIR_ACTOR_UNKNOWN",
			"Consent.provision.actor[0]",
		],
	];
	it.each(faults)("[GA26] %s is refused by the element's path, and nothing of its content told", async (_, part, code, at) => {
		const answer = await propose(foreign(part));
		expect(answer.statusCode).toBe(422);
		expect(answer.json<{ code: string }>().code).toBe(code);
		expect(answer.json<{ details: { at: string } }>().details.at).toContain(at);
		expect(answer.body).not.toContain("urn:other");
	});

	it("[GA26] oversized, deep and poisoned resources are refused by code, and the next one is read", async () => {
		// Written as text: the writer of such a thing would be the first to overflow.
		const levels = 5_000;
		const deep = JSON.stringify(foreign({ provision: ["<deep>"] })).replace(
			'"<deep>"',
			`${'{"type":"permit","provision":['.repeat(levels)}{"type":"deny"}${"]}".repeat(levels)}`,
		);
		const headers = { "content-type": "application/json" };
		for (const text of [deep, ...[foreign({ class: "x".repeat(100_000) }), [], { resourceType: "Patient" }].map((each) => JSON.stringify(each))]) {
			const { statusCode, body } = await app.inject({ method: "POST", url: "/api/consents/proposals", headers, payload: text });
			expect(statusCode).toBe(422);
			expect(body.length).toBeLessThan(1_000);
		}
		const poisoned = JSON.stringify(foreign({})).replace('"type":"permit"', '"type":"permit","__proto__":{"type":"permit"}');
		const answer = await app.inject({ method: "POST", url: "/api/consents/proposals", headers, payload: poisoned });
		expect(answer.statusCode).toBe(400);
		expect((await propose(foreign({}))).statusCode).toBe(200);
	});

	it("[GA27] goes out to its patient alone and comes in again as the same terms", async () => {
		const provision: Provision = toPractitioners("north", ["vitals"], {
			labels: ["hiv"],
			exceptions: [{ type: "deny", classes: ["vitals"], dataToMs: Date.UTC(2001, 0, 1) }],
		});
		const consentId = await small.grant(patient, provision);
		const resource = await exported(consentId);
		expect(resource).toMatchObject({ resourceType: "Consent", status: "active", identifier: [{ value: consentId }] });
		const again = await signProposal(resource);
		const read = (await propose(resource)).json<ConsentProposal>();
		expect({ ...again.terms.provision }).toEqual(read.provision);
		const { endMs: _, ...own } = read.provision;
		expect(own).toEqual(provision);
		for (const key of [small.institution().memberKey, other.key]) expect(await codeOf(exported(consentId, key as never))).toBe("GATE_NOT_AVAILABLE");
		expect(await codeOf(exported(consentId, other.key, other))).toBe("GATE_NOT_AVAILABLE");
		expect(await codeOf(exported("ab".repeat(16)))).toBe("GATE_NOT_AVAILABLE");
		const outside = await app.inject({
			method: "POST",
			url: "/api/consents/export",
			payload: small.sign(patient.key, { kind: "export-consent", patient: byPseudonym(patient.pseudonym), consentId }),
		});
		expect(outside.json<FhirConsent>()).toEqual(JSON.parse(JSON.stringify(resource)));
	});

	it("[GA27] terms that the ledger does not commit to do not go out", async () => {
		const { opened } = small.draftGrant(patient, toPractitioners("north", ["vitals"]));
		await small.deposit(patient, opened);
		expect(commitTerms(opened)).toHaveLength(64);
		expect(await codeOf(exported(opened.terms.consentId as ConsentId))).toBe("GATE_NOT_AVAILABLE");
	});

	it("[GA28] a grant to a department or care team, through FHIR and back, reaches its people and nobody else", async () => {
		const team = await small.admit({ family: "Team", given: "Tara", birthDate: "1958-02-02" });
		const [inside, beside, namesake] = await Promise.all([
			small.hire("practitioner", { department: "care-team-7" }),
			small.hire("practitioner", { department: "care-team-8" }),
			small.hire("practitioner", { member: "south", department: "care-team-7" }),
		]);
		const grantees = [{ kind: "department", member: "north" as never, department: "care-team-7" }] as const;
		const provision: Provision = { type: "permit", grantees, purposes: ["TREAT"], classes: ["vitals"], level: "identified" };
		const seenBy = async ({ key, member }: Staff) =>
			(await small.read(key, byPseudonym(team.pseudonym), { classes: ["vitals"] }, { audience: "north", via: member })).classes[0]?.status;
		const first = await small.grant(team, provision);
		const resource = await exported(first, team.key, team);
		await small.revoke(team, first);
		expect(await seenBy(inside)).toBe("not-available");
		const { provision: read } = (await propose(resource)).json<ConsentProposal>();
		const { endMs: _, ...same } = read;
		expect(same).toEqual(provision);
		await small.grant(team, same);
		expect(await seenBy(inside)).toBe("released");
		expect(await seenBy(beside)).toBe("not-available");
		expect(await seenBy(namesake)).toBe("not-available");
		expect(await seenBy({ ...inside, member: "south" })).toBe("not-available");
	});
});

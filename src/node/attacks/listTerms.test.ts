import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SigningKey } from "#base";
import { commitTerms, readConsent } from "#contracts";
import { listEntries } from "#wallet";
import { byPseudonym, codeOf, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** What a consent says is nobody's to read but the patient's: a clinician whom it names does not learn whom else it names. */
let small: SmallNetwork;
let patient: SmallPatient;
let other: SmallPatient;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	patient = await small.admit({ family: "Terms", given: "Tilda", birthDate: "1950-01-02" });
	other = await small.admit({ family: "Other", given: "Olaf", birthDate: "1962-06-01" });
	doctor = await small.hire("practitioner");
});
afterAll(() => small.close());

const gate = () => small.institution().gate;
const list = (key: SigningKey, of = patient) => gate().listTerms(small.sign(key, { kind: "list-terms", patient: byPseudonym(of.pseudonym) }));

describe("the terms of one's own consents", () => {
	it("[GA150] go to the patient as they were deposited, and the ledger commits to them", async () => {
		const consentId = await small.grant(patient, toPractitioners("north", ["conditions"]));
		const terms = await list(patient.key);
		expect(terms.map(({ terms: { consentId: id } }) => id)).toEqual([consentId]);
		expect(commitTerms(terms[0]!)).toBe(readConsent(small.network.ledger, consentId)?.termsCommitment);
		expect(await list(other.key, other)).toEqual([]);
	});

	it("[GA150] go to nobody else, and both looks are on the patient's log", async () => {
		for (const key of [doctor.key, other.key]) expect(await codeOf(list(key))).toBe("GATE_NOT_AVAILABLE");
		const history = await gate().showHistory(small.sign(patient.key, { kind: "history", patient: byPseudonym(patient.pseudonym) }));
		const looks = listEntries(history)
			.map(({ entry }) => entry)
			.filter(({ compartments, action }) => action === "read" && compartments.includes("consents"));
		expect(looks.map(({ decision, requester }) => [decision, requester])).toEqual([
			["permit", patient.key.publicKey],
			["deny", doctor.key.publicKey],
			["deny", other.key.publicKey],
		]);
	});
});

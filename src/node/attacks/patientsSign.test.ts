import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CivilDay, createSigningKey, dayMs, type Pseudonym } from "#base";
import { buildEnrol, createWallet } from "#wallet";
import { submitAll } from "../submit.ts";
import { byLocal, codeOf, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** Invariant 4: nobody but the patient, or whom the patient appointed, makes a record readable. */
let small: SmallNetwork;
let patient: SmallPatient;
let other: SmallPatient;
let doctor: Staff;
const delegate = createSigningKey(new Uint8Array(32).fill(7));

beforeAll(async () => {
	small = await openSmallNetwork();
	const until = new Date(Date.now() + 2 * dayMs).toISOString().slice(0, 10) as CivilDay;
	patient = await small.admit(
		{ family: "Anders", given: "Ida", birthDate: "1971-03-04" },
		{ delegates: () => [{ key: delegate.publicKey, kind: "delegate", until }] },
	);
	other = await small.admit({ family: "Brandt", given: "Ole", birthDate: "1962-07-08" });
	doctor = await small.hire("practitioner");
});
afterAll(() => small.close());

const conditions = toPractitioners("north", ["conditions"]);
const released = async () => (await small.read(doctor.key, byLocal(patient.localId))).resources.length;

describe("patients sign", () => {
	it("[GA20] a custodian's key, a doctor's and another patient's grant nothing and deposit nothing", async () => {
		for (const key of [small.institution().memberKey, doctor.key, other.key]) {
			const { transaction, opened } = small.draftGrant(patient, conditions, key);
			expect(await codeOf(small.deposit(patient, opened, key))).toBe("GATE_NOT_AVAILABLE");
			expect(await codeOf(submitAll(small.network, small.institution(), [transaction]))).toBe("NODE_LEDGER_REFUSED");
		}
		expect(await released()).toBe(0);
	});

	it("[GA21] terms deposited without a grant on the ledger do nothing; a grant without its terms refuses", async () => {
		const { opened } = small.draftGrant(patient, conditions);
		await small.deposit(patient, opened);
		expect(await released()).toBe(0);
		const { transaction } = small.draftGrant(other, conditions);
		await submitAll(small.network, small.institution(), [transaction]);
		expect((await small.read(doctor.key, byLocal(other.localId))).resources).toEqual([]);
	});

	it("[GA22] terms that differ from what was signed neither widen a grant nor disturb the true ones, in this process or the next", async () => {
		const fresh = await small.admit({ family: "Clausen", given: "Eva", birthDate: "1980-01-02" });
		const { transaction, opened } = small.draftGrant(fresh, conditions);
		// A guardian with a grudge, or a wallet with a fault, hands in wider terms first and again afterwards.
		const wider = { ...opened, terms: { ...opened.terms, provision: toPractitioners("north", ["conditions", "laboratory"]) } };
		await small.deposit(fresh, wider);
		await submitAll(small.network, small.institution(), [transaction]);
		expect((await small.read(doctor.key, byLocal(fresh.localId))).resources).toEqual([]);
		await small.deposit(fresh, opened);
		await small.deposit(fresh, wider);
		const classes = async () => (await small.read(doctor.key, byLocal(fresh.localId))).resources.map((each) => each.class);
		expect(await classes()).toEqual(["conditions"]);
		small = await small.reopen();
		expect(await classes()).toEqual(["conditions"]);
	});

	it("[GA24] terms that no decision could use are refused before they are kept", async () => {
		const { opened } = small.draftGrant(patient, conditions);
		for (const terms of [
			{},
			{ ...opened.terms, pseudonym: 7 },
			{ ...opened.terms, consentId: ["x"] },
			{ ...opened.terms, surprise: true },
			{ ...opened.terms, custodian: "south" },
			{ ...opened.terms, chain: "another" },
		]) {
			const body = { kind: "deposit-terms", opened: { ...opened, terms } } as const;
			const code = await codeOf(small.institution().gate.depositTerms(small.sign(patient.key, body)));
			expect(["GATE_REQUEST_INVALID", "CONSENT_TERMS_INVALID"]).toContain(code);
		}
	});

	it("[GA25] a record stands under one key: the desk cannot move it to another's, not even to one that is properly enrolled", async () => {
		const { gate, id } = small.institution();
		const complete = (pseudonym: Pseudonym) => codeOf(gate.completeEnrolment({ localId: patient.localId, pseudonym }));
		expect(await complete(other.pseudonym)).toMatch(/^(GATE_NOT_AVAILABLE|VAULT_PSEUDONYM_TAKEN)$/);
		const stranger = createWallet(new Uint8Array(32).fill(9)).pseudonymKey(id, 0);
		expect(await complete(stranger.publicKey)).toBe("GATE_NOT_AVAILABLE");
		const custodianSignature = await gate.countersignEnrolment({ localId: other.localId, pseudonym: stranger.publicKey, delegates: [] });
		const context = { chain: small.network.ledger.chain, nowMs: small.network.now(), randomBytes: small.network.randomBytes };
		await submitAll(small.network, small.institution(), [buildEnrol(stranger, { custodian: id, custodianSignature }, context)]);
		// The wrong line of a list at the desk, or a bribe: the stranger would read the patient's whole record as their own.
		expect(await complete(stranger.publicKey)).toBe("GATE_NOT_AVAILABLE");
		for (const key of [other.key, stranger]) expect((await small.read(key, byLocal(patient.localId))).resources).toEqual([]);
	});

	it("[GA23] a delegate grants while appointed, and not a millisecond after the last day", async () => {
		await small.grant(patient, conditions, delegate);
		expect(await released()).toBe(1);
		small.advance(4 * dayMs);
		const { transaction, opened } = small.draftGrant(patient, conditions, delegate);
		expect(await codeOf(small.deposit(patient, opened, delegate))).toBe("GATE_NOT_AVAILABLE");
		expect(await codeOf(submitAll(small.network, small.institution(), [transaction]))).toBe("NODE_LEDGER_REFUSED");
		const history = small.sign(delegate, { kind: "history", patient: byLocal(patient.localId) });
		expect(await codeOf(small.institution().gate.showHistory(history))).toBe("GATE_NOT_AVAILABLE");
	});
});

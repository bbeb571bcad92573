import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CivilDay, createSigningKey, dayMs } from "#base";
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
			expect(await codeOf(small.institution().gate.depositTerms(small.sign(patient.key, body)))).toBe("GATE_REQUEST_INVALID");
		}
	});

	it("[GA25] completing an enrolment binds a record to one key only: the desk cannot rebind it to another's", async () => {
		const { gate } = small.institution();
		expect(await codeOf(gate.completeEnrolment({ localId: patient.localId, pseudonym: other.pseudonym }))).toMatch(
			/^(GATE_NOT_AVAILABLE|VAULT_PSEUDONYM_TAKEN)$/,
		);
		expect(
			await codeOf(gate.completeEnrolment({ localId: patient.localId, pseudonym: createSigningKey(new Uint8Array(32).fill(9)).publicKey as never })),
		).toBe("GATE_NOT_AVAILABLE");
		expect((await small.read(other.key, byLocal(patient.localId))).resources).toEqual([]);
	});
});

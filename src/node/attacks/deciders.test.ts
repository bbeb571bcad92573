import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CivilDay, dayMs } from "#base";
import { buildChange, buildRotate } from "#wallet";
import { submitAll } from "../submit.ts";
import {
	byLocal,
	byPseudonym,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	toPractitioners,
} from "../testing/smallNetwork.ts";

/** Consents are kept ready between requests: each way in which they can stop being true is tried against what was kept. */
let small: SmallNetwork;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	doctor = await small.hire("practitioner");
});
afterAll(() => small.close());

async function granted(): Promise<{ patient: SmallPatient; consentId: Awaited<ReturnType<SmallNetwork["grant"]>> }> {
	const patient = await small.admit({ family: "Ready", given: "Rita", birthDate: "1960-01-01" });
	const consentId = await small.grant(patient, toPractitioners("north", ["conditions", "laboratory"]));
	expect(await released(patient)).toEqual(["conditions", "laboratory"]);
	expect(await released(patient), "asked again of what is ready").toEqual(["conditions", "laboratory"]);
	return { patient, consentId };
}

async function released(patient: SmallPatient, by = byLocal(patient.localId), body: object = {}): Promise<readonly string[]> {
	const { classes } = await small.read(doctor.key, by, body);
	return classes.filter(({ status }) => status === "released").map((each) => each.class);
}

const context = () => ({ chain: small.network.ledger.chain, nowMs: small.network.now(), randomBytes: small.network.randomBytes });
const validUntil = () => new Date(small.network.now() + 30 * dayMs).toISOString().slice(0, 10) as CivilDay;

describe("consents kept ready", () => {
	it("[GA39] a revocation counts at the next request, of this patient and of no other", async () => {
		const [one, two] = [await granted(), await granted()];
		await small.revoke(one.patient, one.consentId);
		expect(await released(one.patient)).toEqual([]);
		expect(await released(two.patient)).toEqual(["conditions", "laboratory"]);
	});

	it("[GA39] changed terms count at the next request, and until they are deposited nothing leaves", async () => {
		const patient = await small.admit({ family: "Ready", given: "Rita", birthDate: "1960-01-01" });
		const draft = small.draftGrant(patient, toPractitioners("north", ["conditions", "laboratory"]));
		await small.deposit(patient, draft.opened);
		await submitAll(small.network, small.institution(), [draft.transaction]);
		expect(await released(patient)).toEqual(["conditions", "laboratory"]);
		const choice = { title: "Less", provision: toPractitioners("north", ["laboratory"]), validUntil: validUntil() };
		const changed = buildChange(patient.key, { before: draft.opened.terms, ...choice }, context());
		await submitAll(small.network, small.institution(), [changed.transaction]);
		expect(await released(patient)).toEqual([]);
		// No block comes between this refusal and the next answer: the terms alone are new.
		await small.deposit(patient, changed.opened);
		expect(await released(patient)).toEqual(["laboratory"]);
	});

	it("[GA39] a further consent, a refusal among them, counts at the next request", async () => {
		const { patient } = await granted();
		const { level: _, ...refusal } = toPractitioners("north", ["laboratory"]);
		await small.grant(patient, { ...refusal, type: "deny" });
		expect(await released(patient)).toEqual(["conditions"]);
	});

	it("[GA39] after a rotation nothing is answered under the old pseudonym", async () => {
		const { patient } = await granted();
		const successor = patient.wallet.pseudonymKey("north" as never, 1);
		const { pseudonym } = patient;
		await submitAll(small.network, small.institution(), [buildRotate(patient.key, { pseudonym, successor }, context())]);
		expect(await released(patient, byPseudonym(pseudonym))).toEqual([]);
	});

	it("[GA39] a credential revoked counts at the next request; ready consents know no requester", async () => {
		const { patient } = await granted();
		const former = await small.hire("practitioner");
		const ask = async () => (await small.read(former.key, byLocal(patient.localId))).classes.map(({ status }) => status);
		expect(await ask()).toEqual(["released", "released"]);
		await small.fire(former);
		expect(await ask()).toEqual(["not-available", "not-available"]);
		expect(await released(patient)).toEqual(["conditions", "laboratory"]);
	});

	it("[GA39] time alone ends what is ready: no block, no other answer before the end of the period", async () => {
		const patient = await small.admit({ family: "Ready", given: "Rita", birthDate: "1960-01-01" });
		await small.grant(patient, toPractitioners("north", ["conditions"], { endMs: small.network.now() + 10_000 }));
		expect(await released(patient)).toEqual(["conditions"]);
		small.advance(10_001);
		expect(await released(patient)).toEqual([]);
	});

	it("[GA39] an erasure leaves nothing ready", async () => {
		const { patient } = await granted();
		const { gate } = small.institution();
		await gate.erase(small.sign(patient.key, { kind: "erase", patient: byPseudonym(patient.pseudonym), compartments: "all" }));
		expect(await released(patient)).toEqual([]);
	});
});

import type { FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createInstitutionApp } from "../app.ts";
import { askFhir, type FhirAsk } from "../testing/fhirClient.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

/** One record asked for again and again is kept open; what that must not change. */
let small: SmallNetwork;
let app: FastifyInstance;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	doctor = await small.hire("practitioner");
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
	await app.close();
	await small.close();
});

const condition = (id: string, code: string) => (subject: object) => ({
	resourceType: "Condition",
	id,
	clinicalStatus: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/condition-clinical", code: "active" }] },
	code: { coding: [{ system: "http://snomed.info/sct", code }] },
	subject,
});
const [plain, hidden] = [condition("plain", "38341003"), condition("hidden", "58214004")];
const toSeeAll = toPractitioners("north", ["conditions"], { labels: ["mental-health"] });

const admit = (family: string) =>
	small.admit({ family, given: "Ove", birthDate: "1961-01-01", more: (subject) => [plain(subject), hidden(subject)] });
const read = ({ localId }: SmallPatient, id: string, more: FhirAsk = {}, key = doctor.key) =>
	askFhir(app, small, key, `/fhir/Condition/${id}`, { patient: byLocal(localId), ...more });

/** What a piece of work asks the store for, and how many receipts it spends. */
async function countSteps(work: () => Promise<unknown>) {
	const { store, keyring } = small.institution();
	const [rows, keys, receipts] = [vi.spyOn(store, "getRecord"), vi.spyOn(store, "getDataKeys"), vi.spyOn(keyring, "unwrap")];
	await work();
	const counts = { rows: rows.mock.calls.length, keys: keys.mock.calls.length, receipts: receipts.mock.calls.length };
	vi.restoreAllMocks();
	return counts;
}

describe("a record that is kept open", () => {
	it("[FR84] is answered from memory with an entry and a receipt of its own each time, and read anew after any write", async () => {
		const patient = await admit("Again");
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		const first = await read(patient, "plain");
		expect(first.status).toBe(200);
		const { log } = small.institution();
		const before = log.size();
		const again = await countSteps(async () => expect((await read(patient, "plain")).text).toBe(first.text));
		expect(again).toEqual({ rows: 0, keys: 0, receipts: 1 });
		expect(log.size()).toBe(before + 1);
		await admit("Somebody else");
		const after = await countSteps(async () => expect((await read(patient, "plain")).text).toBe(first.text));
		expect(after).toEqual({ rows: 1, keys: 0, receipts: 1 });
	});

	it("[FR84] is never answered past a change, a deletion, a revocation or an erasure", async () => {
		const patient = await admit("Changed");
		const consent = await small.grant(patient, toPractitioners("north", ["conditions"]));
		const { json } = await read(patient, "plain");
		const body = { ...json, recordedDate: "2024-01-01" };
		const written = await read(patient, "plain", { method: "PUT", body, headers: { "if-match": 'W/"1"' } });
		expect(written.status).toBe(200);
		expect((await read(patient, "plain")).headers["etag"]).toBe('W/"2"');
		const deleted = await read(patient, "plain", { method: "DELETE", headers: { "if-match": 'W/"2"' } });
		expect(deleted.status).toBe(204);
		expect((await read(patient, "plain")).status).toBe(410);
		await small.revoke(patient, consent);
		expect((await read(patient, "plain")).status).toBe(404);
		const gone = await admit("Erased");
		await small.grant(gone, toPractitioners("north", ["conditions"]));
		expect([(await read(gone, "plain")).status, (await read(gone, "plain")).status]).toEqual([200, 200]);
		await small.institution().gate.erase(small.sign(gone.key, { kind: "erase", patient: byLocal(gone.localId), compartments: "all" }));
		expect((await read(gone, "plain")).status).toBe(404);
	});

	it("[FR84] is held back from who may not see it, who is answered like of none, after no fewer look-ups", async () => {
		const patient = await admit("Hidden");
		const colleague = await small.hire("practitioner");
		await small.grant(patient, { ...toSeeAll, grantees: [{ kind: "actor", key: colleague.key.publicKey }] });
		await small.grant(patient, { ...toPractitioners("north", ["conditions"]), grantees: [{ kind: "actor", key: doctor.key.publicKey }] });
		const open = () => read(patient, "hidden", {}, colleague.key);
		expect((await open()).status).toBe(200);
		// From memory, so that there is something to find.
		expect(await countSteps(open)).toEqual({ rows: 0, keys: 0, receipts: 1 });
		const answers: string[] = [];
		const ask = (id: string) => countSteps(async () => answers.push((await read(patient, id)).text));
		const [held, absent] = [await ask("hidden"), await ask("nowhere")];
		expect(held.rows).toBe(absent.rows);
		expect(held.receipts).toBe(absent.receipts);
		expect(answers[0]).toBe(answers[1]);
		expect(answers[0]).toContain("not available to you");
	});
});

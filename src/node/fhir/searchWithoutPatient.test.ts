import type { FastifyInstance } from "fastify";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { listEntries } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { askFhir, type FhirAsk } from "../testing/fhirClient.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";

let small: SmallNetwork;
let app: FastifyInstance;
let doctor: Staff;
let granting: SmallPatient[];
let silent: SmallPatient;

/** One id for a record of each patient, and a diagnosis that no general grant releases. */
const conditions = (subject: object) => [
	{ resourceType: "Condition", id: "same", code: { coding: [{ system: "http://snomed.info/sct", code: "38341003" }] }, subject },
	{ resourceType: "Condition", id: "held-back", code: { coding: [{ system: "http://snomed.info/sct", code: "58214004" }] }, subject },
];

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	doctor = await small.hire("practitioner");
	granting = [];
	for (let at = 0; at < 3; at++) {
		const patient = await small.admit({ family: `Broad${at}`, given: "Ib", birthDate: "1950-05-05", more: conditions });
		await small.grant(patient, toPractitioners("north", ["demographics", "conditions", "laboratory", "vitals"]));
		granting.push(patient);
	}
	silent = await small.admit({ family: "Silent", given: "Per", birthDate: "1951-01-01", more: conditions });
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
	await app.close();
	await small.close();
});

const ask = (url: string, more: FhirAsk = {}, key = doctor.key) => askFhir(app, small, key, url, more);
type Entry = { fullUrl?: string; resource: { id: string; subject?: { reference: string } }; search: { mode: string } };
const matches = ({ entry }: { entry: Entry[] }) => entry.filter(({ search }) => search.mode === "match");
const subjects = (bundle: { entry: Entry[] }) => matches(bundle).map(({ resource }) => resource.subject?.reference);
const everybody = () => granting.map(({ localId }) => `Patient/${localId}`).sort();
const size = () => small.institution().log.size();

describe("a search without a patient", () => {
	it("[FR82] finds by whole tokens and by dates as a year, a month or a day, over everybody who permits it", async () => {
		const found = await ask("/fhir/Observation?code=http://loinc.org|718-7");
		expect([found.status, found.json.total]).toEqual([200, 3]);
		expect(subjects(found.json).sort()).toEqual(everybody());
		for (const date of ["2024", "2024-05", "2024-05-06"]) expect((await ask(`/fhir/Observation?code=718-7&date=${date}`)).json.total, date).toBe(3);
		expect((await ask("/fhir/Observation?code=718-7&date=2023")).json.total).toBe(0);
		expect((await ask("/fhir/Observation?code=718-7&category=vital-signs")).json.total).toBe(0);
		expect((await ask("/fhir/Observation?code=718-7&_summary=count")).json).toMatchObject({ total: 3, entry: [{ search: { mode: "outcome" } }] });
	});

	it.each([
		["", "no code"],
		["?date=2024", "no code"],
		["?code:not=718-7", "code"],
		["?code:missing=false", "code"],
		["?code=http://loinc.org|", "code"],
		["?code=718-7&date=gt2024", "date"],
		["?code=718-7&date=2024-05-06T10:00", "date"],
		["?code=718-7&value-quantity=gt5", "value-quantity"],
		["?code=718-7&subject:Patient.family=Broad", "subject"],
		["?code=718-7&_id=x", "_id"],
		["?code=718-7&_lastUpdated=2024", "_lastUpdated"],
		["?code=718-7&_sort=date", "_sort"],
		["?code=718-7&_include=Observation:subject", "_include"],
		["?code=718-7&_revinclude=Provenance:target", "_revinclude"],
	])("[FR82] Observation%s is refused with its reason before anything is looked at", async (query, reason) => {
		const before = size();
		const { status, json } = await ask(`/fhir/Observation${query}`);
		expect([status, json.issue[0].details.coding[0].code]).toEqual([400, "NODE_FHIR_PATIENT_UNNAMED"]);
		expect(json.issue[0].details.text).toContain(reason);
		expect(size()).toBe(before);
	});

	it("[FR82] is no entry of a bundle, and nobody is found by name", async () => {
		const request = { method: "GET", url: "Observation?code=718-7" };
		const { json } = await ask("/fhir", { method: "POST", body: { resourceType: "Bundle", type: "batch", entry: [{ request }] } });
		expect(json.entry[0].response).toMatchObject({
			status: "400",
			outcome: { issue: [{ details: { coding: [{ code: "NODE_FHIR_PATIENT_UNNAMED" }] } }] },
		});
		expect((await ask("/fhir/Patient?family=Silent&gender=male")).status).toBe(400);
		expect((await ask("/fhir/Provenance?agent-type=author")).status).toBe(400);
	});

	it("[FR83] a search without a patient as an oracle: a held record counts in no total and on no page, and looking for it is looking for what is nowhere", async () => {
		const [held, none] = [await ask("/fhir/Condition?code=58214004"), await ask("/fhir/Condition?code=00000000")];
		expect(held.json.total).toBe(0);
		expect(held.text.replaceAll("58214004", "00000000")).toBe(none.text);
		expect((await ask("/fhir/Condition?code=58214004,38341003&_count=3")).json.link).toHaveLength(1);
	});

	it("[GA182] a search without a patient that opens who matches: each who permits it has an entry whether anything was found or not; who does not has none", async () => {
		const steps = [];
		for (const code of ["718-7", "nothing"]) {
			const before = size();
			await ask(`/fhir/Observation?code=${code}`);
			steps.push(size() - before);
		}
		// One under nobody, one for each of three.
		expect(steps).toEqual([4, 4]);
		const entriesOf = async ({ key, localId }: SmallPatient) => {
			const history = await small.institution().gate.showHistory(small.sign(key, { kind: "history", patient: byLocal(localId) }));
			return listEntries(history).filter(({ entry }) => entry.requester === doctor.key.publicKey);
		};
		expect(await entriesOf(granting[0] as SmallPatient)).not.toEqual([]);
		expect(await entriesOf(silent)).toEqual([]);
	});

	it("[FR83] pages put together are the whole; a page after a revocation has nothing of who revoked", async () => {
		const leaving = await small.admit({ family: "Leaving", given: "Bo", birthDate: "1952-02-02" });
		const consent = await small.grant(leaving, toPractitioners("north", ["demographics", "laboratory"]));
		const pages = async (between: () => Promise<void>) => {
			const seen: (string | undefined)[] = [];
			for (let url: string | undefined = "/fhir/Observation?code=718-7&_count=1"; url !== undefined; ) {
				const { json }: { json: { entry: Entry[]; link: { relation: string; url: string }[] } } = await ask(url);
				seen.push(...subjects(json));
				url = json.link.find(({ relation }) => relation === "next")?.url.replace(/^http:\/\/[^/]+/, "");
				await between();
			}
			return seen;
		};
		const own = `Patient/${leaving.localId}`;
		expect((await pages(async () => undefined)).sort()).toEqual([...everybody(), own].sort());
		const { json } = await ask("/fhir/Observation?code=718-7&_count=1");
		const next = json.link.find(({ relation }: { relation: string }) => relation === "next").url.replace(/^http:\/\/[^/]+/, "");
		const colleague = await small.hire("practitioner");
		expect((await ask(next, {}, colleague.key)).status).toBe(400);
		expect((await ask(next, { patient: byLocal(leaving.localId) })).status).toBe(400);
		await small.revoke(leaving, consent);
		expect(await pages(async () => undefined)).not.toContain(own);
		expect((await ask(next)).text).not.toContain(leaving.localId);
	});

	it("[FR83] a class is available where everybody in the answer releases it, judged by grants and never by the data", async () => {
		const told = async (purpose?: string) =>
			(await ask("/fhir/Observation?code=nothing", purpose === undefined ? {} : { purpose })).json.entry[0].resource.issue[1]?.details.text ?? "";
		expect(await told()).not.toContain("laboratory");
		expect(await told()).toContain("social");
		expect(await told("HPAYMT")).toContain("laboratory");
		const narrow = await small.admit({ family: "Narrow", given: "Eva", birthDate: "1953-03-03" });
		const consent = await small.grant(narrow, toPractitioners("north", ["vitals"]));
		expect(await told()).toContain("laboratory");
		await small.revoke(narrow, consent);
	});

	it("[FR83] no two entries have one fullUrl, though two patients' records have one id", async () => {
		const { json } = await ask("/fhir/Condition?code=38341003");
		expect(matches(json).map(({ resource }) => resource.id)).toEqual(["same", "same", "same"]);
		expect(matches(json).filter(({ fullUrl }) => fullUrl !== undefined)).toHaveLength(1);
	});

	it("[GA183] an emergency over everybody: it is about one patient, and nobody's record is opened by one", async () => {
		const before = size();
		const tried = await ask("/fhir/Observation?code=718-7", { purpose: "ETREAT", emergencyReason: "unconscious, no papers" });
		expect([tried.status, tried.json.issue[0].details.coding[0].code]).toEqual([400, "GATE_REQUEST_INVALID"]);
		expect(size()).toBe(before + 1);
	});

	it("[GA184] the order of patients joins what two readers got: each has an order of their own", async () => {
		const readers = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(() => small.hire("practitioner")));
		const orders = [];
		for (const { key } of readers) orders.push(subjects((await ask("/fhir/Observation?code=718-7", {}, key)).json).join());
		expect(subjects((await ask("/fhir/Observation?code=718-7", {}, readers[0]?.key)).json).join()).toBe(orders[0]);
		// Eight readers agree by chance once in 280,000 times.
		expect(new Set(orders).size).toBeGreaterThan(1);
	});

	it("[FR87] whoever asks of everybody too often is refused by code with the time to wait, by an answer that tells nothing, and is not logged", async () => {
		const [busy, other] = [await small.hire("practitioner"), await small.hire("practitioner")];
		// However slow the machine is, no time goes by in which a key may ask again.
		vi.spyOn(performance, "now").mockReturnValue(performance.now());
		const url = "/fhir/Observation?code=718-7&_count=1";
		const first = await ask(url, {}, busy.key);
		// What is refused as it is asked is no search.
		expect((await ask("/fhir/Observation?code:not=718-7", {}, busy.key)).status).toBe(400);
		for (let at = 1; at < 29; at++) expect((await ask("/fhir/Observation?code=nothing", {}, busy.key)).status).toBe(200);
		// A page is another search of everybody.
		const next = first.json.link.find(({ relation }: { relation: string }) => relation === "next").url.replace("http://localhost:80", "");
		expect((await ask(next, {}, busy.key)).status).toBe(200);
		const before = size();
		const begin = await ask("/fhir/$export", { headers: { prefer: "respond-async" } }, busy.key);
		const refused = [await ask(url, {}, busy.key), await ask("/fhir/Observation?code=nothing", {}, busy.key), await ask(next, {}, busy.key), begin];
		expect(size()).toBe(before);
		for (const answer of refused) {
			expect([answer.status, answer.headers["retry-after"], answer.headers["content-type"]]).toEqual([
				429,
				"10",
				"application/fhir+json; charset=utf-8",
			]);
			expect(answer.json).toMatchObject({ resourceType: "OperationOutcome", issue: [{ code: "throttled" }] });
			expect(answer.json.issue[0].details.coding[0].code).toBe("NODE_FHIR_TOO_OFTEN");
			expect(answer.text).toBe(refused[0]?.text);
		}
		// Nobody else is, nor is a search of one patient.
		expect((await ask(url, {}, other.key)).status).toBe(200);
		expect((await ask(`/fhir/Observation?patient=${granting[0]?.localId}&code=718-7`, {}, busy.key)).status).toBe(200);
	});
});

import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { listEntries } from "#wallet";
import { createInstitutionApp } from "../../app.ts";
import { askFhir, type FhirAsk } from "../../testing/fhirClient.ts";
import { allowEndpoints, beginToNotify, type HookServer, notify, openHookServer } from "../../testing/hookServer.ts";
import {
	byLocal,
	byPseudonym,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	toPractitioners,
} from "../../testing/smallNetwork.ts";

let small: SmallNetwork;
let app: FastifyInstance;
let hook: HookServer;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	hook = await openHookServer();
	allowEndpoints(small, [{ url: hook.url, isInside: true }]);
	doctor = await small.hire("practitioner");
});
beforeEach(() => {
	hook.got.length = 0;
	hook.answer = { status: 200 };
});
afterAll(async () => {
	await app.close();
	await hook.close();
	await small.close();
});

const ask = (url: string, more: FhirAsk = {}, key = doctor.key) => askFhir(app, small, key, url, more);
const contentExtension = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content";
const wish = (criteria: string, channel: object = {}, more: object = {}) => ({
	...{ resourceType: "Subscription", status: "requested", reason: "follow-up", criteria },
	channel: { type: "rest-hook", endpoint: hook.url, ...channel },
	...more,
});
const begin = (patient: SmallPatient, query: string, channel: object = {}, more: object = {}) =>
	ask("/fhir/Subscription", { method: "POST", body: wish(`Observation?patient=${patient.localId}${query}`, channel, more) });
const statusOf = async (id: string) => (await ask(`/fhir/Subscription/${id}`)).json;

async function admit(family: string): Promise<SmallPatient> {
	const patient = await small.admit({ family, given: "Ea", birthDate: "1970-07-07" });
	await small.grant(patient, toPractitioners("north", ["laboratory", "vitals"]));
	return patient;
}

/** Time goes by, and the ledger with it. */
async function later(ms: number): Promise<void> {
	small.advance(ms);
	await small.hire("practitioner");
}

const observation = (patient: SmallPatient, code: string, category = "laboratory") => ({
	...{ resourceType: "Observation", status: "final", subject: { reference: `Patient/${patient.localId}` } },
	category: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: category }] }],
	code: { coding: [{ system: "http://loinc.org", code }] },
	valueQuantity: { value: 5, unit: "mmol/L" },
});
const file = async (patient: SmallPatient, code = "2345-7") => {
	const answer = await ask("/fhir/Observation", { method: "POST", body: observation(patient, code), patient: byLocal(patient.localId) });
	expect(answer.status).toBe(201);
	return answer.json.id as string;
};

describe("subscriptions", () => {
	it("[FR75] a handshake makes one active; a change that meets its criteria is told, another is not", async () => {
		const patient = await admit("Told");
		const { status, json, headers } = await begin(patient, "&code=2345-7", { header: ["Authorization: Bearer secret"] });
		expect([status, json.status, headers["location"]]).toEqual([201, "requested", `http://localhost:80/fhir/Subscription/${json.id}`]);
		await notify(small);
		expect(hook.got.map(({ method, path, body }) => [method, path, body])).toEqual([["POST", "/hook/", ""]]);
		expect(hook.got[0]?.headers.authorization).toBe("Bearer secret");
		expect((await statusOf(json.id)).status).toBe("active");
		await notify(small);
		await file(patient, "718-7");
		await notify(small);
		expect(hook.got).toHaveLength(1);
		await file(patient);
		await notify(small);
		await notify(small);
		expect(hook.got.map(({ method, body }) => [method, body])).toEqual([
			["POST", ""],
			["POST", ""],
		]);
	});

	it("[FR75] with a payload the record is put under its own name, as it is released; by name alone, or in a bundle, where that is asked", async () => {
		const patient = await admit("Payload");
		const content = (valueCode: string) => ({
			payload: "application/fhir+json",
			_payload: { extension: [{ url: contentExtension, valueCode }] },
		});
		await begin(patient, "", { payload: "application/fhir+json" });
		await begin(patient, "", content("id-only"));
		await begin(patient, "", content("full-resource"));
		await notify(small);
		expect(hook.got.map(({ body }) => (body === "" ? "" : JSON.parse(body).entry[0].resource.parameter[2].valueCode))).toEqual([
			"",
			"handshake",
			"handshake",
		]);
		hook.got.length = 0;
		const id = await file(patient);
		await notify(small);
		const [put, named, whole] = hook.got;
		expect([put?.method, put?.path, JSON.parse(put?.body ?? "").id]).toEqual(["PUT", `/hook/Observation/${id}`, id]);
		const bundle = JSON.parse(named?.body ?? "");
		expect([bundle.type, bundle.entry[1].fullUrl, bundle.entry[1].resource]).toEqual([
			"history",
			`https://north.example/fhir/Observation/${id}`,
			undefined,
		]);
		expect(named?.body).not.toContain("2345-7");
		expect(JSON.parse(whole?.body ?? "").entry[1].resource).toEqual(JSON.parse(put?.body ?? ""));
	});

	it("[FR75] a failure is told as error and tried again after a wait, as it then is; one that goes on ends it", async () => {
		const patient = await admit("Failing");
		const { json } = await begin(patient, "&code=2345-7", { payload: "application/fhir+json" });
		await notify(small);
		const id = await file(patient);
		hook.answer = { status: 500 };
		await notify(small);
		expect(await statusOf(json.id)).toMatchObject({ status: "error", error: expect.stringContaining("2xx") });
		const before = hook.got.length;
		await notify(small);
		expect(hook.got).toHaveLength(before);
		const body = { ...observation(patient, "2345-7"), id, valueQuantity: { value: 6, unit: "mmol/L" } };
		await ask(`/fhir/Observation/${id}`, { method: "PUT", body, patient: byLocal(patient.localId) });
		hook.answer = { status: 204 };
		small.advance(10_000);
		await notify(small);
		expect(JSON.parse(hook.got.at(-1)?.body ?? "")).toMatchObject({ id, meta: { versionId: "2" }, valueQuantity: { value: 6 } });
		expect((await statusOf(json.id)).status).toBe("active");
		await file(patient);
		hook.answer = { status: 302, headers: { location: "http://127.0.0.1:1/" } };
		for (let times = 0; times < 20; times++) {
			await notify(small);
			await later(60 * 60_000);
		}
		expect((await statusOf(json.id)).status).toBe("off");
	});

	it("[FR75] [GA181] what was not delivered before a stop is told after it", async () => {
		const own = await openSmallNetwork();
		allowEndpoints(own, [{ url: hook.url, isInside: true }]);
		const patient = await own.admit({ family: "Restart", given: "Ea", birthDate: "1970-07-07" });
		const nurse = await own.hire("practitioner");
		await own.grant(patient, toPractitioners("north", ["laboratory"]));
		const before = createInstitutionApp(own.network, own.institution());
		const about = { method: "POST", patient: byLocal(patient.localId) };
		const body = wish("Observation?code=2345-7", { payload: "application/fhir+json" });
		await askFhir(before, own, nurse.key, "/fhir/Subscription", { ...about, body });
		await notify(own);
		const filed = await askFhir(before, own, nurse.key, "/fhir/Observation", { ...about, body: observation(patient, "2345-7") });
		await before.close();
		const again = await own.reopen();
		hook.got.length = 0;
		await notify(again);
		await notify(again);
		expect(hook.got.map(({ path }) => path)).toEqual([`/hook/Observation/${filed.json.id}`]);
		await again.close();
	});

	it("[FR74] it is its owner's: read, listed, changed, stopped and deleted by nobody else", async () => {
		const patient = await admit("Owner");
		const { json } = await begin(patient, "");
		const url = `/fhir/Subscription/${json.id}`;
		const colleague = await small.hire("practitioner");
		const change = { method: "PUT", body: { ...wish(`Observation?patient=${patient.localId}`), id: json.id } };
		for (const asked of [{}, change, { method: "DELETE" }]) {
			const [others, nobodys] = [await ask(url, asked, colleague.key), await ask("/fhir/Subscription/none", asked, colleague.key)];
			expect([others.status, others.json]).toEqual([404, nobodys.json]);
		}
		expect((await ask("/fhir/Subscription", {}, colleague.key)).json.total).toBe(0);
		expect((await ask("/fhir/Subscription")).json.entry.map(({ resource }: { resource: { id: string } }) => resource.id)).toContain(json.id);
		const off = await ask(url, { method: "PUT", body: { ...wish(`Observation?patient=${patient.localId}`), status: "off" } });
		expect([off.json.status, off.json.meta.versionId, off.headers["etag"]]).toEqual(["off", "2", 'W/"2"']);
		expect((await ask(url, { ...change, headers: { "if-match": 'W/"1"' } })).status).toBe(412);
		await notify(small);
		expect(hook.got).toHaveLength(0);
		expect((await ask(url, { method: "DELETE" })).status).toBe(204);
		expect((await ask(url)).status).toBe(404);
	});

	it("[FR86] an endpoint that does not answer holds up nobody else, is asked by one request at a time, and is told all of it afterwards", async () => {
		const slow = await openHookServer();
		allowEndpoints(small, [
			{ url: hook.url, isInside: true },
			{ url: slow.url, isInside: true },
		]);
		try {
			const patient = await admit("Slow");
			const payload = { payload: "application/fhir+json" };
			for (let at = 0; at < 3; at++) await begin(patient, "", { ...payload, endpoint: slow.url });
			await begin(patient, "", payload);
			await notify(small);
			expect([slow.got.length, hook.got.length]).toEqual([3, 1]);
			const { promise, resolve: answer } = Promise.withResolvers<void>();
			slow.answer = { status: 200, after: promise };
			const looks = [];
			for (let at = 0; at < 3; at++) {
				const id = await file(patient);
				looks.push((await beginToNotify(small)).ended);
				// Each of them is told while the other still owes its first answer.
				await vi.waitFor(() => expect(hook.got.at(-1)?.path).toBe(`/hook/Observation/${id}`), 5_000);
				expect(slow.got).toHaveLength(4);
			}
			answer();
			await Promise.all(looks);
			await notify(small);
			const told = slow.got.slice(3).map(({ path }) => path);
			expect(new Set(told).size).toBe(3);
			expect(told).toHaveLength(3 * 3);
		} finally {
			await slow.close();
			allowEndpoints(small, [{ url: hook.url, isInside: true }]);
		}
	});

	it("[FR74] ends when its end has come, and after 90 days whatever it names", async () => {
		const patient = await admit("End");
		const end = new Date(small.network.now() + 60_000).toISOString();
		const { json } = await begin(patient, "", {}, { end });
		const far = await begin(patient, "", {}, { end: "2999-01-01T00:00:00Z" });
		expect(Date.parse(far.json.end) - small.network.now()).toBeLessThanOrEqual(90 * 86_400_000);
		await later(61_000);
		await file(patient);
		await notify(small);
		expect([hook.got.length, (await statusOf(json.id)).status]).toEqual([1, "off"]);
	});

	it("[FR74] what cannot be a subscription is refused with its reason", async () => {
		const patient = await admit("Refused");
		const about = `Observation?patient=${patient.localId}`;
		const codes = [];
		for (const body of [
			wish(`${about}&_include=Observation:subject`),
			wish(`${about}&nonsense=1`),
			wish("Nonsense?x=1"),
			wish(about, { type: "email" }),
			wish(about, { payload: "text/plain" }),
			wish(about, { header: ["Host: internal"] }),
			wish(about, { header: ["Authorization: a\r\nX-Evil: b"] }),
			wish(about, {}, { status: "active" }),
			wish(about, {}, { end: "2001-01-01T00:00:00Z" }),
			wish("Observation?code=2345-7"),
		]) {
			const { status, json } = await ask("/fhir/Subscription", { method: "POST", body });
			codes.push(`${status} ${json.issue[0].details.coding[0].code}`);
		}
		expect(codes).toEqual([
			"400 NODE_FHIR_UNSUPPORTED",
			"400 FHIR_SEARCH_INVALID",
			"404 NODE_FHIR_TYPE_UNKNOWN",
			...Array(6).fill("400 NODE_FHIR_UNSUPPORTED"),
			"400 NODE_FHIR_PATIENT_UNNAMED",
		]);
	});

	it("[GA180] its terms lie nowhere in clear, and each notification stands in the patient's history", async () => {
		const patient = await admit("History");
		await begin(patient, "&code=2345-7", { header: ["Authorization: Bearer Secret-Marker"] });
		await notify(small);
		await file(patient);
		await notify(small);
		const held = JSON.stringify(small.institution().gate.memory.subscriptions());
		for (const word of ["2345-7", "Secret-Marker", hook.url, patient.localId]) expect(held).not.toContain(word);
		const { gate } = small.institution();
		const history = await gate.showHistory(small.sign(patient.key, { kind: "history", patient: byPseudonym(patient.pseudonym) }));
		const reads = listEntries(history).filter(({ entry }) => entry.requester === doctor.key.publicKey && entry.action === "read");
		// The subscription itself, and the look that led to a notification.
		expect(reads.filter(({ entry }) => entry.decision === "permit").length).toBeGreaterThanOrEqual(2);
	});
});

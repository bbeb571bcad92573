import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DataClass, Provision } from "#contracts";
import type { Delivery, SubscriptionNotice } from "#gate";
import { createInstitutionApp } from "../app.ts";
import { askFhir, type FhirAsk } from "../testing/fhirClient.ts";
import { allowEndpoints, type HookServer, notify, openHookServer } from "../testing/hookServer.ts";
import {
	byLocal,
	byPseudonym,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	toPractitioners,
} from "../testing/smallNetwork.ts";

/** A subscription is a standing question: whoever begins one learns no more by it, and no longer, than by asking each time. */
let small: SmallNetwork;
let app: FastifyInstance;
let hook: HookServer;
let doctor: Staff;
let trusted: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	hook = await openHookServer();
	allowEndpoints(small, [{ url: hook.url, isInside: true }]);
	doctor = await small.hire("practitioner");
	trusted = await small.hire("practitioner", { department: "psychiatry" });
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
const wish = (criteria: string, endpoint = hook.url) => ({
	...{ resourceType: "Subscription", status: "requested", reason: "follow-up", criteria },
	channel: { type: "rest-hook", endpoint, payload: "application/fhir+json" },
});
const condition = (patient: SmallPatient, code: string) => ({
	...{ resourceType: "Condition", subject: { reference: `Patient/${patient.localId}` } },
	code: { coding: [{ system: "http://snomed.info/sct", code }] },
});
const hypertension = "38341003";
const schizophrenia = "58214004";
const file = (patient: SmallPatient, code: string, key = trusted.key) =>
	ask("/fhir/Condition", { method: "POST", body: condition(patient, code), patient: byLocal(patient.localId) }, key);

/** Somebody whom `trusted` may write about whatever it is, and a doctor with a subscription that has shaken hands. */
async function subscribed(family: string, classes: readonly DataClass[] = ["conditions"], key = doctor.key, endpoint = hook.url) {
	const patient = await small.admit({ family, given: "Bo", birthDate: "1966-06-06" });
	const wide: Provision = { ...toPractitioners("north", ["conditions"], { labels: ["mental-health"] }) };
	await small.grant(patient, { ...wide, grantees: [{ kind: "actor", key: trusted.key.publicKey }] });
	const consent = await small.grant(patient, toPractitioners("north", classes));
	const begun = await ask("/fhir/Subscription", { method: "POST", body: wish(`Condition?patient=${patient.localId}`, endpoint) }, key);
	expect(begun.status).toBe(201);
	await notify(small);
	hook.got.length = 0;
	return { patient, consent, id: begun.json.id as string };
}

describe("notifications", () => {
	it("[FR76] notifications after revocation: none, from the block on, and the subscription is over for good", async () => {
		const { patient, consent, id } = await subscribed("Revoked");
		await file(patient, hypertension);
		await notify(small);
		expect(hook.got).toHaveLength(1);
		await file(patient, hypertension);
		await small.revoke(patient, consent);
		await notify(small);
		await file(patient, hypertension);
		await notify(small);
		expect(hook.got).toHaveLength(1);
		expect((await ask(`/fhir/Subscription/${id}`)).json).toMatchObject({ status: "off", error: "no longer available to you" });
		// Granted anew: what is over does not come to life, and tells nothing of what came in between.
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		await notify(small);
		expect(hook.got).toHaveLength(1);
	});

	it("[FR76] a retry after revocation carries nothing: what failed before is not sent later", async () => {
		const { patient, consent } = await subscribed("Retry");
		hook.answer = { status: 503 };
		await file(patient, hypertension);
		await notify(small);
		const failed = hook.got.length;
		await small.revoke(patient, consent);
		hook.answer = { status: 200 };
		small.advance(10_000);
		await notify(small);
		expect(hook.got).toHaveLength(failed);
	});

	it("[FR76] a credential that was taken ends what rests on it", async () => {
		const leaving = await small.hire("practitioner");
		const { patient } = await subscribed("Fired", ["conditions"], leaving.key);
		await small.fire(leaving);
		await file(patient, hypertension);
		await notify(small);
		expect(hook.got).toEqual([]);
	});

	it("[FR76] a change that is held back is no notification, not even an empty one; nor is one that shows by a later, wider grant", async () => {
		const { patient } = await subscribed("Hidden");
		await file(patient, schizophrenia);
		await notify(small);
		await small.grant(patient, toPractitioners("north", ["conditions"], { labels: ["mental-health"] }));
		await file(patient, schizophrenia);
		await notify(small);
		expect(hook.got).toHaveLength(1);
		expect(JSON.parse(hook.got[0]?.body ?? "").code.coding[0].code).toBe(schizophrenia);
	});

	it("[FR74] a subscription as an oracle: refused, absent and erased cannot be told apart by beginning one", async () => {
		const admit = (family: string) => small.admit({ family, given: "Bo", birthDate: "1966-06-06" });
		const [refused, erased] = [await admit("Refused"), await admit("Erased")];
		await small.institution().gate.erase(small.sign(erased.key, { kind: "erase", patient: byLocal(erased.localId), compartments: "all" }));
		const answers = [];
		for (const id of [refused.localId, erased.localId, "nobody"])
			answers.push(await ask("/fhir/Subscription", { method: "POST", body: wish(`Condition?patient=${id}`) }));
		for (const { status, json } of answers) expect([status, json]).toEqual([404, answers[0]?.json]);
	});

	it("[FR76] [GA180] an erasure takes the subscription with it: nothing is told, nothing is left", async () => {
		const { patient, id } = await subscribed("Erased");
		await file(patient, hypertension);
		const erase = { kind: "erase", patient: byPseudonym(patient.pseudonym), compartments: "all" };
		await small.institution().gate.erase(small.sign(patient.key, erase));
		await notify(small);
		expect(hook.got).toEqual([]);
		expect((await ask(`/fhir/Subscription/${id}`)).status).toBe(404);
		expect(
			small
				.institution()
				.gate.memory.subscriptions()
				.some((each) => each.id === id),
		).toBe(false);
	});

	/** One look, its deliveries made by the test. */
	async function notifyBy(deliver: (notice: SubscriptionNotice) => Promise<Delivery>): Promise<void> {
		const { ended } = await small.institution().gate.notifySubscribers(Object.assign(deliver, { laneOf: (channel: string) => channel }));
		await ended;
	}

	it("[FR76] [GA180] an erasure that overtakes a delivery ends it before the request, and keeps nothing from who is told next", async () => {
		const [gone, next] = [await subscribed("Overtaken"), await subscribed("Next")];
		for (const { patient } of [gone, next]) await file(patient, hypertension);
		const steps: string[] = [];
		await notifyBy(async ({ id, isPermitted }) => {
			const name = id === gone.id ? "gone" : id === next.id ? "next" : "another";
			steps.push(`${name} begun`);
			const { key, pseudonym } = gone.patient;
			const erase = { kind: "erase", patient: byPseudonym(pseudonym), compartments: "all" };
			if (name === "gone") await small.institution().gate.erase(small.sign(key, erase));
			if (!(await isPermitted())) return "not-permitted";
			steps.push(`${name} told`);
			return "delivered";
		});
		expect(steps.filter((step) => !step.startsWith("another"))).toEqual(["gone begun", "next begun", "next told"]);
		const left = small.institution().gate.memory.subscriptions();
		expect([gone.id, next.id].map((id) => left.some((each) => each.id === id))).toEqual([false, true]);
	});

	it("[GA181] [FR86] any other fault of a delivery is told when the others were, and what it kept from being told is told by the next look", async () => {
		const [broken, other] = [await subscribed("Broken"), await subscribed("Other", ["conditions"], doctor.key, `${hook.url}other`)];
		for (const { patient } of [broken, other]) await file(patient, hypertension);
		const fault = new Error("a fault of who delivers");
		const told: string[] = [];
		const look = notifyBy(async ({ id }) => {
			if (id === broken.id) throw fault;
			told.push(id);
			return "delivered";
		});
		await expect(look).rejects.toBe(fault);
		expect(told).toContain(other.id);
		expect(hook.got).toEqual([]);
		await notify(small);
		expect(hook.got.map(({ body }) => JSON.parse(body).subject.reference)).toEqual([`Patient/${broken.patient.localId}`]);
	});

	it("[FR77] an endpoint that is on nobody's list is refused, and one that is struck off is told nothing more", async () => {
		const patient = await small.admit({ family: "List", given: "Bo", birthDate: "1966-06-06" });
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		for (const endpoint of ["http://169.254.169.254/latest/meta-data/", `${hook.url}../admin`, "http://127.0.0.1:1/hook/"]) {
			const { status, json } = await ask("/fhir/Subscription", { method: "POST", body: wish(`Condition?patient=${patient.localId}`, endpoint) });
			expect([status, json.issue[0].details.coding[0].code], endpoint).toEqual([422, "NODE_ENDPOINT_NOT_ALLOWED"]);
		}
		const { patient: told, id } = await subscribed("Struck");
		allowEndpoints(small, []);
		await file(told, hypertension);
		await notify(small);
		allowEndpoints(small, [{ url: hook.url, isInside: true }]);
		expect(hook.got).toEqual([]);
		expect((await ask(`/fhir/Subscription/${id}`)).json.status).toBe("off");
	});
});

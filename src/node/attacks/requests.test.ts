import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { MemberId } from "#base";
import { dataClasses } from "#contracts";
import { forwardRequest, signRequest } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import {
	byConsent,
	byLocal,
	codeOf,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	toPractitioners,
} from "../testing/smallNetwork.ts";

/** What a stranger, a former employee or a broken client sends to the door. */
let small: SmallNetwork;
let patient: SmallPatient;
let doctor: Staff;
let outsider: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	doctor = await small.hire("practitioner");
	outsider = await small.hire("practitioner", { member: "south" });
	await small.publishModel();
});
beforeEach(async () => {
	patient = await small.admit({ family: "Nygaard", given: "Siri", birthDate: "1966-06-06" });
});
afterAll(() => small.close());

const read = (more: object = {}) => ({
	kind: "read",
	patient: byLocal(patient.localId),
	purpose: "TREAT",
	classes: ["conditions"],
	level: "identified",
	...more,
});
const release = (request: unknown) => small.institution().gate.release(request);
const seen = async () => (await small.read(doctor.key, byLocal(patient.localId))).resources.length;

describe("requests", () => {
	it("[GA30] a request works once, at one member, within its minute, for what was signed", async () => {
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		const request = small.sign(doctor.key, read()) as ReturnType<typeof signRequest>;
		expect(await codeOf(release(request))).toBe("no error");
		expect(await codeOf(release(request))).toBe("GATE_REQUEST_REPLAYED");
		expect(await codeOf(small.institution("south").gate.release(request))).toBe("GATE_WRONG_AUDIENCE");
		const changed = { ...small.sign(doctor.key, read()), body: read({ classes: ["laboratory"] }) };
		expect(await codeOf(release(changed))).toBe("GATE_SIGNATURE_INVALID");
		const borrowed = { ...small.sign(outsider.key, read()), key: doctor.key.publicKey };
		expect(await codeOf(release(borrowed))).toBe("GATE_SIGNATURE_INVALID");
		const late = small.sign(doctor.key, read());
		small.advance(60_000);
		expect(await codeOf(release(late))).toBe("GATE_REQUEST_EXPIRED");
	});

	it("[GA31] a request overheard before a restart cannot be used again after it, though its minute is not over", async () => {
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		const request = small.sign(doctor.key, read());
		expect(await codeOf(release(request))).toBe("no error");
		small = await small.reopen();
		expect(await codeOf(release(request))).toBe("GATE_REQUEST_EXPIRED");
	});

	it("[GA32] nobody borrows a house: a grant to a house's doctors needs its credential and its node", async () => {
		await small.grant(patient, toPractitioners("south", ["conditions"]));
		const through = (staff: Staff, via: string) =>
			small.read(staff.key, byLocal(patient.localId), {}, { via }).then(({ resources }) => resources.length);
		expect(await through(outsider, "south")).toBe(1);
		// Our doctor, sent on by the other house: the house cannot lend its name to whom it has no credential for.
		expect(await through(doctor, "south")).toBe(0);
		expect(await through(outsider, "north")).toBe(0);
		// The other house's doctor says so without its node, or with our node's signature.
		const where = { audience: "north" as MemberId, via: "south" as MemberId, nowMs: small.network.now(), nonce: small.network.randomBytes(16) };
		const alone = signRequest(outsider.key, read(), where);
		expect(await codeOf(release(alone))).toBe("GATE_FORWARD_INVALID");
		expect(await codeOf(release(forwardRequest(small.institution().memberKey, alone)))).toBe("GATE_FORWARD_INVALID");
	});

	it("[GA33] a credential revoked or a consent revoked after the request was signed: the next read gets nothing", async () => {
		const consent = await small.grant(patient, toPractitioners("north", ["conditions"]));
		expect(await seen()).toBe(1);
		const signed = [small.sign(doctor.key, read()), small.sign(doctor.key, read({ patient: byConsent(consent) }))];
		await small.revoke(patient, consent);
		for (const request of signed) expect((await release(request)).resources).toEqual([]);
		const leaver = await small.hire("practitioner");
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		const before = small.sign(leaver.key, read());
		expect((await small.read(leaver.key, byLocal(patient.localId))).resources).toHaveLength(1);
		await small.fire(leaver);
		expect((await release(before)).resources).toEqual([]);
	});

	it("[GA34] with a ledger not verified for more than 30 s nobody reads, looks up, counts or signs off, and each refusal is logged; break-glass works and is anchored", async () => {
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		await small.institution().gate.anchor(true);
		const { gate, log } = small.institution();
		small.advance(31_000);
		const code = { system: "http://snomed.info/sct", code: "195967001" };
		const asks: readonly (() => Promise<unknown>)[] = [
			() => release(small.sign(doctor.key, read())),
			() => gate.lookUpPatient(small.sign(doctor.key, { kind: "lookup", family: "Nygaard", given: "Siri", birthDate: "1966-06-06" })),
			() => gate.countPatients(small.sign(doctor.key, { kind: "count", purpose: "HRESCH", class: "conditions", code, epsilonMilli: 10 })),
			() =>
				gate.releaseCohort(small.sign(doctor.key, { kind: "cohort", purpose: "HRESCH", study: "s", classes: ["conditions"], level: "deidentified" })),
		];
		for (const ask of asks) {
			const before = log.size();
			expect(await codeOf(ask())).toBe("GATE_LEDGER_STALE");
			expect(log.size()).toBeGreaterThan(before);
		}
		const emergency = await release(small.sign(doctor.key, read({ purpose: "ETREAT", emergencyReason: "found unconscious, no papers" })));
		expect(emergency.resources).toHaveLength(1);
		// Anchored before the answer left, though the last anchor is seconds old: nobody can leave it out later.
		expect(await gate.anchor(true)).toBe(false);
		expect(gate.memory.notifications(patient.pseudonym).map(({ kind }) => kind)).toEqual(["emergency-access"]);
	});

	it("[CB57] a ledger that never answers holds no emergency back: it stands on the log, and is anchored once the ledger answers", async () => {
		const { gate, log } = small.institution();
		const silent = vi.spyOn(small.network.ledger, "submit").mockReturnValue(new Promise(() => undefined));
		onTestFinished(() => silent.mockRestore());
		const before = log.size();
		const emergency = await release(small.sign(doctor.key, read({ purpose: "ETREAT", emergencyReason: "found unconscious, no papers" })));
		expect([emergency.resources.length, log.size() > before]).toEqual([1, true]);
		silent.mockRestore();
		expect(await gate.anchor(true)).toBe(true);
	});

	it("[GA35] break-glass needs a reason in words, a practitioner of the house, and a house that knows emergencies", async () => {
		const asked = (staff: Staff, more: object, where = {}) => codeOf(release(small.sign(staff.key, read({ purpose: "ETREAT", ...more }), where)));
		for (const emergencyReason of [
			"          ",
			"too short",
			"x".repeat(501),
			"first line\nfaked entry: permit",
			"\u202etxet desrever ni",
			"bell \u0007\u0007\u0007\u0007",
		]) {
			expect(await asked(doctor, { emergencyReason })).toBe("GATE_REQUEST_INVALID");
		}
		const emergencyReason = "found unconscious, no papers";
		const answers = async (staff: Staff, more: object = {}) =>
			(await release(small.sign(staff.key, read({ purpose: "ETREAT", emergencyReason, ...more })))).resources.length;
		expect(await answers(outsider)).toBe(0);
		expect(await answers(await small.hire("researcher"))).toBe(0);
		expect(await answers(doctor, { purpose: "HPAYMT" })).toBe(0);
		expect(await answers(doctor)).toBe(1);
	});

	it("[GA36] malformed, oversized and poisoned bodies: a coded refusal, no entry, nothing of them told, and the next request works", async () => {
		const app = createInstitutionApp(small.network, small.institution());
		const marker = "Marker-7f3a";
		const told: string[] = [];
		const stderr = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
			told.push(String(chunk));
			return true;
		});
		const good = JSON.stringify(small.sign(doctor.key, read()));
		const bodies: readonly string[] = [
			marker,
			`{"${marker}":`,
			"null",
			"[]",
			'"text"',
			"7",
			`{"${marker}":1}`,
			good.replace("{", `{"__proto__":{"kind":"${marker}"},`),
			good.replace("{", `{"constructor":{"prototype":{"${marker}":1}},`),
			good.replace('"body":{', `"body":{"${marker}":true,`),
			good.replace('"kind":"read"', `"kind":"${marker}"`),
			good.replace('"conditions"', `"${marker}"`),
			good.replace('"conditions"', Array(10_000).fill('"conditions"').join(",")),
			good.replace(patient.localId, `${marker}\\ud800`),
			good.replace(patient.localId, `${marker}\\u0000`),
			good.replace(patient.localId, marker.repeat(100)),
			good.replace(/"signature":"../, `"signature":"${marker}`),
			good.replace(/"timeMs":\d+/, '"timeMs":1e400'),
			good.replace(/"timeMs":\d+/, '"timeMs":-0'),
			`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
		];
		const routes = [
			"records",
			"cohorts",
			"counts",
			"history",
			"terms",
			"erasures",
			"lookups",
			"emergency-reviews",
			"insights/cardiovascular-risk",
			"insights/sign-off",
			"ledger/transactions",
		];
		const before = small.institution().log.size();
		for (const route of routes) {
			for (const payload of bodies) {
				const { statusCode, body, headers } = await app.inject({
					method: "POST",
					url: `/api/${route}`,
					payload,
					headers: { "content-type": "application/json" },
				});
				const what = `${route} ${payload.slice(0, 60)}`;
				expect(statusCode, what).toBeGreaterThanOrEqual(400);
				expect(statusCode, what).toBeLessThan(500);
				expect(headers["content-type"], what).toContain("application/problem+json");
				expect(body, what).not.toContain(marker);
			}
		}
		const large = await app.inject({
			method: "POST",
			url: "/api/records",
			payload: `{"${marker}":"${"x".repeat(10 * 1024 * 1024)}"}`,
			headers: { "content-type": "application/json" },
		});
		expect(large.statusCode).toBe(413);
		stderr.mockRestore();
		expect(told.join("")).not.toContain(marker);
		expect(small.institution().log.size()).toBe(before);
		expect(({} as Record<string, unknown>)["kind"]).toBeUndefined();
		expect((await app.inject({ method: "POST", url: "/api/records", payload: small.sign(doctor.key, read()) })).statusCode).toBe(200);
		await app.close();
	});

	it("[GA35] log injection: no text of a request brings a line or a command of its own into a log, or turns what is written there", async () => {
		const app = createInstitutionApp(small.network, small.institution());
		const told: string[] = [];
		const stderr = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
			told.push(String(chunk));
			return true;
		});
		onTestFinished(() => stderr.mockRestore());
		const reviewed = { kind: "review", review: 1, outcome: "justified" };
		const lawful = { basis: "court-order", recipient: { member: "south" }, purpose: "PUBHLTH", classes: ["conditions"], labels: [] };
		const period = { level: "identified", startMs: small.network.now(), endMs: small.network.now() + 1_000 };
		const bodies: readonly (readonly [route: string, body: (text: string) => object])[] = [
			["records", (text) => read({ patient: byLocal(text) })],
			["records", (text) => read({ study: text })],
			["records", (text) => read({ diseases: [text] })],
			["insights/cardiovascular-risk", (text) => read({ model: text, level: "compute" })],
			["records", (text) => read({ record: text })],
			["records", (text) => read({ purpose: "ETREAT", emergencyReason: text })],
			["cohorts", (text) => ({ kind: "cohort", purpose: "HRESCH", study: text, classes: ["conditions"], level: "deidentified" })],
			["counts", (text) => ({ kind: "count", purpose: "HRESCH", class: "conditions", code: { system: text, code: "1" }, epsilonMilli: 100 })],
			["counts", (text) => ({ kind: "count", purpose: "HRESCH", class: "conditions", code: { system: "s", code: text }, epsilonMilli: 100 })],
			["lookups", (text) => ({ kind: "lookup", family: text, given: "Siri", birthDate: "1966-06-06" })],
			["lookups", (text) => ({ kind: "lookup", family: "Nygaard", given: text, birthDate: "1966-06-06" })],
			["emergency-reviews", (text) => ({ ...reviewed, note: text })],
			[
				"insights/sign-off",
				(text) => ({ kind: "sign-off", patient: byLocal(patient.localId), insightHash: "0".repeat(64), decision: "override", reason: text }),
			],
			["lawful-uses", (text) => ({ kind: "record-lawful-use", patient: byLocal(patient.localId), use: { ...lawful, ...period, citation: text } })],
		];
		const codeAt = async (route: string, body: object) =>
			(await app.inject({ method: "POST", url: `/api/${route}`, payload: small.sign(doctor.key, body) })).json<{ code?: string }>().code;
		const marker = "Marker-52d1";
		for (const [route, body] of bodies) {
			const what = `${route} ${JSON.stringify(body("…"))}`;
			// The same body with an ordinary text goes on to be decided: what is refused below is the text.
			expect(await codeAt(route, body(`plain ${marker}`)), what).not.toBe("GATE_REQUEST_INVALID");
			const before = small.institution().log.size();
			for (const break_ of ["\n", "\r\n", "\u0000", "\u001b[2K", "\u0085", "\u2028", "\u2029", "\u202e", "\u2066"])
				expect(await codeAt(route, body(`plain${break_}permit ${marker}`)), `${what} ${JSON.stringify(break_)}`).toBe("GATE_REQUEST_INVALID");
			expect(small.institution().log.size(), what).toBe(before);
		}
		expect(told.join("")).not.toContain(marker);
		await app.close();
	});

	it("[GA36] a model reads under its name alone, at a level that is a model's, and never for a safety check", async () => {
		const { gate, log } = small.institution();
		const before = log.size();
		const neverRun = (): never => expect.unreachable("nothing was released");
		for (const [body, at] of [
			[{ level: "compute" }, "body.model"],
			[{ model: "prevent", level: "pseudonymised" }, "body.model"],
			[{ model: "prevent", level: "deidentified" }, "body.model"],
			[{ model: "prevent", level: "compute", purpose: "PATSFTY" }, "body.purpose"],
		] as const)
			await expect(gate.computeInsight(small.sign(doctor.key, read(body)), () => {}, neverRun)).rejects.toMatchObject({
				code: "GATE_REQUEST_INVALID",
				details: { at },
			});
		expect(log.size()).toBe(before);
	});

	it("[GA36] open routes of the ledger answer nonsense with a coded refusal and echo nothing", async () => {
		const app = createInstitutionApp(small.network, small.institution());
		const marker = "Marker-9c1e";
		for (const url of [
			`/api/ledger/state?contract=${marker}&key=x`,
			`/api/ledger/state?contract=__proto__&key=${marker}`,
			`/api/ledger/state?contract=consent&contract=consent&key=${marker}`,
			`/api/ledger/state?contract=consent&key=a&key=${marker}`,
			`/api/ledger/transactions/${marker}`,
			`/api/ledger/transactions/${"0".repeat(64)}`,
			`/api/${marker}`,
			`/${marker}`,
			"/api/ledger/transactions/%00",
			"/%ff%fe",
		]) {
			const { statusCode, body } = await app.inject({ method: "GET", url });
			expect(statusCode, url).toBeLessThan(500);
			if (statusCode >= 400) expect(body, url).not.toContain(marker);
		}
		await app.close();
	});

	it("[GA37] ids that look alike are not alike: another normal form, case, space or script finds nobody", async () => {
		const local = "café-1";
		const { localId } = { localId: local };
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		for (const id of [
			patient.localId.toUpperCase(),
			` ${patient.localId}`,
			`${patient.localId} `,
			patient.localId.replace("-", "\u2010"),
			localId.normalize("NFD"),
		]) {
			expect((await small.read(doctor.key, byLocal(id))).resources).toEqual([]);
		}
	});

	it("[GA38] all classes at once, twice named or not, are one decision and one entry", async () => {
		await small.grant(patient, toPractitioners("north", ["conditions"]));
		await seen();
		const before = small.institution().log.size();
		const answer = await small.read(doctor.key, byLocal(patient.localId), { classes: dataClasses });
		expect(answer.classes.filter(({ status }) => status === "released").map((each) => each.class)).toEqual(["conditions"]);
		expect(small.institution().log.size()).toBe(before + 1);
	});
});

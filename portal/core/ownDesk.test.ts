import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSigningKey, encodeHex, type MemberId } from "#base";
import { sensitivityLabels } from "#contracts";
import { preventClasses } from "#insight";
import { createWallet, encodeWords } from "#wallet";
import { createInstitutionApp } from "../../src/node/app.ts";
import { openSmallNetwork, type SmallNetwork } from "../../src/node/testing/smallNetwork.ts";
import { createApi } from "./api.ts";
import { createDesk } from "./desk.ts";
import { newSince } from "./lastVisit.ts";
import { riskModel } from "./riskView.ts";
import { fetchWordList } from "./unlockKey.ts";

const patientSeed = new Uint8Array(32).fill(21);
const doctorSeed = new Uint8Array(32).fill(22);
let small: SmallNetwork;
let app: FastifyInstance;

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	await app.ready();
}, 300_000);
afterAll(async () => {
	await app.close();
	await small.close();
});

/** A desk whose node is the app. */
function openDesk() {
	const fetch = async (path: string, init: RequestInit = {}): Promise<Response> => {
		const answer = await app.inject({
			method: (init.method ?? "GET") as "GET" | "POST",
			url: path,
			headers: init.headers as Record<string, string>,
			...(init.body === undefined ? {} : { payload: init.body as string }),
		});
		return new Response(answer.body, { status: answer.statusCode, headers: { date: new Date(small.network.now()).toUTCString() } });
	};
	const api = createApi({ fetch: fetch as typeof globalThis.fetch, now: small.network.now });
	return { api, desk: createDesk({ api, randomBytes: small.network.randomBytes, sleep: async () => undefined }) };
}

describe("a desk at a node", () => {
	it("[PO125] a doctor is told when each record was filed where the person may be known, and not below", async () => {
		const patient = await small.admit({ family: "Lund", given: "Ida", birthDate: "1950-01-02" });
		const doctor = await small.hireKey("practitioner", createSigningKey(doctorSeed));
		const grantee = { kind: "member", member: "north" as MemberId, credential: "practitioner" } as const;
		const rule = { type: "permit", grantees: [grantee], purposes: ["TREAT"] } as const;
		await small.grant(patient, { ...rule, classes: ["conditions"], level: "identified" });
		await small.grant(patient, { ...rule, classes: ["laboratory"], level: "pseudonymised" });
		const { desk } = openDesk();
		await desk.signIn({ seed: encodeHex(doctorSeed), isStaff: true, memories: {} });
		const before = small.network.now();
		const view = await desk.chart({ localId: patient.localId });
		expect(view.askedAtMs).toBeGreaterThanOrEqual(before);
		const filed = view.items.filter(({ kind }) => kind === "conditions").map(({ filedAtMs }) => filedAtMs);
		expect(filed).toEqual([expect.any(Number)]);
		expect(filed[0]).toBeLessThanOrEqual(before);

		const body = { purpose: "TREAT", classes: ["laboratory"], level: "pseudonymised" } as const;
		const { resources } = await small.read(doctor.key, { by: "local", localId: patient.localId }, body);
		expect(resources.length).toBeGreaterThan(0);
		expect(JSON.stringify(resources)).not.toContain("filedAtMs");
	});

	it("[GA200] [PO123] a model's result and what a doctor decided about it say when they were filed, so that they are new once", async () => {
		const seed = new Uint8Array(32).fill(23);
		const patient = await small.admit({ family: "Moe", given: "Kari", birthDate: "1966-01-02" });
		await small.publishModel();
		await small.hireKey("practitioner", createSigningKey(seed));
		const grantee = { kind: "member", member: "north" as MemberId, credential: "practitioner" } as const;
		const classes = [...preventClasses, "other"] as const;
		await small.grant(patient, {
			type: "permit",
			grantees: [grantee],
			purposes: ["TREAT"],
			classes,
			labels: sensitivityLabels,
			level: "identified",
			models: [riskModel],
		});
		const { desk } = openDesk();
		await desk.signIn({ seed: encodeHex(seed), isStaff: true, memories: {} });
		const before = small.network.now();
		const { insightHash } = await desk.risk({ localId: patient.localId });
		await desk.signOff({ localId: patient.localId, insightHash, decision: "override", reason: "Known from elsewhere." });
		const after = small.network.now();
		const { items } = await desk.chart({ localId: patient.localId });
		for (const type of ["RiskAssessment", "Provenance"]) {
			const { filedAtMs = 0 } = items.find((item) => item.type === type) ?? {};
			expect([type, filedAtMs >= before && filedAtMs <= after]).toEqual([type, true]);
		}
		const later = new Date(after + 120_000).getTime();
		expect(newSince(items, later)).toMatchObject({ filed: [], dated: [] });
	});

	it("[PO189] what one has typed opens to nobody else, and its place tells neither whose it is nor about whom", async () => {
		const deskOf = async (fill: number) => {
			const seed = new Uint8Array(32).fill(fill);
			await small.hireKey("practitioner", createSigningKey(seed));
			const { desk } = openDesk();
			await desk.signIn({ seed: encodeHex(seed), isStaff: true, memories: {} });
			return desk;
		};
		const [one, other] = [await deskOf(31), await deskOf(32)];
		const text = JSON.stringify({ reason: "Unconscious in the ambulance" });
		const sealed = await one.sealDraft(text);
		expect(await one.openDraft(sealed)).toBe(text);
		expect(sealed).not.toContain("Unconscious");
		await expect(other.openDraft(sealed)).rejects.toThrow();
		const places = await Promise.all([one.draftPlace("patient-1"), one.draftPlace("patient-2"), other.draftPlace("patient-1")]);
		expect(new Set(places).size).toBe(3);
		expect(places.join()).toMatch(/^[0-9a-f,]+$/);
		expect(await one.draftPlace("patient-1")).toBe(places[0]);
		await one.signOut();
		await expect(one.openDraft(sealed)).rejects.toThrow();
		await expect(one.draftPlace("patient-1")).rejects.toThrow();
	});

	it("[PO127] an erased person's words still open the list of looks and the receipt, and sign for nothing any more", async () => {
		await small.admit({ family: "Vik", given: "Eir", birthDate: "1951-02-03" }, { wallet: createWallet(patientSeed) });
		const first = openDesk();
		const words = encodeWords(patientSeed, await fetchWordList(first.api)).join(" ");
		const unlocking = { by: "words", words } as const;
		const { pseudonym } = await first.desk.unlock({ unlocking, memories: {} });
		await first.desk.erase("all");

		const { desk } = openDesk();
		expect(await desk.unlock({ unlocking, memories: {} })).toMatchObject({ kind: "patient", pseudonym });
		expect(await desk.erased()).toMatchObject({ standing: expect.any(String) });
		let looks = 0;
		const { checks } = await desk.history({}, (rows) => {
			looks += rows.length;
		});
		expect(looks).toBeGreaterThan(0);
		expect(checks.find(({ ok }) => !ok)).toBeUndefined();
		const { items, classes } = await desk.record();
		expect([items, classes.filter(({ available }) => available)]).toEqual([[], []]);
		await expect(desk.nameHelper({ key: createSigningKey(doctorSeed).publicKey, until: "2027-01-01" as never })).rejects.toMatchObject({
			nodeCode: "CONSENT_ERASED",
		});
	});
});

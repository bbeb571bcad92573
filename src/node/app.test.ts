import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeHex } from "#base";
import { readAnchor, readConsents } from "#contracts";
import { createHttpTileSource, verifyCheckpoint } from "#ledger";
import { fetchEntries, MerkleTree } from "#log";
import { createApp } from "./app.ts";
import { openNetwork } from "./network.ts";
import { type Serving, serve } from "./serve.ts";
import {
	byLocal,
	codeOf,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	smallMembers,
	toPractitioners,
} from "./testing/smallNetwork.ts";

let small: SmallNetwork;
let serving: Serving;
let patient: SmallPatient;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	patient = await small.admit({ family: "Quist", given: "Ada", birthDate: "1972-02-02" });
	doctor = await small.hire("practitioner");
	await small.grant(patient, toPractitioners("north", ["conditions"]));
	serving = await serve({ network: small.network, firstPort: 0, host: "127.0.0.1" });
});
afterAll(() => serving?.close());

const url = (path: string) => `${serving.addresses[0]!.url}${path}`;
const body = () => ({ kind: "read", patient: byLocal(patient.localId), purpose: "TREAT", classes: ["conditions"], level: "identified" });
const post = (path: string, payload: unknown, headers: Record<string, string> = {}) =>
	fetch(url(path), {
		method: "POST",
		body: typeof payload === "string" ? payload : JSON.stringify(payload),
		headers: { "content-type": "application/json", ...headers },
	});
const problem = async (answer: Response) => ({
	...((await answer.json()) as { code: string; type: string; status: number }),
	http: answer.status,
	media: answer.headers.get("content-type"),
});

describe("over a real port", () => {
	it("[ND1] health, readiness and what there is", async () => {
		expect(await (await fetch(url("/health"))).json()).toEqual({ status: "up" });
		expect(await (await fetch(url("/ready"))).json()).toMatchObject({ status: "ready" });
		const told = (await (await fetch(url("/"))).json()) as { member: string; routes: Record<string, string> };
		expect(told.member).toBe("north");
		for (const route of Object.keys(told.routes)) {
			const [method, path] = route.split(" ") as [string, string];
			const answer = await fetch(url(path.replace("{id}", "0".repeat(64)).replace("?contract=&key=", "?contract=consent&key=x")), { method });
			if (answer.status === 404) expect((await problem(answer)).code, route).not.toBe("NODE_NOT_FOUND");
			else await answer.arrayBuffer();
		}
	});

	it("[ND23] shows the ledger's log as tiles, which hash to a checkpoint of the sealer, and says nothing of what is not there", async () => {
		const { genesis } = small.network;
		const source = createHttpTileSource({ url: url("/log") });
		const note = Buffer.from((await source("checkpoint"))!).toString();
		const { size, root } = verifyCheckpoint(note, { origin: genesis.chain, sealerKey: genesis.sealer });
		const log = new MerkleTree();
		for await (const entry of fetchEntries(source, 0, size)) log.append(entry);
		expect(encodeHex(log.root())).toBe(encodeHex(root));
		for (const path of ["tile/0/000.p/999", "tile/0/999", "secret", "tile/0/000.p/1/x", ""]) {
			const absent = await fetch(url(`/log/${path}`));
			expect([path, absent.status, absent.headers.get("cache-control")]).toEqual([path, 404, "no-cache"]);
		}
	});

	it("[ND2] a signed request is answered; each family of error is a problem with its code and status", async () => {
		const answer = await post("/api/records", small.sign(doctor.key, body()));
		expect(answer.status).toBe(200);
		expect(((await answer.json()) as { resources: unknown[] }).resources).toHaveLength(1);
		const expected: readonly (readonly [Promise<Response>, number, string])[] = [
			[fetch(url("/nothing/here")), 404, "NODE_NOT_FOUND"],
			[fetch(url("/api/records")), 404, "NODE_NOT_FOUND"],
			[post("/api/records", "{"), 400, "NODE_BODY_INVALID"],
			[post("/api/records", ""), 400, "NODE_BODY_INVALID"],
			[post("/api/records", "<x/>", { "content-type": "text/xml" }), 415, "NODE_BODY_INVALID"],
			[post("/api/records", `"${"x".repeat(10 * 1024 * 1024)}"`), 413, "NODE_BODY_INVALID"],
			[post("/api/records", {}), 400, "GATE_REQUEST_INVALID"],
			[post("/api/records", small.sign(doctor.key, body(), { audience: "south" })), 400, "GATE_WRONG_AUDIENCE"],
			[post("/api/records", { ...small.sign(doctor.key, body()), signature: "0".repeat(128) }), 401, "GATE_SIGNATURE_INVALID"],
			[post("/api/history", small.sign(doctor.key, { kind: "history", patient: byLocal(patient.localId) })), 404, "GATE_NOT_AVAILABLE"],
			[
				post("/api/cohorts", small.sign(doctor.key, { kind: "cohort", purpose: "HRESCH", study: "s", classes: ["vitals"], level: "deidentified" })),
				403,
				"GATE_COHORT_TOO_SMALL",
			],
			[post("/api/ledger/transactions", { transactions: [] }), 400, "NODE_BODY_INVALID"],
			[post("/api/ledger/transactions", { transactions: [{}] }), 400, "LEDGER_TRANSACTION_FIELDS_DIFFER"],
			[fetch(url(`/api/ledger/transactions/${"0".repeat(64)}`)), 404, "LEDGER_TRANSACTION_UNKNOWN"],
		];
		for (const [asked, status, code] of expected) {
			const told = await problem(await asked);
			expect(told).toMatchObject({ http: status, status, code, type: `urn:aceso:error:${code}` });
			expect(told.media).toContain("application/problem+json");
		}
	});

	it("[ND3] what was not thrown on purpose is a 500 with a random reference and nothing else", async () => {
		const app = createApp();
		app.get("/broken", async () => {
			throw new Error("the patient Ada Quist has asthma");
		});
		const write = process.stderr.write.bind(process.stderr);
		let operator = "";
		process.stderr.write = ((chunk: string) => {
			operator += chunk;
			return true;
		}) as typeof process.stderr.write;
		const answer = await app.inject("/broken");
		process.stderr.write = write;
		expect(answer.statusCode).toBe(500);
		const { reference, ...rest } = answer.json<{ reference: string }>();
		expect(rest).toEqual({ type: "urn:aceso:error:INTERNAL", title: expect.any(String), status: 500, code: "INTERNAL" });
		expect(operator).toContain(reference);
		expect(operator + answer.body).not.toMatch(/Quist|asthma/);
		await app.close();
	});

	it("[ND4] a second node, and a second opener in this process, are refused before anything is touched", async () => {
		const again = () => openNetwork({ folder: small.folder, chain: "aceso-small-1", members: smallMembers });
		expect(await codeOf(again())).toBe("NODE_FOLDER_LOCKED");
		// The first one works on.
		expect((await post("/api/records", small.sign(doctor.key, body()))).status).toBe(200);
	});

	it("[ND5] a stop answers the request under way, refuses the next one, and a second start finds everything as it was", async () => {
		const { pseudonym } = patient;
		const { id, log, store } = small.institution();
		const payload = JSON.stringify(small.sign(doctor.key, body()));
		const underWay = httpRequest(url("/api/records"), {
			method: "POST",
			headers: { "content-type": "application/json", "content-length": Buffer.byteLength(payload) },
		});
		const answered = new Promise<number>((resolve, reject) => {
			underWay.on("response", (response) => {
				response.resume();
				response.on("end", () => resolve(response.statusCode ?? 0));
			});
			underWay.on("error", reject);
		});
		// Half of the body is there when the stop comes: a clinician's request must not be cut off by a restart.
		await new Promise<void>((resolve) => underWay.write(payload.slice(0, 100), () => resolve()));
		await new Promise((resolve) => setTimeout(resolve, 50));
		const closing = serving.close();
		underWay.end(payload.slice(100));
		expect(await answered).toBe(200);
		const before = { size: log.size(), root: log.root() };
		await closing;
		await expect(fetch(url("/health"))).rejects.toThrow();
		const consents = 1;
		small = await openSmallNetwork({ folder: small.folder });
		serving = await serve({ network: small.network, firstPort: 0, host: "127.0.0.1" });
		const now = small.institution(id);
		expect({ size: now.log.size(), root: now.log.root() }).toEqual(before);
		expect(await now.store.root()).toBeDefined();
		expect(store).not.toBe(now.store);
		expect(readConsents(small.network.ledger, pseudonym)).toHaveLength(consents);
		expect(readAnchor(small.network.ledger, id)?.urgent ?? false).toBe(false);
		const answer = await post("/api/records", small.sign(doctor.key, body()));
		expect(((await answer.json()) as { resources: unknown[] }).resources).toHaveLength(1);
		await small.institution().gate.anchor(true);
		expect(readAnchor(small.network.ledger, id)?.height).toBeGreaterThan(0);
	});
});

import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PatientReference } from "#gate";
import { createInstitutionApp } from "./app.ts";
import { createNodeApp } from "./nodeApp.ts";
import { byLocal, byPseudonym, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "./testing/smallNetwork.ts";
import { type AskObject, fileObject, objectBody, objectFiles, patternOf } from "./testing/smallObjects.ts";

let small: SmallNetwork;
let doctor: Staff;
let outsider: Staff;
let patient: SmallPatient;
let record: string;
let app: FastifyInstance;
const genome = patternOf(2_500_000);

beforeAll(async () => {
	small = await openSmallNetwork();
	doctor = await small.hire("practitioner");
	outsider = await small.hire("practitioner", { member: "south" });
	patient = await small.admit({ family: "Objekt", given: "Ole", birthDate: "1949-09-09" });
	await small.grant(patient, toPractitioners("north", ["genomics"]));
	record = await fileObject(small, patient, genome);
	app = createInstitutionApp(small.network, small.institution());
});
afterAll(async () => {
	await app.close();
	await small.close();
});

const headerOf = (request: object) => `Aceso ${Buffer.from(JSON.stringify(request)).toString("base64url")}`;

async function get(
	who: Staff,
	asked: Partial<AskObject> & { patient: PatientReference },
	{ range = asked.range }: { range?: string | undefined } = {},
) {
	const authorization = headerOf(small.sign(who.key, objectBody({ record, ...asked })));
	const before = small.institution().log.size();
	const answer = await app.inject({ url: "/api/objects", headers: { authorization, ...(range === undefined ? {} : { range }) } });
	const { date: _, ...headers } = answer.headers;
	return { status: answer.statusCode, headers, body: answer.rawPayload, appended: small.institution().log.size() - before };
}

describe("GET /objects", () => {
	it("[ND30] answers the whole object with 200 and a range with 206, sizes and tag as RFC 9110 has them", async () => {
		const whole = await get(doctor, { patient: byLocal(patient.localId) });
		expect(whole.status).toBe(200);
		expect(whole.headers).toMatchObject({
			"content-length": "2500000",
			"accept-ranges": "bytes",
			"cache-control": "no-store",
			"content-type": "text/plain",
		});
		expect(whole.headers).not.toHaveProperty("content-range");
		expect(genome.equals(whole.body)).toBe(true);
		const part = await get(doctor, { patient: byLocal(patient.localId), range: "bytes=100000-199999" });
		expect(part.status).toBe(206);
		expect(part.headers).toMatchObject({ "content-length": "100000", "content-range": "bytes 100000-199999/2500000", etag: whole.headers.etag });
		expect(genome.subarray(100_000, 200_000).equals(part.body)).toBe(true);
		expect(part.headers["aceso-access"]).toMatch(/^north-1 \d+ [0-9a-f]{64}$/);
	});

	it("[ND30] a range beyond the object is 416 with its size", async () => {
		const beyond = await get(doctor, { patient: byLocal(patient.localId), range: "bytes=2500000-" });
		expect(beyond.status).toBe(416);
		expect(beyond.headers["content-range"]).toBe("bytes */2500000");
	});

	it("[ND30] a Range header that was not signed, or a signed range without it, is refused before anything is looked at", async () => {
		const patientOf = { patient: byLocal(patient.localId) };
		for (const answer of [
			await get(doctor, patientOf, { range: "bytes=0-9" }),
			await get(doctor, { ...patientOf, range: "bytes=0-9" }, { range: "bytes=0-99" }),
			await get(doctor, { ...patientOf, range: "bytes=0-9" }, { range: "" }),
		]) {
			expect(answer).toMatchObject({ status: 400, appended: 0 });
		}
		for (const authorization of [undefined, "Bearer x", "Aceso !", "Aceso e30", `Aceso ${"a".repeat(13_000)}`]) {
			const answer = await app.inject({ url: "/api/objects", headers: authorization === undefined ? {} : { authorization } });
			expect(answer.statusCode).toBe(400);
		}
		const head = await app.inject({ method: "HEAD", url: "/api/objects" });
		expect(head.statusCode).toBe(404);
	});

	it("[GA101] refused, absent, erased, held back and object-less look the same, whatever range is asked for", async () => {
		const erased = await small.admit({ family: "Objekt", given: "Eva", birthDate: "1950-09-09" });
		await small.grant(erased, toPractitioners("north", ["genomics"]));
		const gone = await fileObject(small, erased, genome);
		await small.institution().gate.erase(small.sign(erased.key, { kind: "erase", patient: byPseudonym(erased.pseudonym), compartments: "all" }));
		const silent = await small.admit({ family: "Objekt", given: "Sif", birthDate: "1951-09-09" });
		const kept = await fileObject(small, silent, patternOf(10));
		const held = await fileObject(small, patient, genome, { kind: "dicom" });
		const { resources } = await small.read(patient.key, byPseudonym(patient.pseudonym), { purpose: "PATRQT", classes: ["conditions"] });
		const condition = `Condition/${resources[0]!.resource["id"]}`;
		const cases: readonly (readonly [string, Staff, AskObject])[] = [
			["refused", doctor, { patient: byLocal(silent.localId), record: kept }],
			["refused, of another house", outsider, { patient: byLocal(patient.localId), record }],
			["refused, by pseudonym", outsider, { patient: byPseudonym(silent.pseudonym), record: kept }],
			["absent", doctor, { patient: byLocal("no-such-person"), record }],
			["erased", doctor, { patient: byLocal(erased.localId), record: gone }],
			["erased, by pseudonym", doctor, { patient: byPseudonym(erased.pseudonym), record: gone }],
			["no such record", doctor, { patient: byLocal(patient.localId), record: "DiagnosticReport/none" }],
			["another patient's record", doctor, { patient: byLocal(patient.localId), record: kept }],
			["class not granted", doctor, { patient: byLocal(patient.localId), record: held, classes: ["imaging"] }],
			["no object", doctor, { patient: byLocal(patient.localId), record: condition, classes: ["conditions"] }],
			["purpose not granted", doctor, { patient: byLocal(patient.localId), record, purpose: "HRESCH" }],
		];
		// The first look at a reference leaves an entry more, for everybody.
		for (const [, who, asked] of cases) await get(who, asked);
		const first = await get(cases[0]![1], cases[0]![2]);
		expect(first).toMatchObject({ status: 404, appended: 1 });
		expect(first.body.toString()).toContain("GATE_NOT_AVAILABLE");
		for (const [name, who, asked] of cases) {
			for (const range of [undefined, "bytes=0-0", "bytes=2499999-2499999", "bytes=2500000-", "bytes=-1", "bytes=999999999999-"]) {
				expect(await get(who, range === undefined ? asked : { ...asked, range }), `${name}, ${range}`).toEqual(first);
			}
		}
	});

	it("[ND31] a stop ends the streams under way", async () => {
		const own = createInstitutionApp(small.network, small.institution());
		const url = new URL(await own.listen({ host: "127.0.0.1", port: 0 }));
		const big = await fileObject(small, patient, patternOf(30_000_000));
		const authorization = headerOf(small.sign(doctor.key, objectBody({ patient: byLocal(patient.localId), record: big })));
		const answer = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
			httpRequest({ host: url.hostname, port: url.port, path: "/api/objects", headers: { authorization } }, resolve).on("error", reject).end();
		});
		await new Promise((resolve) => answer.once("data", resolve));
		answer.pause();
		// The reader takes nothing: the stop does not wait for it.
		await own.close();
		let bytes = 0;
		const end = new Promise<string>((resolve) => {
			answer.on("data", (piece: Buffer) => {
				bytes += piece.length;
			});
			answer.once("error", (error: Error & { code?: string }) => resolve(error.code ?? error.message));
			answer.once("end", () => resolve("whole"));
		});
		answer.resume();
		expect(await end).toBe("ECONNRESET");
		expect(bytes).toBeLessThan(30_000_000);
	});
});

describe("POST /admin/members/{member}/objects", () => {
	let node: FastifyInstance;
	let port: number;
	beforeAll(async () => {
		node = createNodeApp(small.network);
		await node.listen({ host: "127.0.0.1", port: 0 });
		port = (node.server.address() as AddressInfo).port;
	});
	afterAll(() => node.close());

	function post(query: string, pieces: readonly Uint8Array[], { cut = false, type = "application/octet-stream" } = {}) {
		return new Promise<{ status: number; body: Record<string, unknown> }>((resolve, reject) => {
			const path = `/admin/members/north/objects?${query}`;
			const sent = httpRequest({ host: "127.0.0.1", port, method: "POST", path, headers: { "content-type": type } }, (answer) => {
				let text = "";
				answer.on("data", (piece: Buffer) => {
					text += piece.toString();
				});
				answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
			});
			sent.on("error", reject);
			for (const piece of pieces) sent.write(piece);
			if (cut) setTimeout(() => sent.destroy(), 50);
			else sent.end();
		});
	}

	it("[ND32] takes an object larger than any other body, and it reads back", async () => {
		const large = patternOf(20_000_000);
		const query = `patient=${patient.localId}&kind=vcf&date=2025-01-02&contentType=application/gzip`;
		const { status, body } = await post(query, [large.subarray(0, 7_000_000), large.subarray(7_000_000)]);
		expect({ status, body }).toMatchObject({ status: 200, body: { sizeBytes: 20_000_000, classes: ["genomics"] } });
		const read = await get(doctor, { patient: byLocal(patient.localId), record: body["record"] as string });
		expect(read.headers["content-type"]).toBe("application/gzip");
		expect(large.equals(read.body)).toBe(true);
	});

	it("[ND32] a sender that breaks off leaves nothing", async () => {
		const before = { files: objectFiles(small).length, entries: small.institution().log.size() };
		await expect(post(`patient=${patient.localId}&kind=vcf`, [patternOf(3_000_000)], { cut: true })).rejects.toThrow();
		// The node hears of it a moment later: its folder of what is coming in is empty then.
		await expect.poll(() => objectFiles(small).length).toBe(before.files);
		expect(small.institution().log.size()).toBe(before.entries);
	});

	it("[ND32] refuses what it does not know, before the object is read", async () => {
		for (const query of [
			"kind=vcf",
			`patient=${patient.localId}&kind=exe`,
			`patient=${patient.localId}&kind=vcf&date=yesterday`,
			`patient=${patient.localId}&kind=vcf&contentType=text/html;charset=x`,
			`patient=${patient.localId}&kind=dicom&labels=none`,
		]) {
			expect((await post(query, [patternOf(10)])).status, query).toBe(400);
		}
		expect((await post(`patient=${patient.localId}&kind=vcf`, [patternOf(10)], { type: "text/plain" })).status).toBe(400);
		expect((await post("patient=nobody&kind=vcf", [patternOf(10)])).status).toBe(422);
	});
});

import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Digest, sha256Hex } from "#base";
import { validateResource } from "#fhir";
import { createInstitutionApp } from "../app.ts";
import { askFhir, authorise, type FhirAsk } from "../testing/fhirClient.ts";
import {
	byLocal,
	byPseudonym,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	toPractitioners,
} from "../testing/smallNetwork.ts";

let small: SmallNetwork;
let app: FastifyInstance;
let granting: SmallPatient[];
let silent: SmallPatient;
let doctor: Staff;
let consents: Awaited<ReturnType<SmallNetwork["grant"]>>[];

beforeAll(async () => {
	small = await openSmallNetwork();
	app = createInstitutionApp(small.network, small.institution());
	doctor = await small.hire("practitioner");
	granting = [];
	consents = [];
	for (let at = 0; at < 3; at++) {
		const patient = await small.admit({ family: `Export${at}`, given: "Ib", birthDate: "1950-05-05" });
		consents.push(await small.grant(patient, toPractitioners("north", ["demographics", "laboratory", "vitals"])));
		granting.push(patient);
	}
	silent = await small.admit({ family: "Silent", given: "Per", birthDate: "1951-01-01" });
});
afterAll(async () => {
	await app.close();
	await small.close();
});

const ask = (url: string, more: FhirAsk = {}, key = doctor.key) => askFhir(app, small, key, url, more);
const async_ = { headers: { prefer: "respond-async" } };
const pathOf = (url: string) => url.replace("http://localhost:80", "");
async function begin(query = "") {
	const started = await ask(`/fhir/Patient/$export${query}`, async_);
	expect([started.status, started.text]).toEqual([202, ""]);
	return pathOf(started.headers["content-location"] as string);
}
/** NDJSON is no JSON: read as text. */
async function fetchFile(url: string, key = doctor.key) {
	const answer = await app.inject({ method: "GET", url, headers: { authorization: authorise(small, key, url) } });
	return {
		status: answer.statusCode,
		lines: answer.body
			.split("\n")
			.filter((line) => line !== "")
			.map((line) => JSON.parse(line)),
		type: answer.headers["content-type"],
		text: answer.body,
	};
}

describe("bulk export", () => {
	it("[FR62] everybody who permits it, a resource a line, each patient's release on the log", async () => {
		const status = await begin("?_type=Observation,Patient");
		const manifest = await ask(status);
		expect(manifest.json).toMatchObject({
			requiresAccessToken: true,
			error: [],
			request: "http://localhost:80/fhir/Patient/$export?_type=Observation,Patient",
		});
		expect(manifest.json.output.map(({ type }: { type: string }) => type)).toEqual(["Observation", "Patient"]);
		const before = small.institution().log.size();
		const [observations, people] = await Promise.all(manifest.json.output.map(({ url }: { url: string }) => fetchFile(pathOf(url))));
		expect(observations).toMatchObject({ status: 200, type: "application/fhir+ndjson" });
		expect(observations?.lines).toHaveLength(6);
		expect(people?.lines.map(({ id }: { id: string }) => id).sort()).toEqual(granting.map(({ localId }) => localId).sort());
		expect(observations?.text).not.toContain(silent.localId);
		expect(small.institution().log.size()).toBeGreaterThanOrEqual(before + 6);
		expect((await ask(status, { method: "DELETE" })).status).toBe(202);
		expect((await ask(status)).status).toBe(404);
	});

	it("[FR62] without _type the manifest names the types that were released", async () => {
		const status = await begin();
		expect((await ask(status)).json.output.map(({ type }: { type: string }) => type)).toEqual(["Observation", "Patient"]);
		await ask(status, { method: "DELETE" });
	});

	it("[FR63] an export is its owner's, for the purpose it was begun for, and tells nobody else that it is there", async () => {
		const status = await begin("?_type=Patient");
		const file = status.replace("$export-status", "$export-file").concat("/Patient");
		const colleague = await small.hire("practitioner");
		const none = await ask(status.replace(/[0-9a-f]{8}$/, "00000000"));
		for (const answer of [
			await ask(status, {}, colleague.key),
			await ask(status, { purpose: "HPAYMT" }),
			await ask(status, { method: "DELETE" }, colleague.key),
		]) {
			expect([answer.status, answer.json]).toEqual([404, none.json]);
		}
		expect((await fetchFile(file, colleague.key)).status).toBe(404);
		expect((await fetchFile(file.replace("/Patient", "/Observation"))).status).toBe(404);
		await ask(status, { method: "DELETE" });
		for (const query of ["?patient=1", "?_typeFilter=Observation?code=1", "?_outputFormat=csv"])
			expect((await ask(`/fhir/$export${query}`, async_)).status, query).toBe(400);
		expect((await ask("/fhir/$export")).status).toBe(400);
	});

	it("[GA183] an emergency over everybody is no export, and none goes on by one", async () => {
		const emergency = { purpose: "ETREAT", emergencyReason: "unconscious, no papers" } as const;
		const before = small.institution().log.size();
		const tried = await ask("/fhir/Patient/$export?_type=Patient", { ...async_, ...emergency });
		expect([tried.status, tried.json.issue[0].details.coding[0].code]).toEqual([400, "GATE_REQUEST_INVALID"]);
		expect(small.institution().log.size()).toBe(before + 1);
		const status = await begin("?_type=Patient");
		expect((await ask(status, { emergencyReason: emergency.emergencyReason })).status).not.toBe(200);
		expect((await ask(status, emergency)).status).toBe(404);
		expect((await ask(status)).status).toBe(200);
		await ask(status, { method: "DELETE" });
	});

	it("[FR62] a patient of more than a MiB leaves in pieces, whole while it is permitted; a permission that ends meanwhile ends it there", async () => {
		const reader = await small.hire("researcher");
		const large = await small.admit({
			...{ family: "Large", given: "Ib", birthDate: "1950-05-05" },
			more: (subject) =>
				Array.from({ length: 6 }, (_, at) => ({
					...{ resourceType: "Observation", status: "final", subject, effectiveDateTime: `2024-05-0${at + 1}` },
					category: [{ coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "vital-signs" }] }],
					code: { coding: [{ system: "http://loinc.org", code: "8867-4" }] },
					valueSampledData: { origin: { value: 0 }, period: 10, dimensions: 1, data: `7${" 7".repeat(200_000)}` },
				})),
		});
		const toReader = { ...toPractitioners("north", ["vitals"]), grantees: [{ kind: "actor", key: reader.key.publicKey }] } as const;
		let consent = await small.grant(large, toReader);
		const place = { method: "GET", url: "/fhir/Any", content: sha256Hex() as Digest };
		const request = small.sign(reader.key, { kind: "fhir", ...place, purpose: "TREAT", level: "identified" });
		const access = await small.institution().gate.openFhir({ scheme: "signed", request }, place);
		const { id } = await access.startExport(["vitals"], "");
		const pieces: number[][] = [];
		for await (const records of access.exportRecords(id, ["vitals"])) pieces.push(records.map(({ text }) => text.length));
		// Two of them to a MiB, and the small bundle's own.
		expect(pieces).toHaveLength(3);
		expect(pieces.flat().filter((length) => length > 400_000)).toHaveLength(6);
		expect(pieces.flat()).toHaveLength(7);
		for (const lengths of pieces) expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(2 ** 20);
		for (const told of [1, 2]) {
			const reading = access.exportRecords(id, ["vitals"]);
			for (let at = 0; at < told; at++) expect((await reading.next()).value).toHaveLength(pieces[at]!.length);
			await small.revoke(large, consent);
			expect(await reading.next()).toEqual({ done: true, value: undefined });
			consent = await small.grant(large, toReader);
		}
	});

	it("[FR63] a file is decided as it goes out, and the manifest dies with the last consent", async () => {
		const status = await begin("?_type=Patient");
		const file = status.replace("$export-status", "$export-file").concat("/Patient");
		await small.revoke(granting[0]!, consents[0]!);
		expect((await fetchFile(file)).lines.map(({ id }) => id).sort()).toEqual([granting[1]!.localId, granting[2]!.localId].sort());
		const erased = granting[1]!;
		await small.institution().gate.erase(small.sign(erased.key, { kind: "erase", patient: byLocal(erased.localId), compartments: "all" }));
		expect((await fetchFile(file)).lines.map(({ id }) => id)).toEqual([granting[2]!.localId]);
		await small.revoke(granting[2]!, consents[2]!);
		expect((await ask(status)).status).toBe(404);
		expect((await fetchFile(file)).status).toBe(404);
	});
});

describe("audit events", () => {
	it("[FR64] who looked at a record, for the patient and a compliance officer of the house, and for nobody else", async () => {
		const officer = await small.hire("compliance-officer");
		const foreign = await small.hire("compliance-officer", { member: "south" });
		const about = { patient: byPseudonym(silent.pseudonym), purpose: "PATRQT" };
		await ask("/fhir/Condition", { patient: byLocal(silent.localId) });
		const own = await ask("/fhir/AuditEvent?action=R", about, silent.key);
		expect(own.status).toBe(200);
		const { resource } = own.json.entry.find((each: { resource: { outcome: string } }) => each.resource.outcome === "4");
		expect(resource.agent[0].who.identifier.value).toBe(doctor.key.publicKey);
		for (const each of own.json.entry) expect(validateResource(each.resource)).toEqual([]);
		const byOfficer = await ask(`/fhir/AuditEvent?patient=${silent.localId}`, { purpose: "HOPERAT" }, officer.key);
		expect(byOfficer.json.total).toBeGreaterThanOrEqual(own.json.total);
		const refused = [
			await ask(`/fhir/AuditEvent?patient=${silent.localId}`, { purpose: "HOPERAT" }, doctor.key),
			await ask(`/fhir/AuditEvent?patient=${silent.localId}`, { purpose: "HOPERAT", via: "south" }, foreign.key),
			await ask("/fhir/AuditEvent?patient=nobody", { purpose: "HOPERAT" }, officer.key),
		];
		for (const answer of refused) expect([answer.status, answer.json]).toEqual([404, refused[0]?.json]);
	});
});

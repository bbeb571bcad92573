import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ConsentId } from "#base";
import type { DataClass } from "#contracts";
import { type Gate, indexContentType, namesNobodyTag, type ObjectCompanions, type ObjectRecord, type PatientReference } from "#gate";
import { preventModelId } from "#insight";
import { type ListenedGate, openListenedGate } from "../testing/listenedGate.ts";
import {
	byLocal,
	openSmallNetwork,
	refusalOf,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	smallMembers,
	toPractitioners,
} from "../testing/smallNetwork.ts";
import { collect, inPieces, objectFiles, patternOf } from "../testing/smallObjects.ts";

/** What the log is told of large objects, member by member, and what is answered, whole. */
let small: SmallNetwork;
let heard: ListenedGate;
let gate: Gate;
let ada: SmallPatient;
let doctor: Staff;
let colleague: Staff;
let absent: PatientReference;
let consent: ConsentId;
const bytes = patternOf(150_000);
const indexBytes = patternOf(70_000, 3);

beforeAll(async () => {
	small = await openSmallNetwork({ members: smallMembers.slice(0, 1) });
	[doctor, colleague] = [await small.hire("practitioner"), await small.hire("researcher")];
	heard = await openListenedGate(small);
	gate = heard.gate;
	for (const [role, { publicKey }] of Object.entries({ doctor: doctor.key, colleague: colleague.key })) heard.names.set(publicKey, role);
});
beforeEach(async () => {
	ada = await small.admit({ family: "Object", given: randomUUID(), birthDate: "1948-08-08" });
	heard.names.set(ada.pseudonym, "ada");
	consent = await small.grant(ada, toPractitioners("north", ["genomics"]));
	heard.names.set(consent, "consent");
	absent = byLocal(randomUUID());
	heard.told.splice(0);
});
afterAll(() => small.close());

const lines = () => heard.lines();
const opening = (of: string, count: number) =>
	`north's (system via north) open-terms of ${of}: consents x${count} for SYSTEM at identified, permit SYSTEM_TASK []`;

const notAvailable = { code: "GATE_NOT_AVAILABLE", kind: "refused", details: {} };
const notice = "This record may be incomplete by the patient's choice.";

const genomics: readonly DataClass[] = ["genomics"];
function recordOf({ localId = ada.localId, namesNobody = false, labels = [] as readonly string[], classes = genomics } = {}): ObjectRecord {
	return {
		...{ localId, resourceType: "DiagnosticReport" },
		description: {
			classes,
			labels,
			conditions: [],
			dataTimeMs: 5,
			authors: [],
			encounter: null,
			tableVersion: "x",
		} as unknown as ObjectRecord["description"],
		render: (id, url, besideUrl) => ({
			...{ resourceType: "DiagnosticReport", id, status: "final" },
			...(namesNobody ? { meta: { security: [namesNobodyTag] } } : {}),
			presentedForm: [{ contentType: "text/vcf", url }, ...(besideUrl === undefined ? [] : [{ contentType: indexContentType, url: besideUrl }])],
		}),
	};
}
const file = (record = recordOf(), companions?: ObjectCompanions) => gate.importObject(record, inPieces(bytes), companions);
const ask = (record: string, more: object = {}, key = doctor.key) =>
	gate.releaseObject(
		small.sign(key, { kind: "object", patient: byLocal(ada.localId), purpose: "TREAT", classes: genomics, level: "identified", record, ...more }),
	);
const read = (how: string) => `doctor (person via north) read of ada: genomics ${how}`;

describe("large objects", () => {
	it("[GA100] [GA106] filed and read: what is answered, and by which entry; each byte is the one that came in", async () => {
		const filed = await file();
		expect(filed).toEqual({ record: expect.stringMatching(/^DiagnosticReport\/[0-9a-f]{32}$/), sizeBytes: bytes.length, classes: genomics });
		expect(lines()).toEqual(["north's (member via north) import of ada: - x1 for TREAT at identified, permit CUSTODIAN_RECORD []"]);
		const { stream, close, access, etag, ...rest } = await ask(filed.record, { range: "bytes=10-99" });
		expect(rest).toEqual({ level: "identified", contentType: "text/vcf", sizeBytes: bytes.length, start: 10, end: 100, notice });
		expect(access).toEqual({
			log: small.institution().log.log,
			leafIndex: small.institution().log.size() - 1,
			entryHash: expect.stringMatching(/^[0-9a-f]{64}$/),
		});
		expect(etag).toMatch(/^"[0-9a-f]{32}-1"$/);
		expect(bytes.subarray(10, 100).equals(await collect({ stream }))).toBe(true);
		await close();
		expect(lines()).toEqual([opening("ada", 1), read("x1 for TREAT at identified, permit PERMITTED_BY_CONSENT [consent]")]);
		expect((await ask(filed.record)).etag).toBe(etag);
	});

	it("[GA101] refused, absent, unknown, of another kind and of another level: one answer each, by the entry of a read", async () => {
		const { record } = await file();
		const unlinked = await small.importPerson({ family: "None", given: "N", birthDate: "1960-01-01" });
		heard.told.splice(0);
		expect(await refusalOf(ask(record, {}, colleague.key))).toEqual(notAvailable);
		expect(lines()).toEqual([
			opening("ada", 1),
			"colleague (person via north) read of ada: genomics x0 for TREAT at identified, deny GRANTEE_DIFFERS+CLASS_NOT_GRANTED+REFUSED_BY_IMPLICIT_POLICY []",
		]);
		expect(await refusalOf(ask("DiagnosticReport/none"))).toEqual(notAvailable);
		expect(lines()).toEqual([read("x0 for TREAT at identified, permit PERMITTED_BY_CONSENT [consent]")]);
		expect(await refusalOf(ask(record, { level: "pseudonymised" }))).toEqual(notAvailable);
		expect(lines()).toEqual([read("x1 for TREAT at pseudonymised, permit PERMITTED_BY_CONSENT [consent]")]);
		expect(await refusalOf(ask(record, { patient: absent }))).toEqual(notAvailable);
		expect(await refusalOf(ask(record, { patient: byLocal(unlinked.localId) }))).toEqual(notAvailable);
		heard.told.splice(0);
		for (const level of ["aggregate", "compute", "deidentified"])
			expect(await refusalOf(ask(record, { level }))).toEqual({ code: "GATE_REQUEST_INVALID", kind: "mistake", details: { at: "body.level" } });
		expect(lines()).toEqual([]);
	});

	it("[GA104] [GA55] one that names nobody goes pseudonymised by the reader's own names of record and object", async () => {
		heard.names.set(
			await small.grant(ada, {
				...toPractitioners("north", genomics),
				level: "pseudonymised",
				grantees: [{ kind: "actor", key: colleague.key.publicKey }],
			}),
			"narrow",
		);
		const { record } = await file(recordOf({ namesNobody: true }));
		const place = { kind: "read", patient: byLocal(ada.localId), purpose: "TREAT", classes: genomics, level: "pseudonymised" };
		const { resources } = await gate.release(small.sign(colleague.key, place));
		const own = `DiagnosticReport/${resources[0]?.resource["id"]}`;
		expect(own).not.toBe(record);
		heard.told.splice(0);
		const { stream, etag, level, ...rest } = await ask(own, { level: "pseudonymised" }, colleague.key);
		expect([level, rest.contentType, rest.sizeBytes, rest.start, rest.end]).toEqual(["pseudonymised", "text/vcf", bytes.length, 0, bytes.length]);
		expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
		expect(bytes.equals(await collect({ stream }))).toBe(true);
		expect(lines()).toEqual([
			"colleague (person via north) read of ada: genomics x1 for TREAT at pseudonymised, permit PERMITTED_BY_CONSENT [narrow]",
		]);
		expect(await refusalOf(ask(record, { level: "pseudonymised" }, colleague.key))).toEqual(notAvailable);
	});

	it("[GA102] once the consent is gone a stream ends with a code and an entry; one held open is decided after two seconds", async () => {
		const { record } = await file();
		const open = await ask(record);
		const stream = open.stream();
		expect((await stream.next()).done).toBe(false);
		heard.told.splice(0);
		small.advance(1_900);
		expect((await stream.next()).done).toBe(false);
		expect(lines()).toEqual([]);
		const other = await ask(record);
		heard.told.splice(0);
		await small.revoke(ada, consent);
		small.advance(2_000);
		expect(await refusalOf(stream.next())).toEqual({ code: "GATE_RELEASE_ENDED", kind: "refused", details: {} });
		expect(lines()).toEqual([read("x0 for TREAT at identified, deny REVOKED+CLASS_NOT_GRANTED+REFUSED_BY_IMPLICIT_POLICY []")]);
		await other.close();
		expect(await refusalOf(other.stream().next())).toMatchObject({ code: "GATE_RELEASE_ENDED" });
	});

	it("[GA106] [GA145] with an index, results and a Provenance it is one commit, of which each record says the same; a failure leaves nothing", async () => {
		const seen: unknown[] = [];
		const companions: ObjectCompanions = {
			beside: () => inPieces(indexBytes),
			results: (newId, atMs) => {
				seen.push(atMs);
				return [{ resourceType: "Observation", id: newId() }];
			},
			provenance: (id, targets, atMs) => {
				seen.push(atMs, targets);
				return { resourceType: "Provenance", id };
			},
		};
		const { record } = await file(recordOf({ labels: ["hiv"] }), companions);
		expect(lines()).toEqual(["north's (member via north) import of ada: - x3 for TREAT at identified, permit CUSTODIAN_RECORD []"]);
		const [atMs, same, targets] = seen as [number, number, readonly string[]];
		expect([same, targets]).toEqual([atMs, [record, expect.stringMatching(/^Observation\/[0-9a-f]{32}$/)]]);
		const own = await gate.release(
			small.sign(ada.key, { kind: "read", patient: byLocal(ada.localId), purpose: "PATRQT", classes: genomics, level: "identified" }),
		);
		expect(own.resources.map(({ resource }) => resource.resourceType).sort()).toEqual(["DiagnosticReport", "Observation", "Provenance"]);
		const before = objectFiles(small).length;
		heard.told.splice(0);
		const failing = {
			...companions,
			results: () => [{ resourceType: "Observation", id: 1n }],
		};
		await expect(file(recordOf(), failing as unknown as ObjectCompanions)).rejects.toThrow();
		expect([objectFiles(small).length, lines()]).toEqual([before, []]);
		expect(await refusalOf(file(recordOf({ localId: "nobody-of-this-id" })))).toEqual({ code: "GATE_IMPORT_FAILED", kind: "mistake", details: {} });
		expect(objectFiles(small)).toHaveLength(before);
	});
});

describe("a computation on a genome", () => {
	const compute = (more: object = {}, key = doctor.key) =>
		gate.computeOnGenome(
			small.sign(key, { kind: "pgx", patient: byLocal(ada.localId), purpose: "TREAT", classes: genomics, level: "identified", ...more }),
			async ({ genome, index }) => [genome.sizeBytes, index.sizeBytes, Buffer.from(await genome.read(5, 9)).equals(bytes.subarray(5, 9))],
		);

	it("[GA140] answers with what it found, of which record of how many, what was opened of it, and by which entry", async () => {
		const { record } = await file(recordOf({ labels: [] }), { beside: () => inPieces(indexBytes) });
		await file();
		heard.told.splice(0);
		const { access, decidedAtHeight, ...answer } = await compute();
		expect(answer).toEqual({
			...{ result: [bytes.length, indexBytes.length, true], record, genomes: 1, labels: [], notice, obligations: [] },
			// Of each the last chunk besides, which tells that nothing is cut off.
			opened: {
				genome: { chunks: 2, ofChunks: 3, bytes: 84_480, ofBytes: bytes.length },
				index: { chunks: 1, ofChunks: 2, bytes: 4_520, ofBytes: indexBytes.length },
			},
		});
		expect(decidedAtHeight).toBe(small.network.ledger.head().height);
		expect(access).toEqual({ log: small.institution().log.log, leafIndex: small.institution().log.size() - 1, entryHash: expect.any(String) });
		expect(lines()).toEqual([opening("ada", 1), read("x2 for TREAT at identified, permit PERMITTED_BY_CONSENT [consent]")]);
		small.advance(10);
		const newer = await file(recordOf(), { beside: () => inPieces(indexBytes) });
		const last = await compute();
		expect([last.record, last.genomes]).toEqual([newer.record, 2]);
		expect((await compute({ record })).record).toBe(record);
	});

	it("[GA141] [GA142] by a model at its level, and there alone; refused, absent and without an indexed genome alike", async () => {
		await file();
		heard.told.splice(0);
		expect(await refusalOf(compute())).toEqual(notAvailable);
		expect(await refusalOf(compute({}, colleague.key))).toEqual(notAvailable);
		expect(await refusalOf(compute({ patient: absent }))).toEqual(notAvailable);
		expect(lines().filter((each) => !each.includes("open-terms"))).toEqual([
			read("x1 for TREAT at identified, permit PERMITTED_BY_CONSENT [consent]"),
			"colleague (person via north) read of ada: genomics x0 for TREAT at identified, deny GRANTEE_DIFFERS+CLASS_NOT_GRANTED+REFUSED_BY_IMPLICIT_POLICY []",
			"doctor (person via north) read of nobody: genomics x0 for TREAT at identified, deny NOT_ENROLLED+CLASS_NOT_GRANTED+REFUSED_BY_IMPLICIT_POLICY []",
		]);
		for (const more of [{ level: "compute" }, { model: preventModelId }])
			expect(await refusalOf(compute(more))).toEqual({ code: "GATE_REQUEST_INVALID", kind: "mistake", details: { at: "body.model" } });
		expect(lines()).toEqual([]);
	});

	it("[GA140] what the computation throws comes through, and lets go of the genome", async () => {
		await file(recordOf(), { beside: () => inPieces(indexBytes) });
		const failing = gate.computeOnGenome(
			small.sign(doctor.key, { kind: "pgx", patient: byLocal(ada.localId), purpose: "TREAT", classes: genomics, level: "identified" }),
			async () => Promise.reject(new Error("not computed")),
		);
		await expect(failing).rejects.toThrow("not computed");
	});
});

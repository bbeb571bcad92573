import { randomUUID } from "node:crypto";
import { copyFileSync, cpSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dayMs } from "#base";
import type { DataClass } from "#contracts";
import { prepareBundle } from "#fhir";
import { formatBlobUrl } from "#vault";
import { listEntries } from "#wallet";
import { auditFolder } from "../auditFolder.ts";
import { smallBundle } from "../testing/smallBundle.ts";
import {
	byLocal,
	byPseudonym,
	codeOf,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	smallMembers,
	toPractitioners,
} from "../testing/smallNetwork.ts";
import { askObject, collect, fileObject, inPieces, objectFiles, patternOf } from "../testing/smallObjects.ts";

/** Large objects: genomes, images, series. The same door, the same silence, the same end as a record has. */
let small: SmallNetwork;
let doctor: Staff;
let patient: SmallPatient;
const genome = patternOf(3_300_000);
const classes: readonly DataClass[] = ["genomics", "imaging", "wearables"];
const members = smallMembers.slice(0, 1);

beforeAll(async () => {
	small = await openSmallNetwork({ members });
	doctor = await small.hire("practitioner");
});
afterAll(() => small.close());

async function admit(): Promise<SmallPatient> {
	return small.admit({ family: "Object", given: randomUUID(), birthDate: "1948-08-08" });
}

/** A patient whose genome the doctors may read. */
async function open(bytes: Uint8Array = genome) {
	patient = await admit();
	const consentId = await small.grant(patient, toPractitioners("north", classes));
	return { consentId, record: await fileObject(small, patient, bytes) };
}

const someone = () => byLocal(patient.localId);
const size = () => small.institution().log.size();
const erase = (compartments: "all" | readonly DataClass[] = "all") =>
	small.institution().gate.erase(small.sign(patient.key, { kind: "erase", patient: byPseudonym(patient.pseudonym), compartments }));

/** What the patient's own history says of the accesses, newest last. */
async function history() {
	const { gate } = small.institution();
	const shown = await gate.showHistory(small.sign(patient.key, { kind: "history", patient: byPseudonym(patient.pseudonym) }));
	return listEntries(shown).map(({ entry }) => entry);
}

describe("reading an object", () => {
	it("[GA100] gives what was filed, whole and in ranges, an entry for each before the first byte", async () => {
		const { record } = await open();
		const before = size();
		const whole = await askObject(small, doctor, { patient: someone(), record });
		expect(size(), "the first look opens the terms, the second entry is the access").toBe(before + 2);
		expect(whole).toMatchObject({ sizeBytes: genome.length, start: 0, end: genome.length, contentType: "text/plain", level: "identified" });
		expect(whole.access.leafIndex).toBe(before + 1);
		expect(genome.equals(await collect(whole))).toBe(true);
		for (const [range, start, end] of [
			["bytes=0-0", 0, 1],
			["bytes=65000-66000", 65_000, 66_001],
			["bytes=3299999-", 3_299_999, 3_300_000],
			["bytes=-100", 3_299_900, 3_300_000],
			["bytes=1000000-99999999999", 1_000_000, 3_300_000],
			["bytes=-99999999999", 0, 3_300_000],
		] as const) {
			const part = await askObject(small, doctor, { patient: someone(), record, range });
			expect([part.start, part.end, part.etag]).toEqual([start, end, whole.etag]);
			expect(genome.subarray(start, end).equals(await collect(part)), range).toBe(true);
		}
		expect(size()).toBe(before + 2 + 6);
		const entry = (await history()).find(({ action, decision }) => action === "read" && decision === "permit");
		expect(entry).toMatchObject({
			compartments: [...classes].sort().filter((each) => each === "genomics"),
			count: 1,
			requester: doctor.key.publicKey,
		});
	});

	it("[GA100] a range without a byte of the object is refused to who may read it, with the size", async () => {
		const { record } = await open();
		for (const range of ["bytes=3300000-", "bytes=-0", "bytes=5-4"]) {
			const refused = askObject(small, doctor, { patient: someone(), record, range });
			await expect(refused, range).rejects.toMatchObject({ code: "GATE_RANGE_UNSATISFIABLE", details: { sizeBytes: genome.length } });
		}
		for (const range of ["bytes=0-1,5-6", "bytes=", "bytes=-", "items=0-1", "bytes=a-b"]) {
			expect(await codeOf(askObject(small, doctor, { patient: someone(), record, range })), range).toBe("GATE_REQUEST_INVALID");
		}
	});

	it("[GA100] an empty object is one too", async () => {
		const { record } = await open(new Uint8Array(0));
		expect(await collect(await askObject(small, doctor, { patient: someone(), record }))).toHaveLength(0);
		expect(await codeOf(askObject(small, doctor, { patient: someone(), record, range: "bytes=0-" }))).toBe("GATE_RANGE_UNSATISFIABLE");
	});

	it("[GA105] a label that no grant names holds the object back like any record, and so does a class", async () => {
		await open();
		const unread = await fileObject(small, patient, genome, { kind: "dicom" });
		const reviewed = await fileObject(small, patient, genome, { kind: "dicom", labels: [] });
		const series = await fileObject(small, patient, genome, { kind: "cgm" });
		const ask = (record: string, asked: readonly DataClass[]) => askObject(small, doctor, { patient: someone(), record, classes: asked });
		expect(await codeOf(ask(unread, ["imaging"]))).toBe("GATE_NOT_AVAILABLE");
		expect(genome.equals(await collect(await ask(reviewed, ["imaging"])))).toBe(true);
		expect(genome.equals(await collect(await ask(series, ["wearables"])))).toBe(true);
		expect(await codeOf(ask(series, ["genomics"])), "the class asked for is not the object's").toBe("GATE_NOT_AVAILABLE");
	});

	it("[GA105] records labelled anew keep what the desk said of their objects, and the key that opens them", async () => {
		const { record } = await open();
		const unread = await fileObject(small, patient, genome, { kind: "dicom" });
		const { store, keyring } = small.institution();
		const subject = (await keyring.subjectOf(patient.pseudonym))!;
		await store.relabelRecords(subject, [], [], "0".repeat(64));
		small = await small.reopen();
		const { gate } = small.institution();
		expect(await codeOf(askObject(small, doctor, { patient: someone(), record }))).toBe("GATE_RELABELLING");
		expect(await codeOf(fileObject(small, patient, genome))).toBe("GATE_RELABELLING");
		await gate.relabel();
		expect(genome.equals(await collect(await askObject(small, doctor, { patient: someone(), record })))).toBe(true);
		expect(await codeOf(askObject(small, doctor, { patient: someone(), record: unread, classes: ["imaging"] }))).toBe("GATE_NOT_AVAILABLE");
	});

	it("[GA104] an object leaves as it is or not at all: pseudonymised only a genome that names nobody, de-identified and counted never", async () => {
		patient = await admit();
		await small.grant(patient, toPractitioners("north", classes, { level: "pseudonymised" }));
		const anonymous = await fileObject(small, patient, genome, { namesNobody: true });
		await fileObject(small, patient, patternOf(1_000));
		await fileObject(small, patient, genome, { kind: "dicom", labels: [], namesNobody: true });
		const level = "pseudonymised";
		const shownTo = async (who: Staff) => {
			const { resources } = await small.read(who.key, someone(), { classes: ["genomics", "imaging"], level });
			return resources.map(({ resource }) => `${resource.resourceType}/${resource["id"]}`);
		};
		const other = await small.hire("practitioner");
		const tags: string[] = [];
		for (const who of [doctor, other]) {
			const shown = await shownTo(who);
			expect(shown).toHaveLength(3);
			expect(shown).not.toContain(anonymous);
			const released = [];
			for (const record of shown) {
				const answer = await askObject(small, who, { patient: someone(), record, level, classes: ["genomics", "imaging"] }).catch(() => undefined);
				if (answer !== undefined) released.push(answer);
			}
			expect(released).toHaveLength(1);
			expect(released[0]).toMatchObject({ level, sizeBytes: genome.length });
			expect(genome.equals(await collect(released[0]!))).toBe(true);
			tags.push(released[0]!.etag);
			// The custodian's own name of the record is none at this level, nor does the level rise by asking.
			expect(await codeOf(askObject(small, who, { patient: someone(), record: anonymous, level }))).toBe("GATE_NOT_AVAILABLE");
			expect(await codeOf(askObject(small, who, { patient: someone(), record: anonymous }))).toBe("GATE_NOT_AVAILABLE");
		}
		expect(tags[0], "two audiences could join what they hold by the tag").not.toBe(tags[1]);
		for (const each of ["deidentified", "aggregate", "compute"] as const) {
			expect(await codeOf(askObject(small, doctor, { patient: someone(), record: anonymous, level: each }))).toBe("GATE_REQUEST_INVALID");
		}
	});
});

describe("a stream under way", () => {
	/** Reads until it ends. @returns Bytes that came, and the code it ended with. */
	async function drain(stream: AsyncGenerator<Uint8Array>): Promise<{ readonly bytes: number; readonly code: string }> {
		let bytes = 0;
		const code = await codeOf(async () => {
			for await (const piece of stream) bytes += piece.length;
		});
		return { bytes, code };
	}

	async function begin() {
		const opened = await open();
		const release = await askObject(small, doctor, { patient: someone(), record: opened.record });
		const stream = release.stream();
		await stream.next();
		return { ...opened, release, stream };
	}

	it("[GA102] ends at the next 1 MiB once the consent is revoked, and the patient sees why", async () => {
		const { consentId, stream } = await begin();
		await small.revoke(patient, consentId);
		const { bytes, code } = await drain(stream);
		expect(code).toBe("GATE_RELEASE_ENDED");
		expect(bytes).toBeLessThan(2 ** 20);
		expect((await history()).at(-2)).toMatchObject({ action: "read", decision: "deny", count: 0, requester: doctor.key.publicKey });
		expect((await history()).flatMap(({ reasons }) => reasons)).toContain("REVOKED");
	});

	it("[GA102] goes on while the consent stands, without an entry for each look", async () => {
		const { stream } = await begin();
		const before = size();
		expect((await drain(stream)).code).toBe("no error");
		expect(size()).toBe(before);
	});

	it("[GA102] that was held open is decided before its next byte: after 2 s already, and after hours the ledger is stale", async () => {
		const { consentId, stream } = await begin();
		await small.revoke(patient, consentId);
		small.advance(2_000);
		expect(await drain(stream)).toEqual({ bytes: 0, code: "GATE_RELEASE_ENDED" });
		const second = await begin();
		small.advance(7 * 3_600_000);
		expect(await drain(second.stream)).toEqual({ bytes: 0, code: "GATE_LEDGER_STALE" });
	});

	it("[GA102] ends when the consent expires, and when the reader loses the credential", async () => {
		const first = await begin();
		small.advance(31 * dayMs);
		// A block, so that the ledger is fresh again.
		const fresh = await small.hire("practitioner");
		expect(await drain(first.stream)).toEqual({ bytes: 0, code: "GATE_RELEASE_ENDED" });
		expect((await history()).flatMap(({ reasons }) => reasons)).toContain("EXPIRED");
		doctor = fresh;
		const second = await begin();
		await small.fire(doctor);
		small.advance(2_000);
		expect(await drain(second.stream)).toEqual({ bytes: 0, code: "GATE_RELEASE_ENDED" });
		doctor = await small.hire("practitioner");
	});

	it("[GA103] ends with the patient's erasure, at the next piece, and no byte of it is left", async () => {
		const { record, stream } = await begin();
		const files = objectFiles(small).length;
		await erase();
		expect(await drain(stream)).toEqual({ bytes: 0, code: "GATE_RELEASE_ENDED" });
		expect(objectFiles(small)).toHaveLength(files - 1);
		expect(await codeOf(askObject(small, doctor, { patient: someone(), record }))).toBe("GATE_NOT_AVAILABLE");
	});

	it("[GA103] ends with the erasure of its class, and not with that of another", async () => {
		const { record, stream } = await begin();
		await erase(["laboratory"]);
		expect((await stream.next()).done).toBe(false);
		await erase(["genomics"]);
		expect(await drain(stream)).toEqual({ bytes: 0, code: "GATE_RELEASE_ENDED" });
		expect(await codeOf(askObject(small, doctor, { patient: someone(), record }))).toBe("GATE_NOT_AVAILABLE");
		expect(await codeOf(fileObject(small, patient, genome))).toBe("VAULT_ERASED");
	});

	it("[GA103] an erasure between decision and stream gives the answer of an erased patient", async () => {
		const { record } = await open();
		const { objects } = small.institution();
		const opened = objects.open.bind(objects);
		objects.open = async (...parameters) => {
			objects.open = opened;
			const blob = await opened(...parameters);
			await erase();
			return blob;
		};
		expect(await codeOf(askObject(small, doctor, { patient: someone(), record }))).toBe("GATE_NOT_AVAILABLE");
	});
});

describe("an object that was tampered with", () => {
	async function two() {
		const newFile = (before: readonly string[]) => objectFiles(small).find((each) => !before.includes(each)) as string;
		const none = objectFiles(small);
		const first = await open();
		const [firstPatient, firstPath, before] = [patient, newFile(none), objectFiles(small)];
		const second = await open(patternOf(genome.length, 7));
		return { first, firstPatient, firstPath, second, path: newFile(before) };
	}

	it("[GA108] that of another patient in its place is refused, before a byte", async () => {
		const { second, path, firstPath } = await two();
		copyFileSync(firstPath, path);
		expect(await codeOf(askObject(small, doctor, { patient: someone(), record: second.record }))).toBe("VAULT_INTEGRITY");
	});

	it("[GA108] cut at a chunk's border, cut anywhere, or lengthened, it is refused, before a byte", async () => {
		const { second, path } = await two();
		const whole = readFileSync(path);
		for (const damaged of [whole.subarray(0, 56 + 65_536 * 10), whole.subarray(0, -1), Buffer.concat([whole, Buffer.alloc(20)])]) {
			writeFileSync(path, damaged);
			expect(await codeOf(askObject(small, doctor, { patient: someone(), record: second.record }))).toBe("VAULT_INTEGRITY");
		}
		writeFileSync(path, whole);
		expect((await collect(await askObject(small, doctor, { patient: someone(), record: second.record }))).length).toBe(genome.length);
	});

	it("[GA108] with a chunk of another object spliced in, it ends there, after genuine bytes alone", async () => {
		const { second, path, firstPath } = await two();
		const bytes = readFileSync(path);
		readFileSync(firstPath).copy(bytes, 56 + 65_536 * 4, 56 + 65_536 * 4, 56 + 65_536 * 5);
		writeFileSync(path, bytes);
		const release = await askObject(small, doctor, { patient: someone(), record: second.record });
		const pieces: Uint8Array[] = [];
		const code = await codeOf(async () => {
			for await (const piece of release.stream()) pieces.push(piece);
		});
		expect(code).toBe("VAULT_INTEGRITY");
		const got = Buffer.concat(pieces);
		expect(got.equals(patternOf(genome.length, 7).subarray(0, got.length))).toBe(true);
		expect(got.length).toBe(65_520 * 4 - 40);
	});

	it("[GA108] one that is gone is told as damage, and the audit without a key finds all of it", async () => {
		const { second, path, firstPath } = await two();
		rmSync(path);
		expect(await codeOf(askObject(small, doctor, { patient: someone(), record: second.record }))).toBe("VAULT_INTEGRITY");
		const shorter = firstPath;
		truncateSync(shorter, 56 + 65_536 * 3);
		const { folder } = small;
		await small.close();
		renameSync(shorter, `${shorter.slice(0, -32)}${"5".repeat(32)}`);
		const { findings } = await auditFolder(folder);
		const codes = findings.map(({ part, code }) => `${part} ${code}`);
		expect(new Set(codes)).toEqual(new Set(["objects object-missing", "objects object-damaged"]));
		renameSync(`${shorter.slice(0, -32)}${"5".repeat(32)}`, shorter);
		expect((await auditFolder(folder)).findings.map(({ code }) => code)).toContain("object-size");
		rmSync(shorter);
		small = await openSmallNetwork({ folder, members, aheadMs: 40 * dayMs });
		doctor = await small.hire("practitioner");
	});

	it("[GA107] a bundle that brings a pointer is refused whole: nobody but the gate writes one", async () => {
		const { first, firstPatient } = await two();
		const { store, keyring } = small.institution();
		const subject = (await keyring.subjectOf(firstPatient.pseudonym))!;
		const [row] = await store.listRecords(subject, ["genomics"]);
		const url = formatBlobUrl({ id: "0".repeat(32), version: 1, dataKey: row!.dataKey, sizeBytes: genome.length });
		const person = smallBundle({ family: "Forged", given: "Pointer", birthDate: "1990-01-01" });
		const bundle = JSON.parse(person.text) as { entry: { resource: Record<string, unknown> }[] };
		bundle.entry[1]!.resource["note"] = [{ text: url }];
		const before = size();
		const prepared = await prepareBundle(async function* () {
			yield new TextEncoder().encode(JSON.stringify(bundle));
		});
		expect(await codeOf(small.institution().gate.importRecords(prepared))).toBe("GATE_IMPORT_FAILED");
		expect(size()).toBe(before);
		expect(await store.findSubjects("local-id", await keyring.lookupToken("local-id", person.localId))).toEqual([]);
		expect(first.record).toMatch(/^DiagnosticReport\//);
	});
});

describe("filing an object", () => {
	it("[GA106] that fails on the way leaves nothing: no file, no record, no entry", async () => {
		await open();
		const before = { files: objectFiles(small).length, entries: size() };
		async function* broken() {
			yield genome.subarray(0, 2_000_000);
			throw new Error("the disk was pulled out");
		}
		const { createObjectRecord } = await import("../objectRecord.ts");
		const record = createObjectRecord({ kind: "vcf", localId: patient.localId, namesNobody: false });
		await expect(small.institution().gate.importObject(record, broken())).rejects.toThrow("pulled out");
		expect({ files: objectFiles(small).length, entries: size() }).toEqual(before);
	});

	it("[GA106] that cannot be recorded takes its object away again; what a stop left goes at the next start", async () => {
		await open();
		const { store, objects, keyring } = small.institution();
		const before = objectFiles(small).length;
		const putRecords = store.putRecords.bind(store);
		store.putRecords = async () => {
			throw new Error("no space left");
		};
		await expect(fileObject(small, patient, genome)).rejects.toThrow("no space");
		store.putRecords = putRecords;
		expect(objectFiles(small)).toHaveLength(before);
		const subject = (await keyring.subjectOf(patient.pseudonym))!;
		await objects.put(await keyring.sealFor(subject, ["genomics"]), inPieces(genome));
		expect(objectFiles(small)).toHaveLength(before + 1);
		small = await small.reopen();
		expect(objectFiles(small)).toHaveLength(before);
	});

	it("[GA106] needs a patient of the house", async () => {
		expect(await codeOf(fileObject(small, { localId: "nobody-here" }, genome))).toBe("GATE_IMPORT_FAILED");
	});

	it("[GA106] an erasure while it streams in ends it, also where the source has stalled", async () => {
		await open();
		const before = objectFiles(small).length - 1;
		const { createObjectRecord } = await import("../objectRecord.ts");
		const { promise: stalled, resolve: isStalled } = Promise.withResolvers<void>();
		async function* stalling() {
			yield genome.subarray(0, 500_000);
			isStalled();
			await new Promise(() => {});
		}
		const record = createObjectRecord({ kind: "vcf", localId: patient.localId, namesNobody: false });
		const filing = codeOf(small.institution().gate.importObject(record, stalling()));
		await stalled;
		await erase();
		expect(await filing).toBe("VAULT_ERASED");
		expect(objectFiles(small)).toHaveLength(before);
	});
});

describe("erasure", () => {
	it("[GA109] a data set from before it, objects and rows, brings no object back", async () => {
		const { record } = await open();
		const { folder } = small;
		const home = join(folder, "members", "north");
		await small.close();
		for (const name of ["vault.db", "blobs"]) cpSync(join(home, name), join(folder, `before-${name}`), { recursive: true });
		small = await openSmallNetwork({ folder, members, aheadMs: 40 * dayMs });
		const kept = objectFiles(small).length - 1;
		await erase();
		await small.close();
		for (const name of ["vault.db", "blobs"]) {
			rmSync(join(home, name), { recursive: true });
			cpSync(join(folder, `before-${name}`), join(home, name), { recursive: true });
			rmSync(join(folder, `before-${name}`), { recursive: true });
		}
		small = await openSmallNetwork({ folder, members, aheadMs: 40 * dayMs });
		expect(objectFiles(small)).toHaveLength(kept);
		expect(await codeOf(askObject(small, doctor, { patient: someone(), record }))).toBe("GATE_NOT_AVAILABLE");
	});
});

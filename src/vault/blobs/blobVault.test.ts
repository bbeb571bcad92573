import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Pseudonym, SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { openRecord, sealRecord } from "../record.ts";
import { openSqliteStore } from "../store/sqliteStore.ts";
import { bodyOf, createBench, custodian, newPseudonym, newSubject, newToken, randomBytes, temporaryFolder } from "../vault.fixtures.ts";
import type { BlobStore } from "./blobStore.ts";
import { type BlobPointer, BlobVault, formatBlobUrl, parseBlobUrl } from "./blobVault.ts";
import { openFileBlobStore } from "./fileBlobStore.ts";
import { collect, patternBytes } from "./testing/blobFixtures.ts";
import { inPieces, namesIn } from "./testing/describeBlobStore.ts";

const coded = (code: string) => expect.objectContaining({ code });
const genome = patternBytes(300_000);

async function setUp() {
	const bench = await createBench();
	const folder = temporaryFolder();
	const store = openSqliteStore({ path: join(folder, "vault.db"), custodian });
	onTestFinished(() => store.close());
	const files = await openFileBlobStore({ folder: join(folder, "blobs"), randomBytes });
	const blobs = new BlobVault({ custodian, store: files, keyring: bench.keyring, randomBytes });
	const createPatient = async (): Promise<readonly [SubjectId, Pseudonym]> => {
		const [subject, pseudonym] = [newSubject(), newPseudonym()];
		await bench.keyring.createSubject(subject, pseudonym);
		await store.putSubject(subject, []);
		return [subject, pseudonym];
	};
	/** An object and, after it, the record that points to it. */
	const putWithRecord = async (subject: SubjectId, compartments: readonly Compartment[], bytes = genome) => {
		const handle = await bench.keyring.sealFor(subject, compartments);
		const pointer = await blobs.put(handle, inPieces(bytes, 70_000));
		const resource = { resourceType: "DocumentReference", id: "d", content: [{ attachment: { url: formatBlobUrl(pointer) } }] };
		const body = bodyOf(JSON.stringify(resource));
		const row = sealRecord({ custodian, handle, token: newToken(), version: 1, storedAtMs: 1, deleted: false, body, randomBytes });
		await store.putRecords([handle.wrapped], [row]);
		return { handle, pointer, row };
	};
	return { bench, folder, store, files, blobs, createPatient, putWithRecord };
}

describe("an object and the record that points to it", () => {
	it("[BL17] opens through the record alone: same receipt, same key, pointer inside the ciphertext", async () => {
		const { bench, store, blobs, folder, createPatient, putWithRecord } = await setUp();
		const [subject, pseudonym] = await createPatient();
		const { pointer } = await putWithRecord(subject, ["genomics"]);
		const [row] = await store.listRecords(subject, ["genomics"]);
		if (row === undefined) throw new Error("the record is gone");
		const access = bench.access({ pseudonym, compartments: ["genomics"] });
		const [dataKey] = await bench.keyring.unwrap(access, await store.getDataKeys([row.dataKey]));
		const { resource } = openRecord({ custodian, row, dataKey: dataKey as Uint8Array });
		const [{ attachment }] = resource["content"] as [{ attachment: { url: string } }];
		const found = parseBlobUrl(attachment.url) as BlobPointer;
		expect(found).toEqual(pointer);
		expect(found.dataKey).toBe(row.dataKey);
		const blob = await blobs.open({ subject, compartments: ["genomics"] }, found, dataKey as Uint8Array);
		expect(Buffer.compare(await collect(blob.stream()), genome)).toBe(0);
		expect(Buffer.compare(await blob.range(100_000, 200_000), genome.subarray(100_000, 200_000))).toBe(0);
		await blob.close();
		// Who has the files learns neither subject nor content from them.
		const paths = readdirSync(join(folder, "blobs"), { recursive: true }).join();
		expect(paths).not.toContain(subject);
		expect(paths).toContain(pointer.id);
		const files = readdirSync(join(folder, "blobs"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
		for (const file of files) {
			const bytes = readFileSync(join(file.parentPath, file.name));
			expect(bytes.includes(Buffer.from(subject, "hex"))).toBe(false);
			expect(bytes.includes(Buffer.from(genome.subarray(0, 100)))).toBe(false);
		}
	});

	it("[BL17] another's object under the record's name, or one of another size than the record says, is refused", async () => {
		const { blobs, folder, createPatient, putWithRecord, files } = await setUp();
		const [[a], [b]] = [await createPatient(), await createPatient()];
		const ofA = await putWithRecord(a, ["genomics"]);
		const ofB = await putWithRecord(b, ["genomics"]);
		const owner = { subject: a, compartments: ["genomics"] as const };
		const longer = { ...ofA.pointer, sizeBytes: ofA.pointer.sizeBytes + 1 };
		await expect(blobs.open(owner, longer, ofA.handle.dataKey)).rejects.toThrow(coded("VAULT_INTEGRITY"));
		await expect(blobs.open(owner, { ...ofA.pointer, version: 2 }, ofA.handle.dataKey)).rejects.toThrow(coded("VAULT_INTEGRITY"));
		await expect(blobs.open(owner, { ...ofA.pointer, dataKey: ofB.pointer.dataKey }, ofA.handle.dataKey)).rejects.toThrow(coded("VAULT_INTEGRITY"));
		await expect(blobs.open(owner, ofB.pointer, ofA.handle.dataKey)).rejects.toThrow(coded("VAULT_NOT_FOUND"));
		const [nameOfA, nameOfB] = [await blobs.nameOf(owner, ofA.pointer), await blobs.nameOf({ ...owner, subject: b }, ofB.pointer)];
		writeFileSync(join(folder, "blobs", nameOfA), readFileSync(join(folder, "blobs", nameOfB)));
		await expect(blobs.open(owner, ofA.pointer, ofA.handle.dataKey)).rejects.toThrow(coded("VAULT_INTEGRITY"));
		expect((await namesIn(files)).length).toBe(2);
	});

	it("[BL18] a pointer has one spelling, and nothing else is one", () => {
		fc.assert(
			fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.integer({ min: 1 }), fc.maxSafeNat(), (bytes, version, sizeBytes) => {
				const id = Buffer.from(bytes).toString("hex");
				const pointer = { id, version, dataKey: id.split("").reverse().join(""), sizeBytes };
				expect(parseBlobUrl(formatBlobUrl(pointer))).toEqual(pointer);
			}),
		);
		const id = "a".repeat(32);
		for (const url of [
			"",
			"https://example.org/x",
			`aceso-blob:${id}`,
			`aceso-blob:${id}/1/${id}`,
			`aceso-blob:${id}/0/${id}/5`,
			`aceso-blob:${id}/1/${id}/-5`,
			`aceso-blob:${id}/1/${id}/`,
			`aceso-blob:${id}/01/${id}/5`,
			`aceso-blob:${id}/1/${id}/5/6`,
			`aceso-blob:${id}/1/${id}/5e3`,
			`aceso-blob:../${id}/1/${id}/5`,
			`aceso-blob:${id}/1/${id.slice(1)}/5`,
			`aceso-blob:${id.toUpperCase()}/1/${id}/5`,
			`aceso-blob:${id}/1/${id}/9007199254740993`,
		]) {
			expect(parseBlobUrl(url)).toBeUndefined();
		}
	});
});

describe("erasure", () => {
	it("[BL19] deletes every object of the subject and nobody else's", async () => {
		const { bench, store, files, blobs, createPatient, putWithRecord } = await setUp();
		const [[a], [b]] = [await createPatient(), await createPatient()];
		for (const set of [["genomics"], ["imaging"], ["conditions", "imaging"]] as Compartment[][]) await putWithRecord(a, set);
		const ofB = await putWithRecord(b, ["genomics"]);
		await bench.keyring.destroy(a, "all");
		await store.purge(a, "all");
		expect(await blobs.purge(a, "all")).toBe(3);
		expect(await blobs.purge(a, "all")).toBe(0);
		expect(await namesIn(files)).toEqual([await blobs.nameOf({ subject: b, compartments: ["genomics"] }, ofB.pointer)]);
		await expect(blobs.put(ofB.handle, inPieces(genome, 1_000))).resolves.toMatchObject({ sizeBytes: genome.length });
	});

	it("[BL19] of some compartments deletes every object that touches them", async () => {
		const { blobs, createPatient, putWithRecord, files } = await setUp();
		const [a] = await createPatient();
		const kept = await putWithRecord(a, ["genomics"]);
		await putWithRecord(a, ["imaging"]);
		await putWithRecord(a, ["conditions", "imaging"]);
		expect(await blobs.purge(a, ["imaging"])).toBe(2);
		expect(await namesIn(files)).toEqual([await blobs.nameOf({ subject: a, compartments: ["genomics"] }, kept.pointer)]);
	});

	it("[BL19] ends what is being stored meanwhile, and takes in nothing more of the subject", async () => {
		const { bench, blobs, createPatient, files } = await setUp();
		const [a] = await createPatient();
		const handle = await bench.keyring.sealFor(a, ["genomics"]);
		let [isStarted, purged] = [() => {}, Promise.resolve(0)];
		const started = new Promise<void>((resolve) => {
			isStarted = resolve;
		});
		async function* endless() {
			for (;;) {
				yield new Uint8Array(100_000);
				isStarted();
				await new Promise((resolve) => setImmediate(resolve));
			}
		}
		const putting = blobs.put(handle, endless());
		const refused = expect(putting).rejects.toThrow(coded("VAULT_ERASED"));
		await started;
		await bench.keyring.destroy(a, "all");
		purged = blobs.purge(a, "all");
		await refused;
		expect(await purged).toBe(0);
		expect(await namesIn(files)).toEqual([]);
		await expect(blobs.put(handle, inPieces(genome, 1_000))).rejects.toThrow(coded("VAULT_ERASED"));
	});

	it("[BL19] does not wait for a source that has stalled", async () => {
		// A sender that keeps its connection and sends nothing would otherwise have held up every erasure of that patient.
		const { bench, blobs, createPatient, files } = await setUp();
		const [a] = await createPatient();
		const { promise: stalled, resolve: isStalled } = Promise.withResolvers<void>();
		let isReturned = false;
		const source = {
			[Symbol.asyncIterator]: () => source,
			sent: false,
			async next(): Promise<IteratorResult<Uint8Array>> {
				if (!source.sent) {
					source.sent = true;
					return { done: false, value: genome };
				}
				isStalled();
				return new Promise(() => {});
			},
			async return(): Promise<IteratorResult<Uint8Array>> {
				isReturned = true;
				return { done: true, value: undefined };
			},
		};
		const refused = expect(blobs.put(await bench.keyring.sealFor(a, ["genomics"]), source)).rejects.toThrow(coded("VAULT_ERASED"));
		await stalled;
		expect(await blobs.purge(a, "all")).toBe(0);
		await refused;
		expect(isReturned, "the source is told that nobody reads on").toBe(true);
		expect(await namesIn(files)).toEqual([]);
	});

	it("[BL19] takes along what became visible between its start and its end, and tells whoever stored it", async () => {
		const { bench, createPatient, files } = await setUp();
		const [a] = await createPatient();
		let [moveOn, reachEnd] = [() => {}, () => {}];
		const mayMoveOn = new Promise<void>((resolve) => {
			moveOn = resolve;
		});
		const atEnd = new Promise<void>((resolve) => {
			reachEnd = resolve;
		});
		/** Stops between the last byte and the name. */
		const slow: BlobStore = {
			...{ open: files.open.bind(files), delete: files.delete.bind(files), list: files.list.bind(files), close: files.close.bind(files) },
			put: async (name, content) => {
				const sealed = await collect(content);
				reachEnd();
				await mayMoveOn;
				return files.put(name, inPieces(sealed, 100_000));
			},
		};
		const blobs = new BlobVault({ custodian, store: slow, keyring: bench.keyring, randomBytes });
		const refused = expect(blobs.put(await bench.keyring.sealFor(a, ["genomics"]), inPieces(genome, 1_000))).rejects.toThrow(coded("VAULT_ERASED"));
		await atEnd;
		const purged = blobs.purge(a, "all");
		await new Promise((resolve) => setImmediate(resolve));
		moveOn();
		await refused;
		expect(await purged).toBe(1);
		expect(await namesIn(files)).toEqual([]);
	});

	it("[BL20] finds what a crash between object and record left, without a key, and leaves alone what is in use or damaged", async () => {
		const { bench, folder, store, files, blobs, createPatient, putWithRecord } = await setUp();
		const [a] = await createPatient();
		const { pointer } = await putWithRecord(a, ["genomics"]);
		const damaged = await putWithRecord(a, ["imaging"]);
		const damagedName = await blobs.nameOf({ subject: a, compartments: ["imaging"] }, damaged.pointer);
		writeFileSync(join(folder, "blobs", damagedName), readFileSync(join(folder, "blobs", damagedName)).subarray(0, 97));
		// The process dies here, before the record is put.
		await blobs.put(await bench.keyring.sealFor(a, ["genomics"]), inPieces(genome, 1_000));
		const states: Record<string, number> = {};
		for await (const { state } of blobs.inspect(store)) states[state] = (states[state] ?? 0) + 1;
		expect(states).toEqual({ kept: 1, orphan: 1, damaged: 1 });
		expect(await blobs.sweep(store)).toBe(1);
		expect(await namesIn(files)).toEqual([await blobs.nameOf({ subject: a, compartments: ["genomics"] }, pointer), damagedName].sort());
		// A backup from before an erasure brings the object back; its data key is gone from the store, so it is an orphan.
		await store.purge(a, "all");
		expect(await blobs.sweep(store)).toBe(1);
	});
});

it("[BL14] a record that is replaced takes its object along", async () => {
	const { blobs, createPatient, putWithRecord, files } = await setUp();
	const [a] = await createPatient();
	const { pointer } = await putWithRecord(a, ["genomics"]);
	await blobs.delete({ subject: a, compartments: ["genomics"] }, pointer);
	expect(await namesIn(files)).toEqual([]);
});

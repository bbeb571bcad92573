import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { sealRecord } from "../record.ts";
import { openSqliteStore } from "../store/sqliteStore.ts";
import { bodyOf, createBench, custodian, newPseudonym, newSubject, newToken, randomBytes, temporaryFolder } from "../vault.fixtures.ts";
import { BlobVault, expectedObject, formatBlobUrl } from "./blobVault.ts";
import { openFileBlobStore } from "./fileBlobStore.ts";
import { fsckObjects } from "./fsckObjects.ts";
import { patternBytes } from "./testing/blobFixtures.ts";
import { inPieces } from "./testing/describeBlobStore.ts";

async function setUp() {
	const bench = await createBench();
	const folder = temporaryFolder();
	const path = join(folder, "vault.db");
	const store = openSqliteStore({ path, custodian });
	onTestFinished(() => store.close());
	const files = await openFileBlobStore({ folder: join(folder, "blobs"), randomBytes });
	const blobs = new BlobVault({ custodian, store: files, keyring: bench.keyring, randomBytes });
	const subject = newSubject();
	await bench.keyring.createSubject(subject, newPseudonym());
	await store.putSubject(subject, []);
	const put = async (withRecord = true) => {
		const handle = await bench.keyring.sealFor(subject, ["genomics"]);
		const pointer = await blobs.put(handle, inPieces(patternBytes(200_000), 70_000));
		const body = bodyOf(JSON.stringify({ resourceType: "Media", id: "m", content: { url: formatBlobUrl(pointer) } }));
		const row = sealRecord({ custodian, handle, token: newToken(), version: 1, storedAtMs: 1, deleted: false, body, randomBytes });
		if (withRecord) await store.putRecords([handle.wrapped], [row], [expectedObject(pointer)]);
		return { id: pointer.id, path: join(folder, "blobs", await blobs.nameOf({ subject, compartments: ["genomics"] }, pointer)) };
	};
	return { store, files, subject, put };
}

it("[BL31] a sound store has no fault, and one that an erasure emptied neither", async () => {
	const { store, files, subject, put } = await setUp();
	const { path } = await put();
	expect(await fsckObjects(files, store)).toEqual({ objects: 1, faults: [] });
	await store.purge(subject, ["genomics"]);
	rmSync(path);
	expect(await fsckObjects(files, store)).toEqual({ objects: 0, faults: [] });
});

it("[BL31] without a key: what is missing, cut, damaged, misnamed or nobody's is found and named", async () => {
	const { store, files, put } = await setUp();
	const [missing, cut, damaged, misnamed, orphan] = [await put(), await put(), await put(), await put(), await put(false)];
	await put();
	rmSync(missing.path);
	writeFileSync(cut.path, readFileSync(cut.path).subarray(0, 56 + 65_536));
	writeFileSync(damaged.path, Buffer.concat([Buffer.from("x"), readFileSync(damaged.path).subarray(1)]));
	renameSync(misnamed.path, join(dirname(misnamed.path), "f".repeat(32)));
	const { objects, faults } = await fsckObjects(files, store);
	expect(objects).toBe(5);
	expect(new Set(faults.map(({ at, fault }) => `${at} ${fault}`))).toEqual(
		new Set([
			`${missing.id} object-missing`,
			`${cut.id} object-size`,
			`${damaged.id} object-damaged`,
			`${misnamed.id} object-missing`,
			`${"f".repeat(32)} object-damaged`,
			`${orphan.id} object-orphan`,
		]),
	);
});

it("[BL31] an object is remembered with its record or not at all, and only under a key that is stored", async () => {
	const { store } = await setUp();
	const object = { id: "a".repeat(32), dataKey: "b".repeat(32), sealedBytes: 5 };
	await expect(store.putRecords([], [], [object])).rejects.toMatchObject({ code: "VAULT_ROW_INVALID" });
	for await (const _ of store.listObjects()) throw new Error("an object is remembered whose record was refused");
});

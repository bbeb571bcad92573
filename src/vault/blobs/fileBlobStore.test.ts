import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { randomBytes, temporaryFolder } from "../vault.fixtures.ts";
import { type BlobName, type BlobStore, isBlobName } from "./blobStore.ts";
import { openFileBlobStore } from "./fileBlobStore.ts";
import { patternBytes, sealBytes } from "./testing/blobFixtures.ts";
import { describeBlobStore, inPieces, namesIn, newBlobName, newFolder } from "./testing/describeBlobStore.ts";

const folders: string[] = [];
afterAll(() => {
	for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describeBlobStore("FileBlobStore", async () => {
	const folder = mkdtempSync(join(tmpdir(), "aceso-blobs-"));
	folders.push(folder);
	return () => openFileBlobStore({ folder, randomBytes });
});

const openAt = (folder: string): Promise<BlobStore> => openFileBlobStore({ folder, randomBytes });
const allFiles = (folder: string): string[] =>
	readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((e) => (e.isFile() ? [join(e.parentPath, e.name)] : []));

it("[BL21] files and folders are their owner's alone", async () => {
	const folder = join(temporaryFolder(), "blobs");
	const store = await openAt(folder);
	const name = newBlobName();
	await store.put(name, inPieces(patternBytes(10), 10));
	expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
	for (const path of [folder, join(folder, name, ".."), join(folder, name, "../..")]) expect(statSync(path).mode & 0o777).toBe(0o700);
});

it("[BL22] a deleted file's first bytes, the salt among them, are overwritten where they lie, and empty folders go", async () => {
	const folder = join(temporaryFolder(), "blobs");
	const store = await openAt(folder);
	const sealed = await sealBytes(patternBytes(200_000));
	const name = newBlobName();
	await store.put(name, inPieces(sealed, 50_000));
	// Who still has the file open sees what is left of it.
	const reader = await store.open(name);
	await store.delete(name);
	const left = await reader.read(0, sealed.length);
	expect(left.length).toBe(sealed.length);
	expect(Buffer.from(left).includes(Buffer.from(sealed.subarray(57, 89)))).toBe(false);
	await reader.close();
	expect(readdirSync(folder)).toEqual(["incoming"]);
});

it("[BL14] a put into a folder whose last object is deleted at the same time survives", async () => {
	const folder = join(temporaryFolder(), "blobs");
	const store = await openAt(folder);
	const subject = newFolder();
	let previous = newBlobName(subject);
	await store.put(previous, inPieces(patternBytes(10), 10));
	for (let round = 0; round < 40; round++) {
		const next = newBlobName(subject);
		await Promise.all([store.put(next, inPieces(patternBytes(10), 10)), store.delete(previous)]);
		expect(await namesIn(store, subject)).toEqual([next]);
		previous = next;
	}
});

it("[BL23] killed at any moment of a put, the store shows whole objects only, and every one it had acknowledged", async () => {
	for (const piecesBeforeKill of [1, 7, 15, 16, 17, 33, 40]) {
		const folder = join(temporaryFolder(), "blobs");
		const acknowledged = await putUntilKilled(folder, piecesBeforeKill);
		const store = await openAt(folder);
		const names = await namesIn(store);
		for (const name of acknowledged) expect(names).toContain(name);
		// At most one object was stored and not yet said to be.
		expect(names.length - acknowledged.length).toBeLessThanOrEqual(1);
		for (const name of names) {
			const bytes = readFileSync(join(folder, name));
			expect(bytes.length).toBe(4 * 2 ** 20);
			expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
		}
		// Nothing half-written stays behind either.
		expect(allFiles(folder).length).toBe(names.length);
	}
});

async function putUntilKilled(folder: string, pieces: number): Promise<BlobName[]> {
	const child = spawn(process.execPath, [fileURLToPath(new URL("./putUntilKilled.fixture.ts", import.meta.url)), folder], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	let [output, isKilled] = ["", false];
	for await (const text of child.stdout.setEncoding("utf8")) {
		output += text;
		if (!isKilled && output.split("piece\n").length > pieces) {
			isKilled = true;
			child.kill("SIGKILL");
		}
	}
	return output.split("\n").filter(isBlobName);
}

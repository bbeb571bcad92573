import { describe, expect, it } from "vitest";
import { encodeHex, equalBytes } from "#base";
import type { Compartment } from "#contracts";
import { randomBytes } from "../../vault.fixtures.ts";
import { type BlobName, type BlobStore, formatBlobName } from "../blobStore.ts";
import { openBlob } from "../openBlob.ts";
import { identityOf, sealBlob } from "../sealBlob.ts";
import { collect, dataKey, patternBytes, sealingParameters } from "./blobFixtures.ts";

const coded = (code: string) => expect.objectContaining({ code });

/** A place where a store can stand; opened again, it finds what was there. */
export type BlobStorePlace = () => Promise<BlobStore>;

export const newFolder = (): string => encodeHex(randomBytes(16));

export function newBlobName(folder = newFolder(), compartments: readonly Compartment[] = ["genomics"]): BlobName {
	return formatBlobName({ folder, compartments, id: encodeHex(randomBytes(16)) });
}

export async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

export async function namesIn(store: BlobStore, folder?: string): Promise<BlobName[]> {
	const names: BlobName[] = [];
	for await (const name of store.list(folder)) names.push(name);
	return names.sort();
}

/** The rules every store of objects keeps, wherever it keeps them. `createPlace` gives an empty place each time. */
export function describeBlobStore(name: string, createPlace: () => Promise<BlobStorePlace>): void {
	describe(`${name} is a blob store`, () => {
		const setUp = async () => {
			const open = await createPlace();
			return { open, store: await open() };
		};

		it("[BL11] an object comes back as it was put, in full and in part, after a restart too", async () => {
			const { open, store } = await setUp();
			const bytes = patternBytes(3_000_017);
			const blobName = newBlobName();
			expect(await store.put(blobName, inPieces(bytes, 70_001))).toBe(bytes.length);
			await store.close();
			const again = await open();
			const reader = await again.open(blobName);
			expect(reader.sizeBytes).toBe(bytes.length);
			for (const [offset, length] of [
				[0, bytes.length],
				[1_048_575, 3],
				[bytes.length - 1, 1],
			] as const) {
				expect(Buffer.compare(await reader.read(offset, length), bytes.subarray(offset, offset + length))).toBe(0);
			}
			expect((await reader.read(bytes.length - 5, 100)).length).toBe(5);
			expect((await reader.read(bytes.length, 100)).length).toBe(0);
			expect((await reader.read(bytes.length + 1_000, 100)).length).toBe(0);
			await reader.close();
			await again.close();
		});

		it("[BL11] an empty object, and one of many parts, are objects", async () => {
			const { store } = await setUp();
			for (const sizeBytes of [0, 1, 5 * 2 ** 20, 11 * 2 ** 20 + 3]) {
				const blobName = newBlobName();
				const bytes = patternBytes(sizeBytes);
				expect(await store.put(blobName, inPieces(bytes, 2 ** 20 + 1))).toBe(sizeBytes);
				const reader = await store.open(blobName);
				expect(reader.sizeBytes).toBe(sizeBytes);
				expect(equalBytes(await reader.read(0, sizeBytes), bytes)).toBe(true);
				await reader.close();
			}
			await store.close();
		});

		it("[BL12] an object whose stream fails is never visible, whatever had been written", async () => {
			const { store } = await setUp();
			for (const before of [0, 1, 100_000, 12 * 2 ** 20]) {
				const blobName = newBlobName();
				async function* failing() {
					yield* inPieces(patternBytes(before), 2 ** 20);
					throw new RangeError("the source broke");
				}
				await expect(store.put(blobName, failing())).rejects.toThrow(RangeError);
				await expect(store.open(blobName)).rejects.toThrow(coded("VAULT_NOT_FOUND"));
			}
			expect(await namesIn(store)).toEqual([]);
			await store.close();
		});

		it("[BL12] an object is not visible before its last byte is stored", async () => {
			const { store } = await setUp();
			const blobName = newBlobName();
			let seen: readonly BlobName[] = ["" as BlobName];
			async function* watching() {
				yield patternBytes(6 * 2 ** 20);
				seen = await namesIn(store);
				yield patternBytes(1);
			}
			await store.put(blobName, watching());
			expect(seen).toEqual([]);
			expect(await namesIn(store)).toEqual([blobName]);
			await store.close();
		});

		it("[BL13] a name is written once", async () => {
			const { store } = await setUp();
			const blobName = newBlobName();
			await store.put(blobName, inPieces(patternBytes(10), 10));
			for (const sizeBytes of [10, 6 * 2 ** 20]) {
				await expect(store.put(blobName, inPieces(patternBytes(sizeBytes), 2 ** 20))).rejects.toThrow(coded("VAULT_EXISTS"));
			}
			const reader = await store.open(blobName);
			expect(reader.sizeBytes).toBe(10);
			await reader.close();
			const contested = newBlobName();
			const results = await Promise.allSettled([1, 2, 3].map((sizeBytes) => store.put(contested, inPieces(patternBytes(sizeBytes), 1))));
			const stored = results.filter((result) => result.status === "fulfilled");
			expect(stored).toHaveLength(1);
			const winner = await store.open(contested);
			expect(winner.sizeBytes).toBe(stored[0]?.value);
			await winner.close();
			await store.close();
		});

		it("[BL14] deletion is final and may be repeated; the neighbours stay", async () => {
			const { open, store } = await setUp();
			const folder = newFolder();
			const [gone, stays] = [newBlobName(folder), newBlobName(folder)];
			await store.put(gone, inPieces(patternBytes(70_000), 9_999));
			await store.put(stays, inPieces(patternBytes(70_000), 9_999));
			await Promise.all([store.delete(gone), store.delete(gone)]);
			await store.delete(gone);
			await store.delete(newBlobName());
			await store.close();
			const again = await open();
			await expect(again.open(gone)).rejects.toThrow(coded("VAULT_NOT_FOUND"));
			expect(await namesIn(again)).toEqual([stays]);
			await again.close();
		});

		it("[BL15] everything is listed, or one folder's, and nothing else", async () => {
			const { store } = await setUp();
			const [a, b] = [newFolder(), newFolder()];
			const ofA = [newBlobName(a), newBlobName(a), newBlobName(a, ["conditions", "imaging"])].sort();
			const ofB = [newBlobName(b, ["wearables"])];
			for (const blobName of [...ofA, ...ofB]) await store.put(blobName, inPieces(patternBytes(5), 5));
			expect(await namesIn(store, a)).toEqual(ofA);
			expect(await namesIn(store, b)).toEqual(ofB);
			expect(await namesIn(store)).toEqual([...ofA, ...ofB].sort());
			expect(await namesIn(store, newFolder())).toEqual([]);
			await store.close();
		});

		it("[BL16] what is no name is refused before it reaches the place", async () => {
			const { store } = await setUp();
			const good = newBlobName();
			const [folder, set, id] = good.split("/") as [string, string, string];
			for (const wrong of [
				"",
				"../../etc/passwd",
				`../${set}/${id}`,
				`${folder}/../${id}`,
				`${folder}/${set}/../${id}`,
				`${folder}/${set}/${id}/x`,
				`${folder}//${id}`,
				`${folder.toUpperCase()}/${set}/${id.toUpperCase()}F`,
				`${folder}/imaging+conditions/${id}`,
				`${folder}/${set}/${id}\u0000`,
			] as BlobName[]) {
				await expect(store.put(wrong, inPieces(patternBytes(1), 1))).rejects.toThrow(coded("VAULT_REQUEST_INVALID"));
				await expect(store.open(wrong)).rejects.toThrow(coded("VAULT_REQUEST_INVALID"));
				await expect(store.delete(wrong)).rejects.toThrow(coded("VAULT_REQUEST_INVALID"));
				await expect(namesIn(store, wrong)).rejects.toThrow(coded("VAULT_REQUEST_INVALID"));
			}
			await store.close();
		});

		it("[BL9] a sealed object opens from it, in full and in part", async () => {
			const { store } = await setUp();
			const bytes = patternBytes(7_000_000);
			const blobName = newBlobName();
			const parameters = sealingParameters();
			await store.put(blobName, sealBlob(parameters, inPieces(bytes, 123_457)));
			const blob = await openBlob({ identity: identityOf(parameters), dataKey, reader: await store.open(blobName) });
			expect(Buffer.compare(await collect(blob.stream()), bytes)).toBe(0);
			expect(Buffer.compare(await blob.range(5_000_000, 5_100_000), bytes.subarray(5_000_000, 5_100_000))).toBe(0);
			await blob.close();
			await store.close();
		});
	});
}

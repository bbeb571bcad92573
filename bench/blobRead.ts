import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeHex, type MemberId, type SubjectId } from "#base";
import { createBlobId, formatBlobName, identityOf, openBlob, openFileBlobStore, type SealBlobParameters, sealBlob } from "#vault";
import { type BenchRow, benchRow, median } from "./benchRow.ts";

const objectBytes = 1_000_000_000;
const rangeBytes = 100_000;
const rounds = 3;
const ranges = 200;
const pieceBytes = 65_536;
const sealedPieceBytes = pieceBytes + 16;
/** Pieces read at once by the baseline: as much as our reader fetches. */
const piecesPerRead = 16;

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));

/**
 * Reads an encrypted object of 1 GB from the file driver: all of it in MB/s (10^6 bytes), each chunk authenticated, and ranges of 100 KB at random
 * places in ms, each time from opening the object on. Baseline: the same bytes read from a file and decrypted by AES-256-GCM in pieces of 64 KiB,
 * 1 MiB a read, no framing, one after the other. Both from the page cache: what is measured is our code, not the disk.
 */
export async function blobRead(): Promise<BenchRow> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const store = await openFileBlobStore({ folder: join(folder, "blobs"), randomBytes: random });
	const plain = await openPlainFile(join(folder, "baseline"));
	try {
		const parameters = sealParameters();
		const name = formatBlobName({ folder: encodeHex(random(16)), compartments: ["genomics"], id: parameters.id });
		await store.put(name, sealBlob(parameters, content()));
		const openObject = async () => openBlob({ identity: identityOf(parameters), dataKey: parameters.handle.dataKey, reader: await store.open(name) });
		const [full, baseline, rangeMs]: [number[], number[], number[]] = [[], [], []];
		for (let round = 0; round < rounds; round++) {
			baseline.push(await megabytesPerSecond(() => plain.readAll()));
			full.push(
				await megabytesPerSecond(async () => {
					const blob = await openObject();
					let length = 0;
					for await (const piece of blob.stream()) length += piece.length;
					await blob.close();
					return length;
				}),
			);
		}
		for (let i = 0; i < ranges; i++) {
			const start = Math.floor(Math.random() * (objectBytes - rangeBytes));
			const asked = performance.now();
			const blob = await openObject();
			await blob.range(start, start + rangeBytes);
			rangeMs.push(performance.now() - asked);
			await blob.close();
		}
		const p99 = rangeMs.toSorted((a, b) => a - b)[Math.floor(ranges * 0.99)] as number;
		return benchRow({
			...{ name: "blob.read", value: median(full), unit: "MB/s", baseline: median(baseline), objectMB: objectBytes / 1e6 },
			...{ rangeMs: Number(median(rangeMs).toFixed(3)), rangeP99Ms: Number(p99.toFixed(3)), rangeKB: rangeBytes / 1e3 },
		});
	} finally {
		await plain.close();
		await store.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

function sealParameters(): SealBlobParameters {
	const wrapped = {
		id: encodeHex(random(16)),
		subject: encodeHex(random(16)) as SubjectId,
		compartments: ["genomics"] as const,
		wrapped: random(60),
	};
	return { custodian: "bench" as MemberId, handle: { dataKey: random(32), wrapped }, id: createBlobId(random(16)), version: 1, randomBytes: random };
}

async function* content(): AsyncGenerator<Uint8Array> {
	const piece = random(1_000_000);
	for (let written = 0; written < objectBytes; written += piece.length) yield piece;
}

async function megabytesPerSecond(work: () => Promise<number>): Promise<number> {
	const start = performance.now();
	const length = await work();
	if (length < objectBytes) throw new RangeError("expected all bytes to be read");
	return length / 1e6 / ((performance.now() - start) / 1_000);
}

async function openPlainFile(path: string): Promise<{ readAll(): Promise<number>; close(): Promise<void> }> {
	const key = createSecretKey(randomBytes(32));
	const file = await open(path, "w+");
	const pieces = Math.ceil(objectBytes / pieceBytes);
	const plaintext = random(pieceBytes);
	for (let index = 0; index < pieces; index += piecesPerRead) {
		const count = Math.min(piecesPerRead, pieces - index);
		await file.write(Buffer.concat(Array.from({ length: count }, (_, i) => sealPiece(key, index + i, plaintext))));
	}
	return { readAll: () => readPieces(file, key, pieces), close: () => file.close() };
}

async function readPieces(file: FileHandle, key: KeyObject, pieces: number): Promise<number> {
	const buffer = Buffer.allocUnsafeSlow(piecesPerRead * sealedPieceBytes);
	let length = 0;
	for (let index = 0; index < pieces; index += piecesPerRead) {
		const count = Math.min(piecesPerRead, pieces - index);
		await file.read(buffer, 0, count * sealedPieceBytes, index * sealedPieceBytes);
		for (let i = 0; i < count; i++) {
			const sealed = buffer.subarray(i * sealedPieceBytes, (i + 1) * sealedPieceBytes);
			const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(index + i), { authTagLength: 16 });
			decipher.setAuthTag(sealed.subarray(pieceBytes));
			length += decipher.update(sealed.subarray(0, pieceBytes)).length;
			decipher.final();
		}
	}
	return length;
}

function sealPiece(key: KeyObject, index: number, plaintext: Uint8Array): Buffer {
	const cipher = createCipheriv("aes-256-gcm", key, nonceOf(index));
	return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function nonceOf(index: number): Uint8Array {
	const nonce = Buffer.alloc(12);
	nonce.writeUInt32BE(index, 8);
	return nonce;
}

import { createHash, randomBytes } from "node:crypto";
import { encodeHex, type MemberId, type SubjectId } from "#base";
import { type BlobIdentity, headerBytes, layoutOf, segmentSpan } from "./blobFormat.ts";
import { type BlobReader, formatBlobName } from "./blobStore.ts";
import { openFileBlobStore } from "./fileBlobStore.ts";
import { openBlob } from "./openBlob.ts";
import { identityOf, sealBlob } from "./sealBlob.ts";

/**
 * Seals a stream of the size asked for, reads it back, and prints how much memory that took. `file` goes through the file driver;
 * `memory-free` keeps no sealed bytes at all: the reader seals the same stream again and hands its bytes on as they come. Started by
 * `blobMemory.test.ts`.
 */
const [target, size, folder] = process.argv.slice(2) as [string, string, string];
const sizeBytes = Number(size);
const random = (count: number): Uint8Array => new Uint8Array(randomBytes(count));
const wrapped = { id: encodeHex(random(16)), subject: encodeHex(random(16)) as SubjectId, compartments: ["genomics"] as const, wrapped: random(60) };
const header = random(39);
const parameters = {
	...{ custodian: "klinik-nord" as MemberId, handle: { dataKey: random(32), wrapped } },
	...{ id: encodeHex(random(16)), version: 1, randomBytes: () => header },
};
const identity: BlobIdentity = identityOf(parameters);

const noise = random(2 ** 20);

const before = process.memoryUsage.rss();
let peak = before;
const watch = (): void => {
	peak = Math.max(peak, process.memoryUsage.rss());
};

/** Pieces of one MiB that differ from one another. */
async function* content(): AsyncGenerator<Uint8Array> {
	const piece = Uint8Array.from(noise);
	for (let written = 0; written < sizeBytes; written += piece.length) {
		new DataView(piece.buffer).setFloat64(0, written);
		watch();
		yield piece;
	}
}

/** Reads forward only, from a stream that is sealed as it is read; the last chunk and the header are made beforehand. */
async function streamingReader(): Promise<BlobReader> {
	const layout = layoutOf(sizeBytes);
	const last = segmentSpan(layout, layout.segments - 1);
	let tail = new Uint8Array(0);
	let first = new Uint8Array(0);
	for await (const piece of sealBlob(parameters, content())) {
		if (first.length === 0) first = Uint8Array.from(piece);
		tail = piece as Uint8Array<ArrayBuffer>;
	}
	const sealed = sealBlob(parameters, content());
	await sealed.next();
	let position = headerBytes;
	return {
		sizeBytes: layout.sealedBytes,
		async read(offset, length) {
			if (offset === 0) return first;
			if (offset === last.start) return tail;
			if (offset !== position) throw new RangeError("expected to be read forward");
			const pieces: Uint8Array[] = [];
			for (const end = offset + length; position < end; ) {
				const { value } = (await sealed.next()) as { value: Uint8Array };
				pieces.push(value);
				position += value.length;
			}
			return Buffer.concat(pieces);
		},
		close: async () => {},
	};
}

const expected = createHash("sha256");
for await (const piece of content()) expected.update(piece);
let reader: BlobReader;
if (target === "file") {
	const store = await openFileBlobStore({ folder, randomBytes: random });
	const name = formatBlobName({ folder: encodeHex(random(16)), compartments: ["genomics"], id: parameters.id });
	await store.put(name, sealBlob(parameters, content()));
	reader = await store.open(name);
} else {
	reader = await streamingReader();
}
const blob = await openBlob({ identity, dataKey: parameters.handle.dataKey, reader });
const found = createHash("sha256");
let length = 0;
for await (const piece of blob.stream()) {
	found.update(piece);
	length += piece.length;
	watch();
}
await blob.close();
process.stdout.write(JSON.stringify({ sizeBytes: length, before, peak, isEqual: found.digest("hex") === expected.digest("hex") }));

import { randomBytes } from "node:crypto";
import { encodeHex } from "#base";
import { formatBlobName } from "./blobStore.ts";
import { openFileBlobStore } from "./fileBlobStore.ts";

/** Puts objects of 4 MiB, all bytes of one value, and says each name once it is stored, until it is killed. Started by `fileBlobStore.test.ts`. */
const [folder] = process.argv.slice(2) as [string];
const store = await openFileBlobStore({ folder, randomBytes: (size) => new Uint8Array(randomBytes(size)) });

async function* content(value: number): AsyncGenerator<Uint8Array> {
	for (let piece = 0; piece < 16; piece++) {
		yield new Uint8Array(2 ** 18).fill(value);
		process.stdout.write("piece\n");
	}
}

for (let round = 0; ; round++) {
	const name = formatBlobName({ folder: encodeHex(randomBytes(16)), compartments: ["imaging"], id: encodeHex(randomBytes(16)) });
	await store.put(name, content(round % 256));
	process.stdout.write(`${name}\n`);
}

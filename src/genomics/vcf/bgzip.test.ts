import { deflateRawSync, gzipSync, inflateRawSync, crc32 as nodeCrc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectCompression, inflateBgzip } from "./bgzip.ts";
import { crc32 } from "./crc32.ts";

const endOfFile = Buffer.from("1f8b08040000000000ff0600424302001b0003000000000000000000", "hex");

/** A block as htslib writes it (SAM specification §4.1). */
function block(plain: Uint8Array): Buffer {
	const deflated = deflateRawSync(plain);
	const out = Buffer.alloc(deflated.length + 26);
	Buffer.from("1f8b08040000000000ff0600424302000000", "hex").copy(out);
	out.writeUInt16LE(out.length - 1, 16);
	deflated.copy(out, 18);
	out.writeUInt32LE(nodeCrc32(plain), out.length - 8);
	out.writeUInt32LE(plain.length, out.length - 4);
	return out;
}

const content = Buffer.from("##fileformat=VCFv4.2\n".repeat(300));
const file = Buffer.concat([block(content.subarray(0, 3000)), block(content.subarray(3000)), endOfFile]);

async function inflate(pieces: Iterable<Uint8Array>): Promise<Buffer> {
	const out: Uint8Array[] = [];
	for await (const plain of inflateBgzip(pieces, (deflated, maxOutputLength) => inflateRawSync(deflated, { maxOutputLength }))) out.push(plain);
	return Buffer.concat(out);
}

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("bgzip", () => {
	it.each([1, 7, 18, 1000, 1_000_000])("[GN6] inflates a file that comes in pieces of %i bytes", async (size) => {
		expect(await inflate(cut(file, size))).toEqual(content);
	});

	it("[GN6] refuses a file cut at any byte", async () => {
		for (let length = 0; length < file.length; length++)
			await expect(inflate([file.subarray(0, length)]), `cut to ${length}`).rejects.toMatchObject({ code: "BGZIP_TRUNCATED" });
	});

	it("[GN6] refuses a file with any bit of its blocks turned, or gives the same content", async () => {
		let refused = 0;
		for (let at = 0; at < file.length - endOfFile.length; at++) {
			const altered = Buffer.from(file);
			altered[at] = (altered[at] as number) ^ 1;
			const result = await inflate([altered]).catch((error: { code: string }) => error.code);
			// Fields of the gzip header that say nothing of the content (time, operating system) may differ.
			if (typeof result === "string") refused++;
			else expect(result).toEqual(content);
		}
		expect(refused).toBeGreaterThan((file.length - endOfFile.length) * 0.7);
	});

	it("[GN6] refuses a block that claims to hold more than bgzip allows, before it inflates it", async () => {
		const bomb = block(Buffer.alloc(10));
		bomb.writeUInt32LE(70_000, bomb.length - 4);
		await expect(inflate([bomb, endOfFile])).rejects.toMatchObject({ code: "BGZIP_DAMAGED" });
	});

	it("[GN6] refuses a second file behind the end that is none", async () => {
		await expect(inflate([file, Buffer.from("more than eighteen bytes of text")])).rejects.toMatchObject({ code: "BGZIP_DAMAGED" });
	});

	it("[GN6] tells bgzip from gzip and from text", () => {
		expect(detectCompression(file)).toBe("bgzip");
		expect(detectCompression(gzipSync(content))).toBe("gzip");
		expect(detectCompression(content)).toBe("none");
		expect(detectCompression(new Uint8Array(0))).toBe("none");
	});

	it("[GN6] computes the CRC-32 that zlib does", () => {
		fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crc32(bytes) === nodeCrc32(bytes)));
	});
});

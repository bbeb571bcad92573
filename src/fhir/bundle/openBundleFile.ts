import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { fhirError } from "../errors.ts";

/**
 * Opens a bundle file as a stream of decompressed bytes; gzip is recognised by its first two bytes (RFC 1952 §2.3.1), not by the name.
 *
 * @throws {@link FhirError} `FHIR_NOT_GZIP` where compressed data are damaged, `FHIR_TRUNCATED` where they end early. Errors of the file
 * system pass as they are.
 */
export async function* openBundleFile(path: string): AsyncGenerator<Uint8Array> {
	const file = createReadStream(path, { highWaterMark: 256 * 1024 });
	const chunks = file[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
	try {
		let head = Buffer.alloc(0);
		while (head.length < 2) {
			const next = await chunks.next();
			if (next.done === true) break;
			head = Buffer.concat([head, next.value]);
		}
		const rest = prepend(head, chunks);
		if (head[0] === 0x1f && head[1] === 0x8b) yield* gunzip(rest);
		else yield* rest;
	} finally {
		file.destroy();
	}
}

async function* prepend(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
	if (head.length > 0) yield head;
	for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function* gunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
	const stream = createGunzip({ chunkSize: 256 * 1024 });
	const feeding = (async () => {
		for await (const chunk of source) {
			if (stream.destroyed) return;
			if (!stream.write(chunk)) await new Promise<void>((resolve) => stream.once("drain", resolve).once("close", resolve));
		}
		stream.end();
	})();
	// An error of the file reaches the reader through the stream; without a handler here it would also be an unhandled rejection.
	feeding.catch((cause: unknown) => stream.destroy(cause instanceof Error ? cause : new Error("reading failed")));
	try {
		for await (const chunk of stream) yield chunk as Buffer;
	} catch (cause) {
		const code = (cause as { code?: unknown }).code;
		if (code === "Z_BUF_ERROR") throw fhirError("FHIR_TRUNCATED", { expected: "the rest of the gzip data", found: "the end of the file" });
		if (typeof code === "string" && code.startsWith("Z_")) throw fhirError("FHIR_NOT_GZIP", { expected: "gzip data", found: "damaged data" });
		throw cause;
	} finally {
		stream.destroy();
	}
}

import { VaultError } from "../errors.ts";
import { assertBlobFolder, type BlobName, type BlobReader, type BlobStore, formatBlobName, isBlobName, parseBlobName } from "./blobStore.ts";
import { type S3Answer, S3Client, type S3ClientParameters } from "./s3Client.ts";

export interface S3BlobStoreParameters extends S3ClientParameters {
	/** What every object's key begins with, ending in `/`, or empty. */
	readonly prefix: string;
	/** Bytes of an upload held in memory at once; at least 5 MiB (S3's smallest part), by default 16. An object has at most 10,000 parts. */
	readonly partBytes?: number;
}

const smallestPartBytes = 5 * 2 ** 20;
const defaultPartBytes = 16 * 2 ** 20;
const mostParts = 10_000;
const xmlBytes = 4 * 2 ** 20;

/**
 * Objects in a bucket of an S3-compatible store (SPEC BL24–BL28). Signed by our own {@link signV4}; nothing but the operations named in
 * Amazon S3 API Reference: PutObject, CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload, GetObject, HeadObject,
 * DeleteObject, ListObjectsV2.
 */
export class S3BlobStore implements BlobStore {
	readonly #client: S3Client;
	readonly #prefix: string;
	readonly #partBytes: number;

	constructor(parameters: S3BlobStoreParameters) {
		const { prefix, partBytes = defaultPartBytes } = parameters;
		if (!/^(?:[a-zA-Z0-9_-]+\/)*$/.test(prefix)) throw new VaultError("VAULT_REQUEST_INVALID", "expected an empty prefix, or one that ends in '/'");
		if (!Number.isSafeInteger(partBytes) || partBytes < smallestPartBytes) {
			throw new VaultError("VAULT_REQUEST_INVALID", "expected parts of at least 5 MiB");
		}
		this.#client = new S3Client(parameters);
		this.#prefix = prefix;
		this.#partBytes = partBytes;
	}

	async put(name: BlobName, content: AsyncIterable<Uint8Array>): Promise<number> {
		const key = this.#keyOf(name);
		// Asked before anything is sent; If-None-Match decides when two put at once.
		if ((await this.#head(key)) !== undefined) throw exists();
		const parts = partsOf(content, this.#partBytes);
		const first = await parts.next();
		const firstPart = first.done ? new Uint8Array(0) : first.value.bytes;
		if (first.done || first.value.isLast) {
			const answer = await this.#client.send({ method: "PUT", key, headers: { "if-none-match": "*" }, body: firstPart, maxAnswerBytes: xmlBytes });
			if (answer.status === 412) await this.#assertOurs(answer, key, firstPart.length);
			else assertStatus(answer, 200);
			return firstPart.length;
		}
		return this.#putInParts(key, firstPart, parts);
	}

	async open(name: BlobName): Promise<BlobReader> {
		const key = this.#keyOf(name);
		const found = await this.#head(key);
		if (found === undefined) throw new VaultError("VAULT_NOT_FOUND", "expected a stored object");
		return { sizeBytes: found.sizeBytes, read: (offset, length) => this.#read(key, found, offset, length), close: async () => {} };
	}

	async delete(name: BlobName): Promise<void> {
		assertStatus(await this.#client.send({ method: "DELETE", key: this.#keyOf(name), maxAnswerBytes: xmlBytes }), 204, 200, 404);
	}

	async *list(folder?: string): AsyncIterable<BlobName> {
		if (folder !== undefined) assertBlobFolder(folder);
		const prefix = `${this.#prefix}${folder === undefined ? "" : `${folder}/`}`;
		for (let continuation: string | undefined; ; ) {
			const query: [string, string][] = [
				["list-type", "2"],
				["prefix", prefix],
			];
			if (continuation !== undefined) query.push(["continuation-token", continuation]);
			const answer = await this.#client.send({ method: "GET", query, maxAnswerBytes: xmlBytes });
			assertStatus(answer, 200);
			const xml = answer.body.toString("utf8");
			for (const key of elementsOf(xml, "Key")) {
				const name = key.startsWith(this.#prefix) ? key.slice(this.#prefix.length) : "";
				if (isBlobName(name)) yield name;
			}
			if (elementsOf(xml, "IsTruncated")[0] !== "true") return;
			continuation = elementsOf(xml, "NextContinuationToken")[0];
			if (continuation === undefined) throw unexpected(answer);
		}
	}

	async close(): Promise<void> {
		this.#client.close();
	}

	#keyOf(name: BlobName): string {
		return `${this.#prefix}${formatBlobName(parseBlobName(name))}`;
	}

	async #putInParts(key: string, firstPart: Uint8Array, rest: AsyncIterable<Part>): Promise<number> {
		const created = await this.#client.send({ method: "POST", key, query: [["uploads", ""]], maxAnswerBytes: xmlBytes });
		assertStatus(created, 200);
		const uploadId = elementsOf(created.body.toString("utf8"), "UploadId")[0];
		if (uploadId === undefined) throw unexpected(created);
		try {
			const tags = [await this.#putPart(key, uploadId, 1, firstPart)];
			let sizeBytes = firstPart.length;
			for await (const { bytes } of rest) {
				if (tags.length === mostParts) throw new VaultError("VAULT_REQUEST_INVALID", "expected at most 10,000 parts: choose larger ones");
				tags.push(await this.#putPart(key, uploadId, tags.length + 1, bytes));
				sizeBytes += bytes.length;
			}
			await this.#complete(key, uploadId, tags, sizeBytes);
			return sizeBytes;
		} catch (error) {
			// What cannot be aborted now is removed by the bucket's rule for unfinished uploads (SPEC BL27); the first error is the one to tell.
			await this.#client.send({ method: "DELETE", key, query: [["uploadId", uploadId]], maxAnswerBytes: xmlBytes }).catch(() => {});
			throw error;
		}
	}

	async #putPart(key: string, uploadId: string, number: number, body: Uint8Array): Promise<string> {
		const query = [
			["partNumber", String(number)],
			["uploadId", uploadId],
		] as const;
		const answer = await this.#client.send({ method: "PUT", key, query, body, maxAnswerBytes: xmlBytes });
		assertStatus(answer, 200);
		const tag = answer.headers["etag"];
		if (typeof tag !== "string" || !/^"?[0-9A-Za-z-]{1,80}"?$/.test(tag)) throw unexpected(answer);
		return tag;
	}

	async #complete(key: string, uploadId: string, tags: readonly string[], sizeBytes: number): Promise<void> {
		const parts = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag.replaceAll('"', "&quot;")}</ETag></Part>`);
		const answer = await this.#client.send({
			...{ method: "POST", key, query: [["uploadId", uploadId]], maxAnswerBytes: xmlBytes },
			headers: { "content-type": "application/xml", "if-none-match": "*" },
			body: Buffer.from(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`, "latin1"),
		});
		// The status is sent before the parts are put together, so a 200 may carry an error.
		const isComplete = answer.status === 200 && answer.body.includes("<CompleteMultipartUploadResult");
		if (!isComplete) await this.#assertOurs(answer, key, sizeBytes);
	}

	/** An attempt whose answer was lost may have been carried out, which the next is told as 404 or 412: then the object stands there. */
	async #assertOurs(answer: S3Answer, key: string, sizeBytes: number): Promise<void> {
		if (answer.attempts === 1) throw answer.status === 412 ? exists() : unexpected(answer);
		const found = await this.#head(key);
		if (found === undefined) throw unexpected(answer);
		if (found.sizeBytes !== sizeBytes) throw exists();
	}

	async #head(key: string): Promise<StoredObject | undefined> {
		const answer = await this.#client.send({ method: "HEAD", key, maxAnswerBytes: 0 });
		if (answer.status === 404) return undefined;
		assertStatus(answer, 200);
		const sizeBytes = Number(answer.headers["content-length"]);
		const tag = answer.headers["etag"];
		if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || typeof tag !== "string") throw unexpected(answer);
		return { sizeBytes, tag };
	}

	/** If-Match: the object opened is the one read, or none. */
	async #read(key: string, { sizeBytes, tag }: StoredObject, offset: number, length: number): Promise<Uint8Array> {
		const end = Math.min(offset + length, sizeBytes);
		if (end <= offset) return new Uint8Array(0);
		const headers = { range: `bytes=${offset}-${end - 1}`, "if-match": tag };
		const answer = await this.#client.send({ method: "GET", key, headers, maxAnswerBytes: Math.max(end - offset, xmlBytes) });
		if (answer.status === 404 || answer.status === 412) throw new VaultError("VAULT_NOT_FOUND", "expected the object that was opened, found it gone");
		assertStatus(answer, 206);
		if (answer.body.length !== end - offset) throw unexpected(answer);
		return answer.body;
	}
}

interface StoredObject {
	readonly sizeBytes: number;
	readonly tag: string;
}

interface Part {
	readonly bytes: Uint8Array;
	readonly isLast: boolean;
}

/** Pieces of any size as parts of `partBytes`; only the last is smaller. The buffer is reused: a part is sent before the next is asked for. */
async function* partsOf(content: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Part> {
	const buffer = Buffer.allocUnsafeSlow(partBytes);
	let held = 0;
	for await (const piece of content) {
		for (let taken = 0; taken < piece.length; ) {
			if (held === partBytes) {
				yield { bytes: buffer, isLast: false };
				held = 0;
			}
			const count = Math.min(partBytes - held, piece.length - taken);
			buffer.set(piece.subarray(taken, taken + count), held);
			held += count;
			taken += count;
		}
	}
	yield { bytes: buffer.subarray(0, held), isLast: true };
}

const entities: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&" };

/** Texts of the elements of one name, in order. Enough for S3's answers, whose elements of interest hold no others. */
function elementsOf(xml: string, name: string): string[] {
	const texts = xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"));
	return [...texts].map(([, text = ""]) => text.replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => entities[entity] as string));
}

function assertStatus(answer: S3Answer, ...expected: readonly number[]): void {
	if (!expected.includes(answer.status)) throw unexpected(answer);
}

/** The answer's own words stay out of the message: they may hold keys of objects. */
function unexpected({ status }: S3Answer): VaultError {
	return new VaultError("VAULT_STORE_UNAVAILABLE", `expected the object store to carry out the request, found status ${status}`, { at: status });
}

function exists(): VaultError {
	return new VaultError("VAULT_EXISTS", "expected a new object, found one with its name");
}

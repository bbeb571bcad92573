import { createDecipheriv } from "node:crypto";
import { VaultError } from "../errors.ts";
import {
	type BlobIdentity,
	type BlobKey,
	type BlobLayout,
	headerBytes,
	layoutOfSealed,
	readHeader,
	segmentAt,
	segmentBytes,
	segmentNonce,
	segmentSpan,
	segmentStart,
	tagBytes,
} from "./blobFormat.ts";
import type { BlobReader } from "./blobStore.ts";

export interface OpenBlobParameters {
	/** What the object must be; whatever differs refuses. */
	readonly identity: BlobIdentity;
	/** From the keyring's `unwrap`. */
	readonly dataKey: Uint8Array;
	readonly reader: BlobReader;
}

/** Chunks fetched with one read of a stream, 1 MiB: while they are decrypted and handed on, the next are under way. */
const segmentsPerRead = 16;

/**
 * Opens a sealed object: checks its header and authenticates its **last chunk**, so that an object cut short, lengthened or of another
 * place is refused before a byte is released, and `sizeBytes` is true.
 *
 * @throws {@link VaultError} `VAULT_INTEGRITY`.
 */
export async function openBlob({ identity, dataKey, reader }: OpenBlobParameters): Promise<OpenedBlob> {
	const layout = layoutOfSealed(reader.sizeBytes);
	const last = segmentSpan(layout, layout.segments - 1);
	const [header, lastSegment] = await Promise.all([reader.read(0, headerBytes), reader.read(last.start, last.end - last.start)]);
	const blobKey = readHeader(identity, dataKey, header);
	return new OpenedBlob(reader, blobKey, layout, openSegment(blobKey, layout, layout.segments - 1, lastSegment));
}

/** A sealed object that can be read in full or in part. It hands out authenticated bytes only. */
export class OpenedBlob {
	/** Plaintext length, authenticated. */
	readonly sizeBytes: number;
	readonly #reader: BlobReader;
	readonly #blobKey: BlobKey;
	readonly #layout: BlobLayout;
	readonly #lastChunk: Uint8Array;

	/** Made by {@link openBlob}. */
	constructor(reader: BlobReader, blobKey: BlobKey, layout: BlobLayout, lastChunk: Uint8Array) {
		this.sizeBytes = layout.sizeBytes;
		this.#reader = reader;
		this.#blobKey = blobKey;
		this.#layout = layout;
		this.#lastChunk = lastChunk;
	}

	/**
	 * Plaintext bytes `[start, end)` in pieces of at most a chunk, in constant memory; the whole object by default. Reads the chunks touched
	 * and no others.
	 *
	 * @throws {@link VaultError} `VAULT_RANGE_INVALID` outside the object; `VAULT_INTEGRITY` at the first chunk that is not genuine, after the
	 * genuine ones before it.
	 */
	async *stream(start = 0, end: number = this.sizeBytes): AsyncGenerator<Uint8Array> {
		this.#assertRange(start, end);
		if (start === end) return;
		const [first, last] = [segmentAt(start), segmentAt(end - 1)];
		// Two buffers: one is decrypted, which copies, while the other fills.
		const scratch = last - first < segmentsPerRead ? [] : [0, 1].map(() => new Uint8Array(segmentsPerRead * segmentBytes));
		let next = this.#readSegments(first, last, scratch[0]);
		for (let index = first; index <= last; index += segmentsPerRead) {
			const sealed = await next;
			if (index + segmentsPerRead <= last) {
				next = this.#readSegments(index + segmentsPerRead, last, scratch.reverse()[0]);
				// Whoever stops reading here does not wait for it; whoever goes on gets its error above.
				next.catch(() => {});
			}
			const from = segmentSpan(this.#layout, index).start;
			for (let i = index; i < index + segmentsPerRead && i <= last; i++) {
				const span = segmentSpan(this.#layout, i);
				const chunk = this.#openSegment(i, sealed.subarray(span.start - from, span.end - from));
				const offset = segmentStart(i);
				yield chunk.subarray(Math.max(0, start - offset), Math.min(chunk.length, end - offset));
			}
		}
	}

	/** As {@link stream}, in one piece: for ranges that fit in memory, such as the blocks that an index points to. */
	async range(start: number, end: number): Promise<Uint8Array> {
		this.#assertRange(start, end);
		const bytes = new Uint8Array(end - start);
		let filled = 0;
		for await (const piece of this.stream(start, end)) {
			bytes.set(piece, filled);
			filled += piece.length;
		}
		return bytes;
	}

	/** How many chunks there are. */
	get chunks(): number {
		return this.#layout.segments;
	}

	/** Lets go of the bytes at rest. */
	close(): Promise<void> {
		return this.#reader.close();
	}

	#assertRange(start: number, end: number): void {
		if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || start > end || end > this.sizeBytes) {
			throw new VaultError("VAULT_RANGE_INVALID", "expected 0 <= start <= end <= size of the object");
		}
	}

	/** Bytes at rest of up to {@link segmentsPerRead} chunks from `first`; of the last chunk none, it is at hand. */
	#readSegments(first: number, last: number, scratch?: Uint8Array): Promise<Uint8Array> {
		const until = Math.min(first + segmentsPerRead - 1, last, this.#layout.segments - 2);
		if (until < first) return Promise.resolve(new Uint8Array(0));
		const start = segmentSpan(this.#layout, first).start;
		return this.#reader.read(start, segmentSpan(this.#layout, until).end - start, scratch);
	}

	#openSegment(index: number, sealed: Uint8Array): Uint8Array {
		return index === this.#layout.segments - 1 ? this.#lastChunk : openSegment(this.#blobKey, this.#layout, index, sealed);
	}
}

function openSegment({ key, noncePrefix }: BlobKey, layout: BlobLayout, index: number, sealed: Uint8Array): Uint8Array {
	const span = segmentSpan(layout, index);
	if (sealed.length !== span.end - span.start) throw notGenuine(index);
	const isLast = index === layout.segments - 1;
	const decipher = createDecipheriv("aes-256-gcm", key, segmentNonce(noncePrefix, index, isLast), { authTagLength: tagBytes });
	decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
	const plaintext = decipher.update(sealed.subarray(0, sealed.length - tagBytes));
	try {
		decipher.final();
	} catch {
		plaintext.fill(0);
		throw notGenuine(index);
	}
	return plaintext;
}

function notGenuine(index: number): VaultError {
	return new VaultError("VAULT_INTEGRITY", "expected a chunk of this object at its place, found other bytes", { at: index });
}

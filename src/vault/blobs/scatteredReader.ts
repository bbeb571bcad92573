import { segmentAt, segmentStart } from "./blobFormat.ts";
import type { OpenedBlob } from "./openBlob.ts";

/** Plaintext chunks kept for the next read, 2 MiB: places that are read one after the other lie close together. */
const keptMost = 32;

/** Reads an object here and there. Whole chunks are opened, each at most once while it is kept, and it is counted which. */
export class ScatteredReader {
	readonly sizeBytes: number;
	readonly #blob: OpenedBlob;
	readonly #kept = new Map<number, Uint8Array>();
	readonly #opened: Set<number>;
	#openedBytes: number;

	constructor(blob: OpenedBlob) {
		this.#blob = blob;
		this.sizeBytes = blob.sizeBytes;
		// The last chunk was opened with the object.
		this.#opened = new Set([blob.chunks - 1]);
		this.#openedBytes = this.sizeBytes - segmentStart(blob.chunks - 1);
	}

	/** Chunks of the object. */
	get chunks(): number {
		return this.#blob.chunks;
	}

	/** Different chunks that were opened, the last one among them. */
	get openedChunks(): number {
		return this.#opened.size;
	}

	/** Bytes in them. */
	get openedBytes(): number {
		return this.#openedBytes;
	}

	/** Bytes `[start, end)`, a copy. @throws VaultError `VAULT_RANGE_INVALID`, `VAULT_INTEGRITY`. */
	async read(start: number, end: number): Promise<Uint8Array> {
		if (start >= end || end > this.sizeBytes) return this.#blob.range(start, end);
		const bytes = new Uint8Array(end - start);
		for (let index = segmentAt(start); index <= segmentAt(end - 1); index++) {
			const chunk = await this.#chunk(index);
			const offset = segmentStart(index);
			bytes.set(chunk.subarray(Math.max(0, start - offset), Math.min(chunk.length, end - offset)), Math.max(0, offset - start));
		}
		return bytes;
	}

	async #chunk(index: number): Promise<Uint8Array> {
		const start = segmentStart(index);
		const chunk = this.#kept.get(index) ?? (await this.#blob.range(start, Math.min(segmentStart(index + 1), this.sizeBytes)));
		this.#kept.delete(index);
		this.#kept.set(index, chunk);
		const [oldest] = this.#kept.keys();
		if (this.#kept.size > keptMost && oldest !== undefined) this.#kept.delete(oldest);
		if (!this.#opened.has(index)) {
			this.#opened.add(index);
			this.#openedBytes += chunk.length;
		}
		return chunk;
	}
}

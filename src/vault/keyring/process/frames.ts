import type { Socket } from "node:net";
import { ByteWriter, notAFrame } from "./wireBytes.ts";

/** Largest frame after its length, in bytes: an unwrap of {@link maxKeysPerCall} keys fits. */
export const maxFrameBytes = 4 * 2 ** 20;
/** Wrapped data keys in one call. */
export const maxKeysPerCall = 10_000;
/** Before the handshake is done, a peer may send frames of at most this size. */
export const maxHandshakeFrameBytes = 256;
/** Requests of one connection that are not answered yet. */
export const maxInFlight = 1_024;

/** Cuts a stream into frames: length (4 bytes, big-endian), then so many bytes. Holds at most one unfinished frame. */
export class FrameReader {
	maxBytes: number;
	#parts: Buffer[] = [];
	#size = 0;
	#needed = 4;

	constructor(maxBytes: number) {
		this.maxBytes = maxBytes;
	}

	/** True when no frame has begun that is not whole. */
	get isEmpty(): boolean {
		return this.#size === 0;
	}

	/**
	 * Hands each finished frame to `onFrame`, as a view that is valid during the call.
	 *
	 * @throws {@link VaultError} `VAULT_ROW_INVALID` as soon as a length is known to be empty or too large.
	 */
	push(chunk: Buffer, onFrame: (frame: Buffer) => void): void {
		this.#parts.push(chunk);
		this.#size += chunk.length;
		while (this.#size >= this.#needed) this.#cut(onFrame);
	}

	#cut(onFrame: (frame: Buffer) => void): void {
		const buffer = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts, this.#size);
		let at = 0;
		this.#needed = 4;
		while (buffer.length - at >= 4) {
			const length = buffer.readUInt32BE(at);
			if (length === 0 || length > this.maxBytes) throw notAFrame();
			if (buffer.length - at < 4 + length) {
				this.#needed = 4 + length;
				break;
			}
			onFrame(buffer.subarray(at + 4, at + 4 + length));
			at += 4 + length;
		}
		const rest = buffer.subarray(at);
		this.#parts = rest.length === 0 ? [] : [rest];
		this.#size = rest.length;
	}
}

const bufferBytes = 2 ** 14;
/** A buffer that grew beyond this is not kept for the next batch. */
const keptBytes = 2 ** 17;

/** Gathers the frames of one turn of the event loop into one write; overwrites each buffer, which may hold keys, once the kernel has taken it. */
export class FrameWriter {
	readonly #socket: Socket;
	readonly #spare: ByteWriter[] = [];
	#batch: ByteWriter | undefined;

	constructor(socket: Socket) {
		this.#socket = socket;
	}

	/** True while the other side does not read as fast as we write. */
	get isStalled(): boolean {
		return this.#socket.writableNeedDrain;
	}

	/** One frame, written by `fill`. What throws, or is larger than `maxBytes`, leaves nothing behind. */
	frame(maxBytes: number, fill: (to: ByteWriter) => void): void {
		const batch = this.#openBatch();
		const start = batch.size;
		try {
			batch.uint32(0);
			fill(batch);
			if (batch.size - start - 4 > maxBytes) throw notAFrame();
		} catch (error) {
			batch.truncate(start);
			throw error;
		}
		batch.setUint32(start, batch.size - start - 4);
	}

	/** Writes what waits now rather than at the end of this turn. */
	flush(): void {
		const batch = this.#batch;
		this.#batch = undefined;
		if (batch === undefined || batch.size === 0 || this.#socket.destroyed) return;
		const size = batch.size;
		this.#socket.write(batch.written(), () => {
			batch.truncate(0);
			if (size <= keptBytes && this.#spare.length < 4) this.#spare.push(batch);
		});
	}

	#openBatch(): ByteWriter {
		if (this.#batch === undefined) {
			this.#batch = this.#spare.pop() ?? new ByteWriter(bufferBytes);
			// Runs when all promises that are ready have had their turn, so what they ask for goes out together.
			process.nextTick(() => this.flush());
		}
		return this.#batch;
	}
}

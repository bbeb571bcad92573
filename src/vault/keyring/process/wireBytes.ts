import { VaultError } from "../../errors.ts";

/** Builds frames in one growing buffer. Numbers are big-endian; text and bytes carry their length in 4 bytes. */
export class ByteWriter {
	#buffer: Buffer;
	#size = 0;

	constructor(capacityBytes: number) {
		this.#buffer = Buffer.allocUnsafeSlow(capacityBytes);
	}

	get size(): number {
		return this.#size;
	}

	byte(value: number): void {
		this.#reserve(1);
		this.#size = this.#buffer.writeUInt8(value, this.#size);
	}

	uint32(value: number): void {
		this.#reserve(4);
		this.#size = this.#buffer.writeUInt32BE(value, this.#size);
	}

	/** Any number, NaN too: what is malformed travels unchanged, so that the keyring itself refuses it. */
	number(value: number): void {
		this.#reserve(8);
		this.#size = this.#buffer.writeDoubleBE(value, this.#size);
	}

	text(value: string): void {
		// A UTF-16 unit takes at most three bytes of UTF-8.
		this.#reserve(4 + value.length * 3);
		const length = this.#buffer.write(value, this.#size + 4, "utf8");
		this.#buffer.writeUInt32BE(length, this.#size);
		this.#size += 4 + length;
	}

	bytes(value: Uint8Array): void {
		this.#reserve(4 + value.length);
		this.#buffer.writeUInt32BE(value.length, this.#size);
		this.#buffer.set(value, this.#size + 4);
		this.#size += 4 + value.length;
	}

	/** Bytes without their length. */
	raw(...parts: readonly Uint8Array[]): void {
		for (const part of parts) {
			this.#reserve(part.length);
			this.#buffer.set(part, this.#size);
			this.#size += part.length;
		}
	}

	/** Writes over what stands at a place already written. */
	setUint32(at: number, value: number): void {
		this.#buffer.writeUInt32BE(value, at);
	}

	/** Forgets everything from a place on. */
	truncate(size: number): void {
		this.#buffer.fill(0, size, this.#size);
		this.#size = size;
	}

	/** What was written; valid until the next write. */
	written(): Buffer {
		return this.#buffer.subarray(0, this.#size);
	}

	#reserve(more: number): void {
		if (this.#size + more <= this.#buffer.length) return;
		const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#size + more));
		this.#buffer.copy(larger, 0, 0, this.#size);
		// Keys were here.
		this.#buffer.fill(0, 0, this.#size);
		this.#buffer = larger;
	}
}

/** Reads a frame's payload; whatever does not fit it throws `VAULT_ROW_INVALID`. */
export class ByteReader {
	readonly #buffer: Buffer;
	#at = 0;

	constructor(buffer: Buffer) {
		this.#buffer = buffer;
	}

	byte(): number {
		return this.#buffer.readUInt8(this.#take(1));
	}

	uint32(): number {
		return this.#buffer.readUInt32BE(this.#take(4));
	}

	number(): number {
		return this.#buffer.readDoubleBE(this.#take(8));
	}

	text(): string {
		const length = this.uint32();
		const from = this.#take(length);
		return this.#buffer.toString("utf8", from, from + length);
	}

	/** A view into the frame: copy what outlives it. */
	bytes(): Buffer {
		const length = this.uint32();
		const from = this.#take(length);
		return this.#buffer.subarray(from, from + length);
	}

	/** Reads a count of at most `max` items, then the items. */
	list<Item>(max: number, item: () => Item): Item[] {
		const count = this.uint32();
		if (count > max) throw notAFrame();
		return Array.from({ length: count }, item);
	}

	/** A payload has nothing after its last part. */
	end(): void {
		if (this.#at !== this.#buffer.length) throw notAFrame();
	}

	#take(length: number): number {
		const from = this.#at;
		if (length > this.#buffer.length - from) throw notAFrame();
		this.#at = from + length;
		return from;
	}
}

export function notAFrame(): VaultError {
	return new VaultError("VAULT_ROW_INVALID", "expected a frame of the keyring's protocol, found other bytes");
}

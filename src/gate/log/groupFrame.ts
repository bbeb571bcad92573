import type { SubjectId } from "#base";
import type { OpeningOrder, WrappedDataKey } from "#vault";
import type { CohortRow, StagedBatch, StagedRow } from "./logRows.ts";

/** Bytes of each kind of row besides the part of varying length. */
const headerBytes = 8 + 4 * 5;
const keyBytes = 16 + 16 + 4;
const entryBytes = 4 + 4 + 32 + 8 + 32 + 16 + 32 + 12 + 4 + 4;
/** Of an order besides the word whether there is one. */
const orderBytes = 4 + 16 + 32 + 8 + 4 + 16 + 8 + 4 + 4;
const cohortBytes = 4 + 32 + 4;
/** Where an entry that is a leaf of its own has no place. */
const noPlace = 0xffff_ffff;
const noBytes = new Uint8Array();

/**
 * A group as one buffer, which crosses to another thread without a copy; as objects it would cost more than its rows take to write. For this
 * process alone, so the form may change freely. It holds data keys: whoever has read it overwrites it.
 */
export function encodeBatch(batch: StagedBatch): Uint8Array {
	const { base, leaves, nodes, keys, entries, cohorts } = batch;
	const out = new FrameWriter(sizeOf(batch));
	out.number(base).uint32(leaves).sized(nodes);
	for (const rows of [keys, entries, cohorts]) out.uint32(rows.length);
	for (const { id, subject, wrapped } of keys) out.hex(id, 16).hex(subject, 16).sized(wrapped);
	for (const row of entries) writeOrder(writePlaced(out, row, base).bytes(row.key).bytes(row.nonce).sized(row.plaintext), row.order);
	for (const { leafIndex, leafHash, hashes } of cohorts)
		out
			.uint32(leafIndex - base)
			.bytes(leafHash)
			.sized(hashes);
	return out.finished();
}

/** An order is there or not; what of its row is not secret is bound to the ciphertext, so all of it goes along. */
function writeOrder(out: FrameWriter, order: OpeningOrder | undefined): FrameWriter {
	if (order === undefined) return out.uint32(0);
	const { subject, token, version, compartments, dataKey, ciphertext, storedAtMs, deleted } = order.row;
	out.uint32(1).sized(order.box).hex(subject, 16).hex(token, 32).number(version).ascii(compartments).hex(dataKey, 16);
	return out
		.number(storedAtMs)
		.uint32(deleted ? 1 : 0)
		.sized(ciphertext);
}

function readOrder(input: FrameReader): OpeningOrder | undefined {
	if (input.uint32() === 0) return undefined;
	const box = input.sized();
	const [subject, token, version] = [input.hex(16) as SubjectId, input.hex(32), input.number()];
	const [compartments, dataKey, storedAtMs] = [input.ascii(), input.hex(16), input.number()];
	const deleted = input.uint32() === 1;
	// Fsck's alone, and no part of what is opened.
	const rowHash = noBytes;
	return { box, row: { subject, token, version, compartments, dataKey, storedAtMs, deleted, ciphertext: input.sized(), rowHash } };
}

function sizeOfOrder({ box, row }: OpeningOrder): number {
	return orderBytes + box.length + row.compartments.length + row.ciphertext.length;
}

function writePlaced(out: FrameWriter, row: Omit<StagedRow, "plaintext" | "key" | "nonce">, base: number): FrameWriter {
	return out
		.uint32(row.leafIndex - base)
		.uint32(row.place ?? noPlace)
		.bytes(row.chain)
		.number(row.seq)
		.bytes(row.entryHash)
		.hex(row.dataKey, 16);
}

/** Undoes {@link encodeBatch}; byte strings are views of the frame. */
export function decodeBatch(frame: Uint8Array): StagedBatch {
	const input = new FrameReader(frame);
	const [base, leaves, nodes] = [input.number(), input.uint32(), input.sized()];
	const [keyCount, entryCount, cohortCount] = [input.uint32(), input.uint32(), input.uint32()];
	return {
		base,
		leaves,
		nodes,
		keys: times(keyCount, () => readKey(input)),
		entries: times(entryCount, () => readEntry(input, base)),
		cohorts: times(cohortCount, (): CohortRow => ({ leafIndex: base + input.uint32(), leafHash: input.bytes(32), hashes: input.sized() })),
	};
}

function readKey(input: FrameReader): WrappedDataKey {
	return { id: input.hex(16), subject: input.hex(16) as SubjectId, compartments: [], wrapped: input.sized() };
}

function readEntry(input: FrameReader, base: number): StagedRow {
	const [leafIndex, place, chain, seq] = [base + input.uint32(), readPlace(input), input.bytes(32), input.number()];
	const [entryHash, dataKey, key, nonce] = [input.bytes(32), input.hex(16), input.bytes(32), input.bytes(12)];
	const plaintext = input.sized();
	return { leafIndex, place, chain, seq, entryHash, dataKey, key, nonce, plaintext, order: readOrder(input) };
}

function readPlace(input: FrameReader): number | null {
	const place = input.uint32();
	return place === noPlace ? null : place;
}

function sizeOf({ keys, entries, nodes, cohorts }: StagedBatch): number {
	let size = headerBytes + nodes.length + keys.length * keyBytes + entries.length * entryBytes;
	for (const { hashes } of cohorts) size += cohortBytes + hashes.length;
	for (const { wrapped } of keys) size += wrapped.length;
	for (const { plaintext, order } of entries) size += plaintext.length + (order === undefined ? 0 : sizeOfOrder(order));
	return size;
}

function times<Item>(count: number, read: () => Item): Item[] {
	const items: Item[] = [];
	for (let i = 0; i < count; i++) items.push(read());
	return items;
}

class FrameWriter {
	readonly #buffer: Buffer;
	#at = 0;

	constructor(size: number) {
		// Of its own and not of Node's shared pool: the whole buffer moves to the other thread.
		this.#buffer = Buffer.from(new ArrayBuffer(size));
	}

	uint32(value: number): this {
		this.#at = this.#buffer.writeUInt32LE(value, this.#at);
		return this;
	}

	number(value: number): this {
		this.#at = this.#buffer.writeDoubleLE(value, this.#at);
		return this;
	}

	hex(text: string, lengthBytes: number): this {
		if (this.#buffer.write(text, this.#at, lengthBytes, "hex") !== lengthBytes) throw new Error(`expected ${lengthBytes} bytes in hex`);
		this.#at += lengthBytes;
		return this;
	}

	ascii(text: string): this {
		this.uint32(text.length);
		this.#at += this.#buffer.write(text, this.#at, "latin1");
		return this;
	}

	bytes(value: Uint8Array): this {
		this.#buffer.set(value, this.#at);
		this.#at += value.length;
		return this;
	}

	sized(value: Uint8Array): this {
		return this.uint32(value.length).bytes(value);
	}

	finished(): Uint8Array {
		if (this.#at !== this.#buffer.length) throw new Error(`expected a frame of ${this.#buffer.length} bytes, found ${this.#at}`);
		return this.#buffer;
	}
}

class FrameReader {
	readonly #buffer: Buffer;
	#at = 0;

	constructor(frame: Uint8Array) {
		this.#buffer = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
	}

	uint32(): number {
		return this.#buffer.readUInt32LE(this.#take(4));
	}

	number(): number {
		return this.#buffer.readDoubleLE(this.#take(8));
	}

	hex(lengthBytes: number): string {
		const at = this.#take(lengthBytes);
		return this.#buffer.toString("hex", at, at + lengthBytes);
	}

	ascii(): string {
		const length = this.uint32();
		const at = this.#take(length);
		return this.#buffer.toString("latin1", at, at + length);
	}

	bytes(length: number): Uint8Array {
		const at = this.#take(length);
		return this.#buffer.subarray(at, at + length);
	}

	sized(): Uint8Array {
		return this.bytes(this.uint32());
	}

	/** Where the next `length` bytes begin. */
	#take(length: number): number {
		const at = this.#at;
		this.#at += length;
		return at;
	}
}

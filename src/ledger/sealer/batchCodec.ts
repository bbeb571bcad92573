import type { Digest } from "#base";
import type { ContractName } from "#contracts";
import type { StateChange } from "../state.ts";
import type { PageChange } from "./pageTable.ts";
import type { BlockUndo, StateBatch } from "./stateFile.ts";

/** Stands for "none" where a length would stand. */
const none = 0xffffffff;

/**
 * A batch as bytes, which cross to another thread without being copied: thousands of small objects would cost the sealing thread more than writing
 * them down. Never stored; both ends are this file.
 *
 * In memory that both threads see. Handed over and back instead, 16 MiB would count as newly allocated each time, and V8 begins a collection of
 * everything where a heap of 50 MB has grown by less.
 *
 * @param room - Memory of an earlier batch that nobody reads any more: written over, and grown where it is too small.
 */
export function encodeBatch(
	{ height, stateRoot, values, pages, transactions, undo }: StateBatch,
	room?: SharedArrayBuffer,
): Uint8Array<SharedArrayBuffer> {
	const out = new ByteWriter(room);
	out.number(height);
	out.text(stateRoot);
	out.list(values, (change) => writeChange(out, change));
	out.list(pages, ([prefix, page]) => {
		out.text(prefix);
		out.bytes(page);
	});
	out.list(transactions, ([id, position]) => {
		out.text(id);
		out.number(position);
	});
	out.list(undo, (block) => {
		out.number(block.height);
		out.list(block.pages, ([prefix, slots]) => {
			out.text(prefix);
			out.bytes(slots);
		});
		out.list(block.values, (change) => writeChange(out, change));
	});
	return out.end();
}

/** What {@link encodeBatch} wrote; its parts are views on `bytes`. */
export function decodeBatch(bytes: Uint8Array): StateBatch {
	const from = new ByteReader(bytes);
	return {
		height: from.number(),
		stateRoot: from.text() as Digest,
		values: from.list(() => readChange(from)),
		pages: from.list((): PageChange => [from.text()!, from.bytes()]),
		transactions: from.list(() => [from.text() as Digest, from.number()] as const),
		undo: from.list((): BlockUndo => {
			const height = from.number();
			const pages = from.list(() => [from.text()!, from.bytes()!] as const);
			return { height, pages, values: from.list(() => readChange(from)) };
		}),
	};
}

function writeChange(out: ByteWriter, { contract, key, text }: StateChange): void {
	out.text(contract);
	out.text(key);
	out.text(text);
}

function readChange(from: ByteReader): StateChange {
	return { contract: from.text() as ContractName, key: from.text()!, text: from.text() };
}

/** Room for a batch of ordinary size: growing copies everything. Memory that is not written is not taken. */
const firstBytes = 16 << 20;

class ByteWriter {
	#buffer: Buffer<SharedArrayBuffer>;
	#at = 0;

	constructor(room = new SharedArrayBuffer(firstBytes)) {
		this.#buffer = Buffer.from(room);
	}

	number(value: number): void {
		this.#reserve(8);
		this.#at = this.#buffer.writeDoubleLE(value, this.#at);
	}

	text(text: string | undefined): void {
		this.#reserve(4 + 3 * (text ?? "").length);
		const length = text === undefined ? none : this.#buffer.write(text, this.#at + 4, "utf8");
		this.#buffer.writeUInt32LE(length, this.#at);
		this.#at += 4 + (text === undefined ? 0 : length);
	}

	bytes(bytes: Uint8Array | undefined): void {
		this.#length(bytes?.length ?? none);
		if (bytes === undefined) return;
		this.#reserve(bytes.length);
		this.#buffer.set(bytes, this.#at);
		this.#at += bytes.length;
	}

	/** The count goes before the items, and is known after them. */
	list<T>(items: Iterable<T>, write: (item: T) => void): void {
		const countAt = this.#at;
		this.#length(0);
		let count = 0;
		for (const item of items) {
			write(item);
			count++;
		}
		this.#buffer.writeUInt32LE(count, countAt);
	}

	end(): Uint8Array<SharedArrayBuffer> {
		return new Uint8Array(this.#buffer.buffer, 0, this.#at);
	}

	#length(value: number): void {
		this.#reserve(4);
		this.#at = this.#buffer.writeUInt32LE(value, this.#at);
	}

	#reserve(length: number): void {
		if (this.#at + length <= this.#buffer.length) return;
		const larger = Buffer.from(new SharedArrayBuffer(2 * (this.#buffer.length + length)));
		larger.set(this.#buffer.subarray(0, this.#at));
		this.#buffer = larger;
	}
}

class ByteReader {
	readonly #buffer: Buffer;
	#at = 0;

	constructor(bytes: Uint8Array) {
		this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
	}

	number(): number {
		this.#at += 8;
		return this.#buffer.readDoubleLE(this.#at - 8);
	}

	text(): string | undefined {
		const length = this.#length();
		if (length === none) return undefined;
		this.#at += length;
		return this.#buffer.toString("utf8", this.#at - length, this.#at);
	}

	bytes(): Uint8Array | undefined {
		const length = this.#length();
		if (length === none) return undefined;
		this.#at += length;
		return this.#buffer.subarray(this.#at - length, this.#at);
	}

	list<T>(read: () => T): T[] {
		return Array.from({ length: this.#length() }, read);
	}

	#length(): number {
		this.#at += 4;
		return this.#buffer.readUInt32LE(this.#at - 4);
	}
}

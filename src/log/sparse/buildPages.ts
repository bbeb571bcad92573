import { sha256Into } from "#base";
import { Bucket } from "./bucket.ts";
import { fanHeight } from "./fan.ts";
import { sortByPath } from "./sortByPath.ts";
import { Leaf } from "./subtree.ts";

/** A leaf to build from: 32 bytes each. */
export interface SparseLeaf {
	readonly path: Uint8Array;
	readonly valueHash: Uint8Array;
}

const slots = 16;

/**
 * Builds a whole tree at once and hands out its pages in the form that `Fan` stores, each after those below it; the top one last. The same
 * pages as a tree gets that takes the leaves one by one, for a tenth of the time: every leaf and branch is hashed once, in reused buffers.
 *
 * Nothing is handed out for no leaves.
 *
 * @param bucketLeaves - So many leaves at most are one page.
 * @throws {@link LogError} `LOG_PATH_REPEATED` when two leaves have one path; nothing was handed out then.
 */
export function buildPages(leaves: readonly SparseLeaf[], bucketLeaves: number, write: (prefix: string, page: Uint8Array) => void): void {
	if (leaves.length > 0) new Builder(leaves, bucketLeaves, write).build();
}

/** Sixteen slots and the fifteen places above them, numbered as in `Fan`. */
interface Frame {
	/** Number of leaves below a place; 2 stands for more. */
	readonly counts: Uint8Array;
	/** 32 bytes for each place: the hash of what stands there. */
	readonly hashes: Uint8Array;
	/** Which leaf stands in a slot that holds one. */
	readonly leafAt: Uint32Array;
}

class Builder {
	readonly #leaves: readonly SparseLeaf[];
	readonly #order: Uint32Array;
	readonly #bucketLeaves: number;
	readonly #write: (prefix: string, page: Uint8Array) => void;
	/** One a level of pages, reused by every page of that level. */
	readonly #frames: Frame[] = [];
	readonly #leafInput = new Uint8Array(65).fill(0x10, 0, 1);
	readonly #nodeInput = new Uint8Array(65).fill(0x11, 0, 1);
	readonly #page = new Uint8Array(4 + 64 * slots + 32 * (slots - 1));

	constructor(leaves: readonly SparseLeaf[], bucketLeaves: number, write: (prefix: string, page: Uint8Array) => void) {
		this.#leaves = leaves;
		this.#bucketLeaves = bucketLeaves;
		this.#order = sortByPath(leaves);
		this.#write = write;
	}

	build(): void {
		this.#buildPage(0, this.#order.length, "");
	}

	/** Leaves `from` to `to` in path order are those below `prefix`. @returns What the page's root is, by its hash. */
	#buildPage(from: number, to: number, prefix: string): Uint8Array {
		return to - from <= this.#bucketLeaves ? this.#buildBucket(from, to, prefix) : this.#buildFan(from, to, prefix);
	}

	#buildBucket(from: number, to: number, prefix: string): Uint8Array {
		const leaves = Array.from(this.#order.subarray(from, to), (index) => new Leaf(this.#leaves[index]!.path, this.#leaves[index]!.valueHash));
		const bucket = Bucket.of(leaves, fanHeight * prefix.length);
		this.#write(prefix, bucket.bytes);
		return bucket.root.hash;
	}

	#buildFan(from: number, to: number, prefix: string): Uint8Array {
		const depth = prefix.length;
		this.#frames[depth] ??= { counts: new Uint8Array(2 * slots), hashes: new Uint8Array(64 * slots), leafAt: new Uint32Array(2 * slots) };
		const frame = this.#frames[depth];
		let start = from;
		for (let nibble = 0; nibble < slots; nibble++) {
			let end = start;
			while (end < to && this.#digit(end, depth) === nibble) end++;
			this.#fillSlot(frame, slots + nibble, start, end, prefix + nibble.toString(16));
			start = end;
		}
		for (let place = slots - 1; place > 0; place--) this.#join(frame, place);
		this.#write(prefix, this.#encode(frame));
		return frame.hashes.subarray(32, 64);
	}

	#fillSlot({ counts, hashes, leafAt }: Frame, place: number, from: number, to: number, prefix: string): void {
		counts[place] = Math.min(2, to - from);
		if (to === from) hashes.fill(0, 32 * place, 32 * place + 32);
		else if (to - from === 1) {
			const index = this.#order[from]!;
			leafAt[place] = index;
			this.#leafInput.set(this.#leaves[index]!.path, 1);
			this.#leafInput.set(this.#leaves[index]!.valueHash, 33);
			sha256Into(hashes, 32 * place, this.#leafInput);
		} else {
			hashes.set(this.#buildPage(from, to, prefix), 32 * place);
		}
	}

	/** A subtree with one leaf is that leaf, however deep it lies. */
	#join({ counts, hashes }: Frame, place: number): void {
		const [left, right] = [2 * place, 2 * place + 1];
		const count = counts[left]! + counts[right]!;
		counts[place] = Math.min(2, count);
		if (count > 1) {
			this.#nodeInput.set(hashes.subarray(32 * left, 32 * left + 64), 1);
			sha256Into(hashes, 32 * place, this.#nodeInput);
		} else {
			// One of the two is empty, and an empty place is zero bytes: the other one's hash moves up.
			const from = counts[left] === 1 ? left : right;
			hashes.copyWithin(32 * place, 32 * from, 32 * from + 32);
		}
	}

	/** See `Fan` for the form. */
	#encode({ counts, hashes, leafAt }: Frame): Uint8Array {
		const page = this.#page.fill(0, 0, 4);
		let at = 4;
		for (let i = 0; i < slots; i++) {
			const count = counts[slots + i]!;
			if (count === 0) continue;
			page[(count === 1 ? 0 : 2) + (i >> 3)]! |= 0x80 >> (i & 7);
			if (count === 1) {
				const leaf = this.#leaves[leafAt[slots + i]!]!;
				page.set(leaf.path, at);
				page.set(leaf.valueHash, at + 32);
				at += 64;
			} else {
				page.set(hashes.subarray(32 * (slots + i), 32 * (slots + i) + 32), at);
				at += 32;
			}
		}
		for (let place = 1; place < slots; place++) {
			if (counts[place] !== 2) continue;
			page.set(hashes.subarray(32 * place, 32 * place + 32), at);
			at += 32;
		}
		return page.slice(0, at);
	}

	#digit(position: number, depth: number): number {
		const byte = this.#leaves[this.#order[position]!]!.path[depth >> 1]!;
		return (depth & 1) === 0 ? byte >> 4 : byte & 15;
	}
}

import { LogError } from "../errors.ts";
import { empty, join, Leaf, type Subtree } from "./subtree.ts";

/** Levels of the binary tree in one page. */
export const pageHeight = 4;
const slots = 16;
/** Where a page is put together: the largest one fits, and each one is copied out at its own size. */
const scratch = new Uint8Array(4 + 64 * slots + 32 * (slots - 1));

/**
 * Four levels of the tree: sixteen slots and the fifteen places above them.
 *
 * Places are numbered as in a heap: 1 is the page's own root, 2·i and 2·i+1 are below i, the slots are 16 to 31. A branch in a slot has
 * a page of its own below it.
 *
 * Stored form: two bit maps of 16 bits (slots that hold a leaf, slots that hold a branch; slot 0 is the highest bit); in slot order path ‖
 * valueHash of a leaf or the hash of a branch; then, by place, the hash of each place 1–15 that is a branch. These last follow from the
 * rest; they are stored so that an update hashes the four places above a slot and not all fifteen.
 */
export class Page {
	/** What is known in memory; undefined where only the stored form has it, or where it must be joined again. */
	readonly #places: (Subtree | undefined)[];
	readonly #stored: Uint8Array | undefined;
	/** Where a place lies in the stored form; 0 where it has none or it no longer holds. */
	readonly #offsets: Uint16Array;

	private constructor(places: (Subtree | undefined)[], stored: Uint8Array | undefined, offsets: Uint16Array) {
		this.#places = places;
		this.#stored = stored;
		this.#offsets = offsets;
	}

	static empty(): Page {
		return new Page(new Array<Subtree | undefined>(2 * slots).fill(empty), undefined, new Uint16Array(2 * slots));
	}

	/** @throws {@link LogError} `LOG_PAGE_MALFORMED`. */
	static decode(bytes: Uint8Array): Page {
		if (bytes.length < 4) throw malformed(bytes.length);
		const leaves = (bytes[0]! << 8) | bytes[1]!;
		const branches = (bytes[2]! << 8) | bytes[3]!;
		if ((leaves & branches) !== 0) throw malformed(bytes.length);
		const places = new Array<Subtree | undefined>(2 * slots);
		const offsets = new Uint16Array(2 * slots);
		// Leaves below a place, where 2 stands for more than one and for a branch alike.
		const counts = new Uint8Array(2 * slots);
		let at = 4;
		for (let i = 0; i < slots; i++) {
			const bit = 0x8000 >> i;
			const count = (leaves & bit) !== 0 ? 1 : (branches & bit) !== 0 ? 2 : 0;
			counts[slots + i] = count;
			if (count === 0) places[slots + i] = empty;
			else offsets[slots + i] = at;
			at += [0, 64, 32][count]!;
		}
		for (let place = slots - 1; place > 0; place--) counts[place] = Math.min(2, counts[place * 2]! + counts[place * 2 + 1]!);
		for (let place = 1; place < slots; place++) {
			if (counts[place] !== 2) continue;
			offsets[place] = at;
			at += 32;
		}
		if (at !== bytes.length) throw malformed(bytes.length);
		for (let i = slots; i < 2 * slots; i++) if (counts[i] === 1) places[i] = readLeaf(bytes, offsets[i]!);
		return new Page(places, bytes, offsets);
	}

	/** What stands at a heap place 1…31. */
	at(place: number): Subtree {
		const known = this.#places[place];
		if (known !== undefined) return known;
		const offset = this.#offsets[place]!;
		const found: Subtree =
			offset > 0 ? { kind: "branch", hash: this.#stored!.subarray(offset, offset + 32) } : join(this.at(place * 2), this.at(place * 2 + 1));
		this.#places[place] = found;
		return found;
	}

	slot(nibble: number): Subtree {
		return this.at(slots + nibble);
	}

	setSlot(nibble: number, subtree: Subtree): void {
		this.#places[slots + nibble] = subtree;
		for (let place = (slots + nibble) >> 1; place > 0; place >>= 1) {
			this.#places[place] = undefined;
			this.#offsets[place] = 0;
		}
	}

	get root(): Subtree {
		return this.at(1);
	}

	encode(): Uint8Array {
		const bytes = scratch.fill(0, 0, 4);
		let at = 4;
		for (let i = 0; i < slots; i++) {
			const subtree = this.slot(i);
			if (subtree.kind === "empty") continue;
			bytes[(subtree.kind === "leaf" ? 0 : 2) + (i >> 3)]! |= 0x80 >> (i & 7);
			if (subtree.kind === "leaf") {
				bytes.set(subtree.path, at);
				bytes.set(subtree.valueHash, at + 32);
				at += 64;
			} else {
				bytes.set(subtree.hash, at);
				at += 32;
			}
		}
		for (let place = 1; place < slots; place++) {
			const subtree = this.at(place);
			if (subtree.kind !== "branch") continue;
			bytes.set(subtree.hash, at);
			at += 32;
		}
		return bytes.slice(0, at);
	}
}

function readLeaf(bytes: Uint8Array, at: number): Leaf {
	return new Leaf(bytes.subarray(at, at + 32), bytes.subarray(at + 32, at + 64));
}

function malformed(length: number): LogError {
	return new LogError("LOG_PAGE_MALFORMED", `expected a page of the sparse tree, found ${length} bytes that are not one`);
}

import { LogError } from "../errors.ts";
import { type Branch, createLeaf, empty, join, type Leaf, type Subtree } from "./subtree.ts";

/** Levels of the binary tree in one page. */
export const pageHeight = 4;
const slots = 16;

/**
 * Four levels of the tree: sixteen slots, and the fifteen places above them hashed when asked for.
 *
 * Places are numbered as in a heap: 1 is the page's own root, 2·i and 2·i+1 are below i, the slots are 16 to 31. A branch in a slot has
 * a page of its own below it.
 */
export class Page {
	readonly #places: (Subtree | undefined)[];

	private constructor(places: (Subtree | undefined)[]) {
		this.#places = places;
	}

	static empty(): Page {
		return new Page(new Array<Subtree | undefined>(2 * slots).fill(empty));
	}

	/** What stands at a heap place 1…31. */
	at(place: number): Subtree {
		const known = this.#places[place];
		if (known !== undefined) return known;
		const joined = join(this.at(place * 2), this.at(place * 2 + 1));
		this.#places[place] = joined;
		return joined;
	}

	slot(nibble: number): Subtree {
		return this.#places[slots + nibble] as Subtree;
	}

	setSlot(nibble: number, subtree: Subtree): void {
		this.#places[slots + nibble] = subtree;
		for (let place = (slots + nibble) >> 1; place > 0; place >>= 1) this.#places[place] = undefined;
	}

	get root(): Subtree {
		return this.at(1);
	}

	/**
	 * Stored form: two bit maps of 16 bits (slots that hold a leaf, slots that hold a branch; slot 0 is the highest bit), then in slot order
	 * path ‖ valueHash of a leaf, hash of a branch.
	 */
	encode(): Uint8Array {
		let [leaves, branches, size] = [0, 0, 4];
		for (let i = 0; i < slots; i++) {
			const { kind } = this.slot(i);
			if (kind === "leaf") [leaves, size] = [leaves | (0x8000 >> i), size + 64];
			else if (kind === "branch") [branches, size] = [branches | (0x8000 >> i), size + 32];
		}
		const bytes = new Uint8Array(size);
		bytes.set([leaves >> 8, leaves & 0xff, branches >> 8, branches & 0xff]);
		let at = 4;
		for (let i = 0; i < slots; i++) {
			const subtree = this.slot(i);
			if (subtree.kind === "leaf") {
				bytes.set(subtree.path, at);
				bytes.set(subtree.valueHash, at + 32);
				at += 64;
			} else if (subtree.kind === "branch") {
				bytes.set(subtree.hash, at);
				at += 32;
			}
		}
		return bytes;
	}

	/** @throws {@link LogError} `LOG_PAGE_MALFORMED`. */
	static decode(bytes: Uint8Array): Page {
		if (bytes.length < 4) throw malformed(bytes.length);
		const leaves = (bytes[0]! << 8) | bytes[1]!;
		const branches = (bytes[2]! << 8) | bytes[3]!;
		if ((leaves & branches) !== 0 || bytes.length !== 4 + 64 * countBits(leaves) + 32 * countBits(branches)) throw malformed(bytes.length);
		const places = new Array<Subtree | undefined>(2 * slots);
		let at = 4;
		for (let i = 0; i < slots; i++) {
			const bit = 0x8000 >> i;
			if ((leaves & bit) !== 0) {
				places[slots + i] = readLeaf(bytes, at);
				at += 64;
			} else if ((branches & bit) !== 0) {
				places[slots + i] = readBranch(bytes, at);
				at += 32;
			} else places[slots + i] = empty;
		}
		return new Page(places);
	}
}

function readLeaf(bytes: Uint8Array, at: number): Leaf {
	return createLeaf(bytes.slice(at, at + 32), bytes.slice(at + 32, at + 64));
}

function readBranch(bytes: Uint8Array, at: number): Branch {
	return { kind: "branch", hash: bytes.slice(at, at + 32) };
}

function countBits(map: number): number {
	let count = 0;
	for (let rest = map; rest > 0; rest &= rest - 1) count++;
	return count;
}

function malformed(length: number): LogError {
	return new LogError("LOG_PAGE_MALFORMED", `expected a page of the sparse tree, found ${length} bytes that are not one`);
}

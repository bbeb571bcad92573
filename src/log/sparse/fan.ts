import { sha256Into } from "#base";
import { LogError } from "../errors.ts";
import { empty, Leaf, type Subtree } from "./subtree.ts";

/** Levels of the binary tree in one fan: a hex digit of the path. */
export const fanHeight = 4;
const slots = 16;
const leafBytes = 64;
const hashBytes = 32;

// Filled anew for each hash: nothing here waits, so nobody else sees them between.
const leafInput = new Uint8Array(65).fill(0x10, 0, 1);
const nodeInput = new Uint8Array(65).fill(0x11, 0, 1);

/**
 * Four levels of the tree: sixteen slots and the fifteen places above them. A fan is its stored form: nothing is taken apart before somebody asks for it,
 * and an update copies what it leaves alone. It never changes but by {@link Fan.rewrite}.
 *
 * Places are numbered as in a heap: 1 is the fan's own root, 2·i and 2·i+1 are below i, the slots are 16 to 31. A branch in a slot has
 * a page of its own below it.
 *
 * Stored form: two bit maps of 16 bits (slots that hold a leaf, slots that hold a branch; slot 0 is the highest bit); in slot order path ‖
 * valueHash of a leaf or the hash of a branch; then, by place, the hash of each place 1–15 that is a branch. These last follow from the
 * rest; they are stored so that an update hashes the four places above a slot and not all fifteen.
 */
export class Fan {
	/** Stored form. */
	readonly bytes: Uint8Array;
	/** Places with exactly one leaf at or below them: bit n for place n. */
	readonly #single: number;
	/** Places that are a branch: bit n for place n. */
	readonly #branch: number;

	/** @param leaves - Slots that hold a leaf, bit n for slot n; `branches` likewise. Without `bytes` there is room, and nothing in it yet. */
	private constructor(leaves: number, branches: number, bytes?: Uint8Array) {
		let [single, branch] = [leaves << slots, branches << slots];
		for (let place = slots - 1; place > 0; place--) {
			const below = (single >> (2 * place)) & 3;
			if (((branch >> (2 * place)) & 3) !== 0 || below === 3) branch |= 1 << place;
			else if (below !== 0) single |= 1 << place;
		}
		[this.#single, this.#branch] = [single, branch];
		this.bytes = bytes ?? new Uint8Array(this.#hashAt(slots));
	}

	static empty(): Fan {
		return new Fan(0, 0);
	}

	/** @throws {@link LogError} `LOG_PAGE_MALFORMED`. */
	static decode(bytes: Uint8Array): Fan {
		if (bytes.length < 4) throw malformed(bytes.length);
		const leaves = readBitMap(bytes, 0);
		const branches = readBitMap(bytes, 2);
		if ((leaves & branches) !== 0) throw malformed(bytes.length);
		const page = new Fan(leaves, branches, bytes);
		if (page.#hashAt(slots) !== bytes.length) throw malformed(bytes.length);
		return page;
	}

	/** What stands at a heap place 1…31. */
	at(place: number): Subtree {
		if (this.#isBranch(place)) {
			const offset = this.#branchAt(place);
			return { kind: "branch", hash: this.bytes.subarray(offset, offset + hashBytes) };
		}
		if (!this.#isSingle(place)) return empty;
		const offset = this.#slotAt(this.#leafBelow(place));
		return new Leaf(this.bytes.subarray(offset, offset + 32), this.bytes.subarray(offset + 32, offset + leafBytes));
	}

	slot(nibble: number): Subtree {
		return this.at(slots + nibble);
	}

	get root(): Subtree {
		return this.at(1);
	}

	/** A page of its own lies below the slot. */
	hasPageBelow(nibble: number): boolean {
		return this.#isBranch(slots + nibble);
	}

	/** Hash of the value whose leaf stands in a slot, undefined when that path's leaf does not. */
	valueHashAt(nibble: number, path: Uint8Array): Uint8Array | undefined {
		if (!this.#isSingle(slots + nibble)) return undefined;
		const offset = this.#slotAt(slots + nibble);
		for (let i = 0; i < 32; i++) if (this.bytes[offset + i] !== path[i]) return undefined;
		return this.bytes.subarray(offset + 32, offset + leafBytes);
	}

	/** The fan with other things in some slots; undefined leaves a slot as it is. */
	with(changes: readonly (Subtree | undefined)[]): Fan {
		let [leaves, branches, touched] = [this.#single >>> slots, this.#branch >>> slots, 0];
		for (let nibble = 0; nibble < slots; nibble++) {
			const kind = changes[nibble]?.kind;
			if (kind === undefined) continue;
			leaves = setBit(leaves, nibble, kind === "leaf");
			branches = setBit(branches, nibble, kind === "branch");
			for (let place = (slots + nibble) >> 1; place > 0; place >>= 1) touched |= 1 << place;
		}
		const page = new Fan(leaves, branches);
		page.#fillSlots(this, changes);
		page.#fillPlaces(this, touched);
		return page;
	}

	/**
	 * {@link with} for who needs the fan as it was no more: written over where each changed slot stays of its kind, since nothing moves then. Views of it that
	 * were handed out show what is there now.
	 */
	rewrite(changes: readonly (Subtree | undefined)[]): Fan {
		let touched = 0;
		for (let nibble = 0; nibble < slots; nibble++) {
			const kind = changes[nibble]?.kind;
			if (kind === undefined) continue;
			if (kind !== this.kindOf(nibble)) return this.with(changes);
			for (let place = (slots + nibble) >> 1; place > 0; place >>= 1) touched |= 1 << place;
		}
		for (let nibble = 0; nibble < slots; nibble++) {
			const change = changes[nibble];
			if (change !== undefined) putSlot(this.bytes, this.#slotAt(slots + nibble), change);
		}
		this.#fillPlaces(this, touched);
		return this;
	}

	kindOf(nibble: number): Subtree["kind"] {
		if (this.#isBranch(slots + nibble)) return "branch";
		return this.#isSingle(slots + nibble) ? "leaf" : "empty";
	}

	/** Copies what a slot holds: path ‖ valueHash of a leaf, the hash of a branch. Returns where the copy ends. */
	copySlot(nibble: number, to: Uint8Array, at: number): number {
		return copy(to, at, this.bytes, this.#slotAt(slots + nibble), this.#slotBytes(nibble));
	}

	#fillSlots(before: Fan, changes: readonly (Subtree | undefined)[]): void {
		putBitMap(this.bytes, 0, this.#single >>> slots);
		putBitMap(this.bytes, 2, this.#branch >>> slots);
		for (let nibble = 0, at = 4; nibble < slots; nibble++) {
			const change = changes[nibble];
			at = change === undefined ? before.copySlot(nibble, this.bytes, at) : putSlot(this.bytes, at, change);
		}
	}

	/** Lower places first: those above are hashed over them. A place above no changed slot is what it was. */
	#fillPlaces(before: Fan, touched: number): void {
		for (let place = slots - 1; place > 0; place--) {
			if (!this.#isBranch(place)) continue;
			const isTouched = ((touched >> place) & 1) === 1;
			if (!isTouched && before === this) continue;
			if (!isTouched) copy(this.bytes, this.#hashAt(place), before.bytes, before.#hashAt(place), hashBytes);
			else {
				this.#putHash(nodeInput, 1, 2 * place);
				this.#putHash(nodeInput, 33, 2 * place + 1);
				sha256Into(this.bytes, this.#hashAt(place), nodeInput);
			}
		}
	}

	#putHash(target: Uint8Array, at: number, place: number): void {
		if (this.#isBranch(place)) copy(target, at, this.bytes, this.#branchAt(place), hashBytes);
		else if (this.#isSingle(place)) {
			copy(leafInput, 1, this.bytes, this.#slotAt(this.#leafBelow(place)), leafBytes);
			sha256Into(target, at, leafInput);
		} else target.fill(0, at, at + hashBytes);
	}

	#isBranch(place: number): boolean {
		return ((this.#branch >> place) & 1) === 1;
	}

	#isSingle(place: number): boolean {
		return ((this.#single >> place) & 1) === 1;
	}

	/** The slot, as a place, of the one leaf below a place. */
	#leafBelow(place: number): number {
		let at = place;
		while (at < slots) at = 2 * at + (this.#isSingle(2 * at) ? 0 : 1);
		return at;
	}

	#slotBytes(nibble: number): number {
		if (this.#isBranch(slots + nibble)) return hashBytes;
		return this.#isSingle(slots + nibble) ? leafBytes : 0;
	}

	/** Where a slot's content begins, for its place 16…31. */
	#slotAt(place: number): number {
		const below = (1 << (place - slots)) - 1;
		return 4 + leafBytes * countBits((this.#single >>> slots) & below) + hashBytes * countBits((this.#branch >>> slots) & below);
	}

	/** Where the hash of a branch at a place 1…15 begins; for 16, where the page ends. */
	#hashAt(place: number): number {
		const slotted = leafBytes * countBits(this.#single >>> slots) + hashBytes * countBits(this.#branch >>> slots);
		return 4 + slotted + hashBytes * countBits(this.#branch & ((1 << place) - 1));
	}

	#branchAt(place: number): number {
		return place < slots ? this.#hashAt(place) : this.#slotAt(place);
	}
}

/** Bit n for slot n, from the stored form, where slot 0 is the highest bit. */
function readBitMap(bytes: Uint8Array, at: number): number {
	let bits = 0;
	for (let n = 0; n < slots; n++) bits |= ((bytes[at + (n >> 3)]! >> (7 - (n & 7))) & 1) << n;
	return bits;
}

function putBitMap(bytes: Uint8Array, at: number, bits: number): void {
	for (let n = 0; n < slots; n++) if (((bits >> n) & 1) === 1) bytes[at + (n >> 3)]! |= 0x80 >> (n & 7);
}

function setBit(bits: number, at: number, isSet: boolean): number {
	return isSet ? bits | (1 << at) : bits & ~(1 << at);
}

/** Of the lowest 16. */
function countBits(bits: number): number {
	let count = bits - ((bits >> 1) & 0x5555);
	count = (count & 0x3333) + ((count >> 2) & 0x3333);
	count = (count + (count >> 4)) & 0x0f0f;
	return (count + (count >> 8)) & 0x1f;
}

/** Returns where what the slot holds ends. */
function putSlot(to: Uint8Array, at: number, slot: Subtree): number {
	if (slot.kind === "branch") return copy(to, at, slot.hash, 0, hashBytes);
	return slot.kind === "empty" ? at : copy(to, copy(to, at, slot.path, 0, 32), slot.valueHash, 0, 32);
}

/** Of so few bytes a copy costs less than a view. Returns where the copy ends. */
function copy(to: Uint8Array, at: number, from: Uint8Array, start: number, length: number): number {
	for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
	return at + length;
}

function malformed(length: number): LogError {
	return new LogError("LOG_PAGE_MALFORMED", `expected a page of the sparse tree, found ${length} bytes that are not one`);
}

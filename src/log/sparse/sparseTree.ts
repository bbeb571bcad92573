import { encodeHex, equalBytes } from "#base";
import { LogError } from "../errors.ts";
import { Bucket, bucketLeavesMax, type LeafChange } from "./bucket.ts";
import { buildPages, type SparseLeaf } from "./buildPages.ts";
import { Fan, fanHeight } from "./fan.ts";
import { pathBit } from "./hashes.ts";
import type { PageJournal } from "./pageUndo.ts";
import { sharedBytes } from "./sharedBytes.ts";
import type { SparseProofJson } from "./sparseProof.ts";
import { empty, Leaf, type Subtree } from "./subtree.ts";
import { decodePage, type TreePage } from "./treePage.ts";

/**
 * Where pages are kept. A page is named by the hex digits of the path that lead to it: "" for the top one, "a3" for the one below digits a, 3.
 * Rows ordered by name lie in path order.
 */
export interface PageStore {
	read(prefix: string): Uint8Array | undefined;
	write(prefix: string, page: Uint8Array): void;
	delete(prefix: string): void;
}

/** A key's new value by its hash; undefined deletes. */
export interface SparseChange {
	readonly path: Uint8Array;
	readonly valueHash: Uint8Array | undefined;
}

/** From so many leaves on an empty tree is built from the leaves up: a large genesis, a ledger that moves here. */
const buildAtOnceMin = 1_000;

/** Pages are let go of below two digits of their paths at a time; those above these serve every update. */
const partsMax = 256;

/** {@link SparseChange} with its place spelt out once. */
interface Change extends LeafChange {
	readonly hex: string;
}

/** A page in memory, with those below it that are in memory too. */
interface Held {
	page: TreePage;
	below: (Held | undefined)[] | undefined;
}

/** A fan with what is held below it. */
interface HeldFan extends Held {
	page: Fan;
}

export interface SparseTreeOptions {
	/** Pages held in memory, 1 to 2 kB each. */
	readonly heldPagesMax?: number;
	/**
	 * Later updates may write over a page that the store was handed, and over what it gave when it was read: for a store to which the one is the page as it is
	 * now, and the other a copy. What {@link SparseTree.get} handed out is then to be read before the next update.
	 */
	readonly rewritesPages?: boolean;
	/** So many leaves below a prefix, at most {@link bucketLeavesMax}, are one page. It decides which pages a tree has, not its root. */
	readonly bucketLeaves?: number;
}

/**
 * A compact sparse Merkle tree over a store of pages (PROTOCOL §3).
 *
 * Few leaves below a prefix are one page, a {@link Bucket}; over more of them stands a fan of sixteen slots, a {@link Fan}, with a leaf alone in its slot.
 * An update reads and writes each touched page once, in path order. Pages are held in memory up to a bound. After a failed update, or when the store
 * was rolled back, call {@link SparseTree.forget}.
 */
export class SparseTree {
	readonly #store: PageStore;
	readonly #heldPagesMax: number;
	readonly #bucketLeaves: number;
	readonly #rewritesPages: boolean;
	#top: Held | undefined;
	#heldPages = 0;
	/** Below which two digits of a path pages are let go of next. */
	#nextPart = 0;
	/** What an update puts into the slots of the page it is at, one array a level: thousands of pages are made one after the other. */
	readonly #slots: (Subtree | undefined)[][] = [];
	/** Of the update that runs. */
	#journal: PageJournal | undefined;

	constructor(store: PageStore, { heldPagesMax = 20_000, bucketLeaves = 1, rewritesPages = false }: SparseTreeOptions = {}) {
		if (!(bucketLeaves >= 1 && bucketLeaves <= bucketLeavesMax)) throw new RangeError(`expected 1 to ${bucketLeavesMax} leaves in a bucket`);
		this.#store = store;
		this.#heldPagesMax = heldPagesMax;
		this.#bucketLeaves = bucketLeaves;
		this.#rewritesPages = rewritesPages;
	}

	get root(): Uint8Array {
		return (this.#findTop()?.page.root ?? empty).hash.slice();
	}

	/** Drops everything remembered, so that the next look goes to the store. */
	forget(): void {
		this.#top = undefined;
		this.#heldPages = 0;
	}

	/**
	 * Applies changes together and returns the new root. Deleting an absent key changes nothing.
	 *
	 * @param journal - Hears what each page held before, so that the tree before this update can be had again.
	 * @throws {@link LogError} `LOG_PATH_REPEATED` when two changes name one path; `LOG_PAGE_MALFORMED`, `LOG_NODE_MISSING` on a damaged store.
	 */
	update(changes: readonly SparseChange[], journal?: PageJournal): Uint8Array {
		this.#journal = journal;
		const top = this.#findTop();
		if (changes.length >= buildAtOnceMin && top === undefined && changes.every(isPut)) return this.#build(changes);
		const sorted = changes.map(toChange).sort((a, b) => (a.hex < b.hex ? -1 : 1));
		for (let i = 1; i < sorted.length; i++) {
			if (sorted[i]!.hex === sorted[i - 1]!.hex) throw new LogError("LOG_PATH_REPEATED", "expected each path once in a batch", { at: i });
		}
		if (sorted.length > 0) this.#apply(top, sorted);
		this.#trim();
		return this.root;
	}

	#apply(top: Held | undefined, changes: readonly Change[]): void {
		if (top === undefined) this.#journal?.page("", undefined);
		const after =
			top === undefined
				? this.#make(
						"",
						changes.flatMap(({ leaf }) => leaf ?? []),
					)
				: this.#change("", top, changes, 0, changes.length);
		this.#top = after instanceof Leaf ? undefined : after;
	}

	/** Nothing was there before. */
	#build(leaves: readonly SparseLeaf[]): Uint8Array {
		buildPages(leaves, this.#bucketLeaves, (prefix, page) => {
			this.#store.write(prefix, page);
			this.#journal?.page(prefix, undefined);
		});
		return this.root;
	}

	/** Proof of presence or absence of a path under the current root. */
	prove(path: Uint8Array): SparseProofJson {
		const siblings: string[] = [];
		let held = this.#findTop();
		let [depth, place] = [0, 1];
		let here: Subtree = held?.page.root ?? empty;
		while (here.kind === "branch") {
			if (place >= 16) {
				held = this.#load(held!, path, depth / fanHeight);
				place = 1;
			}
			const { page } = held!;
			if (page instanceof Bucket) {
				const way = page.wayTo(path);
				siblings.push(...way.siblings.map(siblingText));
				here = way.leaf ?? empty;
				break;
			}
			const below = place * 2 + pathBit(path, depth);
			siblings.push(siblingText(page.at(below ^ 1)));
			here = page.at(below);
			place = below;
			depth++;
		}
		return { siblings: siblings.reverse(), other: here.kind === "leaf" && !equalBytes(here.path, path) ? toOther(here) : null };
	}

	/** Hash of the value at a path, or undefined where there is none. */
	get(path: Uint8Array): Uint8Array | undefined {
		let held = this.#findTop();
		if (held === undefined) return undefined;
		for (let depth = 0; ; depth++) {
			if (held.page instanceof Bucket) return held.page.get(path);
			const nibble = nibbleOf(path, depth);
			if (!held.page.hasPageBelow(nibble)) return held.page.valueHashAt(nibble, path);
			held = this.#load(held, path, depth + 1);
		}
	}

	/** Changes `from` to `to` lie all below `prefix`. Writes or deletes the page and returns what now stands there: a page, one leaf for the slot above, or nothing. */
	#change(prefix: string, held: Held, changes: readonly Change[], from: number, to: number): Held | Leaf | undefined {
		if (held.page instanceof Bucket) return this.#changeBucket(prefix, held, held.page, changes, from, to);
		const few = this.#fewLeft(prefix, held, changes, from, to);
		if (few === undefined) return this.#changeFan(prefix, held as HeldFan, changes, from, to);
		this.#removeAll(prefix, held);
		return this.#make(prefix, few);
	}

	/** What is left below a fan where it is no more than a bucket takes. */
	#fewLeft(prefix: string, held: Held, changes: readonly Change[], from: number, to: number): Leaf[] | undefined {
		const taken = countTaken(changes, from, to);
		const leaves = taken === 0 ? undefined : this.#leavesBelow(prefix, held, this.#bucketLeaves + taken);
		const left = leaves && withChanges(leaves, changes, from, to);
		return left !== undefined && left.length <= this.#bucketLeaves ? left : undefined;
	}

	#changeBucket(prefix: string, held: Held, before: Bucket, changes: readonly Change[], from: number, to: number): Held | Leaf | undefined {
		const count = before.countWith(changes, from, to);
		if (count > this.#bucketLeaves || count === 0 || (count === 1 && prefix !== "")) {
			this.#journal?.page(prefix, before);
			if (count <= this.#bucketLeaves) this.#store.delete(prefix);
			return this.#make(prefix, withChanges(before.leaves(), changes, from, to));
		}
		const journal = this.#journal;
		for (let i = from; i < to && journal !== undefined; i++) journal.leaf(prefix, changes[i]!.path, before.get(changes[i]!.path));
		held.page = this.#rewritesPages ? before.with(changes, from, to, sharedBytes) : before.with(changes, from, to);
		this.#store.write(prefix, held.page.bytes);
		return held;
	}

	/** More leaves than a bucket takes were below it, and are. */
	#changeFan(prefix: string, held: HeldFan, changes: readonly Change[], from: number, to: number): Held {
		const before = held.page;
		this.#tellSlots(prefix, before, changes, from, to);
		this.#slots[prefix.length] ??= new Array<Subtree | undefined>(16);
		const slots = this.#slots[prefix.length]!.fill(undefined);
		for (let start = from; start < to; ) {
			const nibble = nibbleOf(changes[start]!.path, prefix.length);
			const end = endOfSlot(changes, start, to, prefix.length);
			const after = this.#changeSlot(changes[start]!.hex.slice(0, prefix.length + 1), held, nibble, changes, start, end);
			this.#hold(held, nibble, after instanceof Leaf ? undefined : after);
			slots[nibble] = subtreeOf(after);
			start = end;
		}
		held.page = this.#rewritesPages ? before.rewrite(slots) : before.with(slots);
		this.#store.write(prefix, held.page.bytes);
		return held;
	}

	#tellSlots(prefix: string, before: Fan, changes: readonly Change[], from: number, to: number): void {
		if (this.#journal === undefined) return;
		for (let start = from; start < to; start = endOfSlot(changes, start, to, prefix.length)) {
			this.#journal.slot(prefix, nibbleOf(changes[start]!.path, prefix.length), before);
		}
	}

	#changeSlot(prefix: string, above: HeldFan, nibble: number, changes: readonly Change[], from: number, to: number): Held | Leaf | undefined {
		if (above.page.hasPageBelow(nibble)) return this.#change(prefix, this.#load(above, changes[from]!.path, prefix.length), changes, from, to);
		const leaves = withChanges(leavesOf(above.page.slot(nibble)), changes, from, to);
		if (leaves.length > 1) this.#journal?.page(prefix, undefined);
		return this.#make(prefix, leaves);
	}

	/** Pages over sorted leaves below a prefix where there are none; the journal knows what was at the prefix itself. */
	#make(prefix: string, leaves: readonly Leaf[]): Held | Leaf | undefined {
		if (leaves.length === 0 || (leaves.length === 1 && prefix !== "")) return leaves[0];
		const held = leaves.length <= this.#bucketLeaves ? toHeld(Bucket.of(leaves, fanHeight * prefix.length)) : this.#makeFan(prefix, leaves);
		this.#store.write(prefix, held.page.bytes);
		return held;
	}

	#makeFan(prefix: string, leaves: readonly Leaf[]): Held {
		const held = toHeld(Fan.empty());
		const slots = Array.from({ length: 16 }, (_, nibble) => {
			const below = leaves.filter(({ path }) => nibbleOf(path, prefix.length) === nibble);
			const name = prefix + nibble.toString(16);
			if (below.length > 1) this.#journal?.page(name, undefined);
			const made = this.#make(name, below);
			if (made !== undefined && !(made instanceof Leaf)) this.#hold(held, nibble, made);
			return subtreeOf(made);
		});
		held.page = Fan.empty().with(slots);
		return held;
	}

	/** All leaves below a page, in order; undefined where there are more than `max`. */
	#leavesBelow(prefix: string, held: Held, max: number): Leaf[] | undefined {
		const { page } = held;
		if (page instanceof Bucket) return page.count > max ? undefined : page.leaves();
		const leaves: Leaf[] = [];
		for (let nibble = 0; nibble < 16; nibble++) {
			const slot = page.slot(nibble);
			const name = prefix + nibble.toString(16);
			const below = slot.kind === "branch" ? this.#leavesBelow(name, this.#loadNamed(held, name), max - leaves.length) : leavesOf(slot);
			if (below === undefined || leaves.length + below.length > max) return undefined;
			leaves.push(...below);
		}
		return leaves;
	}

	/** Takes a page away, and those below it. */
	#removeAll(prefix: string, held: Held): void {
		const { page } = held;
		for (let nibble = 0; nibble < 16 && page instanceof Fan; nibble++) {
			const name = prefix + nibble.toString(16);
			if (!page.hasPageBelow(nibble)) continue;
			this.#removeAll(name, this.#loadNamed(held, name));
			this.#hold(held, nibble, undefined);
		}
		this.#journal?.page(prefix, page);
		this.#store.delete(prefix);
	}

	#findTop(): Held | undefined {
		if (this.#top !== undefined) return this.#top;
		const bytes = this.#store.read("");
		if (bytes !== undefined) this.#top = toHeld(decodePage("", bytes));
		return this.#top;
	}

	/** The page below a branch, that the first `depth` digits of a path lead to. */
	#load(above: Held, path: Uint8Array, depth: number): Held {
		return above.below?.[nibbleOf(path, depth - 1)] ?? this.#loadNamed(above, encodeHex(path).slice(0, depth));
	}

	/** The page of a name, whose last digit is that of a branch in the page above. */
	#loadNamed(above: Held, prefix: string): Held {
		const nibble = Number.parseInt(prefix.at(-1)!, 16);
		const known = above.below?.[nibble];
		if (known !== undefined) return known;
		const bytes = this.#store.read(prefix);
		if (bytes === undefined) throw new LogError("LOG_NODE_MISSING", "expected a page below a branch, found none", { at: prefix.length });
		const held = toHeld(decodePage(prefix, bytes));
		this.#hold(above, nibble, held);
		return held;
	}

	/** Nothing is held below a page that is not held itself. */
	#hold(above: Held, nibble: number, held: Held | undefined): void {
		if (above.below === undefined && held === undefined) return;
		above.below ??= new Array<Held | undefined>(16).fill(undefined);
		if (above.below[nibble] !== undefined) this.#heldPages--;
		if (held !== undefined) this.#heldPages++;
		above.below[nibble] = held;
	}

	/** Lets go of one small part of the tree after the other until few enough pages are held: going through all of them would hold its caller up. */
	#trim(): void {
		const top = this.#top?.below;
		for (let parts = 0; this.#heldPages > this.#heldPagesMax && parts < partsMax; parts++) {
			const above = top?.[this.#nextPart >> 4]?.below?.[this.#nextPart & 15];
			this.#nextPart = (this.#nextPart + 1) % partsMax;
			if (above !== undefined) this.#dropBelow(above);
		}
		if (this.#heldPages > this.#heldPagesMax && this.#top !== undefined) this.#dropBelow(this.#top);
	}

	#dropBelow(above: Held): void {
		this.#heldPages -= countBelow(above);
		above.below = undefined;
	}
}

function toHeld(page: TreePage): Held {
	return { page, below: undefined };
}

function countBelow({ below }: Held): number {
	let count = 0;
	for (const held of below ?? []) if (held !== undefined) count += 1 + countBelow(held);
	return count;
}

/** What stands in the slot above. */
function subtreeOf(made: Held | Leaf | undefined): Subtree {
	if (made === undefined) return empty;
	return made instanceof Leaf ? made : made.page.root;
}

function leavesOf(slot: Subtree): Leaf[] {
	return slot.kind === "leaf" ? [slot] : [];
}

function isPut(change: SparseChange): change is SparseLeaf {
	return change.valueHash !== undefined;
}

/** Where the changes end that lie below the same digit at `depth` as the one at `start`. */
function endOfSlot(changes: readonly Change[], start: number, to: number, depth: number): number {
	const nibble = nibbleOf(changes[start]!.path, depth);
	let end = start + 1;
	while (end < to && nibbleOf(changes[end]!.path, depth) === nibble) end++;
	return end;
}

function countTaken(changes: readonly Change[], from: number, to: number): number {
	let count = 0;
	for (let i = from; i < to; i++) if (changes[i]!.leaf === undefined) count++;
	return count;
}

/** Sorted leaves after sorted changes. */
function withChanges(leaves: readonly Leaf[], changes: readonly Change[], from: number, to: number): Leaf[] {
	const changed = new Map(changes.slice(from, to).map((change) => [change.hex, change.leaf]));
	const all = leaves.map((leaf) => ({ hex: encodeHex(leaf.path), leaf })).filter(({ hex }) => !changed.has(hex));
	for (const [hex, leaf] of changed) if (leaf !== undefined) all.push({ hex, leaf });
	return all.sort((a, b) => (a.hex < b.hex ? -1 : 1)).map(({ leaf }) => leaf);
}

function toChange({ path, valueHash }: SparseChange): Change {
	return { path, hex: encodeHex(path), leaf: valueHash === undefined ? undefined : new Leaf(path, valueHash) };
}

/** Digit `depth` of a path in hex. */
function nibbleOf(path: Uint8Array, depth: number): number {
	const byte = path[depth >> 1]!;
	return (depth & 1) === 0 ? byte >> 4 : byte & 15;
}

function toOther({ path, valueHash }: Leaf): SparseProofJson["other"] {
	return { path: encodeHex(path), valueHash: encodeHex(valueHash) };
}

function siblingText(subtree: Subtree): string {
	return subtree.kind === "empty" ? "" : encodeHex(subtree.hash);
}

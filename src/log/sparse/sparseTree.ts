import { encodeHex, equalBytes } from "#base";
import { LogError } from "../errors.ts";
import { buildPages, type SparseLeaf } from "./buildPages.ts";
import { pathBit } from "./hashes.ts";
import { Page, pageHeight } from "./page.ts";
import type { SlotJournal } from "./pageUndo.ts";
import type { SparseProofJson } from "./sparseProof.ts";
import { empty, Leaf, type Subtree } from "./subtree.ts";

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
interface Change {
	readonly path: Uint8Array;
	readonly hex: string;
	readonly leaf: Leaf | undefined;
}

/** A page in memory, with those below it that are in memory too. */
interface Held {
	page: Page;
	below: (Held | undefined)[] | undefined;
}

/**
 * A compact sparse Merkle tree over a store of pages (PROTOCOL §3).
 *
 * An update reads and writes each touched page once, in path order; with 2^20 keys a key lies five to six pages deep. Pages
 * are held in memory up to a bound. After a failed update, or when the store was rolled back, call {@link SparseTree.forget}.
 */
export class SparseTree {
	readonly #store: PageStore;
	readonly #heldPagesMax: number;
	#top: Held | undefined;
	#heldPages = 0;
	/** Below which two digits of a path pages are let go of next. */
	#nextPart = 0;
	/** What an update puts into the slots of the page it is at, one array a level: thousands of pages are made one after the other. */
	readonly #slots: (Subtree | undefined)[][] = [];

	/** @param heldPagesMax - Pages held in memory, about 1 kB each. */
	constructor(store: PageStore, heldPagesMax = 20_000) {
		this.#store = store;
		this.#heldPagesMax = heldPagesMax;
	}

	get root(): Uint8Array {
		return (this.#findTop()?.page.root ?? empty).hash;
	}

	/** Drops everything remembered, so that the next look goes to the store. */
	forget(): void {
		this.#top = undefined;
		this.#heldPages = 0;
	}

	/**
	 * Applies changes together and returns the new root. Deleting an absent key changes nothing.
	 *
	 * @param journal - Hears what each slot held before, so that the tree before this update can be had again.
	 * @throws {@link LogError} `LOG_PATH_REPEATED` when two changes name one path; `LOG_PAGE_MALFORMED`, `LOG_NODE_MISSING` on a damaged store.
	 */
	update(changes: readonly SparseChange[], journal?: SlotJournal): Uint8Array {
		const top = this.#findTop();
		if (changes.length >= buildAtOnceMin && top === undefined && changes.every(isPut)) return this.#build(changes, journal);
		const sorted = changes.map(toChange).sort((a, b) => (a.hex < b.hex ? -1 : 1));
		for (let i = 1; i < sorted.length; i++) {
			if (sorted[i]!.hex === sorted[i - 1]!.hex) throw new LogError("LOG_PATH_REPEATED", "expected each path once in a batch", { at: i });
		}
		if (sorted.length > 0) this.#apply(top ?? { page: Page.empty(), below: undefined }, sorted, journal);
		this.#trim();
		return this.root;
	}

	#apply(top: Held, changes: readonly Change[], journal: SlotJournal | undefined): void {
		const root = this.#applyToPage("", top, changes, journal);
		this.#top = root.kind === "empty" ? undefined : top;
	}

	/** Nothing was below the top page, so its slots tell all of what was before. */
	#build(leaves: readonly SparseLeaf[], journal: SlotJournal | undefined): Uint8Array {
		for (let nibble = 0; nibble < 16; nibble++) journal?.replaced("", nibble, empty);
		buildPages(leaves, (prefix, page) => this.#store.write(prefix, page));
		return this.root;
	}

	/** Proof of presence or absence of a path under the current root. */
	prove(path: Uint8Array): SparseProofJson {
		const siblings: string[] = [];
		let held = this.#findTop();
		let page = held?.page ?? Page.empty();
		let [depth, place] = [0, 1];
		let here: Subtree = page.root;
		while (here.kind === "branch") {
			if (place >= 16) {
				held = this.#load(held!, path, depth / pageHeight);
				page = held.page;
				place = 1;
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
			const nibble = nibbleOf(path, depth);
			if (!held.page.hasPageBelow(nibble)) return held.page.valueHashAt(nibble, path);
			held = this.#load(held, path, depth + 1);
		}
	}

	/** Changes lie all below `prefix`, sorted. Writes or deletes the page and returns what now stands at its place. */
	#applyToPage(prefix: string, held: Held, changes: readonly Change[], journal: SlotJournal | undefined): Subtree {
		const before = held.page;
		this.#slots[prefix.length] ??= new Array<Subtree | undefined>(16);
		const slots = this.#slots[prefix.length]!.fill(undefined);
		for (let from = 0; from < changes.length; ) {
			const nibble = nibbleOf(changes[from]!.path, prefix.length);
			let to = from + 1;
			while (to < changes.length && nibbleOf(changes[to]!.path, prefix.length) === nibble) to++;
			const slot = before.slot(nibble);
			journal?.replaced(prefix, nibble, slot);
			slots[nibble] = this.#applyToSlot(held, slot, prefix.length + 1, changes.slice(from, to), journal);
			from = to;
		}
		held.page = before.with(slots);
		const { root } = held.page;
		// The top page stays while anything is in the tree; any other only while it holds more than one leaf.
		const keeps = root.kind === "branch" || (prefix === "" && root.kind === "leaf");
		if (keeps) this.#store.write(prefix, held.page.bytes);
		else if (before.root.kind !== "empty") this.#remove(prefix, held.page, journal);
		return root;
	}

	#applyToSlot(above: Held, slot: Subtree, depth: number, changes: readonly Change[], journal: SlotJournal | undefined): Subtree {
		const { path } = changes[0]!;
		if (slot.kind === "branch") return this.#applyBelow(above, this.#load(above, path, depth), depth, changes, journal);
		const leaves = changes.filter((change) => change.leaf !== undefined);
		if (slot.kind === "leaf" && changes.every((change) => !equalBytes(change.path, slot.path))) insertSorted(leaves, toChange(slot));
		if (leaves.length > 1) return this.#applyBelow(above, { page: Page.empty(), below: undefined }, depth, leaves, journal);
		return leaves[0]?.leaf ?? empty;
	}

	#applyBelow(above: Held, held: Held, depth: number, changes: readonly Change[], journal: SlotJournal | undefined): Subtree {
		const { path, hex } = changes[0]!;
		const root = this.#applyToPage(hex.slice(0, depth), held, changes, journal);
		this.#hold(above, nibbleOf(path, depth - 1), root.kind === "branch" ? held : undefined);
		return root;
	}

	#findTop(): Held | undefined {
		if (this.#top !== undefined) return this.#top;
		const bytes = this.#store.read("");
		if (bytes === undefined) return undefined;
		this.#top = { page: Page.decode(bytes), below: undefined };
		return this.#top;
	}

	/** The page below a branch, that the first `depth` digits of a path lead to. */
	#load(above: Held, path: Uint8Array, depth: number): Held {
		const nibble = nibbleOf(path, depth - 1);
		const known = above.below?.[nibble];
		if (known !== undefined) return known;
		const bytes = this.#store.read(encodeHex(path).slice(0, depth));
		if (bytes === undefined) throw new LogError("LOG_NODE_MISSING", "expected a page below a branch, found none", { at: depth });
		const held: Held = { page: Page.decode(bytes), below: undefined };
		this.#hold(above, nibble, held);
		return held;
	}

	/** Nothing is held below a page that is not held itself. */
	#hold(above: Held, nibble: number, held: Held | undefined): void {
		above.below ??= new Array<Held | undefined>(16).fill(undefined);
		if (above.below[nibble] !== undefined) this.#heldPages--;
		if (held !== undefined) this.#heldPages++;
		above.below[nibble] = held;
	}

	/** With the page goes a leaf that no change named; the journal must hear of it too. */
	#remove(prefix: string, page: Page, journal: SlotJournal | undefined): void {
		for (let nibble = 0; nibble < 16 && journal !== undefined; nibble++) {
			const slot = page.slot(nibble);
			if (slot.kind !== "empty") journal.replaced(prefix, nibble, slot);
		}
		this.#store.delete(prefix);
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

function countBelow({ below }: Held): number {
	let count = 0;
	for (const held of below ?? []) if (held !== undefined) count += 1 + countBelow(held);
	return count;
}

function isPut(change: SparseChange): change is SparseLeaf {
	return change.valueHash !== undefined;
}

function toChange({ path, valueHash }: SparseChange): Change {
	return { path, hex: encodeHex(path), leaf: valueHash === undefined ? undefined : new Leaf(path, valueHash) };
}

function insertSorted(changes: Change[], added: Change): void {
	const at = changes.findIndex((change) => change.hex > added.hex);
	changes.splice(at < 0 ? changes.length : at, 0, added);
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

import { encodeHex } from "#base";
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

/** {@link SparseChange} with its place spelt out once. */
interface Change {
	readonly hex: string;
	readonly leaf: Leaf | undefined;
}

/**
 * A compact sparse Merkle tree over a store of pages (PROTOCOL §3).
 *
 * An update reads and writes each touched page once, in path order; with 2^20 keys a key lies five to six pages deep. Decoded pages
 * are kept up to a bound. After a failed update, or when the store was rolled back, call {@link SparseTree.forget}.
 */
export class SparseTree {
	readonly #store: PageStore;
	readonly #cachedPagesMax: number;
	readonly #cache = new Map<string, Page>();

	/** @param cachedPagesMax - Decoded pages kept in memory, about 2 kB each. */
	constructor(store: PageStore, cachedPagesMax = 20_000) {
		this.#store = store;
		this.#cachedPagesMax = cachedPagesMax;
	}

	get root(): Uint8Array {
		return (this.#find("")?.root ?? empty).hash;
	}

	/** Drops everything remembered, so that the next look goes to the store. */
	forget(): void {
		this.#cache.clear();
	}

	/**
	 * Applies changes together and returns the new root. Deleting an absent key changes nothing.
	 *
	 * @param journal - Hears what each slot held before, so that the tree before this update can be had again.
	 * @throws {@link LogError} `LOG_PATH_REPEATED` when two changes name one path; `LOG_PAGE_MALFORMED`, `LOG_NODE_MISSING` on a damaged store.
	 */
	update(changes: readonly SparseChange[], journal?: SlotJournal): Uint8Array {
		if (changes.length >= buildAtOnceMin && this.#find("") === undefined && changes.every(isPut)) return this.#build(changes, journal);
		const sorted = changes.map(toChange).sort((a, b) => (a.hex < b.hex ? -1 : 1));
		for (let i = 1; i < sorted.length; i++) {
			if (sorted[i]!.hex === sorted[i - 1]!.hex) throw new LogError("LOG_PATH_REPEATED", "expected each path once in a batch", { at: i });
		}
		if (sorted.length > 0) this.#applyToPage("", this.#find(""), sorted, journal);
		this.#trim();
		return this.root;
	}

	/** Nothing was below the top page, so its slots tell all of what was before. */
	#build(leaves: readonly SparseLeaf[], journal: SlotJournal | undefined): Uint8Array {
		for (let nibble = 0; nibble < 16; nibble++) journal?.replaced("", nibble, empty);
		buildPages(leaves, (prefix, page) => this.#store.write(prefix, page));
		return this.root;
	}

	/** Proof of presence or absence of a path under the current root. */
	prove(path: Uint8Array): SparseProofJson {
		const hex = encodeHex(path);
		const siblings: string[] = [];
		let prefix = "";
		let page = this.#find("") ?? Page.empty();
		let [depth, place] = [0, 1];
		let here: Subtree = page.root;
		while (here.kind === "branch") {
			if (place >= 16) {
				prefix = hex.slice(0, depth / pageHeight);
				page = this.#load(prefix);
				place = 1;
			}
			const below = place * 2 + pathBit(path, depth);
			siblings.push(siblingText(page.at(below ^ 1)));
			here = page.at(below);
			place = below;
			depth++;
		}
		return {
			siblings: siblings.reverse(),
			other: here.kind === "leaf" && encodeHex(here.path) !== hex ? { path: encodeHex(here.path), valueHash: encodeHex(here.valueHash) } : null,
		};
	}

	/** Hash of the value at a path, or undefined where there is none. */
	get(path: Uint8Array): Uint8Array | undefined {
		const hex = encodeHex(path);
		let page = this.#find("");
		for (let depth = 0; page !== undefined; depth++) {
			const slot = page.slot(digit(hex, depth));
			if (slot.kind === "branch") page = this.#load(hex.slice(0, depth + 1));
			else return slot.kind === "leaf" && encodeHex(slot.path) === hex ? slot.valueHash : undefined;
		}
		return undefined;
	}

	/** Changes lie all below `prefix`, sorted. Writes or deletes the page and returns what now stands at its place. */
	#applyToPage(prefix: string, existing: Page | undefined, changes: readonly Change[], journal: SlotJournal | undefined): Subtree {
		const page = existing ?? Page.empty();
		const depth = prefix.length;
		for (let from = 0; from < changes.length; ) {
			const nibble = digit(changes[from]!.hex, depth);
			let to = from + 1;
			while (to < changes.length && digit(changes[to]!.hex, depth) === nibble) to++;
			const before = page.slot(nibble);
			journal?.replaced(prefix, nibble, before);
			page.setSlot(nibble, this.#applyToSlot(changes[from]!.hex.slice(0, depth + 1), before, changes.slice(from, to), journal));
			from = to;
		}
		// The top page stays while anything is in the tree; any other only while it holds more than one leaf.
		const keeps = page.root.kind === "branch" || (prefix === "" && page.root.kind === "leaf");
		if (keeps) this.#save(prefix, page);
		else if (existing !== undefined) this.#remove(prefix, page, journal);
		return page.root;
	}

	#applyToSlot(prefix: string, slot: Subtree, changes: readonly Change[], journal: SlotJournal | undefined): Subtree {
		if (slot.kind === "branch") return this.#applyToPage(prefix, this.#load(prefix), changes, journal);
		const leaves = changes.filter((change) => change.leaf !== undefined);
		if (slot.kind === "leaf") {
			const hex = encodeHex(slot.path);
			if (changes.every((change) => change.hex !== hex)) insertSorted(leaves, { hex, leaf: slot });
		}
		if (leaves.length > 1) return this.#applyToPage(prefix, undefined, leaves, journal);
		return leaves[0]?.leaf ?? empty;
	}

	#find(prefix: string): Page | undefined {
		const cached = this.#cache.get(prefix);
		if (cached !== undefined) return cached;
		const bytes = this.#store.read(prefix);
		if (bytes === undefined) return undefined;
		const page = Page.decode(bytes);
		this.#cache.set(prefix, page);
		return page;
	}

	#load(prefix: string): Page {
		const page = this.#find(prefix);
		if (page === undefined) throw new LogError("LOG_NODE_MISSING", "expected a page below a branch, found none", { at: prefix.length });
		return page;
	}

	#save(prefix: string, page: Page): void {
		this.#cache.set(prefix, page);
		this.#store.write(prefix, page.encode());
	}

	/** With the page goes a leaf that no change named; the journal must hear of it too. */
	#remove(prefix: string, page: Page, journal: SlotJournal | undefined): void {
		for (let nibble = 0; nibble < 16 && journal !== undefined; nibble++) {
			const slot = page.slot(nibble);
			if (slot.kind !== "empty") journal.replaced(prefix, nibble, slot);
		}
		this.#cache.delete(prefix);
		this.#store.delete(prefix);
	}

	/** Deep pages go first: the top ones serve every update. */
	#trim(): void {
		if (this.#cache.size <= this.#cachedPagesMax) return;
		const deepestFirst = [...this.#cache.keys()].sort((a, b) => b.length - a.length);
		for (const prefix of deepestFirst.slice(0, deepestFirst.length - Math.floor(this.#cachedPagesMax / 2))) this.#cache.delete(prefix);
	}
}

function isPut(change: SparseChange): change is SparseLeaf {
	return change.valueHash !== undefined;
}

function toChange({ path, valueHash }: SparseChange): Change {
	return { hex: encodeHex(path), leaf: valueHash === undefined ? undefined : new Leaf(path, valueHash) };
}

function insertSorted(changes: Change[], added: Change): void {
	const at = changes.findIndex((change) => change.hex > added.hex);
	changes.splice(at < 0 ? changes.length : at, 0, added);
}

function digit(hex: string, depth: number): number {
	const code = hex.charCodeAt(depth);
	return code < 58 ? code - 48 : code - 87;
}

function siblingText(subtree: Subtree): string {
	return subtree.kind === "empty" ? "" : encodeHex(subtree.hash);
}

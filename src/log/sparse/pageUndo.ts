import { encodeHex } from "#base";
import { LogError } from "../errors.ts";
import { Bucket, bucketLeavesMax, type LeafChange } from "./bucket.ts";
import { Fan, fanHeight } from "./fan.ts";
import { empty, Leaf, type Subtree } from "./subtree.ts";
import { decodePage, type TreePage } from "./treePage.ts";

/** Hears what an update finds before it puts something else there: of each page either parts of it, one after the other, each once, or the whole, once. */
export interface PageJournal {
	/** A slot of a fan that stays a fan. */
	slot(prefix: string, nibble: number, before: Fan): void;
	/** A path in a bucket that stays a bucket; undefined where no leaf was. */
	leaf(prefix: string, path: Uint8Array, before: Uint8Array | undefined): void;
	/** A page that goes, or comes, or is another kind afterwards; undefined where there was none. */
	page(prefix: string, before: TreePage | undefined): void;
}

/** What a record tells of: parts of the page as it is now, or all that was there. */
const forms = { slots: 0, leaves: 1, fan: 2, bucket: 3 } as const;
const kinds = ["empty", "leaf", "branch"] as const;
const contentBytes = { empty: 0, leaf: 64, branch: 32 } as const;
const [noLeaf, oneLeaf] = [0, 1];
const pathBytes = 32;
const leafBytes = 64;
/** Room for what a block of a few transactions replaces. */
const firstBytes = 4_096;

/**
 * What the pages that an update changes held before: enough to go back to the tree before it, at a tenth of the pages' size.
 *
 * Stored form of one page: a byte (0 slots of a fan, 1 leaves of a bucket, both of the page as it is; 2 all slots of a fan that hold something, 3 all leaves
 * of a bucket, where the page now is none, or none of that kind; 3 and no leaf: there was no page). Then for each slot a byte (slot number × 16 + 0 for
 * empty, 1 for a leaf, 2 for a branch) and path ‖ valueHash or the branch's hash; for each leaf of a bucket 0 and the path where none was, or 1 and path ‖ valueHash.
 */
export class PageUndo implements PageJournal {
	readonly #prefixes: string[] = [];
	/** Where the record of each begins. */
	readonly #starts: number[] = [];
	/** All records, one after the other: memory for each of thousands would cost more than what it holds. */
	#bytes = new Uint8Array(firstBytes);
	#at = 0;

	slot(prefix: string, nibble: number, before: Fan): void {
		this.#begin(prefix, forms.slots);
		this.#addSlot(nibble, before);
	}

	leaf(prefix: string, path: Uint8Array, before: Uint8Array | undefined): void {
		this.#begin(prefix, forms.leaves);
		this.#addLeaf(path, before);
	}

	page(prefix: string, before: TreePage | undefined): void {
		this.#begin(prefix, before instanceof Fan ? forms.fan : forms.bucket);
		if (before instanceof Bucket) for (const { path, valueHash } of before.leaves()) this.#addLeaf(path, valueHash);
		for (let nibble = 0; nibble < 16 && before instanceof Fan; nibble++) {
			if (before.kindOf(nibble) !== "empty") this.#addSlot(nibble, before);
		}
	}

	/** One stored form for each page that changed. */
	*pages(): Generator<readonly [prefix: string, undo: Uint8Array]> {
		for (const [i, prefix] of this.#prefixes.entries()) yield [prefix, this.#bytes.subarray(this.#starts[i]!, this.#starts[i + 1] ?? this.#at)];
	}

	/** Goes on with the record of a page, or begins it. */
	#begin(prefix: string, form: number): void {
		if (this.#prefixes.at(-1) === prefix) return;
		this.#reserve(1);
		this.#prefixes.push(prefix);
		this.#starts.push(this.#at);
		this.#bytes[this.#at++] = form;
	}

	#addSlot(nibble: number, before: Fan): void {
		this.#reserve(1 + leafBytes);
		this.#bytes[this.#at] = nibble * 16 + kinds.indexOf(before.kindOf(nibble));
		this.#at = before.copySlot(nibble, this.#bytes, this.#at + 1);
	}

	#addLeaf(path: Uint8Array, valueHash: Uint8Array | undefined): void {
		this.#reserve(1 + leafBytes);
		this.#bytes[this.#at] = valueHash === undefined ? noLeaf : oneLeaf;
		this.#bytes.set(path, this.#at + 1);
		if (valueHash !== undefined) this.#bytes.set(valueHash, this.#at + 1 + pathBytes);
		this.#at += 1 + (valueHash === undefined ? pathBytes : leafBytes);
	}

	#reserve(length: number): void {
		if (this.#at + length <= this.#bytes.length) return;
		const larger = new Uint8Array(2 * this.#bytes.length + length);
		larger.set(this.#bytes);
		this.#bytes = larger;
	}
}

/** What stands in a stored page, and at its root; nothing where there is no page. @throws {@link LogError} `LOG_PAGE_MALFORMED`. */
export function readPage(prefix: string, bytes: Uint8Array | undefined): PageContent {
	if (bytes === undefined) return { root: empty, leaves: [], branches: [] };
	const page = decodePage(prefix, bytes);
	if (page instanceof Bucket) return { root: page.root, leaves: page.leaves(), branches: [] };
	const slots = Array.from({ length: 16 }, (_, nibble) => [nibble, page.slot(nibble)] as const);
	return {
		root: page.root,
		leaves: slots.flatMap(([, slot]) => (slot.kind === "leaf" ? [slot] : [])),
		branches: slots.flatMap(([nibble, slot]) => (slot.kind === "branch" ? [{ prefix: prefix + nibble.toString(16), hash: slot.hash }] : [])),
	};
}

export interface PageContent {
	readonly root: Subtree;
	readonly leaves: readonly Leaf[];
	/** Each the root of a page of its own. */
	readonly branches: readonly { readonly prefix: string; readonly hash: Uint8Array }[];
}

/**
 * A page as it was before some updates.
 *
 * @param bytes - As it is now; undefined where there is none.
 * @param undos - Stored forms of {@link PageUndo}, the newest update first.
 * @returns Undefined when nothing was below it.
 * @throws {@link LogError} `LOG_PAGE_MALFORMED`.
 */
export function undoPage(prefix: string, bytes: Uint8Array | undefined, undos: readonly Uint8Array[]): Uint8Array | undefined {
	if (undos.length === 0) return bytes;
	// The oldest that tells of a whole page makes all newer ones, and the page itself, of no account.
	const whole = undos.findLastIndex((undo) => undo[0] === forms.fan || undo[0] === forms.bucket);
	let page = whole < 0 && bytes !== undefined ? decodePage(prefix, bytes) : undefined;
	for (const undo of undos.slice(Math.max(0, whole))) page = undoOne(prefix, page, undo);
	return page?.bytes;
}

function undoOne(prefix: string, page: TreePage | undefined, undo: Uint8Array): TreePage | undefined {
	const depth = fanHeight * prefix.length;
	if (undo[0] === forms.fan) return filled(Fan.empty().with(readSlots(undo)));
	if (undo[0] === forms.bucket) {
		const leaves = readLeaves(undo).map(({ leaf }) => leaf ?? malformed(0));
		if (leaves.length > bucketLeavesMax) return malformed(0);
		return leaves.length === 0 ? undefined : Bucket.of(leaves, depth);
	}
	if (undo[0] === forms.slots && page instanceof Fan) return filled(page.with(readSlots(undo)));
	if (undo[0] !== forms.leaves || !(page instanceof Bucket)) return malformed(0);
	const changes = readLeaves(undo);
	const count = page.countWith(changes, 0, changes.length);
	return count >= 1 && count <= bucketLeavesMax ? page.with(changes, 0, changes.length) : malformed(0);
}

/** No tree stores a fan with nothing in it. */
function filled(page: Fan): Fan {
	return page.root.kind === "empty" ? malformed(0) : page;
}

function readSlots(undo: Uint8Array): (Subtree | undefined)[] {
	const slots = new Array<Subtree | undefined>(16).fill(undefined);
	for (let at = 1; at < undo.length; ) {
		const kind = kinds[undo[at]! & 15];
		if (kind === undefined || at + 1 + contentBytes[kind] > undo.length) return malformed(at);
		const content = undo.subarray(at + 1, at + 1 + contentBytes[kind]);
		slots[undo[at]! >> 4] = decodeSlot(kind, content);
		at += 1 + content.length;
	}
	return slots;
}

function decodeSlot(kind: (typeof kinds)[number], content: Uint8Array): Subtree {
	if (kind === "empty") return empty;
	return kind === "leaf" ? new Leaf(content.subarray(0, 32), content.subarray(32)) : { kind, hash: content };
}

function readLeaves(undo: Uint8Array): LeafChange[] {
	const leaves: LeafChange[] = [];
	for (let at = 1; at < undo.length; ) {
		const length = undo[at] === noLeaf ? pathBytes : leafBytes;
		if (undo[at]! > oneLeaf || at + 1 + length > undo.length) return malformed(at);
		const path = undo.subarray(at + 1, at + 1 + pathBytes);
		if (leaves.length > 0 && encodeHex(leaves.at(-1)!.path) >= encodeHex(path)) return malformed(at);
		leaves.push({ path, leaf: undo[at] === noLeaf ? undefined : new Leaf(path, undo.subarray(at + 1 + pathBytes, at + 1 + length)) });
		at += 1 + length;
	}
	return leaves;
}

function malformed(at: number): never {
	throw new LogError("LOG_PAGE_MALFORMED", "expected what a page held, found bytes that do not tell", { at });
}

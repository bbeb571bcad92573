import { concatBytes } from "#base";
import { LogError } from "../errors.ts";
import { Page } from "./page.ts";
import { empty, Leaf, type Subtree } from "./subtree.ts";

/** Hears of each slot of a page before an update puts something else there. */
export interface SlotJournal {
	replaced(prefix: string, nibble: number, before: Subtree): void;
}

const kinds = ["empty", "leaf", "branch"] as const;
const contentBytes = { empty: 0, leaf: 64, branch: 32 } as const;

interface Undo {
	/** Slots noted already: bit n for slot n. */
	slots: number;
	readonly parts: Uint8Array[];
}

/**
 * What the pages that an update changes held before, slot by slot: enough to go back to the tree before it, at a tenth of the pages' size.
 *
 * Stored form of one page: for each changed slot a byte (slot number × 16 + 0 for empty, 1 for a leaf, 2 for a branch) and path ‖ valueHash or the
 * branch's hash.
 */
export class PageUndo implements SlotJournal {
	readonly #pages = new Map<string, Undo>();

	/** The first word on a slot counts: a page that vanishes tells of its slots once more. */
	replaced(prefix: string, nibble: number, before: Subtree): void {
		let undo = this.#pages.get(prefix);
		if (undo === undefined) {
			undo = { slots: 0, parts: [] };
			this.#pages.set(prefix, undo);
		}
		if ((undo.slots & (1 << nibble)) !== 0) return;
		undo.slots |= 1 << nibble;
		undo.parts.push(encodeSlot(nibble, before));
	}

	/** One stored form for each page that changed. */
	*pages(): Generator<readonly [prefix: string, undo: Uint8Array]> {
		for (const [prefix, { parts }] of this.#pages) yield [prefix, parts.length === 1 ? parts[0]! : concatBytes(...parts)];
	}
}

function encodeSlot(nibble: number, before: Subtree): Uint8Array {
	const bytes = new Uint8Array(1 + contentBytes[before.kind]);
	bytes[0] = nibble * 16 + kinds.indexOf(before.kind);
	if (before.kind === "branch") bytes.set(before.hash, 1);
	if (before.kind === "leaf") {
		bytes.set(before.path, 1);
		bytes.set(before.valueHash, 33);
	}
	return bytes;
}

/** Slots of a stored form. @throws {@link LogError} `LOG_PAGE_MALFORMED`. */
export function* readPageUndo(undo: Uint8Array): Generator<readonly [nibble: number, before: Subtree]> {
	for (let at = 0; at < undo.length; ) {
		const kind = kinds[undo[at]! & 15];
		if (kind === undefined || at + 1 + contentBytes[kind] > undo.length) {
			throw new LogError("LOG_PAGE_MALFORMED", "expected what a page's slots held, found bytes that do not tell", { at });
		}
		const content = undo.subarray(at + 1, at + 1 + contentBytes[kind]);
		yield [undo[at]! >> 4, decodeSlot(kind, content)];
		at += 1 + content.length;
	}
}

function decodeSlot(kind: (typeof kinds)[number], content: Uint8Array): Subtree {
	if (kind === "empty") return empty;
	return kind === "leaf" ? new Leaf(content.subarray(0, 32), content.subarray(32)) : { kind, hash: content };
}

/** What stands in the sixteen slots of a stored page, and at its root; nothing where there is no page. @throws {@link LogError} `LOG_PAGE_MALFORMED`. */
export function readPage(page: Uint8Array | undefined): { readonly slots: readonly Subtree[]; readonly root: Subtree } {
	const read = page === undefined ? Page.empty() : Page.decode(page);
	return { slots: Array.from({ length: 16 }, (_, nibble) => read.slot(nibble)), root: read.root };
}

/**
 * A page as it was before some updates.
 *
 * @param page - As it is now; undefined where there is none.
 * @param undos - Stored forms of {@link PageUndo}, the newest update first.
 * @returns Undefined when nothing was below it.
 * @throws {@link LogError} `LOG_PAGE_MALFORMED`.
 */
export function undoPage(page: Uint8Array | undefined, undos: readonly Uint8Array[]): Uint8Array | undefined {
	if (undos.length === 0) return page;
	const before = page === undefined ? Page.empty() : Page.decode(page);
	const changes = new Array<Subtree | undefined>(16).fill(undefined);
	for (const undo of undos) for (const [nibble, subtree] of readPageUndo(undo)) changes[nibble] = subtree;
	const after = before.with(changes);
	return after.root.kind === "empty" ? undefined : after.bytes;
}

import { type Digest, encodeHex, equalBytes, sha256Utf8 } from "#base";
import { type PageContent, type PageStore, PageUndo, readPage, type SparseChange, type SparseTree, sparsePath, undoPage } from "#log";
import { createStateTree, toSparseChange } from "../stateTree.ts";
import type { BlockUndo } from "./stateFile.ts";

export interface AuditUndoParameters {
	/** Pages of the state tree at the newest height, known to be right. They are taken back on the way. */
	readonly pages: Map<string, Uint8Array>;
	/** Value texts at the newest height by path in hex, known to be right. They are taken back on the way. */
	readonly texts: Map<string, string>;
	/** From the newest height down. */
	readonly heights: readonly number[];
	/** What the block of a height replaced; throws where that cannot be read. */
	readonly undoOf: (height: number) => BlockUndo;
	/** State root that was sealed at a height. */
	readonly stateRootAt: (height: number) => Digest | undefined;
}

/**
 * Goes back block by block with what the state file says they replaced, and holds the tree and the values of each height against the root that was
 * sealed there. Everything that is taken back is checked; what is not touched was checked before.
 *
 * @returns Heights whose record does not lead to the height before; nothing is said of those below the first.
 */
export function auditUndo({ pages, texts, heights, undoOf, stateRootAt }: AuditUndoParameters): number[] {
	for (const height of heights) {
		try {
			if (!leadsBack(undoOf(height), pages, texts, stateRootAt(height - 1))) return [height];
		} catch {
			return [height];
		}
	}
	return [];
}

function leadsBack(block: BlockUndo, pages: Map<string, Uint8Array>, texts: Map<string, string>, stateRoot: Digest | undefined): boolean {
	const changes = block.values.map(({ contract, key }) => toSparseChange({ contract, key, text: texts.get(encodeHex(sparsePath(contract, key))) }));
	const [touched, branches] = [new Map<string, Uint8Array>(), new Map<string, Uint8Array>()];
	for (const [prefix, parts] of block.pages) {
		const now = pages.get(prefix);
		const before = undoPage(prefix, now, [parts]);
		const [contentNow, contentBefore] = [readPage(prefix, now), readPage(prefix, before)];
		for (const path of differingPaths(contentNow, contentBefore)) touched.set(encodeHex(path), path);
		for (const [name, hash] of differingBranches(contentNow, contentBefore)) branches.set(name, hash);
		put(pages, prefix, before);
	}
	for (const { contract, key, text } of block.values) {
		const path = sparsePath(contract, key);
		touched.set(encodeHex(path), path);
		put(texts, encodeHex(path), text);
	}
	const tree = createStateTree(storeOf(pages));
	return encodeHex(tree.root) === stateRoot && branchesAgree(branches, pages) && valuesAgree(touched, texts, tree) && isExact(block, changes, pages);
}

/** Where one of two pages has a leaf that the other has not. */
function differingPaths(a: PageContent, b: PageContent): Uint8Array[] {
	const leavesOf = (content: PageContent) => new Map(content.leaves.map((leaf) => [encodeHex(leaf.path) + encodeHex(leaf.valueHash), leaf.path]));
	const [inA, inB] = [leavesOf(a), leavesOf(b)];
	return [...inA, ...inB].filter(([leaf]) => inA.has(leaf) !== inB.has(leaf)).map(([, path]) => path);
}

/** Branches of the page before that are another one now, or none. */
function differingBranches(now: PageContent, before: PageContent): [prefix: string, hash: Uint8Array][] {
	const here = new Map(now.branches.map(({ prefix, hash }) => [prefix, encodeHex(hash)]));
	return before.branches.filter(({ prefix, hash }) => here.get(prefix) !== encodeHex(hash)).map(({ prefix, hash }) => [prefix, hash]);
}

/**
 * Whether the block, run once more on the pages before it, replaces just what its record says. A slot that was empty before and after may be told of too, and
 * nothing else would notice that another one is named in its place.
 */
function isExact({ pages: recorded }: BlockUndo, changes: readonly SparseChange[], before: ReadonlyMap<string, Uint8Array>): boolean {
	const after = new Map<string, Uint8Array | undefined>();
	const undo = new PageUndo();
	const read = (prefix: string) => (after.has(prefix) ? after.get(prefix) : before.get(prefix));
	createStateTree({ read, write: (prefix, page) => after.set(prefix, page), delete: (prefix) => after.set(prefix, undefined) }).update(changes, undo);
	const left = new Map(undo.pages());
	for (const [prefix, slots] of recorded) {
		if (!equalBytes(left.get(prefix) ?? new Uint8Array(), slots)) return false;
		left.delete(prefix);
	}
	return left.size === 0;
}

function branchesAgree(branches: ReadonlyMap<string, Uint8Array>, pages: ReadonlyMap<string, Uint8Array>): boolean {
	for (const [prefix, hash] of branches) if (!equalBytes(readPage(prefix, pages.get(prefix)).root.hash, hash)) return false;
	return true;
}

function valuesAgree(touched: ReadonlyMap<string, Uint8Array>, texts: ReadonlyMap<string, string>, tree: SparseTree): boolean {
	for (const [hex, path] of touched) {
		const [held, text] = [tree.get(path), texts.get(hex)];
		if (held === undefined || text === undefined ? held !== text : !equalBytes(held, sha256Utf8(text))) return false;
	}
	return true;
}

function put<T>(map: Map<string, T>, name: string, value: T | undefined): void {
	if (value === undefined) map.delete(name);
	else map.set(name, value);
}

function storeOf(pages: ReadonlyMap<string, Uint8Array>): PageStore {
	const refuse = () => {
		throw new RangeError("expected nothing to be written while auditing");
	};
	return { read: (prefix) => pages.get(prefix), write: refuse, delete: refuse };
}

import { type Digest, encodeHex, equalBytes } from "#base";
import { rulesInForce, type StateReader } from "#contracts";
import { MemoryPages, type SparseTree, sparsePath } from "#log";
import { genesisDigest } from "../genesis.ts";
import { keptHeights } from "../height.ts";
import type { Genesis } from "../ledger.ts";
import { mapKey, type StateChange } from "../state.ts";
import { createStateTree, toSparseChange } from "../stateTree.ts";
import { auditUndo } from "./auditUndo.ts";
import type { StoredBlock } from "./blockStore.ts";
import type { FsckFinding } from "./findings.ts";
import type { StoredPage } from "./pageTable.ts";
import type { AppliedBlock, StateFile } from "./stateFile.ts";

/** The judgements over a state file, as those over the log (`judgeLog`). */

/** A file with a finding here is made again by the next start, since all of it follows from genesis and log. */
export function* judgeStateFile(file: StateFile | undefined, genesis: Genesis): Generator<FsckFinding> {
	const found = file && readIdentity(file);
	if (found === undefined) yield { code: "FSCK_STATE_FILE_UNREADABLE", where: "state file" };
	else if (found !== genesisDigest(genesis)) yield { code: "FSCK_STATE_GENESIS_DIFFERS", where: "state file genesis" };
}

/** The genesis of a file that tells which height it is of. */
function readIdentity(file: StateFile): string | undefined {
	try {
		return file.applied() && file.genesis();
	} catch {
		return undefined;
	}
}

/** The log is durable before its outcome is written anywhere: a state file ahead of it was left by a newer log. */
export function* judgeApplied({ height, stateRoot }: AppliedBlock, sealedRootAt: (height: number) => Digest | undefined): Generator<FsckFinding> {
	const sealed = sealedRootAt(height);
	if (sealed === undefined) yield { code: "FSCK_STATE_AHEAD", where: "state file applied" };
	else if (sealed !== stateRoot) yield { code: "FSCK_STATE_FOREIGN", where: "state file applied" };
}

/** The tree's top page, under which every other page and value is held when it is read. An audit compares all of them. */
export function* judgeTop(tree: SparseTree, stateRoot: Digest): Generator<FsckFinding> {
	if (rootOf(tree) !== stateRoot) yield { code: "FSCK_PAGE_DIFFERS", where: "pages " };
}

/** Undefined where the page's row changed since it was written. */
function rootOf(tree: SparseTree): string | undefined {
	try {
		return encodeHex(tree.root);
	} catch {
		return undefined;
	}
}

/** The version that the last block names, against the state after it: no vote takes effect at or below its own height. A replay asks at each block. */
export function* judgeRules(block: StoredBlock, state: StateReader, genesis: Genesis): Generator<FsckFinding> {
	const { version } = rulesInForce(state, block.height, genesis.rulesVersion);
	if (version !== block.rulesVersion) yield { code: "REPLAY_BLOCK_DIFFERS", where: `leaves ${block.logSize - 1}` };
}

/** The index of ids is what refuses replays. */
export function* judgeIndexed(
	transactions: Iterable<readonly [id: string, position: number]>,
	getTransaction: (id: Digest) => number | undefined,
): Generator<FsckFinding> {
	for (const [id, position] of transactions) {
		if (getTransaction(id as Digest) !== position) yield { code: "FSCK_INDEX_DIFFERS", where: `leaves ${position}` };
	}
}

/** State rows against what a replay gives. */
export function* judgeRows(rows: Iterable<StateChange>, replayed: ReadonlyMap<string, StateChange>): Generator<FsckFinding> {
	const left = new Set(replayed.keys());
	let row = 0;
	for (const { contract, key, text } of rows) {
		const name = mapKey(contract, key);
		left.delete(name);
		if (replayed.get(name)?.text !== text) yield { code: "FSCK_STATE_ROW_DIFFERS", where: `state row ${row}` };
		row++;
	}
	for (const _ of left) yield { code: "FSCK_STATE_ROW_DIFFERS", where: "state row missing" };
}

/** The tree's shape does not depend on its history, so the pages of the replayed state are the pages that must be stored. */
export function pagesOf(values: Iterable<StateChange>): Map<string, Uint8Array> {
	const pages = new MemoryPages();
	createStateTree(pages).update(Array.from(values, toSparseChange));
	return new Map(pages.entries());
}

export function* judgePages(stored: Iterable<StoredPage>, pages: ReadonlyMap<string, Uint8Array>): Generator<FsckFinding> {
	const left = new Set(pages.keys());
	for (const { prefix, page, intact } of stored) {
		const right = pages.get(prefix);
		left.delete(prefix);
		if (!intact || right === undefined || !equalBytes(right, page)) yield { code: "FSCK_PAGE_DIFFERS", where: `pages ${prefix}` };
	}
	for (const prefix of left) yield { code: "FSCK_PAGE_DIFFERS", where: `pages ${prefix}` };
}

export interface JudgeUndoParameters {
	readonly state: StateFile;
	readonly height: number;
	/** Pages at that height, known to be right. They are taken back on the way. */
	readonly pages: Map<string, Uint8Array>;
	/** Values at that height, known to be right. */
	readonly values: Iterable<StateChange>;
	readonly stateRootAt: (height: number) => Digest | undefined;
	/** Lowest height whose state can be in the file: that of the snapshot it began with. */
	readonly floor?: number;
}

/** Each of the last heights can be gone back to, and there is nothing of others. */
export function* judgeUndo({ state, height, pages, values, stateRootAt, floor = 0 }: JudgeUndoParameters): Generator<FsckFinding> {
	const lowest = Math.max(floor, height - keptHeights + 1);
	const { first, last } = state.undoHeights() ?? { first: lowest + 1, last: height };
	if (first <= lowest || last > height) yield { code: "FSCK_UNDO_DIFFERS", where: "undo of another height" };
	const texts = new Map<string, string>();
	for (const { contract, key, text } of values) if (text !== undefined) texts.set(encodeHex(sparsePath(contract, key)), text);
	const heights = Array.from({ length: height - lowest }, (_, i) => height - i);
	const undoOf = (at: number) => state.undoOf(at);
	for (const at of auditUndo({ pages, texts, heights, undoOf, stateRootAt })) yield { code: "FSCK_UNDO_DIFFERS", where: `undo ${at}` };
}

import { CodedError, type Digest, encodeHex, equalBytes } from "#base";
import { HeadMap } from "./headMap.ts";
import type { LogStore } from "./logStore.ts";

/**
 * The judgements over a log's file that its start and its auditor share, each a function of what is stored and of what it must be. The auditor
 * takes the latter from all leaves, a start from the tree's stored nodes.
 *
 * Two things stay apart. Whose file it is, only a start knows, since it holds the writer's key. That chains have no gap and end where their
 * heads say, the auditor asks SQLite over all rows at once, while a start looks at the newest entry alone ({@link judgeNewest}).
 */

/** What is wrong, without keys: which rule of the file, and the leaf index or size where it shows (or how many rows break it). */
export interface AccessLogFinding {
	readonly rule:
		| "file"
		| "identity"
		| "leaf-indexes"
		| "chain-gap"
		| "chain-order"
		| "chain-head"
		| "data-key"
		| "node"
		/** The log ends before an anchored size. */
		| "anchor-ahead"
		| "anchor-root"
		| "anchor-map"
		| "anchor-node"
		| "stored-map"
		| "checkpoint";
	readonly at: number;
}

/** A size and root that the ledger, or the file itself, says the log had. */
export interface RecordedAnchor {
	readonly size: number;
	readonly root: Digest;
}

/** @param rootAt - Root of the first `size` entries. */
export function* judgeRoot(
	{ size, root }: { readonly size: number; readonly root: string },
	entries: number,
	rootAt: (size: number) => string | undefined,
): Generator<AccessLogFinding> {
	if (size > entries) yield { rule: "anchor-ahead", at: size };
	else if (rootAt(size) !== root) yield { rule: "anchor-root", at: size };
}

/** The stored map is that of the last anchored size; proofs and the next anchor start from it. */
export function* judgeStoredMap(store: LogStore, size: number, mapRoot: string | undefined): Generator<AccessLogFinding> {
	const isThere = store.mapSize() === size && mapRoot !== undefined && storedMapRoot(store) === mapRoot;
	if (!isThere) yield { rule: "stored-map", at: store.mapSize() };
}

/** Undefined where its top page is none. */
function storedMapRoot(store: LogStore): string | undefined {
	try {
		return encodeHex(new HeadMap(store, "stored").root);
	} catch (error) {
		if (error instanceof CodedError) return undefined;
		throw error;
	}
}

/** The newest entry heads its patient's chain: the next one will follow it. */
export function* judgeNewest(store: LogStore): Generator<AccessLogFinding> {
	const size = store.size();
	if (size === 0) return;
	const newest = store.getEntry(size - 1);
	const head = newest === undefined ? undefined : store.getChain(newest.chain);
	if (newest === undefined) yield { rule: "leaf-indexes", at: size - 1 };
	else if (head === undefined || head.seq !== newest.seq || !equalBytes(head.head, newest.entryHash)) yield { rule: "chain-head", at: size - 1 };
}

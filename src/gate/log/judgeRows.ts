import { CodedError, type Digest, encodeHex, equalBytes } from "#base";
import { cohortLeafHash } from "#log";
import { splitHashes, treeOf } from "./cohortTree.ts";
import { HeadMap } from "./headMap.ts";
import type { CohortRow } from "./logRows.ts";
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
		/** An entry is not found by its patient's token, or something else is. */
		| "chain-index"
		| "data-key"
		/** The places of a cohort do not lead to its leaf, or an entry of it is not at its place, or there is none. */
		| "cohort"
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

/** The places of a cohort stand in the order of their hashes and lead to its leaf, and each entry of it is at its place. */
export function* judgeCohort(store: LogStore, { leafIndex, leafHash, hashes }: CohortRow): Generator<AccessLogFinding> {
	const places = splitHashes(hashes);
	const isWhole = places.length > 0 && places.length * 32 === hashes.length;
	const isSorted = places.every((hash, i) => i === 0 || Buffer.compare(places[i - 1] as Uint8Array, hash) < 0);
	const isPlaced = store.listLeafEntries(leafIndex).every(({ place, entryHash }) => isSame(places[place ?? -1], entryHash));
	const isLeaf = isWhole && equalBytes(cohortLeafHash(places.length, treeOf(places).root()), leafHash);
	if (!isSorted || !isPlaced || !isLeaf) yield { rule: "cohort", at: leafIndex };
}

function isSame(hash: Uint8Array | undefined, other: Uint8Array): boolean {
	return hash !== undefined && equalBytes(hash, other);
}

/** The newest entry, or each of the newest cohort's, heads its patient's chain: the next one will follow it. */
export function* judgeNewest(store: LogStore): Generator<AccessLogFinding> {
	const size = store.size();
	if (size === 0) return;
	const newest = store.listLeafEntries(size - 1);
	if (newest.length === 0) yield { rule: store.getCohort(size - 1) === undefined ? "leaf-indexes" : "cohort", at: size - 1 };
	const areHeads = newest.every(({ chain, seq, entryHash }) => {
		const head = store.getChain(chain);
		return head?.seq === seq && equalBytes(head.head, entryHash);
	});
	if (!areHeads) yield { rule: "chain-head", at: size - 1 };
}

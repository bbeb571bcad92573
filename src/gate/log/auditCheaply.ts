import { type Digest, encodeHex, equalBytes, type MemberId, type PublicKey } from "#base";
import { treeRoot } from "#log";
import { AccessLogError } from "./errors.ts";
import type { LogStore } from "./logStore.ts";
import { readerOf } from "./nodeReader.ts";

const format = "aceso/access-log/1";

/** What the ledger says of a log. */
export interface RecordedAnchor {
	readonly size: number;
	readonly root: Digest;
}

export interface AuditCheaplyParameters {
	readonly log: string;
	readonly member: MemberId;
	readonly writer: PublicKey;
	readonly anchored?: RecordedAnchor;
}

/**
 * The look at every start: this file is this log's, its newest entry heads its chain, its tree leads to what the ledger and the last
 * anchor say. Cost: O(log n) rows; `fsckAccessLog` reads everything. A new file gets its identity here.
 *
 * @throws {@link AccessLogError} `ACCESS_LOG_FOREIGN`, `ACCESS_LOG_INTEGRITY`.
 */
export function auditCheaply(store: LogStore, { log, member, writer, anchored }: AuditCheaplyParameters): void {
	if (!/^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$/.test(log)) {
		throw new AccessLogError("ACCESS_LOG_ENTRY_INVALID", "expected a log id of 1–80 of A-Z, a-z, 0-9 and '.', '_', ':', '-'");
	}
	const identity = JSON.stringify({ format, log, member, writer });
	const found = store.getMeta("identity");
	if (found === undefined && store.size() === 0) store.setMeta("identity", identity);
	else if (found !== identity)
		throw new AccessLogError("ACCESS_LOG_FOREIGN", "expected the file of this log, member and writer key, found another's");
	assertNewestEntry(store);
	const last = store.getLastAnchor();
	if (last !== undefined) assertReaches(store, last.size, last.root);
	if (anchored !== undefined) assertReaches(store, anchored.size, anchored.root);
}

function assertNewestEntry(store: LogStore): void {
	const size = store.size();
	if (size === 0) return;
	const newest = store.getEntry(size - 1);
	const head = newest === undefined ? undefined : store.getChain(newest.chain);
	if (newest === undefined || head === undefined || head.seq !== newest.seq || !equalBytes(head.head, newest.entryHash)) {
		throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected the newest entry to head its patient's chain", { at: size - 1 });
	}
}

function assertReaches(store: LogStore, size: number, root: string): void {
	if (store.size() < size) {
		throw new AccessLogError(
			"ACCESS_LOG_INTEGRITY",
			`expected the ${size} entries that the ledger has recorded, found ${store.size()}: close this log on the ledger and open a successor`,
			{ at: store.size() },
		);
	}
	if (encodeHex(treeRoot(size, readerOf(store))) !== root) {
		throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected the tree that the ledger has recorded, found another", { at: size });
	}
}

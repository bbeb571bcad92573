import { encodeHex, type MemberId, type PublicKey } from "#base";
import { treeRoot } from "#log";
import { AccessLogError } from "./errors.ts";
import { type AccessLogFinding, judgeNewest, judgeRoot, judgeStoredMap, type RecordedAnchor } from "./judgeRows.ts";
import { logFormat } from "./logDatabase.ts";
import type { LogStore } from "./logStore.ts";
import { readerOf } from "./nodeReader.ts";

export interface AuditCheaplyParameters {
	readonly log: string;
	readonly member: MemberId;
	readonly writer: PublicKey;
	/** What the ledger says of the log. */
	readonly anchored?: RecordedAnchor;
}

/**
 * The look at every start: this file is this log's, and of the auditor's judgements those that cost little; the first finding ends it. Cost: O(log n)
 * rows; `fsckAccessLog` reads everything. A new file gets its identity here.
 *
 * @throws {@link AccessLogError} `ACCESS_LOG_FOREIGN`, `ACCESS_LOG_BEHIND`, `ACCESS_LOG_INTEGRITY`; `details.finding` is the auditor's rule.
 */
export function auditCheaply(store: LogStore, { log, member, writer, anchored }: AuditCheaplyParameters): void {
	if (!/^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$/.test(log)) {
		throw new AccessLogError("ACCESS_LOG_ENTRY_INVALID", "expected a log id of 1–80 of A-Z, a-z, 0-9 and '.', '_', ':', '-'");
	}
	const identity = JSON.stringify({ format: logFormat, log, member, writer });
	const found = store.getMeta("identity");
	if (found === undefined && store.size() === 0) store.setMeta("identity", identity);
	else if (found !== identity)
		throw new AccessLogError("ACCESS_LOG_FOREIGN", "expected the file of this log, member and writer key, found another's");
	for (const { rule: finding, at } of judgeEdge(store, anchored)) {
		if (finding === "anchor-ahead" && at === anchored?.size) throw logBehind(log, store.size(), at);
		throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected rows that agree with each other and with the ledger; run the auditor", {
			finding,
			at,
		});
	}
}

function* judgeEdge(store: LogStore, anchored: RecordedAnchor | undefined): Generator<AccessLogFinding> {
	yield* judgeNewest(store);
	const rootAt = (size: number) => encodeHex(treeRoot(size, readerOf(store)));
	const last = store.getLastAnchor();
	if (last !== undefined) yield* judgeRoot(last, store.size(), rootAt);
	if (last !== undefined) yield* judgeStoredMap(store, last.size, last.mapRoot);
	if (anchored !== undefined) yield* judgeRoot(anchored, store.size(), rootAt);
}

/** Says what is missing and what is left to do. */
export function logBehind(log: string, entries: number, anchored: number): AccessLogError {
	return new AccessLogError(
		"ACCESS_LOG_BEHIND",
		`the ledger has ${anchored} entries of the access log ${log} anchored, its file holds ${entries}: bring the newest copy of the file back; if there is none, \`aceso log close\` declares the rest lost and goes on in a new log`,
		{ finding: "anchor-ahead", at: entries, anchored },
	);
}

import { existsSync } from "node:fs";
import type { PublicKey } from "#base";
import type { AnchorLeaf } from "#contracts";
import { anchorsOfLedger, anchorsOfStore } from "./anchorsOfLog.ts";
import { AccessLogError } from "./errors.ts";
import type { HistorySource } from "./exportHistory.ts";
import { type LogStore, openLogStore } from "./logStore.ts";

/** Where a file keeps the anchors that the ledger has of it and it lacks (`finishLog`). */
export const laterAnchorsName = "later-anchors";

/** A log that the ledger knows as closed, opened to be shown and never to be written again. */
export interface ClosedLog extends HistorySource {
	readonly writer: PublicKey;
	close(): void;
}

/**
 * Opens the file of a closed log: shown is what its last signed checkpoint covers. A restored copy shows what it has; that the rest is lost
 * stands on the ledger.
 *
 * @param anchors - All that the ledger has recorded of it ({@link listAnchors}); when absent the file's own, with those that `finishLog` added to it.
 * @throws {@link AccessLogError} `ACCESS_LOG_UNKNOWN` without a file or a checkpoint, `ACCESS_LOG_LOCKED`.
 */
export function openClosedLog(path: string, anchors?: readonly AnchorLeaf[]): ClosedLog {
	if (!existsSync(path)) throw new AccessLogError("ACCESS_LOG_UNKNOWN", "expected an access log's file at this path");
	const store = openLogStore(path);
	const identity = store.getMeta("identity");
	const checkpoint = store.getMeta("checkpoint");
	if (identity === undefined || checkpoint === undefined) {
		store.close();
		throw new AccessLogError("ACCESS_LOG_UNKNOWN", "expected a log that signed a checkpoint: without one nothing of it can be shown");
	}
	const { log, writer } = JSON.parse(identity) as { readonly log: string; readonly writer: PublicKey };
	const all = anchors ?? withLaterAnchors(store);
	const known = all === undefined ? anchorsOfStore(store) : anchorsOfLedger(all);
	return { log, writer, store, checkpoint, anchors: known, close: () => store.close() };
}

function withLaterAnchors(store: LogStore): readonly AnchorLeaf[] | undefined {
	const later = store.getMeta(laterAnchorsName);
	if (later === undefined) return undefined;
	const own = store.listAnchors().map(({ size, root, mapRoot, time }) => ({ size, root, mapRoot, time }) as AnchorLeaf);
	return [...own, ...(JSON.parse(later) as readonly AnchorLeaf[])];
}

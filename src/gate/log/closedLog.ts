import { existsSync } from "node:fs";
import type { PublicKey } from "#base";
import type { AnchorLeaf } from "#contracts";
import { anchorsOfLedger, anchorsOfStore } from "./anchorsOfLog.ts";
import { AccessLogError } from "./errors.ts";
import type { HistorySource } from "./exportHistory.ts";
import { openLogStore } from "./logStore.ts";

/** A log that the ledger knows as closed, opened to be shown and never to be written again. */
export interface ClosedLog extends HistorySource {
	readonly writer: PublicKey;
	close(): void;
}

/**
 * Opens the file of a closed log: shown is what its last signed checkpoint covers. A restored copy shows what it has; that the rest is lost
 * stands on the ledger.
 *
 * @param anchors - All that the ledger has recorded of it ({@link listAnchors}); the file's own when absent, which a restored copy lacks some of.
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
	const known = anchors === undefined ? anchorsOfStore(store) : anchorsOfLedger(anchors);
	return { log, writer, store, checkpoint, anchors: known, close: () => store.close() };
}

import { existsSync } from "node:fs";
import type { SigningKey } from "#base";
import type { AnchorLeaf } from "#contracts";
import { Frontier, formatCheckpoint, parseCheckpoint, signNote } from "#log";
import { formatMapLine } from "#wallet";
import { type AuditCheaplyParameters, auditCheaply } from "./auditCheaply.ts";
import { laterAnchorsName } from "./closedLog.ts";
import { AccessLogError } from "./errors.ts";
import { HeadMap } from "./headMap.ts";
import { type LogStore, openLogStore } from "./logStore.ts";
import { readerOf } from "./nodeReader.ts";

/** How a log's file stands to what the ledger has recorded of it. */
export interface LogFileState {
	readonly standing:
		| "intact"
		/** It ends before what is anchored: a restored copy. */
		| "behind"
		/** No file, or an empty one, of a log that has entries anchored. */
		| "missing"
		/** Its writer's key is not the one that is here: it can be shown, and not be signed any more. */
		| "another-writer";
	readonly entries: number;
	/** Entries up to its last signed checkpoint. */
	readonly signed: number;
}

/**
 * Looks at a log's file without changing it.
 *
 * @throws {@link AccessLogError} `ACCESS_LOG_INTEGRITY` for a file that is damaged, `ACCESS_LOG_FOREIGN` for another log's, `ACCESS_LOG_LOCKED`.
 */
export function judgeLogFile(path: string, parameters: AuditCheaplyParameters): LogFileState {
	const isAnchored = (parameters.anchored?.size ?? 0) > 0;
	if (!existsSync(path)) return { standing: isAnchored ? "missing" : "intact", entries: 0, signed: 0 };
	const store = openLogStore(path);
	try {
		const found = { entries: store.size(), signed: signedSize(store) };
		if (found.entries === 0 && isAnchored) return { ...found, standing: "missing" };
		return { ...found, standing: standingOf(store, parameters) };
	} finally {
		store.close();
	}
}

function standingOf(store: LogStore, parameters: AuditCheaplyParameters): LogFileState["standing"] {
	try {
		if (store.size() > 0) auditCheaply(store, parameters);
		return "intact";
	} catch (error) {
		if (!(error instanceof AccessLogError)) throw error;
		if (error.code === "ACCESS_LOG_BEHIND") return "behind";
		const identity = JSON.parse(store.getMeta("identity") ?? "{}") as { readonly log?: string; readonly member?: string };
		if (error.code === "ACCESS_LOG_FOREIGN" && identity.log === parameters.log && identity.member === parameters.member) return "another-writer";
		throw error;
	}
}

function signedSize(store: LogStore): number {
	const note = store.getMeta("checkpoint");
	return note === undefined ? 0 : parseCheckpoint(note.slice(0, note.indexOf("\n\n") + 1)).size;
}

export interface FinishLogParameters {
	readonly path: string;
	readonly log: string;
	/** Signs what the file holds as the log's last word; absent where the key is gone, which leaves the last checkpoint as it is. */
	readonly writerKey?: SigningKey | undefined;
	/** All that the ledger has recorded of the log ({@link listAnchors}): a restored copy lacks the newest. */
	readonly anchors: readonly AnchorLeaf[];
}

/**
 * Makes a log's file ready to be shown after it is closed. Doing it twice changes nothing.
 *
 * @returns Up to how many entries it can be shown.
 */
export function finishLog({ path, log, writerKey, anchors }: FinishLogParameters): number {
	if (!existsSync(path)) return 0;
	const store = openLogStore(path);
	try {
		const known = store.listAnchors().length;
		if (known < anchors.length) store.setMeta(laterAnchorsName, JSON.stringify(anchors.slice(known)));
		if (writerKey !== undefined && store.size() > 0) store.setMeta("checkpoint", signCheckpoint(store, log, writerKey));
		return signedSize(store);
	} finally {
		store.close();
	}
}

function signCheckpoint(store: LogStore, log: string, key: SigningKey): string {
	const size = store.size();
	const root = Frontier.load(size, readerOf(store)).root();
	const map = new HeadMap(store, "stored").moveTo(size).root;
	return signNote(formatCheckpoint({ origin: log, size, root, extensions: [formatMapLine(map)] }), { name: log, key });
}

import { createSecretKey, type KeyObject } from "node:crypto";
import { type Digest, encodeHex, encodeUtf8, type MemberId, type Pseudonym, type PublicKey } from "#base";
import { type Ledger, parseTransaction, type TransactionProof } from "#ledger";
import { consistencyProof, inclusionProof, treeRoot } from "#log";
import type { Keyring, LoggedAccess } from "#vault";
import {
	type AnchorProof,
	accessLogKey,
	anchorKey,
	type HeadProof,
	type HistoryEntry,
	type HistoryExport,
	memberKeyKey,
	readLogRecord,
} from "#wallet";
import { AccessLogError } from "./errors.ts";
import { HeadMap } from "./headMap.ts";
import type { EntryRow } from "./logRows.ts";
import type { AnchorRow, LogStore } from "./logStore.ts";
import { readerOf } from "./nodeReader.ts";
import { openEntry } from "./sealEntry.ts";

export interface HistoryParameters {
	/** The entry under which this history is shown, with its unused receipt; its pseudonym says whose. */
	readonly access: LoggedAccess;
	/** Another pseudonym that the same subject had before (a rotation, or before enrolment); the access's own when absent. */
	readonly pseudonym?: Pseudonym;
	readonly keyring: Pick<Keyring, "unwrapAudit">;
	readonly ledger: Pick<Ledger, "chain" | "cosigned" | "proveState" | "proveTransaction">;
}

interface ExportParameters extends HistoryParameters {
	readonly pseudonym: Pseudonym;
	readonly log: string;
	readonly member: MemberId;
	readonly chain: string;
	readonly size: number;
	readonly checkpoint: string;
}

/** Past anchors shown in one export: the newest at which the patient's last entry changed. */
const anchorsMax = 64;
/** Entries read from the file at a time. */
const pageEntries = 500;

/**
 * Builds a patient's history: every entry of the chain, proved in the tree of `checkpoint`, with the anchors at which the chain grew.
 *
 * All proofs are taken in one turn, before the keyring is asked, so that they show one state of log and ledger. Rows are read and
 * opened page by page; what grows with the number of entries is the result alone.
 */
export async function exportHistory(store: LogStore, parameters: ExportParameters): Promise<HistoryExport> {
	const { access, pseudonym, keyring, ledger, log, member, chain, size, checkpoint } = parameters;
	const row = store.getChain(chain);
	const head = store.getHeadAt(chain, size);
	if (row === undefined || head === undefined) throw new AccessLogError("ACCESS_LOG_UNKNOWN", "expected a pseudonym with entries in this log");
	const record = ledger.proveState("access", accessLogKey(member, log));
	const maps = new MapProver(store, { chain, blinded: row.blinded, size });
	const map = maps.prove(size);
	const anchors = proveAnchors(store, { chain, size, maps, ledger, recordedSize: readLogRecord(record.value)?.size ?? 0 });
	const proofs = {
		map,
		anchors,
		record,
		anchor: ledger.proveState("access", anchorKey(member)),
		signers: signersOf(anchors).map((key) => ledger.proveState("membership", memberKeyKey(key))),
	};
	const keys = store.getDataKeys(store.listChainKeys(chain, size));
	const opened = await keyring.unwrapAudit(access, keys);
	const dataKeys = new Map(keys.map((key, i) => [key.id, createSecretKey(opened[i] as Uint8Array)]));
	const entries = readEntries(store, { log, chain, size, count: head.seq + 1, dataKeys });
	for (const key of opened) key.fill(0);
	return { format: "aceso/history/1", chain: ledger.chain, log, member, pseudonym, checkpoint, entries, ...proofs };
}

interface ReadEntriesParameters {
	readonly log: string;
	readonly chain: string;
	readonly size: number;
	readonly count: number;
	readonly dataKeys: ReadonlyMap<string, KeyObject>;
}

function readEntries(store: LogStore, { log, chain, size, count, dataKeys }: ReadEntriesParameters): readonly HistoryEntry[] {
	const reader = readerOf(store);
	const entries: HistoryEntry[] = [];
	for (let from = 0; from < count; from += pageEntries) {
		for (const row of store.listChain(chain, from, Math.min(from + pageEntries, count))) {
			const dataKey = dataKeys.get(row.dataKey);
			if (dataKey === undefined) throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected a data key for every entry", { at: row.leafIndex });
			const opened = openEntry(row.sealed, { log, leafIndex: row.leafIndex, dataKey });
			const inclusion = inclusionProof(row.leafIndex, size, reader).map(encodeHex);
			entries.push({ ...opened, leafIndex: row.leafIndex, inclusion });
		}
	}
	return entries;
}

/** Proves one patient's head in the maps of several sizes; cheapest when asked from large to small. */
class MapProver {
	readonly #store: LogStore;
	readonly #map: HeadMap;
	readonly #chain: string;
	readonly #blinded: Uint8Array;

	constructor(store: LogStore, { chain, blinded, size }: { readonly chain: string; readonly blinded: Uint8Array; readonly size: number }) {
		this.#store = store;
		this.#map = new HeadMap(store, "stored").moveTo(size);
		this.#chain = chain;
		this.#blinded = blinded;
	}

	prove(size: number): HeadProof {
		const head = this.#store.getHeadAt(this.#chain, size);
		const sparse = this.#map.moveTo(size).prove(this.#blinded);
		return { head: head === undefined ? null : { seq: head.seq, head: encodeHex(head.head) }, sparse };
	}

	rootAt(size: number): string {
		return encodeHex(this.#map.moveTo(size).root);
	}
}

interface ProveAnchorsParameters {
	readonly chain: string;
	readonly size: number;
	readonly maps: MapProver;
	readonly ledger: HistoryParameters["ledger"];
	/** Size in the ledger's own record of the log, 0 for none. */
	readonly recordedSize: number;
}

function proveAnchors(store: LogStore, { chain, size, maps, ledger, recordedSize }: ProveAnchorsParameters): readonly AnchorProof[] {
	if (recordedSize > size) throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected the entries that the ledger has recorded", { at: size });
	const reader = readerOf(store);
	const proveAnchor = (anchorSize: number, transaction: TransactionProof | null): AnchorProof => ({
		size: anchorSize,
		root: encodeHex(treeRoot(anchorSize, reader)),
		mapRoot: maps.rootAt(anchorSize),
		consistency: consistencyProof(anchorSize, size, reader).map(encodeHex),
		map: maps.prove(anchorSize),
		transaction,
	});
	const newestFirst = recordedSize > 0 ? [proveAnchor(recordedSize, null)] : [];
	for (const anchor of listChanges(store, chain, recordedSize)) {
		newestFirst.push(proveAnchor(anchor.size, ledger.proveTransaction(anchor.transaction as Digest)));
	}
	return newestFirst.reverse();
}

/** Keys that signed the anchors' transactions, each once. */
function signersOf(anchors: readonly AnchorProof[]): readonly PublicKey[] {
	const transactions = anchors.flatMap(({ transaction }) => (transaction === null ? [] : [parseTransaction(encodeUtf8(transaction.leaf))]));
	return [...new Set(transactions.map(({ transaction }) => transaction.signer))];
}

/** The anchors below `limit` that were the first to cover one of the chain's entries, newest first. */
function listChanges(store: LogStore, chain: string, limit: number): readonly AnchorRow[] {
	const changes: AnchorRow[] = [];
	let head = store.getHeadAt(chain, limit);
	while (head !== undefined && changes.length < anchorsMax) {
		const [entry] = store.listChain(chain, head.seq, head.seq + 1);
		const covering = store.getAnchorCovering((entry as EntryRow).leafIndex);
		if (covering !== undefined && covering.size < limit) changes.push(covering);
		// Entries that the same anchor was first to cover are passed over at once.
		head = store.getHeadAt(chain, covering === undefined ? (entry as EntryRow).leafIndex : store.getSizeBefore(covering.size));
	}
	return changes;
}

import { encodeHex, encodeUtf8, type MemberId, type Pseudonym } from "#base";
import { type Ledger, parseBlockLeaf, type StateProof } from "#ledger";
import { type CohortPlace, consistencyProof, inclusionProof } from "#log";
import type { Keyring, LoggedAccess, WrappedDataKey } from "#vault";
import {
	accessLogKey,
	blindPseudonym,
	drawAnchors,
	type HeadProof,
	type HistoryEntry,
	type HistoryExport,
	headPath,
	type LogHistory,
	logCountKey,
	logNameKey,
	readLogCountRecord,
	readLogName,
	readLogRecord,
	type ShownLog,
} from "#wallet";
import type { AnchorsOfLog } from "./anchorsOfLog.ts";
import type { ClosedLog } from "./closedLog.ts";
import { cohortPlace, splitHashes, treeOf } from "./cohortTree.ts";
import { AccessLogError } from "./errors.ts";
import { HeadMap } from "./headMap.ts";
import type { LogStore } from "./logStore.ts";
import { readerOf } from "./nodeReader.ts";
import { openEntry } from "./sealEntry.ts";

export interface HistoryParameters {
	/** The entry under which this history is shown, with its unused receipt; its pseudonym says whose. */
	readonly access: LoggedAccess;
	/** Another pseudonym that the same subject had before (a rotation, or before enrolment); the access's own when absent. */
	readonly pseudonym?: Pseudonym;
	readonly keyring: Pick<Keyring, "unwrapAudit">;
	readonly ledger: Pick<Ledger, "chain" | "cosigned" | "proveState" | "proveDecidedState">;
	/** Logs of this member that were closed and succeeded; what is not among them is shown as lost. */
	readonly closed?: readonly ClosedLog[];
}

interface ExportParameters extends HistoryParameters {
	readonly pseudonym: Pseudonym;
	readonly member: MemberId;
	/** Keyed token of the pseudonym, hex. */
	readonly blind: string;
	/** The log that is written now and those closed before it. */
	readonly sources: readonly HistorySource[];
}

/** One log from which a history is shown. */
export interface HistorySource {
	readonly log: string;
	readonly store: LogStore;
	/** Signed note up to which this log is shown. */
	readonly checkpoint: string;
	readonly anchors: AnchorsOfLog;
}

/** Entries read from the file at a time. */
const pageEntries = 500;

/**
 * Builds a patient's history: every entry of the patient in every log of this member, proved in the tree of each log's checkpoint, with the
 * anchors on both sides of every change and those drawn.
 *
 * All proofs are taken in one turn, before anybody is asked, so that they show one state of logs and ledger. Where validators decide, the proofs rest on
 * their header, which a patient pins, and not on this member's own signature. Rows are read and
 * opened page by page; what grows with the number of entries is the result alone.
 */
export async function exportHistory({ access, pseudonym, keyring, ledger, member, blind, sources }: ExportParameters): Promise<HistoryExport> {
	const count = ledger.proveState("access", logCountKey(member));
	const names = Array.from({ length: readLogCountRecord(count.value) ?? 0 }, (_, index) => nameOf(ledger, member, index));
	const views = names.map((log) => {
		const record = ledger.proveState("access", accessLogKey(member, log));
		const source = sources.find((one) => one.log === log);
		return { log, record, view: source === undefined ? undefined : new LogView(source, { pseudonym, blind, record }) };
	});
	if (!views.some(({ view }) => view !== undefined && view.entryCount > 0)) {
		throw new AccessLogError("ACCESS_LOG_UNKNOWN", "expected a pseudonym with entries in a log that the ledger knows");
	}
	const underHeader = await restOnHeader(ledger, member);
	const wrapped = views.flatMap(({ view }) => view?.dataKeys ?? []);
	const opened = await keyring.unwrapAudit(access, wrapped);
	const dataKeys = new Map(wrapped.map((key, i) => [key.id, opened[i] as Uint8Array]));
	const logs = views.map(
		({ log, record, view }): LogHistory => ({ log, record: underHeader(record), shown: view === undefined ? null : view.show(dataKeys) }),
	);
	for (const key of opened) key.fill(0);
	return { format: "aceso/history/2", chain: ledger.chain, member, pseudonym, blind, count: underHeader(count), logs };
}

/** To be called in the turn in which the proofs were taken. */
async function restOnHeader(ledger: HistoryParameters["ledger"], member: MemberId): Promise<(proof: StateProof) => StateProof> {
	const decided = await ledger.proveDecidedState?.("access", logCountKey(member));
	return decided === undefined ? (proof) => proof : (proof) => ({ ...proof, checkpoint: decided.checkpoint });
}

function nameOf(ledger: HistoryParameters["ledger"], member: MemberId, index: number): string {
	const name = readLogName(ledger.proveState("access", logNameKey(member, index)).value);
	if (name === undefined) throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected the name of every log that the ledger counts", { at: index });
	return name;
}

interface LogViewParameters {
	readonly pseudonym: Pseudonym;
	readonly blind: string;
	readonly record: StateProof;
}

/** What one log holds of one patient up to its checkpoint: proofs are taken at once, entries opened later. */
class LogView {
	readonly entryCount: number;
	readonly dataKeys: readonly WrappedDataKey[];
	readonly #source: HistorySource;
	readonly #size: number;
	readonly #chain: string;
	readonly #proofs: Omit<ShownLog, "entries">;

	constructor(source: HistorySource, { pseudonym, blind, record }: LogViewParameters) {
		const { store, log, checkpoint } = source;
		const blinded = blindPseudonym(log, pseudonym, blind);
		this.#source = source;
		this.#chain = encodeHex(blinded);
		this.#size = sizeOf(checkpoint);
		this.entryCount = (store.getHeadAt(this.#chain, this.#size)?.seq ?? -1) + 1;
		this.dataKeys = store.getDataKeys(store.listChainKeys(this.#chain, this.#size));
		this.#proofs = this.#prove(blinded, record);
	}

	show(dataKeys: ReadonlyMap<string, Uint8Array>): ShownLog {
		return { ...this.#proofs, entries: this.#readEntries(dataKeys) };
	}

	#prove(blinded: Uint8Array, record: StateProof): Omit<ShownLog, "entries"> {
		const { store, anchors, checkpoint } = this.#source;
		const recorded = readLogRecord(record.value);
		if (recorded === undefined) throw new AccessLogError("ACCESS_LOG_UNKNOWN", "expected a log that the ledger knows");
		if (recorded.status === "open" && recorded.size > this.#size) {
			throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected the entries that the ledger has recorded", { at: this.#size });
		}
		const { stateRoot } = parseBlockLeaf(encodeUtf8(record.blockLeaf));
		const indexes = [...this.#anchorsToShow(recorded.anchors, { stateRoot, path: headPath(blinded) })].sort((a, b) => a - b);
		const rows = indexes.map((index) => anchors.at(index));
		const newest = rows.findLast(({ size }) => size <= this.#size);
		const reader = readerOf(store);
		// The head map is rolled back step by step: cheapest from large to small.
		const map = new HeadMap(store, "stored").moveTo(this.#size);
		const own = this.#proveHead(map, blinded, this.#size);
		const heads = new Map(rows.toReversed().map(({ size }) => [size, size > this.#size ? null : this.#proveHead(map, blinded, size)]));
		return {
			checkpoint,
			map: own,
			consistency: newest === undefined ? [] : consistencyProof(newest.size, this.#size, reader).map(encodeHex),
			anchors: rows.map((row) => ({
				...row,
				inclusion: inclusionProof(row.index, recorded.anchors, anchors.readNode).map(encodeHex),
				map: heads.get(row.size) as HeadProof | null,
			})),
		};
	}

	#proveHead(map: HeadMap, blinded: Uint8Array, size: number): HeadProof {
		const head = this.#source.store.getHeadAt(this.#chain, size);
		const sparse = map.moveTo(size).prove(blinded);
		return { head: head === undefined ? null : { seq: head.seq, head: encodeHex(head.head) }, sparse };
	}

	/** Both sides of every change, where the shown part ends, the newest, and those drawn. */
	#anchorsToShow(count: number, draw: { readonly stateRoot: string; readonly path: Uint8Array }): ReadonlySet<number> {
		const { anchors } = this.#source;
		const shown = new Set<number>();
		const showChange = (after: number | undefined) => {
			if (after === undefined) return;
			if (after > 0) shown.add(after - 1);
			shown.add(after);
		};
		let first: number | undefined;
		for (const { leafIndex } of this.#coveredFirst()) {
			const index = anchors.covering(leafIndex)?.index;
			first ??= index;
			showChange(index);
		}
		// Where entries were lost, the first anchor beyond them.
		showChange(anchors.covering(this.#size)?.index);
		if (count > 0) shown.add(count - 1);
		if (first !== undefined) for (const index of drawAnchors({ ...draw, from: first, to: count - 1 })) shown.add(index);
		return shown;
	}

	/** The chain's entries of which each is the first that its anchor covers; those that the same anchor covers are passed over. */
	*#coveredFirst(): IterableIterator<{ readonly leafIndex: number }> {
		const { store, anchors } = this.#source;
		let covered = 0;
		for (let from = 0; from < this.entryCount; from += pageEntries) {
			for (const row of store.listChain(this.#chain, from, Math.min(from + pageEntries, this.entryCount))) {
				if (row.leafIndex < covered) continue;
				yield row;
				covered = anchors.covering(row.leafIndex)?.size ?? Number.POSITIVE_INFINITY;
			}
		}
	}

	/** Where an entry stands under its cohort leaf: of the other places their hashes are shown that lie beside its way, and no more. */
	#placeIn(leafIndex: number, place: number): CohortPlace {
		const cohort = this.#source.store.getCohort(leafIndex);
		if (cohort === undefined) throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected the cohort of a stored entry", { at: leafIndex });
		return cohortPlace(treeOf(splitHashes(cohort.hashes)), place);
	}

	#readEntries(dataKeys: ReadonlyMap<string, Uint8Array>): readonly HistoryEntry[] {
		const { store, log } = this.#source;
		const reader = readerOf(store);
		const entries: HistoryEntry[] = [];
		for (let from = 0; from < this.entryCount; from += pageEntries) {
			for (const row of store.listChain(this.#chain, from, Math.min(from + pageEntries, this.entryCount))) {
				const dataKey = dataKeys.get(row.dataKey);
				if (dataKey === undefined) throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected a data key for every entry", { at: row.leafIndex });
				const { leafIndex, place } = row;
				const opened = openEntry(row.sealed, { log, leafIndex, place, dataKey });
				const inclusion = inclusionProof(leafIndex, this.#size, reader).map(encodeHex);
				entries.push({ ...opened, leafIndex, inclusion, ...(place === null ? {} : { cohort: this.#placeIn(leafIndex, place) }) });
			}
		}
		return entries;
	}
}

/** Size that a signed note names; whoever shows it has signed or opened it before. */
function sizeOf(checkpoint: string): number {
	return Number(checkpoint.split("\n")[1]);
}

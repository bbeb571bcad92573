import { existsSync } from "node:fs";
import { type Clock, type Digest, encodeHex, type MemberId, makeRoom, type Pseudonym, type PublicKey, type SigningKey, type SubjectId } from "#base";
import { type AccessEntryDraft, anchorLeafHash, type RegisteredLog } from "#contracts";
import { consistencyProof, Frontier, formatCheckpoint, newNodes, signNote, treeRoot } from "#log";
import { type Keyring, type LoggedAccess, mintReceipt, type OpeningOrder, type RandomBytes, type Receipt, type ReceiptKey } from "#vault";
import { accessLogKey, blindPseudonym, formatMapLine, type HistoryExport, readLogRecord } from "#wallet";
import { anchorsOfStore } from "./anchorsOfLog.ts";
import { AppendGroup } from "./appendGroup.ts";
import { auditCheaply, logBehind } from "./auditCheaply.ts";
import { AuditKeys } from "./auditKeys.ts";
import { ChainHeads } from "./chainHeads.ts";
import { cohortPlaces } from "./cohortTree.ts";
import { type Deputy, sharedCommitThread } from "./commitThread.ts";
import type { EmergencyReserve } from "./diskReserve.ts";
import { AccessLogError } from "./errors.ts";
import { exportHistory, type HistoryParameters } from "./exportHistory.ts";
import { GroupCommit } from "./groupCommit.ts";
import { createInlineWriter, type GroupWriter, StaleGroup } from "./groupWriter.ts";
import { HeadMap } from "./headMap.ts";
import type { RecordedAnchor } from "./judgeRows.ts";
import { type LogStore, openLogStore } from "./logStore.ts";
import { readerOf } from "./nodeReader.ts";
import type { OpenedTexts, Openings } from "./openingFrame.ts";
import { isPassing } from "./sqliteErrors.ts";
import { type PendingEntry, randomBytesOf, type StagedEntry, type StagedLeaf, stageLeaf } from "./stageEntries.ts";

export interface AccessLogParameters {
	/** Id under which the log is registered in the access contract; fixed at the first opening. */
	readonly log: string;
	readonly member: MemberId;
	/** Signs checkpoints; its public half is registered with the log. */
	readonly writerKey: SigningKey;
	/** Shared with the keyring alone. */
	readonly receiptKey: ReceiptKey;
	/** Encrypt-only handles and keyed tokens; never `unwrap`. */
	readonly keyring: Pick<Keyring, "sealAudit" | "lookupToken">;
	readonly now: Clock;
	readonly randomBytes: RandomBytes;
	/** What the ledger has recorded of this log; undefined before the first anchor. A log that is behind it refuses to open. */
	readonly anchored?: RecordedAnchor | undefined;
	/** Room for emergencies on a full disk; without it they fail there like any other entry. */
	readonly reserve?: EmergencyReserve | undefined;
}

export interface AppendOptions {
	/** Whose audit key encrypts the entry; for a patient who does not exist here, the node's own nobody. */
	readonly subject: SubjectId;
	/** Whether break-glass needs the entry: it may use what is reserved on the disk. */
	readonly isEmergency?: boolean | undefined;
	/** A row to be opened in the moment in which the entry is durable. */
	readonly order?: OpeningOrder | undefined;
	/** Called with the access before whoever waits for it goes on. */
	readonly onLogged?: ((access: LoggedAccess) => void) | undefined;
}

/** An access with the row that was ordered with it, opened. Its receipt is spent. */
export interface OpenedAccess extends LoggedAccess {
	/** Absent where nothing was ordered, and where the order was not carried out; the receipt is good then. */
	readonly opened?: OpenedTexts | undefined;
}

/** What is written down of one patient of a cohort. */
export interface CohortItem {
	readonly draft: AccessEntryDraft;
	readonly subject: SubjectId;
}

/** What `access.anchor` needs of one log. */
export interface AnchorProposal {
	readonly log: string;
	readonly size: number;
	readonly root: Digest;
	readonly mapRoot: Digest;
	/** RFC 6962 consistency proof from the size anchored last, hex. */
	readonly consistency: readonly string[];
}

/** The part of the ledger's record of a log that its writer remembers. */
export type RecordedLog = Pick<RegisteredLog, "size" | "root" | "mapRoot" | "anchors" | "anchorsRoot" | "anchoredAtMs">;

/** The access log of one writer: append, prove, anchor. */
export interface AccessLog {
	readonly log: string;
	readonly member: MemberId;
	readonly writer: PublicKey;
	/**
	 * Completes the draft, writes it down and, once it is durable, mints its receipt. Appends that arrive together share one commit.
	 *
	 * @throws {@link AccessLogError} `ACCESS_LOG_WRITE_FAILED` (nothing written), `ACCESS_LOG_BUSY`, `ACCESS_LOG_ENTRY_INVALID`,
	 * `ACCESS_LOG_INTEGRITY`, `ACCESS_LOG_CLOSED`; and whatever the keyring throws for the handle.
	 */
	append(draft: AccessEntryDraft, options: AppendOptions): Promise<OpenedAccess>;
	/**
	 * Writes down a question over many patients as one leaf over an entry of each ({@link append}): all of them or none. One receipt opens what the
	 * entries name; each comes with its place, in the order given.
	 *
	 * @param items - 1 to 256, of as many pseudonyms.
	 * @throws {@link AccessLogError} as {@link append}; for one that cannot be written down, none is.
	 */
	appendCohort(items: readonly CohortItem[]): Promise<readonly LoggedAccess[]>;
	/** Leaves that are durable. */
	size(): number;
	/** RFC 6962 root of the first `size` entries; of all without an argument. */
	root(size?: number): Digest;
	/** C2SP signed note over size, root and head map as they are now. */
	checkpoint(): string;
	/** @param sinceSize - Size the ledger has recorded, 0 before the first anchor. */
	anchorBody(sinceSize: number): AnchorProposal;
	/**
	 * Remembers what the ledger has recorded of this log, and so an anchor that a crash kept from being remembered. Calling it twice changes nothing.
	 *
	 * @throws {@link AccessLogError} `ACCESS_LOG_UNKNOWN` for a size this log has not reached, `ACCESS_LOG_INTEGRITY` when more than one anchor is missing here.
	 */
	markAnchored(record: RecordedLog): void;
	/** The patient's entries with everything needed to verify them offline; `access` is this look's own entry. */
	history(parameters: HistoryParameters): Promise<HistoryExport>;
	close(): Promise<void>;
}

/**
 * Opens or creates the log in one SQLite file and takes its lock. Entries are sealed and committed on the process's commit thread.
 *
 * @throws {@link AccessLogError} `ACCESS_LOG_LOCKED`, `ACCESS_LOG_FOREIGN`, `ACCESS_LOG_BEHIND`, `ACCESS_LOG_INTEGRITY` when rows contradict each
 * other.
 */
export async function openAccessLog({
	path,
	deputy,
	...parameters
}: AccessLogParameters & { readonly path: string; readonly deputy?: Deputy | undefined }): Promise<AccessLog> {
	const { log, anchored } = parameters;
	// No empty file takes the place of a lost one: a copy may still be brought there.
	if (!existsSync(path) && anchored !== undefined && anchored.size > 0) throw logBehind(log, 0, anchored.size);
	return createAccessLog(openLogStore(path), parameters, () => sharedCommitThread().open({ path, log: parameters.log, deputy }));
}

/**
 * {@link openAccessLog} over a store that is open already; closes the store when it refuses.
 *
 * @param openWriter - Called once the log is found sound; without it everything is written through the store, on this thread.
 */
export function createAccessLog(
	store: LogStore,
	parameters: AccessLogParameters,
	openWriter: () => GroupWriter = () => createInlineWriter(parameters.log, store),
): AccessLog {
	try {
		auditCheaply(store, { ...parameters, writer: parameters.writerKey.publicKey });
		return new SqliteAccessLog(store, parameters, openWriter());
	} catch (error) {
		store.close();
		throw error;
	}
}

interface OrderedItem extends CohortItem {
	readonly order?: OpeningOrder | undefined;
}

/** What becomes one leaf: an entry, or the entries of a cohort. */
interface Pending {
	readonly entries: readonly PendingEntry[];
	readonly isCohort: boolean;
	readonly isEmergency: boolean;
}

const receiptNonceBytes = 16;
/** Of a receipt that opens nothing: its form is none. */
const spent = { nonce: "", mac: "", expiresAtMs: 0 };
/** Tokens of pseudonyms kept in memory. */
const chainsMax = 65_536;
/** How long a history waits for the ledger's witnesses; without them it says that one party signed. */
const cosignaturesWaitMs = 1_000;

class SqliteAccessLog implements AccessLog {
	readonly log: string;
	readonly member: MemberId;
	readonly writer: PublicKey;
	readonly #store: LogStore;
	readonly #parameters: AccessLogParameters;
	readonly #handles: AuditKeys;
	readonly #queue: GroupCommit<Pending, readonly OpenedAccess[]>;
	readonly #chains = new Map<Pseudonym, string>();
	readonly #writer: GroupWriter;
	readonly #heads: ChainHeads;
	/** Groups on their way to the disk, in order. */
	readonly #inFlight = new Set<AppendGroup>();
	/** The tree of what is durable. Everything that is shown or signed is of this. */
	#frontier: Frontier;
	/** The tree with the groups on their way: the next one is staged on it. */
	#staged: Frontier;
	#halted: AccessLogError | undefined;

	constructor(store: LogStore, parameters: AccessLogParameters, writer: GroupWriter) {
		this.log = parameters.log;
		this.member = parameters.member;
		this.writer = parameters.writerKey.publicKey;
		this.#store = store;
		this.#parameters = parameters;
		this.#handles = new AuditKeys(parameters.keyring, parameters.now);
		this.#queue = new GroupCommit(
			(batch) => this.#writeAll(batch),
			({ entries }) => entries.length,
			writer.inFlightMax,
		);
		this.#writer = writer;
		this.#heads = new ChainHeads(store);
		this.#frontier = Frontier.load(store.size(), readerOf(store));
		this.#staged = this.#frontier;
	}

	append(draft: AccessEntryDraft, { subject, isEmergency = false, order, onLogged }: AppendOptions): Promise<OpenedAccess> {
		const item = { draft, subject, order };
		const kind = { isCohort: false, isEmergency };
		const answerOf = onLogged === undefined ? onlyOne : (logged: readonly OpenedAccess[]) => told(onlyOne(logged), onLogged);
		const prepared = this.#mustWait(kind) || !this.#isOwn(item) ? undefined : this.#prepared(item);
		if (prepared !== undefined) return this.#queue.add({ entries: [prepared], isCohort: false, isEmergency }, answerOf);
		return this.#append([item], kind, answerOf);
	}

	async appendCohort(items: readonly CohortItem[]): Promise<readonly LoggedAccess[]> {
		if (items.length === 0 || items.length > cohortPlaces || new Set(items.map(({ draft }) => draft.pseudonym)).size !== items.length) {
			throw new AccessLogError("ACCESS_LOG_ENTRY_INVALID", `expected 1 to ${cohortPlaces} patients in a cohort, each once`);
		}
		return this.#append(items, { isCohort: true, isEmergency: false }, all);
	}

	async #append<Answer>(
		items: readonly OrderedItem[],
		kind: Omit<Pending, "entries">,
		answerOf: (logged: readonly OpenedAccess[]) => Answer,
	): Promise<Answer> {
		this.#assertOpen();
		if (this.#mustWait(kind)) await this.#assertRoom();
		if (!items.every((item) => this.#isOwn(item))) {
			throw new AccessLogError("ACCESS_LOG_ENTRY_INVALID", "expected an entry of this log's member, found another member's");
		}
		const prepared = items.map((item) => this.#prepared(item) ?? this.#prepare(item));
		if (prepared.every(isPrepared)) return await this.#queue.add({ entries: prepared, ...kind }, answerOf);
		const entries = await Promise.all(prepared);
		this.#assertOpen();
		return await this.#queue.add({ entries, ...kind }, answerOf);
	}

	/** Whether the log is closed, or has to look for room first. */
	#mustWait({ isEmergency }: Omit<Pending, "entries">): boolean {
		return this.#halted !== undefined || (!isEmergency && this.#parameters.reserve?.isOpen === true);
	}

	#isOwn({ draft }: CohortItem): boolean {
		return draft.member === this.member;
	}

	/** {@link #prepare} of what has been written down of before, and lately: nearly all. */
	#prepared({ draft, subject, order }: OrderedItem): PendingEntry | undefined {
		const chain = this.#chains.get(draft.pseudonym);
		const handle = chain === undefined ? undefined : this.#handles.ready(subject);
		return chain === undefined || handle === undefined ? undefined : { draft, chain, handle, order };
	}

	async #prepare({ draft, subject, order }: OrderedItem): Promise<PendingEntry> {
		const [chain, handle] = await Promise.all([this.#chainOf(draft.pseudonym), this.#handles.get(subject)]);
		return { draft, chain, handle, order };
	}

	size(): number {
		return this.#frontier.size;
	}

	root(size = this.#frontier.size): Digest {
		return encodeHex(size === this.#frontier.size ? this.#frontier.root() : treeRoot(size, readerOf(this.#store))) as Digest;
	}

	checkpoint(): string {
		this.#assertOpen();
		const size = this.#frontier.size;
		const text = formatCheckpoint({
			origin: this.log,
			size,
			root: this.#frontier.root(),
			extensions: [formatMapLine(this.#mapAt(size).root)],
		});
		return signNote(text, { name: this.log, key: this.#parameters.writerKey });
	}

	anchorBody(sinceSize: number): AnchorProposal {
		this.#assertOpen();
		const size = this.#frontier.size;
		this.#store.setMeta("checkpoint", this.checkpoint());
		return {
			log: this.log,
			size,
			root: this.root(),
			mapRoot: encodeHex(this.#mapAt(size).root) as Digest,
			consistency: consistencyProof(sinceSize, size, readerOf(this.#store)).map(encodeHex),
		};
	}

	markAnchored({ size, root, mapRoot, anchors, anchoredAtMs }: RecordedLog): void {
		this.#assertOpen();
		if (size > this.#frontier.size) {
			throw new AccessLogError("ACCESS_LOG_UNKNOWN", "expected an anchor of a size this log has reached", { at: size });
		}
		const known = (this.#store.getLastAnchor()?.index ?? -1) + 1;
		if (anchors <= known) return;
		const map = this.#mapAt(size);
		if (anchors > known + 1 || this.root(size) !== root || encodeHex(map.root) !== mapRoot) {
			throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected the ledger to have recorded one anchor of this log since the last one known", {
				at: size,
			});
		}
		const leaf = { size, root, mapRoot, time: anchoredAtMs };
		const nodes = newNodes(known, anchorLeafHash(leaf), anchorsOfStore(this.#store).readNode);
		this.#store.recordAnchor({ index: known, ...leaf }, nodes, map.changedPages);
	}

	async history(parameters: HistoryParameters): Promise<HistoryExport> {
		this.#assertOpen();
		const pseudonym = parameters.pseudonym ?? parameters.access.entry.pseudonym;
		const blind = await this.#parameters.keyring.lookupToken("access-log", pseudonym);
		// Proofs are taken right after, so that the state they show carries the witnesses' cosignatures where there are any.
		await parameters.ledger.cosigned(cosignaturesWaitMs);
		const recorded = readLogRecord(parameters.ledger.proveState("access", accessLogKey(this.member, this.log)).value);
		if (recorded !== undefined) this.markAnchored(recorded);
		const own = { log: this.log, store: this.#store, checkpoint: this.checkpoint(), anchors: anchorsOfStore(this.#store) };
		return exportHistory({ ...parameters, pseudonym, member: this.member, blind, sources: [...(parameters.closed ?? []), own] });
	}

	async close(): Promise<void> {
		await this.#queue.drain();
		this.#halted ??= new AccessLogError("ACCESS_LOG_CLOSED", "expected an open access log");
		this.#handles.clear();
		await this.#writer.close();
		try {
			// Saves the next start a look through it. After a failure nobody knows what the disk holds, and it is left as it is.
			if (this.#halted.code === "ACCESS_LOG_CLOSED") this.#store.settle();
		} finally {
			this.#store.close();
		}
	}

	/** What is left of a full disk is for emergencies, until the reserve is whole again. */
	async #assertRoom(): Promise<void> {
		const { reserve, now } = this.#parameters;
		if (reserve?.isOpen !== true || (await reserve.close(now()))) return;
		throw new AccessLogError("ACCESS_LOG_WRITE_FAILED", "expected room on the disk of the access log; what is left is kept for emergencies");
	}

	/** One group; where the disk has no room for it, the emergencies in it alone, out of the reserve. */
	async #writeAll(batch: readonly Pending[]): Promise<readonly PromiseSettledResult<readonly OpenedAccess[]>[]> {
		try {
			return await this.#write(batch);
		} catch (error) {
			const emergencies = batch.filter(({ isEmergency }) => isEmergency);
			if (emergencies.length === 0 || !isWriteFailed(error)) throw error;
			const logged = (await this.#writeFromReserve(emergencies, error)).values();
			return batch.map(({ isEmergency }) =>
				isEmergency ? (logged.next().value as PromiseSettledResult<readonly OpenedAccess[]>) : { status: "rejected", reason: error },
			);
		}
	}

	/** Tries again with a slice of the reserve more each time, or as it is where only the group before was in the way. */
	async #writeFromReserve(batch: readonly Pending[], failure: AccessLogError): Promise<readonly PromiseSettledResult<readonly OpenedAccess[]>[]> {
		const mayTry = failure.cause instanceof StaleGroup || this.#parameters.reserve?.release() === true;
		if (!mayTry) throw failure;
		try {
			return await this.#write(batch);
		} catch (error) {
			if (!isWriteFailed(error)) throw error;
			return this.#writeFromReserve(batch, error);
		}
	}

	/** One group: complete every draft on what was staged before, have all of them stored, and only then mint. */
	async #write(batch: readonly Pending[]): Promise<readonly PromiseSettledResult<readonly OpenedAccess[]>[]> {
		if (this.#halted !== undefined) throw this.#halted;
		const group = new AppendGroup(this.#heads, this.#staged);
		const staged = this.#stageAll(group, batch);
		const openings = group.entries.length > 0 ? await this.#commit(group) : [];
		let ordered = 0;
		let spare: Uint8Array | undefined;
		return staged.map((result, i) => {
			if (result.status === "rejected") return result;
			const leaf = result.value;
			const opened = leaf.entries[0]?.isOrdered === true ? openings[ordered++] : undefined;
			if (opened !== undefined) return { status: "fulfilled", value: [this.#opened(leaf, opened)] };
			// Drawn now and not with the salts: before the commit there is nothing that a receipt could be minted from.
			spare ??= this.#parameters.randomBytes((staged.length - i) * receiptNonceBytes);
			const nonce = spare.subarray(0, receiptNonceBytes);
			spare = spare.subarray(receiptNonceBytes);
			return { status: "fulfilled", value: this.#logged(leaf, nonce) };
		});
	}

	/** Each leaf by itself: one that cannot be written down leaves the others of its group unharmed. */
	#stageAll(group: AppendGroup, batch: readonly Pending[]): readonly PromiseSettledResult<StagedLeaf>[] {
		const sizes = batch.map(({ entries, isCohort }) => randomBytesOf(entries, isCohort));
		// Asking once for the whole group costs a tenth of asking for each entry.
		const random = this.#parameters.randomBytes(sizes.reduce((sum, size) => sum + size, 0));
		let at = 0;
		return batch.map(({ entries, isCohort }, i) => {
			const own = random.subarray(at, at + (sizes[i] as number));
			at += own.length;
			return settle(() => stageLeaf({ log: this.log, group, isCohort }, entries, own));
		});
	}

	async #commit(group: AppendGroup): Promise<Openings> {
		let openings: Openings;
		this.#staged = group.frontier;
		this.#inFlight.add(group);
		try {
			openings = await this.#writer.write(group.batch());
		} catch (cause) {
			throw this.#failed(group, cause);
		}
		// A group is answered after the ones before it; one of those may have stopped the log meanwhile.
		if (this.#halted !== undefined) throw this.#halted;
		this.#inFlight.delete(group);
		this.#frontier = group.frontier;
		return openings;
	}

	/** What the entries of a group that was not written are told. */
	#failed(group: AppendGroup, cause: unknown): AccessLogError {
		if (this.#halted !== undefined) return this.#halted;
		const wasDropped = !this.#inFlight.has(group);
		if (wasDropped ? cause instanceof StaleGroup : isPassing(cause) && this.#sizeOnDisk() === group.base) {
			if (!wasDropped) this.#dropInFlight();
			return new AccessLogError("ACCESS_LOG_WRITE_FAILED", "expected room on the disk of the access log; nothing was written", {}, cause);
		}
		// After a failed sync nobody knows what the disk holds: only a new start, which audits, may go on.
		return this.#halt("expected a commit to succeed or to leave nothing behind; restart to audit what is stored", cause);
	}

	/** Groups behind one that failed rest on its leaves: none of them is written, and the next one is staged on the disk as it is. */
	#dropInFlight(): void {
		for (const group of this.#inFlight) group.takeBack();
		this.#inFlight.clear();
		this.#heads.reload();
		this.#staged = this.#frontier;
	}

	#sizeOnDisk(): number | undefined {
		try {
			return this.#store.size();
		} catch {
			return undefined;
		}
	}

	/** The entries of a leaf with the one receipt for it. */
	#logged({ entries, leafIndex, leafHash }: StagedLeaf, nonce: Uint8Array): readonly LoggedAccess[] {
		const { receiptKey, now } = this.#parameters;
		const entryHash = encodeHex(leafHash) as Digest;
		const receipt = mintReceipt({ receiptKey, entryHash, log: this.log, leafIndex, now: now(), randomBytes: () => nonce });
		return entries.map(({ entry, canonical, salt, cohort }) => {
			const logged = { entry, canonical, salt, leafIndex, receipt };
			return cohort === undefined ? logged : { ...logged, cohort };
		});
	}

	/** An entry whose row was opened with it: what a receipt of it could open has been opened. */
	#opened({ entries: [staged], leafIndex, leafHash }: StagedLeaf, opened: OpenedTexts): OpenedAccess {
		const { entry, canonical, salt } = staged as StagedEntry;
		const receipt: Receipt = { log: this.log, leafIndex, entryHash: encodeHex(leafHash) as Digest, ...spent };
		return { entry, canonical, salt, leafIndex, receipt, opened };
	}

	#mapAt(size: number): HeadMap {
		return new HeadMap(this.#store, "stored").moveTo(size);
	}

	async #chainOf(pseudonym: Pseudonym): Promise<string> {
		const known = this.#chains.get(pseudonym);
		if (known !== undefined) return known;
		const blind = await this.#parameters.keyring.lookupToken("access-log", pseudonym);
		const chain = encodeHex(blindPseudonym(this.log, pseudonym, blind));
		makeRoom(this.#chains, chainsMax);
		this.#chains.set(pseudonym, chain);
		return chain;
	}

	#halt(message: string, cause: unknown): AccessLogError {
		this.#halted = new AccessLogError("ACCESS_LOG_INTEGRITY", message, {}, cause);
		return this.#halted;
	}

	#assertOpen(): void {
		if (this.#halted !== undefined) throw this.#halted;
	}
}

function onlyOne([logged]: readonly OpenedAccess[]): OpenedAccess {
	return logged as OpenedAccess;
}

function told(access: OpenedAccess, onLogged: (access: LoggedAccess) => void): OpenedAccess {
	onLogged(access);
	return access;
}

function all(logged: readonly LoggedAccess[]): readonly LoggedAccess[] {
	return logged;
}

function isPrepared(entry: PendingEntry | Promise<PendingEntry>): entry is PendingEntry {
	return !(entry instanceof Promise);
}

function isWriteFailed(error: unknown): error is AccessLogError {
	return error instanceof AccessLogError && error.code === "ACCESS_LOG_WRITE_FAILED";
}

function settle<Value>(work: () => Value): PromiseSettledResult<Value> {
	try {
		return { status: "fulfilled", value: work() };
	} catch (reason) {
		return { status: "rejected", reason };
	}
}

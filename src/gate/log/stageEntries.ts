import { BaseError, concatBytes, type Digest, decodeHex, encodeHex, isHex } from "#base";
import type { AccessEntry, AccessEntryDraft } from "#contracts";
import { type CohortPlace, cohortLeafHash, hashedLeafHash } from "#log";
import type { OpeningOrder } from "#vault";
import type { AppendGroup } from "./appendGroup.ts";
import type { AuditHandle } from "./auditKeys.ts";
import { cohortPlace, cohortPlaces, treeOf } from "./cohortTree.ts";
import { entryText } from "./entryText.ts";
import { AccessLogError } from "./errors.ts";
import type { ChainRow } from "./logRows.ts";

/** What somebody wants written down, with the chain it belongs to and the data key it is sealed under. */
export interface PendingEntry {
	readonly draft: AccessEntryDraft;
	readonly chain: string;
	readonly handle: AuditHandle;
	/** What is to be opened once it is durable; of an entry that is a leaf of its own. */
	readonly order?: OpeningOrder | undefined;
}

/** An entry that is not yet durable. */
export interface StagedEntry {
	readonly entry: AccessEntry;
	readonly canonical: string;
	readonly salt: string;
	readonly cohort?: CohortPlace;
	/** Whether something was ordered with it. */
	readonly isOrdered: boolean;
}

/** A leaf that is not yet durable, with its entries in the order in which they were asked for. */
export interface StagedLeaf {
	readonly leafIndex: number;
	readonly leafHash: Uint8Array;
	readonly entries: readonly StagedEntry[];
}

/** Random bytes of one entry: salt(32) ‖ nonce(12). */
const entryRandomBytes = 32 + 12;
const zeroDigest = "0".repeat(64) as Digest;

/** How many random bytes {@link stageLeaf} needs. */
export function randomBytesOf(entries: readonly PendingEntry[], isCohort: boolean): number {
	return entries.length * entryRandomBytes + (isCohort ? (cohortPlaces - entries.length) * 32 : 0);
}

/**
 * Completes the entries of one leaf on what was staged before and adds them to the group: all of them, or none and it throws.
 *
 * @param random - As many bytes as {@link randomBytesOf} says.
 * @throws {@link AccessLogError} `ACCESS_LOG_ENTRY_INVALID`.
 */
export function stageLeaf(
	{ log, group, isCohort }: { readonly log: string; readonly group: AppendGroup; readonly isCohort: boolean },
	pending: readonly PendingEntry[],
	random: Uint8Array,
): StagedLeaf {
	// Nearly every leaf is one entry.
	if (!isCohort) return addEntry(group, complete(log, group, pending[0] as PendingEntry, random));
	const own = pending.length * entryRandomBytes;
	const completed = pending.map((one, i) => complete(log, group, one, random.subarray(i * entryRandomBytes, (i + 1) * entryRandomBytes)));
	return addCohort(group, completed, random.subarray(own));
}

/** An entry with everything but its place in the log. */
interface CompletedEntry extends StagedEntry {
	readonly head: ChainRow;
	readonly handle: AuditHandle;
	readonly plaintext: Uint8Array;
	readonly nonce: Uint8Array;
	readonly order: OpeningOrder | undefined;
}

/** What stands in a frame by its form alone: whatever else an order is, its deputy judges. */
function assertOrder(order: OpeningOrder): void {
	const { box, row } = order;
	const isRow = row !== undefined && isHex(row.subject, 16) && isHex(row.token, 32) && isHex(row.dataKey, 16);
	const isFramed = isRow && typeof row.compartments === "string" && Number.isSafeInteger(row.version) && Number.isSafeInteger(row.storedAtMs);
	if (isFramed && /^[a-z+-]*$/.test(row.compartments) && row.ciphertext instanceof Uint8Array && box instanceof Uint8Array) return;
	throw new AccessLogError("ACCESS_LOG_ENTRY_INVALID", "expected an order that a keyring made, for a row as it is stored");
}

function complete(log: string, group: AppendGroup, { draft, chain, handle, order }: PendingEntry, random: Uint8Array): CompletedEntry {
	if (order !== undefined) assertOrder(order);
	const before = group.head(chain);
	const subject = handle.wrapped.subject;
	if (before !== undefined && before.subject !== subject) {
		// One patient's chain under two audit keys could never be shown to that patient as a whole.
		throw new AccessLogError("ACCESS_LOG_ENTRY_INVALID", "expected the subject under which this pseudonym's earlier entries are sealed");
	}
	const place = {
		log,
		seq: before === undefined ? 0 : before.seq + 1,
		previous: before === undefined ? zeroDigest : (encodeHex(before.head) as Digest),
	};
	const entry = placed(draft, place);
	const canonical = canonicalOf(entry);
	const plaintext = saltedText(random, canonical);
	const head = { chain, token: before?.token ?? decodeHex(chain), seq: entry.seq, head: hashedLeafHash(plaintext), subject };
	return {
		entry,
		canonical,
		salt: encodeHex(random.subarray(0, 32)),
		head,
		handle,
		plaintext,
		nonce: random.subarray(32),
		order,
		isOrdered: order !== undefined,
	};
}

/** @param random - The salt in its first 32 bytes. */
function saltedText(random: Uint8Array, text: string): Uint8Array {
	const salted = Buffer.allocUnsafe(32 + Buffer.byteLength(text));
	for (let i = 0; i < 32; i++) salted[i] = random[i] as number;
	salted.write(text, 32);
	return salted;
}

/** Members by name: canonical JSON then has nothing to sort, which for twenty of them takes longer than to write them. */
function placed(draft: AccessEntryDraft, { log, seq, previous }: Pick<AccessEntry, "log" | "seq" | "previous">): AccessEntry {
	return {
		action: draft.action,
		compartments: draft.compartments,
		consents: draft.consents,
		count: draft.count,
		decision: draft.decision,
		emergencyReason: draft.emergencyReason,
		format: "aceso/entry/1",
		height: draft.height,
		level: draft.level,
		log,
		member: draft.member,
		model: draft.model,
		previous,
		pseudonym: draft.pseudonym,
		purpose: draft.purpose,
		reasons: draft.reasons,
		requester: draft.requester,
		requesterKind: draft.requesterKind,
		seq,
		stalenessMs: draft.stalenessMs,
		time: draft.time,
		via: draft.via,
	};
}

function addEntry(group: AppendGroup, { head, handle, plaintext, nonce, order, entry, canonical, salt, isOrdered }: CompletedEntry): StagedLeaf {
	const leafIndex = group.addLeaf(head.head);
	group.addEntry({ leafIndex, place: null, plaintext, nonce, order }, head, handle);
	return { leafIndex, leafHash: head.head, entries: [{ entry, canonical, salt, isOrdered }] };
}

/** Who has which place follows from the hashes alone, whose salts are random; free places hold random bytes, which look like hashes. */
function addCohort(group: AppendGroup, completed: readonly CompletedEntry[], filler: Uint8Array): StagedLeaf {
	const free = Array.from({ length: cohortPlaces - completed.length }, (_, i) => filler.slice(i * 32, (i + 1) * 32));
	const hashes = [...completed.map(({ head }) => head.head), ...free].sort(Buffer.compare);
	const tree = treeOf(hashes);
	const hash = cohortLeafHash(cohortPlaces, tree.root());
	const leafIndex = group.addLeaf(hash);
	group.addCohort({ leafIndex, leafHash: hash, hashes: concatBytes(...hashes) });
	const placeOf = new Map(hashes.map((one, place) => [one, place]));
	const entries = completed.map(({ head, handle, plaintext, nonce, entry, canonical, salt }): StagedEntry => {
		const place = placeOf.get(head.head) as number;
		group.addEntry({ leafIndex, place, plaintext, nonce }, head, handle);
		return { entry, canonical, salt, cohort: cohortPlace(tree, place), isOrdered: false };
	});
	return { leafIndex, leafHash: hash, entries };
}

function canonicalOf(entry: AccessEntry): string {
	try {
		return entryText(entry);
	} catch (cause) {
		if (!(cause instanceof BaseError)) throw cause;
		throw new AccessLogError("ACCESS_LOG_ENTRY_INVALID", "expected an entry within the restricted JSON of the protocol", {}, cause);
	}
}

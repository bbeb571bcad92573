import { type Digest, decodeHex, encodeHex, type MemberId, type Pseudonym } from "#base";
import { cohortLeafOf, verifyInclusion, verifySparse } from "#log";
import { WalletError, type WalletErrorCode } from "./errors.ts";
import type { HeadProof, HistoryEntry, ShownLog } from "./historyExport.ts";
import { accessLeafHash, headValueHash } from "./historyFormat.ts";
import { verifyAgainst } from "./verifyAgainst.ts";
import { countBelow, type LogCheckpoint } from "./verifyAnchors.ts";
import type { SeenLog } from "./verifyOnLedger.ts";

/** An entry whose place in the log is proved. */
export interface ProvedEntry {
	/** Of the entry itself, in a cohort too. */
	readonly hash: Digest;
	readonly leafIndex: number;
}

/** What every entry of a log's part has in common. */
export interface EntryOwner {
	readonly pseudonym: Pseudonym;
	readonly member: MemberId;
	readonly log: string;
}

const zeroDigest = "0".repeat(64);

/**
 * Every entry is this patient's, numbered without gap, chained to the one before, and in the log at its place.
 *
 * @throws {@link WalletError} `WALLET_ENTRY_FOREIGN`, `WALLET_ENTRY_GAP`, `WALLET_CHAIN_BROKEN`, `WALLET_ENTRY_NOT_INCLUDED`, each with the
 * position in the list.
 */
export function verifyEntries(owner: EntryOwner, { entries }: ShownLog, { size, root }: LogCheckpoint): readonly ProvedEntry[] {
	const proved: ProvedEntry[] = [];
	for (const [at, item] of entries.entries()) {
		const before = proved.at(-1);
		assertPlace(owner, item, at, before);
		const hash = verifyAgainst(
			"WALLET_ENTRY_NOT_INCLUDED",
			"expected an entry within the protocol's JSON",
			() => accessLeafHash(item.entry, item.salt),
			at,
		);
		if (item.entry.previous !== (before?.hash ?? zeroDigest)) {
			throw broken("WALLET_CHAIN_BROKEN", "expected the entry to name the hash of the one before it", at);
		}
		verifyAgainst("WALLET_ENTRY_NOT_INCLUDED", "expected the entry to be in the log at its place", () => verifyPlace(hash, item, { size, root }), at);
		proved.push({ hash: encodeHex(hash) as Digest, leafIndex: item.leafIndex });
	}
	return proved;
}

/** An entry of a cohort leads to the leaf that the log has; any other is that leaf. */
function verifyPlace(
	hash: Uint8Array,
	{ leafIndex: index, inclusion, cohort }: HistoryEntry,
	{ size, root }: Pick<LogCheckpoint, "size" | "root">,
): void {
	const leafHash = cohort === undefined ? hash : cohortLeafOf(hash, cohort);
	verifyInclusion({ leafHash, index, size, proof: inclusion.map((node) => decodeHex(node, 32)), root });
}

function assertPlace({ pseudonym, member, log }: EntryOwner, { entry, leafIndex }: HistoryEntry, at: number, before: ProvedEntry | undefined): void {
	if (entry.pseudonym !== pseudonym || entry.member !== member || entry.log !== log) {
		throw broken("WALLET_ENTRY_FOREIGN", "expected an entry of this patient in this log, found another's", at);
	}
	if (entry.seq !== at || leafIndex <= (before?.leafIndex ?? -1)) {
		throw broken("WALLET_ENTRY_GAP", "expected entries numbered from 0 without gap, in the order of the log", at);
	}
}

/**
 * What a wallet was shown before of the same places of this log is what it is shown now: an entry that lies among them and was not shown then
 * was hidden then.
 *
 * @throws {@link WalletError} `WALLET_ENTRY_HIDDEN_BEFORE`.
 */
export function verifyAgainstSeen(proved: readonly ProvedEntry[], { size }: LogCheckpoint, seen: SeenLog | undefined): void {
	if (seen === undefined || size < seen.size) return;
	const then = countBelow(proved, seen.size);
	if (then !== seen.entries || (proved[then - 1]?.hash ?? "") !== seen.head) {
		throw broken("WALLET_ENTRY_HIDDEN_BEFORE", "expected the entries shown before, found others at the same places of the log", then);
	}
}

/**
 * No entry was left out: in the head map of the checkpoint and of every anchor within its size, this patient's last entry is the last one
 * shown up to that size.
 *
 * @throws {@link WalletError} `WALLET_HISTORY_INCOMPLETE`, `WALLET_MAP_PROOF_INVALID`.
 */
export function verifyHeads({ map, anchors }: ShownLog, { mapRoot, size }: LogCheckpoint, proved: readonly ProvedEntry[], path: Uint8Array): void {
	verifyHead({ path, proof: map, root: mapRoot, proved, size });
	for (const anchor of anchors) {
		const root = decodeHex(anchor.mapRoot, 32);
		if (anchor.size <= size) verifyHead({ path, proof: anchor.map, root, proved, size: anchor.size });
		else if (anchor.map !== null) throw broken("WALLET_MAP_PROOF_INVALID", "expected no head of entries that are lost", anchor.size);
	}
}

interface VerifyHeadParameters {
	readonly path: Uint8Array;
	readonly proof: HeadProof | null;
	readonly root: Uint8Array;
	readonly proved: readonly ProvedEntry[];
	readonly size: number;
}

function verifyHead({ path, proof, root, proved, size }: VerifyHeadParameters): void {
	const seq = countBelow(proved, size) - 1;
	const last = proved[seq];
	const head = proof?.head ?? null;
	if (proof === null || (head === null ? last !== undefined : head.seq !== seq || head.head !== last?.hash)) {
		throw broken("WALLET_HISTORY_INCOMPLETE", "expected the head map to end with the last entry shown: entries were left out", size);
	}
	const valueHash = head === null ? undefined : headValueHash(head.seq, decodeHex(head.head, 32));
	verifyAgainst(
		"WALLET_MAP_PROOF_INVALID",
		"expected a proof that leads to the head map's root",
		() => verifySparse({ root, path, valueHash, proof: proof.sparse }),
		size,
	);
}

/** @throws {@link WalletError} `WALLET_ACCESS_MISSING` when an access that someone was told of is not among the entries. */
export function verifyExpected(proved: readonly ProvedEntry[], expected: readonly Digest[]): void {
	const hashes = new Set<string>(proved.map(({ hash }) => hash));
	const missing = expected.findIndex((hash) => !hashes.has(hash));
	if (missing >= 0) throw broken("WALLET_ACCESS_MISSING", "expected an access that was acknowledged to be in the history", missing);
}

function broken(code: WalletErrorCode, message: string, at: number): WalletError {
	return new WalletError(code, message, { at });
}

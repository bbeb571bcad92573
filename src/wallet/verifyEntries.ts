import { type Digest, decodeHex, encodeHex } from "#base";
import { verifyInclusion, verifySparse } from "#log";
import { WalletError, type WalletErrorCode } from "./errors.ts";
import type { HeadProof, HistoryEntry, HistoryExport } from "./historyExport.ts";
import { accessLeafHash, blindPseudonym, headPath, headValueHash } from "./historyFormat.ts";
import { verifyAgainst } from "./verifyAgainst.ts";
import type { LogCheckpoint } from "./verifyAnchors.ts";

/** An entry whose place in the log is proved. */
export interface ProvedEntry {
	readonly hash: Digest;
	readonly leafIndex: number;
}

const zeroDigest = "0".repeat(64);

/**
 * Every entry is this patient's, numbered without gap, chained to the one before, and in the log at its place.
 *
 * @throws {@link WalletError} `WALLET_ENTRY_FOREIGN`, `WALLET_ENTRY_GAP`, `WALLET_CHAIN_BROKEN`, `WALLET_ENTRY_NOT_INCLUDED`, each with the
 * position in the list.
 */
export function verifyEntries(history: HistoryExport, { size, root }: LogCheckpoint): readonly ProvedEntry[] {
	const proved: ProvedEntry[] = [];
	for (const [at, item] of history.entries.entries()) {
		const before = proved.at(-1);
		assertPlace(history, item, at, before);
		const hash = verifyAgainst(
			"WALLET_ENTRY_NOT_INCLUDED",
			"expected an entry within the protocol's JSON",
			() => accessLeafHash(item.entry, item.salt),
			at,
		);
		if (item.entry.previous !== (before?.hash ?? zeroDigest)) {
			throw broken("WALLET_CHAIN_BROKEN", "expected the entry to name the hash of the one before it", at);
		}
		verifyAgainst(
			"WALLET_ENTRY_NOT_INCLUDED",
			"expected the entry to be in the log at its place",
			() => verifyInclusion({ leafHash: hash, index: item.leafIndex, size, proof: item.inclusion.map((node) => decodeHex(node, 32)), root }),
			at,
		);
		proved.push({ hash: encodeHex(hash) as Digest, leafIndex: item.leafIndex });
	}
	return proved;
}

function assertPlace(
	{ pseudonym, member, log }: HistoryExport,
	{ entry, leafIndex }: HistoryEntry,
	at: number,
	before: ProvedEntry | undefined,
): void {
	if (entry.pseudonym !== pseudonym || entry.member !== member || entry.log !== log) {
		throw broken("WALLET_ENTRY_FOREIGN", "expected an entry of this patient in this log, found another's", at);
	}
	if (entry.seq !== at || leafIndex <= (before?.leafIndex ?? -1)) {
		throw broken("WALLET_ENTRY_GAP", "expected entries numbered from 0 without gap, in the order of the log", at);
	}
}

/**
 * No entry was left out: in the head map of the checkpoint and of every anchor, this patient's last entry is the last one shown up to
 * that size.
 *
 * @throws {@link WalletError} `WALLET_HISTORY_INCOMPLETE`, `WALLET_MAP_PROOF_INVALID`.
 */
export function verifyHeads(history: HistoryExport, checkpoint: LogCheckpoint, proved: readonly ProvedEntry[]): void {
	const path = headPath(blindPseudonym(history.log, history.pseudonym, (history.entries[0] as HistoryEntry).salt));
	verifyHead({ path, proof: history.map, root: checkpoint.mapRoot, proved, size: checkpoint.size });
	for (const { map, mapRoot, size } of history.anchors) verifyHead({ path, proof: map, root: decodeHex(mapRoot, 32), proved, size });
}

interface VerifyHeadParameters {
	readonly path: Uint8Array;
	readonly proof: HeadProof;
	readonly root: Uint8Array;
	readonly proved: readonly ProvedEntry[];
	readonly size: number;
}

function verifyHead({ path, proof: { head, sparse }, root, proved, size }: VerifyHeadParameters): void {
	const seq = proved.findLastIndex(({ leafIndex }) => leafIndex < size);
	const last = proved[seq];
	if (head === null ? last !== undefined : head.seq !== seq || head.head !== last?.hash) {
		throw broken("WALLET_HISTORY_INCOMPLETE", "expected the head map to end with the last entry shown: entries were left out", size);
	}
	const valueHash = head === null ? undefined : headValueHash(head.seq, decodeHex(head.head, 32));
	verifyAgainst(
		"WALLET_MAP_PROOF_INVALID",
		"expected a proof that leads to the head map's root",
		() => verifySparse({ root, path, valueHash, proof: sparse }),
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

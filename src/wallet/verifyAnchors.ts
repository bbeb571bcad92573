import { decodeHex, encodeHex } from "#base";
import { anchorLeafHash, type RegisteredLog } from "#contracts";
import { type Checkpoint, emptyRoot, openNote, parseCheckpoint, verifyConsistency, verifyInclusion } from "#log";
import { WalletError } from "./errors.ts";
import type { AnchorProof, ShownLog } from "./historyExport.ts";
import { drawAnchors, parseMapLine } from "./historyFormat.ts";
import { verifyAgainst } from "./verifyAgainst.ts";
import type { ProvedEntry } from "./verifyEntries.ts";
import type { SeenLog } from "./verifyOnLedger.ts";

/** A log's own checkpoint, once its signature is verified. */
export interface LogCheckpoint extends Checkpoint {
	readonly mapRoot: Uint8Array;
}

/**
 * The checkpoint is the registered writer's, and no smaller or other than what ledger and wallet know, unless the ledger names as many
 * entries as lost; and the log only grew from the newest anchor within it.
 *
 * @throws {@link WalletError} `WALLET_WRITER_SIGNATURE_INVALID`, `WALLET_LOG_TRUNCATED`, `WALLET_LOG_REWRITTEN`.
 */
export function verifyLogCheckpoint(shown: ShownLog, record: RegisteredLog, seen: SeenLog | undefined): LogCheckpoint {
	const checkpoint = verifyAgainst("WALLET_WRITER_SIGNATURE_INVALID", "expected a checkpoint signed by the log's registered writer", () =>
		parseCheckpoint(openNote(shown.checkpoint, [{ name: record.log, key: record.writer, type: "ed25519" }]).text),
	);
	const mapRoot = parseMapLine(checkpoint.extensions);
	if (checkpoint.origin !== record.log || mapRoot === undefined) {
		throw new WalletError("WALLET_WRITER_SIGNATURE_INVALID", "expected the checkpoint of this log, with its head map");
	}
	const lost = record.status === "closed" ? record.sizeLost : 0;
	if (checkpoint.size + lost < Math.max(record.size, seen?.size ?? 0)) {
		throw new WalletError("WALLET_LOG_TRUNCATED", "expected a log no smaller than it is known to be: entries were taken away", {
			at: checkpoint.size,
		});
	}
	if (checkpoint.size === seen?.size && encodeHex(checkpoint.root) !== seen.root) {
		throw new WalletError("WALLET_LOG_REWRITTEN", "expected the log that this wallet has seen at the same size", { at: checkpoint.size });
	}
	verifyGrowth(newestWithin(shown, record, checkpoint.size), shown.consistency, checkpoint);
	return { ...checkpoint, mapRoot: decodeHex(mapRoot) };
}

/** What the ledger recorded last of what is still there: the record itself, unless entries are lost. That the anchors are the ledger's shows later. */
function newestWithin({ anchors }: ShownLog, record: RegisteredLog, size: number): { readonly size: number; readonly root: string } {
	if (record.size <= size) return record;
	return anchors.findLast((anchor) => anchor.size <= size) ?? { size: 0, root: encodeHex(emptyRoot) };
}

function verifyGrowth(from: { readonly size: number; readonly root: string }, consistency: readonly string[], { size, root }: Checkpoint): void {
	verifyAgainst("WALLET_LOG_REWRITTEN", "expected the log to have only grown since its newest anchor", () => {
		const proof = consistency.map((hash) => decodeHex(hash, 32));
		verifyConsistency({ from: from.size, fromRoot: decodeHex(from.root, 32), to: size, toRoot: root, proof });
	});
}

export interface VerifyAnchorsParameters {
	readonly record: RegisteredLog;
	readonly checkpoint: LogCheckpoint;
	readonly proved: readonly ProvedEntry[];
	/** Of the ledger state that the record is proved in. */
	readonly stateRoot: string;
	/** The patient's place in this log's head maps. */
	readonly path: Uint8Array;
}

/**
 * The anchors shown are the ledger's, each at its place; none is missing at which the patient's last entry changed, nor the newest, nor one
 * that is drawn.
 *
 * @throws {@link WalletError} `WALLET_ANCHOR_INVALID`, `WALLET_ANCHOR_MISSING`.
 */
export function verifyAnchors({ anchors }: ShownLog, parameters: VerifyAnchorsParameters): void {
	const { record } = parameters;
	let before: AnchorProof | undefined;
	for (const [at, anchor] of anchors.entries()) {
		if (anchor.index <= (before?.index ?? -1) || anchor.size <= (before?.size ?? 0)) throw invalid("expected anchors of rising number and size", at);
		verifyAgainst("WALLET_ANCHOR_INVALID", "expected an anchor that the ledger has recorded, at its place", () => verifyPlace(anchor, record), at);
		before = anchor;
	}
	assertNoneMissing(anchors, parameters);
}

function verifyPlace({ index, size, root, mapRoot, time, inclusion }: AnchorProof, record: RegisteredLog): void {
	const leafHash = anchorLeafHash({ size, root, mapRoot, time } as Parameters<typeof anchorLeafHash>[0]);
	const proof = inclusion.map((hash) => decodeHex(hash, 32));
	verifyInclusion({ leafHash, index, size: record.anchors, proof, root: decodeHex(record.anchorsRoot, 32) });
}

/** Between two anchors shown beside each other the patient has the same last entry, or none is left out between them. */
function assertNoneMissing(anchors: readonly AnchorProof[], { record, checkpoint, proved, stateRoot, path }: VerifyAnchorsParameters): void {
	if ((anchors.at(-1)?.index ?? -1) !== record.anchors - 1) throw missing("expected the newest anchor that the ledger has recorded");
	// What an anchor covers: the number of the patient's entries below its size, or −1 where nobody can say any more.
	const covers = anchors.map(({ size }) => (size > checkpoint.size ? -1 : countBelow(proved, size)));
	const first = anchors.findIndex((_, at) => covers[at] !== 0);
	if (first === 0 && (anchors[0] as AnchorProof).index > 0) throw missing("expected the anchor before the patient's first entry", 0);
	for (const [at, { index }] of anchors.entries()) {
		if (at > 0 && covers[at] !== covers[at - 1] && index !== (anchors[at - 1] as AnchorProof).index + 1) {
			throw missing("expected every anchor at which the patient's last entry changed", at);
		}
	}
	if (first < 0 || covers[first] === -1) return;
	const shown = new Set(anchors.map(({ index }) => index));
	const drawn = drawAnchors({ stateRoot, path, from: (anchors[first] as AnchorProof).index, to: record.anchors - 1 });
	if (![...drawn].every((index) => shown.has(index))) throw missing("expected every anchor that was drawn");
}

/** How many entries stand below a size of the log; they are in its order. */
export function countBelow(proved: readonly ProvedEntry[], size: number): number {
	let [low, high] = [0, proved.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((proved[middle] as ProvedEntry).leafIndex < size) low = middle + 1;
		else high = middle;
	}
	return low;
}

function missing(message: string, at?: number): WalletError {
	return new WalletError("WALLET_ANCHOR_MISSING", message, at === undefined ? {} : { at });
}

function invalid(message: string, at: number): WalletError {
	return new WalletError("WALLET_ANCHOR_INVALID", message, { at });
}

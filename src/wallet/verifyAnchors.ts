import { decodeHex, encodeHex } from "#base";
import { type LedgerTrust, verifyTransactionProof } from "#ledger";
import { type Checkpoint, openNote, parseCheckpoint, verifyConsistency } from "#log";
import { WalletError } from "./errors.ts";
import type { AnchorProof, HistoryExport } from "./historyExport.ts";
import { parseMapLine } from "./historyFormat.ts";
import { readAnchorBody } from "./ledgerRecords.ts";
import { verifyAgainst } from "./verifyAgainst.ts";
import { type LedgerFacts, onLedger, type SeenState } from "./verifyOnLedger.ts";

/** The log's own checkpoint, once its signature is verified. */
export interface LogCheckpoint extends Checkpoint {
	readonly mapRoot: Uint8Array;
}

/**
 * The checkpoint is the registered writer's, and no smaller or other than what ledger and wallet know.
 *
 * @throws {@link WalletError} `WALLET_WRITER_SIGNATURE_INVALID`, `WALLET_LOG_TRUNCATED`, `WALLET_LOG_REWRITTEN`.
 */
export function verifyLogCheckpoint({ checkpoint: note, log }: HistoryExport, { record }: LedgerFacts, seen: SeenState | undefined): LogCheckpoint {
	const checkpoint = verifyAgainst("WALLET_WRITER_SIGNATURE_INVALID", "expected a checkpoint signed by the log's registered writer", () =>
		parseCheckpoint(openNote(note, [{ name: log, key: record.writer, type: "ed25519" }]).text),
	);
	const mapRoot = parseMapLine(checkpoint.extensions);
	if (checkpoint.origin !== log || mapRoot === undefined) {
		throw new WalletError("WALLET_WRITER_SIGNATURE_INVALID", "expected the checkpoint of this log, with its head map");
	}
	if (checkpoint.size < Math.max(record.size, seen?.logSize ?? 0)) {
		throw new WalletError("WALLET_LOG_TRUNCATED", "expected a log no smaller than it is known to be: entries were taken away", {
			at: checkpoint.size,
		});
	}
	if (seen !== undefined && checkpoint.size === seen.logSize && encodeHex(checkpoint.root) !== seen.logRoot) {
		throw new WalletError("WALLET_LOG_REWRITTEN", "expected the log that this wallet has seen at the same size", { at: checkpoint.size });
	}
	return { ...checkpoint, mapRoot: decodeHex(mapRoot) };
}

/**
 * The log only grew from anchor to anchor to checkpoint, and each anchor is what the ledger holds.
 *
 * @throws {@link WalletError} `WALLET_LOG_REWRITTEN`, `WALLET_ANCHOR_INVALID`, and the ledger's refusals.
 */
export function verifyAnchors(history: HistoryExport, facts: LedgerFacts, checkpoint: LogCheckpoint, trust: LedgerTrust): void {
	const { anchors } = history;
	const newest = anchors.at(-1);
	if (facts.record.size > 0 ? newest === undefined || newest.transaction !== null : newest !== undefined) {
		throw invalid("expected the newest anchor to be the one that the ledger's state names");
	}
	let before = 0;
	for (const [at, anchor] of anchors.entries()) {
		if (anchor.size <= before) throw invalid("expected anchors of rising size", at);
		before = anchor.size;
		verifyGrowth(anchor, checkpoint, at);
		if (anchor.transaction === null) verifyNewest(anchor, facts, at === anchors.length - 1);
		else verifyInTransaction(history, anchor, facts, trust, at);
	}
	const used = new Set(anchors.flatMap(({ transaction }) => (transaction === null ? [] : [signerOf(transaction.leaf)])));
	if (used.size !== facts.holders.size || history.signers.length !== used.size) throw invalid("expected each signer of an anchor once, and no other");
}

function verifyGrowth(anchor: AnchorProof, { size, root }: LogCheckpoint, at: number): void {
	verifyAgainst(
		"WALLET_LOG_REWRITTEN",
		"expected the log to have only grown since this anchor",
		() => {
			const proof = anchor.consistency.map((hash) => decodeHex(hash, 32));
			verifyConsistency({ from: anchor.size, to: size, fromRoot: decodeHex(anchor.root, 32), toRoot: root, proof });
		},
		at,
	);
}

function verifyNewest(anchor: AnchorProof, { record, anchor: latest }: LedgerFacts, isLast: boolean): void {
	const agrees = isLast && anchor.size === record.size && anchor.root === record.root && anchor.mapRoot === latest?.mapRoot;
	if (!agrees) throw invalid("expected the newest anchor to be the one that the ledger's state names");
}

function verifyInTransaction({ log, member }: HistoryExport, anchor: AnchorProof, facts: LedgerFacts, trust: LedgerTrust, at: number): void {
	const proof = anchor.transaction;
	if (proof === null) return;
	const { transaction } = onLedger(() => verifyTransactionProof(proof, trust));
	const body = readAnchorBody(transaction.body);
	const isAnchor = transaction.contract === "access" && transaction.action === "anchor" && facts.holders.get(transaction.signer) === member;
	const named = body?.logs.some((entry) => entry.log === log && entry.size === anchor.size && entry.root === anchor.root);
	if (!isAnchor || named !== true || body?.mapRoot !== anchor.mapRoot) {
		throw invalid("expected an anchor of this log by its custodian, found another transaction", at);
	}
}

/** Read after the proof was verified, so that the leaf is known to be a transaction. */
function signerOf(leaf: string): string {
	return (JSON.parse(leaf) as { signer: string }).signer;
}

function invalid(message: string, at?: number): WalletError {
	return new WalletError("WALLET_ANCHOR_INVALID", message, at === undefined ? {} : { at });
}

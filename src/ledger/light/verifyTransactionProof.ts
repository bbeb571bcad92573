import { CodedError, decodeHex, encodeUtf8 } from "#base";
import { leafHash, verifyInclusion } from "#log";
import { LedgerError } from "../errors.ts";
import type { TransactionProof } from "../ledger.ts";
import { parseTransaction, type ReadTransaction } from "../transaction.ts";
import type { VerifiedCheckpoint } from "./verifyCheckpoint.ts";
import { type ReaderTrust, verifyCommitment } from "./verifyCommitment.ts";

export interface VerifiedTransaction extends ReadTransaction {
	readonly checkpoint: VerifiedCheckpoint;
	/** Where validators agreed, as told: what they signed does not hold the log's size. */
	readonly leafIndex: number;
}

/**
 * Verifies that a transaction is in the log that the proof's checkpoint commits to. Whether it was valid is what the sealer (and every
 * auditor who replays) decided: being in the log says that it was accepted.
 *
 * @throws {@link LedgerError} `LEDGER_PROOF_INVALID`, the codes of `verifyCommitment` and `parseTransaction`.
 */
export function verifyTransactionProof(proof: TransactionProof, trust: ReaderTrust): VerifiedTransaction {
	const checkpoint = verifyCommitment(proof.checkpoint, trust);
	const bytes = encodeUtf8(proof.leaf);
	verifyLeaf(bytes, proof.leafIndex, proof.inclusion, checkpoint);
	return { ...parseTransaction(bytes), checkpoint, leafIndex: proof.leafIndex };
}

/** Inclusion of a leaf under a checkpoint that has been verified. @throws {@link LedgerError} `LEDGER_PROOF_INVALID`. */
export function verifyLeaf(bytes: Uint8Array, index: number, inclusion: readonly string[], { size, root }: VerifiedCheckpoint): void {
	if (!Array.isArray(inclusion)) throw new LedgerError("LEDGER_PROOF_INVALID", "expected a list of sibling hashes");
	try {
		verifyInclusion({ leafHash: leafHash(bytes), index, size, proof: inclusion.map((hash) => decodeHex(String(hash), 32)), root });
	} catch (error) {
		if (!(error instanceof CodedError)) throw error;
		throw new LedgerError("LEDGER_PROOF_INVALID", "expected a proof that the leaf is in the log", { at: index }, error);
	}
}

import { CodedError, canonicalBytes, decodeHex, encodeUtf8, type JsonValue, sha256 } from "#base";
import { sparsePath, verifySparse } from "#log";
import { parseBlockLeaf } from "../blockLeaf.ts";
import { LedgerError } from "../errors.ts";
import type { BlockLeaf, StateProof } from "../ledger.ts";
import { type ReaderTrust, type VerifiedCommitment, verifyCommitment } from "./verifyCommitment.ts";
import { verifyLeaf } from "./verifyTransactionProof.ts";

export interface VerifiedState {
	/** Undefined: the key was absent at this height. */
	readonly value: JsonValue | undefined;
	readonly block: BlockLeaf;
	readonly checkpoint: VerifiedCommitment;
}

/**
 * Verifies what state held (or did not hold) under a key: checkpoint → last block leaf → state root → sparse proof (PROTOCOL §3). The
 * block leaf must be the log's last leaf, so that no older state passes for the present one. How old the checkpoint itself is, the
 * caller judges by `checkpoint.cosignedAtMs`.
 *
 * @param height - Asks for the state after this block and no other: its leaf may then stand anywhere in the checkpoint's log.
 * @throws {@link LedgerError} `LEDGER_PROOF_INVALID`, the codes of `verifyCommitment`.
 */
export function verifyStateProof(proof: StateProof, trust: ReaderTrust, height?: number): VerifiedState {
	return verifyStateUnder(verifyCommitment(proof.checkpoint, trust), proof, height);
}

/**
 * {@link verifyStateProof} under a commitment that has been verified: of many proofs of one state it is judged once.
 *
 * @throws {@link LedgerError} `LEDGER_PROOF_INVALID`.
 */
export function verifyStateUnder(checkpoint: VerifiedCommitment, proof: StateProof, height?: number): VerifiedState {
	if (height === undefined && proof.blockLeafIndex !== checkpoint.size - 1) {
		throw new LedgerError("LEDGER_PROOF_INVALID", "expected the last leaf of the checkpoint's log, found an older one");
	}
	const bytes = encodeUtf8(proof.blockLeaf);
	verifyLeaf(bytes, proof.blockLeafIndex, proof.blockInclusion, checkpoint);
	const block = parseBlockLeaf(bytes);
	if (height !== undefined && block.height !== height) {
		throw new LedgerError("LEDGER_PROOF_INVALID", "expected the block leaf of the height that was asked for, found another");
	}
	if (height === undefined && block.stateRoot !== (checkpoint.header?.stateRoot ?? block.stateRoot)) {
		throw new LedgerError("LEDGER_PROOF_INVALID", "expected the state root that the validators decided on, found another");
	}
	try {
		verifySparse({
			root: decodeHex(block.stateRoot, 32),
			path: sparsePath(proof.contract, proof.key),
			valueHash: proof.value === undefined ? undefined : sha256(canonicalBytes(proof.value)),
			proof: proof.sparse,
		});
	} catch (error) {
		if (!(error instanceof CodedError)) throw error;
		throw new LedgerError("LEDGER_PROOF_INVALID", "expected a proof of the key's value under the state root", {}, error);
	}
	return { value: proof.value, block, checkpoint };
}

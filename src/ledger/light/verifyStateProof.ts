import { CodedError, canonicalBytes, decodeHex, encodeUtf8, type JsonValue, sha256 } from "#base";
import { sparsePath, verifySparse } from "#log";
import { parseBlockLeaf } from "../blockLeaf.ts";
import { LedgerError } from "../errors.ts";
import type { BlockLeaf, StateProof } from "../ledger.ts";
import { type LedgerTrust, type VerifiedCheckpoint, verifyCheckpoint } from "./verifyCheckpoint.ts";
import { verifyLeaf } from "./verifyTransactionProof.ts";

export interface VerifiedState {
	/** Undefined: the key was absent at this height. */
	readonly value: JsonValue | undefined;
	readonly block: BlockLeaf;
	readonly checkpoint: VerifiedCheckpoint;
}

/**
 * Verifies what state held (or did not hold) under a key: checkpoint → last block leaf → state root → sparse proof (PROTOCOL §3). The
 * block leaf must be the log's last leaf, so that no older state passes for the present one. How old the checkpoint itself is, the
 * caller judges by `checkpoint.cosignedAtMs`.
 *
 * @throws {@link LedgerError} `LEDGER_CHECKPOINT_INVALID`, `LEDGER_PROOF_INVALID`.
 */
export function verifyStateProof(proof: StateProof, trust: LedgerTrust): VerifiedState {
	const checkpoint = verifyCheckpoint(proof.checkpoint, trust);
	if (proof.blockLeafIndex !== checkpoint.size - 1) {
		throw new LedgerError("LEDGER_PROOF_INVALID", "expected the last leaf of the checkpoint's log, found an older one");
	}
	const bytes = encodeUtf8(proof.blockLeaf);
	verifyLeaf(bytes, proof.blockLeafIndex, proof.blockInclusion, checkpoint);
	const block = parseBlockLeaf(bytes);
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

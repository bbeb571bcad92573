import { LedgerError } from "../errors.ts";
import { type VerifiedHeader, verifyHeaderEvidence } from "./comet/headerEvidence.ts";
import type { ConsortiumTrust } from "./comet/verifyPath.ts";
import { type LedgerTrust, type VerifiedCheckpoint, verifyCheckpoint } from "./verifyCheckpoint.ts";

/** What a reader trusts: a sealer and its witnesses, or validators that decide together. */
export type ReaderTrust = LedgerTrust | ConsortiumTrust;

/** With a `header` where validators decided. */
export type VerifiedCommitment = VerifiedCheckpoint & Partial<VerifiedHeader>;

/**
 * Verifies what a ledger's proofs rest on, by what the reader trusts and never by what the text looks like: a note of a sealer is nothing to who
 * trusts validators, nor the other way round.
 *
 * @throws {@link LedgerError} `LEDGER_CHECKPOINT_INVALID`, the codes of `verifyPath`.
 */
export function verifyCommitment(text: string, trust: ReaderTrust): VerifiedCommitment {
	if (typeof text !== "string") throw new LedgerError("LEDGER_CHECKPOINT_INVALID", "expected a text");
	return "pins" in trust ? verifyHeaderEvidence(text, trust) : verifyCheckpoint(text, trust);
}

/**
 * The door of the ledger where there is no Node (import condition `browser`): transactions, and the verification of what a ledger proves.
 *
 * It runs no contracts and holds no ledger.
 */
export { encodeBlockLeaf, parseBlockLeaf } from "./blockLeaf.ts";
export { createEnvelope, envelopeTransactionsMax, type ReadEnvelope, readEnvelope } from "./envelope.ts";
export { LedgerError, type LedgerErrorCode } from "./errors.ts";
export * from "./ledger.ts";
export { collectEvidence, evidenceValuesMax, type VerifiedEvidence, verifyEvidence } from "./light/stateEvidence.ts";
export { type CheckpointStanding, type LedgerTrust, type VerifiedCheckpoint, verifyCheckpoint } from "./light/verifyCheckpoint.ts";
export { type VerifiedState, verifyStateProof } from "./light/verifyStateProof.ts";
export { type VerifiedTransaction, verifyTransactionProof } from "./light/verifyTransactionProof.ts";
export { askedCosignatures, type TrustedWitness, witnessesOf, witnessName } from "./light/witnessQuorum.ts";
export {
	isChainName,
	latestUntil,
	parseTransaction,
	type ReadTransaction,
	readTransaction,
	saltBytes,
	signTransaction,
	transactionId,
	transactionMessage,
	untilHorizonMs,
	verifyTransactionSignature,
} from "./transaction.ts";

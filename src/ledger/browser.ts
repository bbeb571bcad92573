/**
 * The door of the ledger where there is no Node (import condition `browser`): transactions, and the verification of what a ledger proves.
 *
 * It runs no contracts and holds no ledger.
 */
export { encodeBlockLeaf, parseBlockLeaf } from "./blockLeaf.ts";
export { createEnvelope, envelopeTransactionsMax, type ReadEnvelope, readEnvelope } from "./envelope.ts";
export { LedgerError, type LedgerErrorCode } from "./errors.ts";
export * from "./ledger.ts";
export { compareBlocks } from "./light/comet/compareBlocks.ts";
export { type Fork, findFork } from "./light/comet/findFork.ts";
export { type FindPathParameters, findPath, type HeaderSource } from "./light/comet/findPath.ts";
export {
	formatHeaderEvidence,
	type HeaderEvidence,
	type VerifiedHeader,
	verifyHeaderEvidence,
	verifyHeaderPath,
} from "./light/comet/headerEvidence.ts";
export { headerHash } from "./light/comet/headerHash.ts";
export { type Commit, type CommitVote, type Header, type LightBlock, parseLightBlock, type Validator } from "./light/comet/lightBlock.ts";
export { lightBlockFromRpc } from "./light/comet/rpc.ts";
export { createRpcHeaderSource } from "./light/comet/rpcHeaderSource.ts";
export { validatorAddress, validatorsHash } from "./light/comet/validatorSet.ts";
export { type DecidedBlock, verifyCommit } from "./light/comet/verifyCommit.ts";
export {
	type ConsortiumTrust,
	clockDriftMs,
	type HeaderPin,
	headerTimeMs,
	trustingPeriodMs,
	verifyNext,
	verifyPath,
} from "./light/comet/verifyPath.ts";
export { type PrecommitParameters, precommitBytes } from "./light/comet/voteBytes.ts";
export { collectEvidence, evidenceValuesMax, type VerifiedEvidence, verifyEvidence } from "./light/stateEvidence.ts";
export { type CheckpointStanding, type LedgerTrust, type VerifiedCheckpoint, verifyCheckpoint } from "./light/verifyCheckpoint.ts";
export { type ReaderTrust, type VerifiedCommitment, verifyCommitment } from "./light/verifyCommitment.ts";
export { type VerifiedState, verifyStateProof, verifyStateUnder } from "./light/verifyStateProof.ts";
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

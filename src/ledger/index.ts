/**
 * ledger: runs contracts. Transactions and envelopes, execution, state with proofs, blocks; `sealer/` is the embedded ledger (one process
 * orders and signs), `comet/` the one that members order together by CometBFT, `witness/` a member's replay that cosigns, `light/` verifies without a database.
 *
 * The embedded sealer is a signed log, not consensus: it can withhold, delay and order as it likes, and without witnesses it could show
 * different logs to different readers. It cannot change what a holder of a checkpoint can verify.
 */

export { appHash } from "./appHash.ts";
export { encodeBlockLeaf, parseBlockLeaf } from "./blockLeaf.ts";
export { adoptLedger } from "./comet/adoptLedger.ts";
export { type CometHome, type TrustedStart, writeCometHome } from "./comet/cometHome.ts";
export { type CometLedger, openCometLedger } from "./comet/cometLedger.ts";
export { type CometProcess, startComet } from "./comet/cometProcess.ts";
export { CometRpc, type CometStatus } from "./comet/cometRpc.ts";
export { askCometVersion, cometVersion, findComet } from "./comet/findComet.ts";
export { openReplica } from "./comet/openReplica.ts";
export { superviseComet } from "./comet/superviseComet.ts";
export { createEnvelope, envelopeTransactionsMax, type ReadEnvelope, readEnvelope } from "./envelope.ts";
export { LedgerError, type LedgerErrorCode } from "./errors.ts";
export { type BlockContext, type Execution, executeTransaction } from "./execute.ts";
export { keptHeights, parseHeight } from "./height.ts";
export * from "./ledger.ts";
export { compareBlocks } from "./light/comet/compareBlocks.ts";
export { type Fork, findFork } from "./light/comet/findFork.ts";
export { type FindPathParameters, findPath, type HeaderSource } from "./light/comet/findPath.ts";
export {
	formatHeaderEvidence,
	type HeaderEvidence,
	pinOfEvidence,
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
export { type ReplayInThreadsParameters, replayInThreads } from "./replayInThreads.ts";
export { LedgerReplay, type ReplayedBlock, type ReplayFinding, type ReplayFindingCode, replayLedger } from "./replayLedger.ts";
export type { WitnessLink } from "./sealer/cosigners.ts";
export type { FsckCode, FsckFinding } from "./sealer/findings.ts";
export { type FsckParameters, type FsckProgress, type FsckReport, fsckLedger } from "./sealer/fsckLedger.ts";
export { exportLeaves, type InspectedBlock, inspectLedger, type LedgerInspection } from "./sealer/inspectLedger.ts";
export { openSealer } from "./sealer/openSealer.ts";
export type { LedgerDefinition, MemberRecord, SealerOptions, SeenCheckpoint } from "./sealer/options.ts";
export type { Sealer } from "./sealer/sealer.ts";
export { type StateChange, type StateEntry, StateOverlay } from "./state.ts";
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
export { type CaughtUp, catchUp } from "./witness/catchUp.ts";
export { fsckWitness, type WitnessFsckReport } from "./witness/fsckWitness.ts";
export { comparePeers, type PeerComparison } from "./witness/http/comparePeers.ts";
export { fetchBounded } from "./witness/http/fetchBounded.ts";
export { createHttpTileSource } from "./witness/http/httpTileSource.ts";
export { createHttpWitnessLink, witnessPrefix } from "./witness/http/httpWitnessLink.ts";
export { addressHolder, RequestRate } from "./witness/http/requestRate.ts";
export { serveWitness, type WitnessServing } from "./witness/http/serveWitness.ts";
export { parseServiceUrl } from "./witness/http/serviceUrl.ts";
export { answerTile } from "./witness/http/tileAnswer.ts";
export type { WitnessFinding } from "./witness/judgeCopy.ts";
export { openWitness } from "./witness/openWitness.ts";
export type {
	CheckpointComparison,
	Witness,
	WitnessOptions,
	WitnessProgress,
} from "./witness/witness.ts";
export type { WitnessAnswer } from "./witness/witnessAnswer.ts";
export type { WitnessEvidence, WitnessEvidenceCode } from "./witness/witnessStore.ts";

/**
 * wallet: what the patient's side holds: keys, the transactions and requests they sign, consent in plain words, and the verification of an
 * access history against nothing but the ledger's key.
 *
 * It does not talk to a node, does not store the seed, and cannot show a read that happened outside a keyring. Runs on Node; the
 * browser's build is the portal's affair.
 */
export { type DescribeOptions, describeTerms, type Language } from "./describeTerms.ts";
export { WalletError, type WalletErrorCode } from "./errors.ts";
export { type ForwardedRequest, forwardRequest, isValidForward } from "./forwardRequest.ts";
export {
	type AnchorProof,
	type HeadProof,
	type HistoryEntry,
	type HistoryExport,
	type LogHistory,
	listEntries,
	type ShownLog,
} from "./historyExport.ts";
export { accessLeafHash, blindPseudonym, drawAnchors, formatMapLine, hashSalted, headPath, headValueHash, parseMapLine } from "./historyFormat.ts";
export { parseHistory } from "./historySchema.ts";
export { holdAgainst } from "./holdAgainst.ts";
export {
	hashCommon,
	judgePassphrase,
	type PassphraseFault,
	type PassphraseRules,
	passphraseLength,
	readCommon,
} from "./judgePassphrase.ts";
export { type KeptKey, type OpenedKey, openKeptKey } from "./keptKey.ts";
export { accessLogKey, logCountKey, logNameKey, readLogCountRecord, readLogName, readLogRecord } from "./ledgerRecords.ts";
export {
	keyOfPrf,
	keysOfPassphrase,
	type LockedKind,
	type LockedSecret,
	lockSecret,
	openNote,
	type PassphraseKeys,
	sealNote,
	unlockSecret,
} from "./lockedSecret.ts";
export {
	type AccountAct,
	type AccountBody,
	type KeepKeyBody,
	type LaunchBody,
	type MandateBody,
	type MandatePatient,
	mandateLifetimeMaxMs,
} from "./mandate.ts";
export {
	compareManifests,
	formatPortalManifest,
	type ManifestChanges,
	type ManifestFile,
	manifestPath,
	type PortalManifest,
	parsePortalManifest,
} from "./portalManifest.ts";
export {
	acceptSession,
	answerSession,
	type ClientSession,
	isValidSessionRequest,
	type OpenSessionBody,
	type SessionAnswer,
	type SessionRequest,
	sessionLifetimeMs,
} from "./session.ts";
export {
	isValidRequest,
	isValidRequestAsync,
	requestLeadMs,
	requestLifetimeMs,
	type SignedRequest,
	type SignRequestParameters,
	signRequest,
} from "./signedRequest.ts";
export {
	buildCancelRotation,
	buildChange,
	buildDelegate,
	buildEnrol,
	buildGrant,
	buildRevoke,
	buildRotate,
	buildUndelegate,
	type ConsentChoice,
	type SignedConsent,
	type SigningContext,
} from "./transactions.ts";
export {
	type CheckName,
	type HistoryCheck,
	type HistoryReport,
	type HistoryTrust,
	type PinnedConsortium,
	verifyHistory,
} from "./verifyHistory.ts";
export type { SeenHeader, SeenLog, SeenState } from "./verifyOnLedger.ts";
export { createWallet, type PseudonymKey, type Wallet } from "./wallet.ts";
export { decodeWords, encodeWords } from "./words.ts";
export { unwrapSeed, type WrappedSeed, wrapSeed } from "./wrapSeed.ts";

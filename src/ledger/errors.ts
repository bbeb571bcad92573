import { CodedError, type ErrorKind } from "#base";

/** Codes of the ledger room. Those of single transactions also appear as the `code` of a refused result. */
export type LedgerErrorCode =
	// One transaction.
	/** More than 32 KiB. */
	| "LEDGER_TRANSACTION_TOO_LARGE"
	/** Nested deeper than 16. */
	| "LEDGER_TRANSACTION_TOO_DEEP"
	/** Bytes are not well-formed UTF-8. */
	| "LEDGER_TRANSACTION_NOT_UTF8"
	/** Bytes are not JSON. */
	| "LEDGER_TRANSACTION_NOT_JSON"
	/** Another spelling of a permitted value: spaces, order, escapes, a number's form, a key twice. */
	| "LEDGER_TRANSACTION_NOT_CANONICAL"
	/** A value outside the restricted JSON: a fraction, −0, a number too large, a lone surrogate, `__proto__`. */
	| "LEDGER_TRANSACTION_VALUE_NOT_PERMITTED"
	/** Not an object with exactly a transaction's fields. */
	| "LEDGER_TRANSACTION_FIELDS_DIFFER"
	/** `chain` is not a chain's name. */
	| "LEDGER_CHAIN_MALFORMED"
	/** `contract` is not a contract's name. */
	| "LEDGER_CONTRACT_MALFORMED"
	/** `action` is not an action's name. */
	| "LEDGER_ACTION_MALFORMED"
	/** `body` is not an object. */
	| "LEDGER_BODY_MALFORMED"
	/** `signer` is not a public key: another length or spelling, not canonical, or of small order. */
	| "LEDGER_SIGNER_MALFORMED"
	/** `until` is not a number of milliseconds. */
	| "LEDGER_UNTIL_MALFORMED"
	/** `salt` is not 16 bytes in hex. */
	| "LEDGER_SALT_MALFORMED"
	/** `signature` is not 64 bytes in hex. */
	| "LEDGER_SIGNATURE_MALFORMED"
	/** Made for another chain. */
	| "LEDGER_CHAIN_DIFFERS"
	/** The signature does not verify for `signer`. */
	| "LEDGER_SIGNATURE_INVALID"
	/** `until` is not a whole minute. */
	| "LEDGER_UNTIL_NOT_A_MINUTE"
	/** `until` lies further ahead than 15 minutes of block time. */
	| "LEDGER_UNTIL_TOO_FAR"
	/** Block time has reached `until`. */
	| "LEDGER_EXPIRED"
	/** The same transaction is already in the log. */
	| "LEDGER_REPLAYED"
	/** No contract or no action of that name. */
	| "LEDGER_ACTION_UNKNOWN"
	/** The body does not fit the action's schema. */
	| "LEDGER_BODY_INVALID"
	/** The action would store a key or value outside what state may hold (size, depth, form). */
	| "LEDGER_STATE_NOT_PERMITTED"
	// A whole envelope.
	/** Not an object with an envelope's fields and types. */
	| "LEDGER_ENVELOPE_MALFORMED"
	/** No transaction, or more than 256. */
	| "LEDGER_ENVELOPE_COUNT_INVALID"
	/** The envelope's signature does not verify for its signer and its transactions. */
	| "LEDGER_ENVELOPE_SIGNATURE_INVALID"
	/** No member of that id. */
	| "LEDGER_NOT_A_MEMBER"
	/** The member that forwards is suspended. */
	| "LEDGER_MEMBER_NOT_ACTIVE"
	/** The envelope's signer is not the member's present key. */
	| "LEDGER_MEMBER_KEY_DIFFERS"
	/** The member has used its transactions of this minute. */
	| "LEDGER_QUOTA_EXCEEDED"
	/** More transactions wait than the sealer holds; nothing of this envelope was taken. */
	| "LEDGER_BUSY"
	// Members that agree by CometBFT.
	/** Bytes are not a batch of envelopes. */
	| "LEDGER_BATCH_MALFORMED"
	/** What came over the application's socket is not ABCI 2.0, or not in the order that CometBFT keeps. */
	| "LEDGER_ABCI_MALFORMED"
	/** The members have agreed on no block for too long, or CometBFT cannot be reached; nothing was taken, or it is not known yet: submit the same again. */
	| "LEDGER_CONSENSUS_SILENT"
	/** CometBFT's genesis, validators or height are not those that this ledger goes on from. */
	| "LEDGER_CONSENSUS_DIFFERS"
	/** A snapshot, or a part of one, is not what its hash, or the app hash that the members agreed on, says. */
	| "LEDGER_SNAPSHOT_INVALID"
	/** CometBFT's program is not on this machine, or does not run. */
	| "LEDGER_COMETBFT_MISSING"
	/** CometBFT runs and has stopped deciding, while most of its peers go on: its disk is full, or it met a fault of its own. */
	| "LEDGER_COMETBFT_STALLED"
	// Proofs and look-ups.
	/** No transaction of that id is in the log. */
	| "LEDGER_TRANSACTION_UNKNOWN"
	/** Not a height: heights are whole numbers from 0 up, without a gap. */
	| "LEDGER_HEIGHT_MALFORMED"
	/** No block of that height is sealed yet. */
	| "LEDGER_HEIGHT_NOT_SEALED"
	/** Before the last 1,000 heights, state is not kept: only a replay of the log tells it. */
	| "LEDGER_HEIGHT_TOO_OLD"
	/** A proof does not show what it claims. */
	| "LEDGER_PROOF_INVALID"
	/** A checkpoint is not signed by the sealer, or not of this chain. */
	| "LEDGER_CHECKPOINT_INVALID"
	/** A witness that was asked what it holds does not answer as one does. */
	| "LEDGER_WITNESS_SILENT"
	/** The address of a witness or of a log is not https, nor http on this machine. */
	| "LEDGER_URL_NOT_PERMITTED"
	/** An address or a port cannot be listened on. */
	| "LEDGER_LISTEN_FAILED"
	// Headers that validators decided on.
	/** Not a header with commit and validators: another form, another chain, a hash that is not the one named, not after the one trusted. */
	| "LEDGER_HEADER_INVALID"
	/** The header that is trusted is older than the trust period; a newer one has to be had from somebody who is trusted. */
	| "LEDGER_HEADER_EXPIRED"
	/** A header's time lies further ahead than clocks may differ. */
	| "LEDGER_HEADER_FROM_FUTURE"
	/** What is trusted does not reach this header: another one than was pinned, or too few of the trusted validators signed. One between may. */
	| "LEDGER_HEADER_UNTRUSTED"
	/** A header's validators are not those it names, or no set: empty, one twice, one without power, too much power. */
	| "LEDGER_VALIDATORS_INVALID"
	/** A commit has not one place for each validator, or a signature that is not the validator's for this vote. */
	| "LEDGER_COMMIT_INVALID"
	/** At most two thirds of the power voted for the block. */
	| "LEDGER_COMMIT_POWER_SHORT"
	// The ledger itself.
	/** Another process has this ledger open. */
	| "LEDGER_LOCKED"
	/** The file belongs to another genesis, sealer or rules version. */
	| "LEDGER_GENESIS_DIFFERS"
	/** The members voted for rules that this program does not hold; nothing is sealed until it is updated. */
	| "LEDGER_RULES_UNKNOWN"
	/** Closed by its owner. */
	| "LEDGER_CLOSED"
	/** Integrity was lost while running; nothing more is accepted. */
	| "LEDGER_HALTED"
	/** The stored parts do not agree with each other. Run the auditor. */
	| "LEDGER_CORRUPT"
	/** The file is older than a checkpoint that was seen outside. */
	| "LEDGER_ROLLED_BACK";

const kinds: Readonly<Record<LedgerErrorCode, ErrorKind>> = {
	LEDGER_TRANSACTION_TOO_LARGE: "mistake",
	LEDGER_TRANSACTION_TOO_DEEP: "mistake",
	LEDGER_TRANSACTION_NOT_UTF8: "mistake",
	LEDGER_TRANSACTION_NOT_JSON: "mistake",
	LEDGER_TRANSACTION_NOT_CANONICAL: "mistake",
	LEDGER_TRANSACTION_VALUE_NOT_PERMITTED: "mistake",
	LEDGER_TRANSACTION_FIELDS_DIFFER: "mistake",
	LEDGER_CHAIN_MALFORMED: "mistake",
	LEDGER_CONTRACT_MALFORMED: "mistake",
	LEDGER_ACTION_MALFORMED: "mistake",
	LEDGER_BODY_MALFORMED: "mistake",
	LEDGER_SIGNER_MALFORMED: "mistake",
	LEDGER_UNTIL_MALFORMED: "mistake",
	LEDGER_SALT_MALFORMED: "mistake",
	LEDGER_SIGNATURE_MALFORMED: "mistake",
	LEDGER_CHAIN_DIFFERS: "mistake",
	LEDGER_SIGNATURE_INVALID: "mistake",
	LEDGER_UNTIL_NOT_A_MINUTE: "mistake",
	LEDGER_UNTIL_TOO_FAR: "mistake",
	LEDGER_EXPIRED: "mistake",
	LEDGER_REPLAYED: "refused",
	LEDGER_ACTION_UNKNOWN: "mistake",
	LEDGER_BODY_INVALID: "mistake",
	LEDGER_STATE_NOT_PERMITTED: "refused",
	LEDGER_ENVELOPE_MALFORMED: "mistake",
	LEDGER_ENVELOPE_COUNT_INVALID: "mistake",
	LEDGER_ENVELOPE_SIGNATURE_INVALID: "mistake",
	LEDGER_NOT_A_MEMBER: "refused",
	LEDGER_MEMBER_NOT_ACTIVE: "refused",
	LEDGER_MEMBER_KEY_DIFFERS: "refused",
	LEDGER_QUOTA_EXCEEDED: "again",
	LEDGER_BUSY: "again",
	LEDGER_BATCH_MALFORMED: "mistake",
	LEDGER_ABCI_MALFORMED: "mistake",
	LEDGER_CONSENSUS_SILENT: "again",
	LEDGER_CONSENSUS_DIFFERS: "stop",
	LEDGER_SNAPSHOT_INVALID: "mistake",
	LEDGER_COMETBFT_MISSING: "mistake",
	LEDGER_COMETBFT_STALLED: "again",
	LEDGER_TRANSACTION_UNKNOWN: "mistake",
	LEDGER_HEIGHT_MALFORMED: "mistake",
	LEDGER_HEIGHT_NOT_SEALED: "mistake",
	LEDGER_HEIGHT_TOO_OLD: "mistake",
	LEDGER_PROOF_INVALID: "mistake",
	LEDGER_CHECKPOINT_INVALID: "mistake",
	LEDGER_WITNESS_SILENT: "again",
	LEDGER_URL_NOT_PERMITTED: "mistake",
	LEDGER_LISTEN_FAILED: "mistake",
	LEDGER_HEADER_INVALID: "mistake",
	LEDGER_HEADER_EXPIRED: "mistake",
	LEDGER_HEADER_FROM_FUTURE: "again",
	LEDGER_HEADER_UNTRUSTED: "mistake",
	LEDGER_VALIDATORS_INVALID: "mistake",
	LEDGER_COMMIT_INVALID: "mistake",
	LEDGER_COMMIT_POWER_SHORT: "mistake",
	LEDGER_LOCKED: "again",
	LEDGER_GENESIS_DIFFERS: "mistake",
	LEDGER_RULES_UNKNOWN: "stop",
	LEDGER_CLOSED: "mistake",
	LEDGER_HALTED: "stop",
	LEDGER_CORRUPT: "stop",
	LEDGER_ROLLED_BACK: "stop",
};

interface LedgerErrorDetails {
	readonly where?: string;
	readonly at?: number;
	/** Of a file that was refused: the code under which the auditor lists the same. */
	readonly finding?: string;
}

export class LedgerError extends CodedError<LedgerErrorCode, LedgerErrorDetails> {
	constructor(code: LedgerErrorCode, message: string, details: LedgerErrorDetails = {}, cause?: unknown) {
		super(code, kinds[code], message, details, cause);
	}
}

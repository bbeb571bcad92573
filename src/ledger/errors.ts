import { CodedError, type ErrorKind } from "#base";

/** Codes of the ledger room. Those of single transactions also appear as the `code` of a refused result. */
export type LedgerErrorCode =
	// One transaction.
	/** Bytes or object do not have a transaction's fields, types or canonical form. */
	| "LEDGER_TRANSACTION_MALFORMED"
	/** Made for another chain. */
	| "LEDGER_CHAIN_DIFFERS"
	/** The signature does not verify for `signer`. */
	| "LEDGER_SIGNATURE_INVALID"
	/** `until` is not a whole minute, or further ahead than 15 minutes of block time. */
	| "LEDGER_UNTIL_INVALID"
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
	/** Shape, size, signer or signature of the envelope. */
	| "LEDGER_ENVELOPE_INVALID"
	/** The member that forwards is not an active member. */
	| "LEDGER_NOT_A_MEMBER"
	/** The member has used its transactions of this minute. */
	| "LEDGER_QUOTA_EXCEEDED"
	/** More transactions wait than the sealer holds; nothing of this envelope was taken. */
	| "LEDGER_BUSY"
	// Proofs and look-ups.
	/** No transaction of that id is in the log. */
	| "LEDGER_TRANSACTION_UNKNOWN"
	/** A proof does not show what it claims. */
	| "LEDGER_PROOF_INVALID"
	/** A checkpoint is not signed by the sealer, or not of this chain. */
	| "LEDGER_CHECKPOINT_INVALID"
	// The ledger itself.
	/** Another process has this ledger open. */
	| "LEDGER_LOCKED"
	/** The file belongs to another genesis, sealer or rules version. */
	| "LEDGER_GENESIS_DIFFERS"
	/** Closed by its owner. */
	| "LEDGER_CLOSED"
	/** Integrity was lost while running; nothing more is accepted. */
	| "LEDGER_HALTED"
	/** The stored parts do not agree with each other. Run the auditor. */
	| "LEDGER_CORRUPT"
	/** The file is older than a checkpoint that was seen outside. */
	| "LEDGER_ROLLED_BACK";

const kinds: Readonly<Record<LedgerErrorCode, ErrorKind>> = {
	LEDGER_TRANSACTION_MALFORMED: "mistake",
	LEDGER_CHAIN_DIFFERS: "mistake",
	LEDGER_SIGNATURE_INVALID: "mistake",
	LEDGER_UNTIL_INVALID: "mistake",
	LEDGER_EXPIRED: "mistake",
	LEDGER_REPLAYED: "refused",
	LEDGER_ACTION_UNKNOWN: "mistake",
	LEDGER_BODY_INVALID: "mistake",
	LEDGER_STATE_NOT_PERMITTED: "refused",
	LEDGER_ENVELOPE_INVALID: "mistake",
	LEDGER_NOT_A_MEMBER: "refused",
	LEDGER_QUOTA_EXCEEDED: "again",
	LEDGER_BUSY: "again",
	LEDGER_TRANSACTION_UNKNOWN: "mistake",
	LEDGER_PROOF_INVALID: "mistake",
	LEDGER_CHECKPOINT_INVALID: "mistake",
	LEDGER_LOCKED: "again",
	LEDGER_GENESIS_DIFFERS: "mistake",
	LEDGER_CLOSED: "mistake",
	LEDGER_HALTED: "stop",
	LEDGER_CORRUPT: "stop",
	LEDGER_ROLLED_BACK: "stop",
};

export class LedgerError extends CodedError<LedgerErrorCode, { where?: string; at?: number }> {
	constructor(code: LedgerErrorCode, message: string, details: { where?: string; at?: number } = {}, cause?: unknown) {
		super(code, kinds[code], message, details, cause);
	}
}

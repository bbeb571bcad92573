import { CodedError, type ErrorKind } from "#base";

/** Codes of the wallet. The second group names why a history was not believed. */
export type WalletErrorCode =
	/** A seed, word list or list of words has the wrong length, an unknown word or a wrong checksum. */
	| "WALLET_WORDS_INVALID"
	/** A wrapped seed is not in the format `aceso/wallet/1`. */
	| "WALLET_WRAP_INVALID"
	/** The passphrase does not open this wrapped seed. */
	| "WALLET_PASSPHRASE_WRONG"
	/** The node's half of a session is not what its member signed in answer to the opening. */
	| "WALLET_SESSION_INVALID"
	/** What was asked to be signed contradicts itself (a consent without end, another chain's terms). */
	| "WALLET_CONSENT_INVALID"
	/** The file is not a history in the format `aceso/history/2`. */
	| "WALLET_EXPORT_INVALID"
	/** The history is of another patient, chain or custodian than the one asked about. */
	| "WALLET_SUBJECT_DIFFERS"
	/** A ledger checkpoint is not signed by the pinned ledger key, a header not decided by validators that what is pinned leads to, or it is of another ledger. */
	| "WALLET_LEDGER_SIGNATURE_INVALID"
	/** What was pinned is older than the trust period: validators of that time are no longer believed. Pin a newer header, had from somebody trusted. */
	| "WALLET_PIN_EXPIRED"
	/** The ledger's header lies ahead of this device's clock by more than clocks may differ. */
	| "WALLET_LEDGER_AHEAD"
	/** Validators decided on two blocks of one height: this wallet was shown the other one before. */
	| "WALLET_LEDGER_FORKED"
	/** The ledger shows an older state than one this wallet has seen. */
	| "WALLET_LEDGER_STALE"
	/** A ledger's proof of a log's record does not lead to the signed checkpoint. */
	| "WALLET_LEDGER_PROOF_INVALID"
	/** The log or its writer key is not registered on the ledger for this custodian, or the log is not this export's. */
	| "WALLET_LOG_UNREGISTERED"
	/** The log's checkpoint is not signed by the writer key that the ledger names. */
	| "WALLET_WRITER_SIGNATURE_INVALID"
	/** The log is smaller than the ledger or this wallet has seen it. */
	| "WALLET_LOG_TRUNCATED"
	/** A later tree does not extend an earlier one: the log was rewritten. */
	| "WALLET_LOG_REWRITTEN"
	/** The ledger counts more logs of this custodian than are shown, or one is not shown although the ledger knows of no loss of it. */
	| "WALLET_LOG_WITHHELD"
	/** An anchor is not the one that the ledger recorded at this place, or stands twice or out of order. */
	| "WALLET_ANCHOR_INVALID"
	/** An anchor is not shown at which the patient's last entry changed, or the newest, or one that was drawn. */
	| "WALLET_ANCHOR_MISSING"
	/** An entry's hash is not in the log at its place. */
	| "WALLET_ENTRY_NOT_INCLUDED"
	/** An entry is of another patient, custodian or log. */
	| "WALLET_ENTRY_FOREIGN"
	/** Entries are missing, doubled or out of order. */
	| "WALLET_ENTRY_GAP"
	/** An entry does not name the hash of the one before it. */
	| "WALLET_CHAIN_BROKEN"
	/** A head map holds another last entry for this patient than the history ends with: entries were left out. */
	| "WALLET_HISTORY_INCOMPLETE"
	/** At places of the log that this wallet was shown before, other entries stand than then. */
	| "WALLET_ENTRY_HIDDEN_BEFORE"
	/** A proof in the head map does not lead to its root. */
	| "WALLET_MAP_PROOF_INVALID"
	/** An access this wallet made itself is not in the history. */
	| "WALLET_ACCESS_MISSING";

const kinds: Partial<Readonly<Record<WalletErrorCode, ErrorKind>>> = {
	WALLET_WORDS_INVALID: "mistake",
	WALLET_WRAP_INVALID: "mistake",
	WALLET_PASSPHRASE_WRONG: "mistake",
	WALLET_CONSENT_INVALID: "mistake",
	WALLET_EXPORT_INVALID: "mistake",
};

/** Everything that is not the caller's mistake is lost integrity: someone showed a history that does not prove itself. */
export class WalletError extends CodedError<WalletErrorCode, { at?: number }> {
	constructor(code: WalletErrorCode, message: string, details: { at?: number } = {}, cause?: unknown) {
		super(code, kinds[code] ?? "stop", message, details, cause);
	}
}

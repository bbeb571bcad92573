import { CodedError, type ErrorKind } from "#base";

/** Codes of the vault room. */
export type VaultErrorCode =
	/** The receipt does not open these keys; `details.reason` says why, for the log and never for the requester. */
	| "VAULT_RECEIPT_REFUSED"
	/** Keys of the subject or compartment were destroyed on purpose. */
	| "VAULT_ERASED"
	/** Bytes at rest are not what was written: altered, swapped, or of another place. */
	| "VAULT_INTEGRITY"
	/** Another process holds the files. */
	| "VAULT_LOCKED"
	/** The passphrase does not open the root file, or the root file was altered. */
	| "VAULT_PASSPHRASE_WRONG"
	/** No keyring or store stands at the path. */
	| "VAULT_NOT_FOUND"
	/** A keyring, store, subject or row version stands there already. */
	| "VAULT_EXISTS"
	/** The subject is not known here. */
	| "VAULT_SUBJECT_UNKNOWN"
	/** The pseudonym is bound to another subject, or was left behind by a rotation. */
	| "VAULT_PSEUDONYM_TAKEN"
	/** A list of compartments is empty, repeats one or names one that does not exist. */
	| "VAULT_COMPARTMENTS_INVALID"
	/** A row or wrapped key handed in is malformed, or refers to a data key that is not there. */
	| "VAULT_ROW_INVALID"
	/** No import with this id is open. */
	| "VAULT_IMPORT_UNKNOWN"
	/** The record is a tombstone: it has no resource. */
	| "VAULT_RECORD_DELETED"
	/** The key backup may not be restored: no fresh ledger, its epoch key is destroyed, or it is not a backup of this custodian. */
	| "VAULT_RESTORE_REFUSED"
	/** The component was closed. */
	| "VAULT_CLOSED"
	/** A request to a remote store or key service could not be signed as it stands. */
	| "VAULT_REQUEST_INVALID"
	/** The range lies outside the object. */
	| "VAULT_RANGE_INVALID"
	/** A remote store did not answer, or answered with an error; nothing was changed that a later attempt could not change. */
	| "VAULT_STORE_UNAVAILABLE"
	/** The keyring's process ended or does not answer; whether a call without an answer was carried out is unknown. It may be back after a restart. */
	| "VAULT_KEYRING_LOST"
	/** The KMS answered, and says no: no permission, another key, another context, or altered bytes. */
	| "VAULT_KMS_REFUSED"
	/** The KMS did not answer in time, or said that it cannot now. */
	| "VAULT_KMS_UNREACHABLE"
	/** The ledger's evidence does not show what was claimed, or is none; `details.reason` says why. */
	| "VAULT_EVIDENCE_REFUSED"
	/** The ledger's evidence is too old by the keyring's clock, older than what it has seen, or lacks cosignatures that may still come: try with newer. */
	| "VAULT_EVIDENCE_STALE"
	/** The keyring was made for another ledger, sealer or witnesses, or is to open without any. */
	| "VAULT_LEDGER_DIFFERS"
	/** The write-ahead log could not be truncated, so old bytes may remain: the destruction is unfinished and continues at the next attempt. */
	| "VAULT_BUSY";

/** Why a receipt was refused. Ordered as the checks run. */
export type ReceiptRefusal =
	/** Seen before by this operation; of a cohort's receipt, with this place. */
	| "nonce-burned"
	/** Not of the form of {@link Receipt}, or of an entry. */
	| "malformed"
	/** Not minted by this keyring's log writer. */
	| "mac-invalid"
	| "expired"
	/** Lives longer than 5 s from now. */
	| "expiry-too-far"
	/** The entry handed in is not the one logged, or not at this place of the cohort that was. */
	| "entry-differs"
	| "log-differs"
	/** The log is not registered. */
	| "log-not-honoured"
	/** The entry is of another custodian's log. */
	| "member-differs"
	/** The entry records a refusal. */
	| "decision-not-permit"
	/** Another entry of the same cohort was of the same patient and was used for this operation. */
	| "patient-repeated"
	/** A key belongs to a subject that is not bound to the entry's pseudonym. */
	| "subject-differs"
	/** A key needs a compartment that the entry does not name. */
	| "compartment-not-named"
	/** An audit key was asked for by an entry that opens records or by one of a cohort, or a record's key by an entry that opens none. */
	| "not-an-audit-access";

/** Why newer evidence of the ledger is wanted. */
export type EvidenceAge =
	/** Its cosignatures were made too long ago by the keyring's clock, or in the future. */
	| "too-old"
	/** It shows the ledger as it was before something that the keyring has seen. */
	| "older-than-seen"
	/** Fewer witnesses cosigned than the pins ask for. */
	| "not-witnessed";

/** Why evidence of the ledger was refused. */
export type EvidenceRefusal =
	/** There is none, or more than one state is meant. */
	| "missing"
	/** A signature, hash or form in it is wrong, or another sealer's. */
	| "not-proven"
	/** It leaves out what the claim rests on. */
	| "incomplete"
	/** It shows another ledger at a size that the keyring has seen. */
	| "forked"
	/** The pseudonym has no active enrolment. */
	| "not-enrolled"
	/** The enrolment is at another custodian. */
	| "custodian-differs"
	/** The pseudonym is not what the subject's own was rotated to. */
	| "not-the-successor"
	/** A new subject stands under its stand-in, and under no pseudonym of anybody. */
	| "not-the-stand-in"
	/** The log was closed; a keyring that has seen that opens it never again. */
	| "log-closed";

export interface VaultErrorDetails {
	readonly reason?: ReceiptRefusal | EvidenceRefusal | EvidenceAge | string;
	readonly at?: number | string;
}

const kinds: Readonly<Record<VaultErrorCode, ErrorKind>> = {
	VAULT_RECEIPT_REFUSED: "refused",
	VAULT_ERASED: "refused",
	VAULT_INTEGRITY: "stop",
	VAULT_LOCKED: "again",
	VAULT_PASSPHRASE_WRONG: "mistake",
	VAULT_NOT_FOUND: "mistake",
	VAULT_EXISTS: "mistake",
	VAULT_SUBJECT_UNKNOWN: "mistake",
	VAULT_PSEUDONYM_TAKEN: "mistake",
	VAULT_COMPARTMENTS_INVALID: "mistake",
	VAULT_ROW_INVALID: "mistake",
	VAULT_IMPORT_UNKNOWN: "mistake",
	VAULT_RECORD_DELETED: "mistake",
	VAULT_RESTORE_REFUSED: "refused",
	VAULT_CLOSED: "mistake",
	VAULT_REQUEST_INVALID: "mistake",
	VAULT_RANGE_INVALID: "mistake",
	VAULT_STORE_UNAVAILABLE: "again",
	VAULT_KEYRING_LOST: "again",
	VAULT_KMS_REFUSED: "refused",
	VAULT_KMS_UNREACHABLE: "again",
	VAULT_EVIDENCE_REFUSED: "refused",
	VAULT_EVIDENCE_STALE: "again",
	VAULT_LEDGER_DIFFERS: "mistake",
	VAULT_BUSY: "again",
};

export class VaultError extends CodedError<VaultErrorCode, VaultErrorDetails> {
	constructor(code: VaultErrorCode, message: string, details: VaultErrorDetails = {}, cause?: unknown) {
		super(code, kinds[code], message, details, cause);
	}
}

export function isVaultErrorCode(code: string): code is VaultErrorCode {
	return Object.hasOwn(kinds, code);
}

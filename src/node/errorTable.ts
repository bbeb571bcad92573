import type { BaseErrorCode, CodedError } from "#base";
import type { ConsentFhirErrorCode } from "#contracts";
import type { FhirErrorCode } from "#fhir";
import type { AccessLogErrorCode, GateErrorCode, MinimiseErrorCode } from "#gate";
import type { GenomicsErrorCode } from "#genomics";
import type { InsightErrorCode } from "#insight";
import type { LedgerErrorCode } from "#ledger";
import type { LogErrorCode } from "#log";
import type { VaultErrorCode } from "#vault";
import type { WalletErrorCode } from "#wallet";
import type { NodeErrorCode } from "./errors.ts";
import type { SignInErrorCode } from "./signin/errors.ts";

/** Every code that can reach an edge. Contract refusals have codes of their own (SPEC.md of each contract) and share one row. */
export type ErrorCode =
	| BaseErrorCode
	| LogErrorCode
	| LedgerErrorCode
	| VaultErrorCode
	| FhirErrorCode
	| GenomicsErrorCode
	| ConsentFhirErrorCode
	| AccessLogErrorCode
	| MinimiseErrorCode
	| GateErrorCode
	| WalletErrorCode
	| InsightErrorCode
	| NodeErrorCode
	| SignInErrorCode;

interface Row {
	readonly status: number;
	/** Exit code of the command line, after sysexits.h. */
	readonly exit: number;
	/** `OperationOutcome.issue.code` under `/fhir` (HL7 value set issue-type). */
	readonly issue: IssueType;
}

/** Codes of HL7's value set issue-type that an edge answers with. */
export type IssueType =
	| "invalid"
	| "processing"
	| "too-long"
	| "login"
	| "forbidden"
	| "not-found"
	| "conflict"
	| "throttled"
	| "transient"
	| "exception"
	| "deleted"
	| "not-supported"
	| "required"
	| "expired"
	| "multiple-matches";

const badInput: Row = { status: 400, exit: 65, issue: "invalid" };
const unprocessable: Row = { status: 422, exit: 65, issue: "processing" };
const tooLarge: Row = { status: 413, exit: 65, issue: "too-long" };
const unsigned: Row = { status: 401, exit: 77, issue: "login" };
const refused: Row = { status: 403, exit: 77, issue: "forbidden" };
const notAvailable: Row = { status: 404, exit: 77, issue: "not-found" };
const absent: Row = { status: 404, exit: 66, issue: "not-found" };
const conflict: Row = { status: 409, exit: 65, issue: "conflict" };
const tooMany: Row = { status: 429, exit: 75, issue: "throttled" };
const later: Row = { status: 503, exit: 75, issue: "transient" };
const broken: Row = { status: 500, exit: 70, issue: "exception" };
const usage: Row = { status: 400, exit: 64, issue: "invalid" };

/** Error code → what an edge answers. Exhaustive: a new code does not compile until it stands here. */
const errorTable = {
	JSON_NOT_CANONICAL: badInput,
	JSON_NOT_PERMITTED: badInput,
	ENCODING_INVALID: badInput,
	IDENTIFIER_INVALID: badInput,
	KEY_INVALID: badInput,
	VALUE_UNREADABLE: badInput,

	LOG_PROOF_INVALID: broken,
	LOG_RANGE_INVALID: badInput,
	LOG_NODE_MISSING: broken,
	LOG_NOTE_MALFORMED: badInput,
	LOG_NOTE_UNSIGNED: refused,
	LOG_NOTE_SIGNATURE_INVALID: refused,
	LOG_CHECKPOINT_MALFORMED: badInput,
	LOG_PAGE_MALFORMED: broken,
	LOG_PATH_REPEATED: badInput,
	LOG_BUNDLE_MALFORMED: badInput,
	LOG_TILE_UNAVAILABLE: later,
	LOG_ENTRY_DIFFERS: broken,
	LOG_REQUEST_MALFORMED: badInput,

	LEDGER_TRANSACTION_TOO_LARGE: tooLarge,
	LEDGER_TRANSACTION_TOO_DEEP: badInput,
	LEDGER_TRANSACTION_NOT_UTF8: badInput,
	LEDGER_TRANSACTION_NOT_JSON: badInput,
	LEDGER_TRANSACTION_NOT_CANONICAL: badInput,
	LEDGER_TRANSACTION_VALUE_NOT_PERMITTED: badInput,
	LEDGER_TRANSACTION_FIELDS_DIFFER: badInput,
	LEDGER_CHAIN_MALFORMED: badInput,
	LEDGER_CONTRACT_MALFORMED: badInput,
	LEDGER_ACTION_MALFORMED: badInput,
	LEDGER_BODY_MALFORMED: badInput,
	LEDGER_SIGNER_MALFORMED: badInput,
	LEDGER_UNTIL_MALFORMED: badInput,
	LEDGER_SALT_MALFORMED: badInput,
	LEDGER_SIGNATURE_MALFORMED: badInput,
	LEDGER_CHAIN_DIFFERS: badInput,
	LEDGER_SIGNATURE_INVALID: refused,
	LEDGER_UNTIL_NOT_A_MINUTE: badInput,
	LEDGER_UNTIL_TOO_FAR: badInput,
	LEDGER_EXPIRED: refused,
	LEDGER_REPLAYED: conflict,
	LEDGER_ACTION_UNKNOWN: badInput,
	LEDGER_BODY_INVALID: badInput,
	LEDGER_STATE_NOT_PERMITTED: broken,
	LEDGER_ENVELOPE_MALFORMED: badInput,
	LEDGER_ENVELOPE_COUNT_INVALID: badInput,
	LEDGER_ENVELOPE_SIGNATURE_INVALID: refused,
	LEDGER_NOT_A_MEMBER: refused,
	LEDGER_MEMBER_NOT_ACTIVE: refused,
	LEDGER_MEMBER_KEY_DIFFERS: refused,
	LEDGER_QUOTA_EXCEEDED: tooMany,
	LEDGER_BUSY: later,
	LEDGER_CONSENSUS_SILENT: later,
	LEDGER_BATCH_MALFORMED: badInput,
	LEDGER_ABCI_MALFORMED: broken,
	LEDGER_CONSENSUS_DIFFERS: broken,
	LEDGER_SNAPSHOT_INVALID: badInput,
	LEDGER_COMETBFT_MISSING: broken,
	LEDGER_COMETBFT_STALLED: later,
	LEDGER_TRANSACTION_UNKNOWN: absent,
	LEDGER_HEIGHT_MALFORMED: usage,
	LEDGER_HEIGHT_NOT_SEALED: absent,
	LEDGER_HEIGHT_TOO_OLD: absent,
	LEDGER_PROOF_INVALID: broken,
	LEDGER_CHECKPOINT_INVALID: broken,
	LEDGER_HEADER_INVALID: broken,
	LEDGER_HEADER_EXPIRED: broken,
	LEDGER_HEADER_FROM_FUTURE: later,
	LEDGER_HEADER_UNTRUSTED: broken,
	LEDGER_VALIDATORS_INVALID: broken,
	LEDGER_COMMIT_INVALID: broken,
	LEDGER_COMMIT_POWER_SHORT: broken,
	LEDGER_LOCKED: later,
	LEDGER_WITNESS_SILENT: later,
	LEDGER_URL_NOT_PERMITTED: usage,
	LEDGER_LISTEN_FAILED: usage,
	LEDGER_GENESIS_DIFFERS: conflict,
	LEDGER_RULES_UNKNOWN: broken,
	LEDGER_CLOSED: later,
	LEDGER_HALTED: broken,
	LEDGER_CORRUPT: broken,
	LEDGER_ROLLED_BACK: broken,

	VAULT_RECEIPT_REFUSED: broken,
	VAULT_ERASED: notAvailable,
	VAULT_INTEGRITY: broken,
	VAULT_LOCKED: later,
	VAULT_PASSPHRASE_WRONG: { status: 403, exit: 77, issue: "forbidden" },
	VAULT_NOT_FOUND: absent,
	VAULT_EXISTS: conflict,
	VAULT_SUBJECT_UNKNOWN: notAvailable,
	VAULT_PSEUDONYM_TAKEN: conflict,
	VAULT_COMPARTMENTS_INVALID: badInput,
	VAULT_ROW_INVALID: broken,
	VAULT_IMPORT_UNKNOWN: broken,
	VAULT_RECORD_DELETED: notAvailable,
	VAULT_RESTORE_REFUSED: refused,
	VAULT_CLOSED: later,
	VAULT_REQUEST_INVALID: broken,
	VAULT_RANGE_INVALID: badInput,
	VAULT_STORE_UNAVAILABLE: later,
	VAULT_KEYRING_LOST: later,
	VAULT_EVIDENCE_REFUSED: broken,
	VAULT_EVIDENCE_STALE: later,
	VAULT_LEDGER_DIFFERS: broken,
	VAULT_KMS_REFUSED: broken,
	VAULT_KMS_UNREACHABLE: later,
	VAULT_BUSY: later,

	FHIR_NOT_JSON: badInput,
	FHIR_TRUNCATED: badInput,
	FHIR_NOT_UTF8: badInput,
	FHIR_NOT_GZIP: badInput,
	FHIR_TOO_DEEP: badInput,
	FHIR_TOO_LARGE: tooLarge,
	FHIR_KEY_REFUSED: badInput,
	FHIR_NOT_A_BUNDLE: badInput,
	FHIR_INVALID: { status: 422, exit: 65, issue: "processing" },
	FHIR_DUPLICATE_ENTRY: badInput,
	FHIR_REFERENCE_UNRESOLVED: { status: 422, exit: 65, issue: "processing" },
	FHIR_PATIENT_UNCLEAR: { status: 422, exit: 65, issue: "processing" },
	FHIR_BUNDLE_CHANGED: conflict,
	FHIR_VALUE_UNREADABLE: { status: 422, exit: 65, issue: "processing" },
	FHIR_SEARCH_INVALID: badInput,
	FHIR_PATCH_INVALID: unprocessable,

	ACCESS_LOG_LOCKED: later,
	ACCESS_LOG_FOREIGN: conflict,
	ACCESS_LOG_ENTRY_INVALID: badInput,
	ACCESS_LOG_WRITE_FAILED: later,
	ACCESS_LOG_BUSY: later,
	ACCESS_LOG_INTEGRITY: broken,
	ACCESS_LOG_CLOSED: later,
	ACCESS_LOG_BEHIND: broken,
	ACCESS_LOG_UNKNOWN: absent,

	CONSENT_FHIR_INVALID: unprocessable,
	CONSENT_FHIR_ELEMENT_UNKNOWN: unprocessable,
	CONSENT_FHIR_NOT_ACTIVE: unprocessable,
	CONSENT_FHIR_ACTOR_UNKNOWN: unprocessable,
	CONSENT_FHIR_PURPOSE_UNKNOWN: unprocessable,
	CONSENT_FHIR_LABEL_UNKNOWN: unprocessable,
	CONSENT_FHIR_LABELS_ONLY: unprocessable,
	CONSENT_FHIR_CLASS_UNKNOWN: unprocessable,
	CONSENT_FHIR_ACTION_UNKNOWN: unprocessable,
	CONSENT_FHIR_DATA_UNSUPPORTED: unprocessable,
	CONSENT_FHIR_TIME_INVALID: unprocessable,
	CONSENT_FHIR_TOO_DEEP: unprocessable,
	CONSENT_FHIR_NOT_EXPRESSIBLE: unprocessable,

	MINIMISE_CONTEXT_INCOMPLETE: broken,
	AGGREGATE_PARAMETER_INVALID: badInput,
	AGGREGATE_RANDOM_SHORT: broken,

	GATE_REQUEST_INVALID: badInput,
	GATE_WRONG_AUDIENCE: badInput,
	GATE_SIGNATURE_INVALID: unsigned,
	GATE_SESSION_INVALID: unsigned,
	GATE_MANDATE_INVALID: unsigned,
	GATE_SESSIONS_FULL: tooMany,
	GATE_REQUEST_EXPIRED: unsigned,
	GATE_REQUEST_REPLAYED: unsigned,
	GATE_FORWARD_INVALID: unsigned,
	GATE_NOT_AVAILABLE: notAvailable,
	GATE_LEDGER_STALE: later,
	GATE_RELABELLING: later,
	GATE_VERSION_CONFLICT: conflict,
	GATE_EXPORTS_FULL: tooMany,
	GATE_SUBSCRIPTIONS_FULL: tooMany,
	GATE_LEGAL_HOLD: conflict,
	GATE_COHORT_TOO_SMALL: refused,
	GATE_COHORT_TOO_LARGE: refused,
	GATE_BUDGET_SPENT: tooMany,
	GATE_LEDGER_REFUSED: broken,
	GATE_IMPORT_FAILED: { status: 422, exit: 65, issue: "processing" },
	GATE_RANGE_UNSATISFIABLE: { status: 416, exit: 65, issue: "invalid" },
	GATE_RELEASE_ENDED: refused,

	WALLET_WORDS_INVALID: badInput,
	WALLET_WRAP_INVALID: badInput,
	WALLET_PASSPHRASE_WRONG: refused,
	WALLET_SESSION_INVALID: refused,
	WALLET_CONSENT_INVALID: badInput,
	WALLET_EXPORT_INVALID: badInput,
	WALLET_SUBJECT_DIFFERS: refused,
	WALLET_LEDGER_SIGNATURE_INVALID: refused,
	WALLET_PIN_EXPIRED: broken,
	WALLET_LEDGER_AHEAD: broken,
	WALLET_LEDGER_FORKED: broken,
	WALLET_LEDGER_STALE: later,
	WALLET_LEDGER_PROOF_INVALID: refused,
	WALLET_LOG_UNREGISTERED: refused,
	WALLET_WRITER_SIGNATURE_INVALID: refused,
	WALLET_LOG_TRUNCATED: refused,
	WALLET_LOG_REWRITTEN: refused,
	WALLET_LOG_WITHHELD: refused,
	WALLET_ANCHOR_INVALID: refused,
	WALLET_ANCHOR_MISSING: refused,
	WALLET_ENTRY_NOT_INCLUDED: refused,
	WALLET_ENTRY_FOREIGN: refused,
	WALLET_ENTRY_GAP: refused,
	WALLET_CHAIN_BROKEN: refused,
	WALLET_HISTORY_INCOMPLETE: refused,
	WALLET_ENTRY_HIDDEN_BEFORE: refused,
	WALLET_MAP_PROOF_INVALID: refused,
	WALLET_ACCESS_MISSING: refused,

	INSIGHT_KNOWLEDGE_INVALID: broken,
	INSIGHT_REQUEST_DIFFERS: badInput,
	INSIGHT_INPUT_INVALID: badInput,
	INSIGHT_REASON_REQUIRED: badInput,
	INSIGHT_RESOURCE_UNREADABLE: broken,

	CDS_CONFIG_INVALID: usage,
	CDS_TOKEN_REFUSED: unsigned,
	CDS_USER_UNKNOWN: refused,
	CDS_REQUEST_INVALID: badInput,
	CDS_SERVICE_UNKNOWN: absent,
	CDS_CARD_UNKNOWN: notAvailable,
	NODE_FOLDER_FOREIGN: usage,
	NODE_FOLDER_LOCKED: later,
	VCF_EMPTY: badInput,
	VCF_HEADER_INVALID: badInput,
	VCF_VERSION_UNSUPPORTED: badInput,
	VCF_LINE_TOO_LONG: badInput,
	VCF_RECORD_INVALID: badInput,
	VCF_ALLELE_OUT_OF_RANGE: badInput,
	VCF_NO_SAMPLE: badInput,
	VCF_SAMPLE_UNKNOWN: badInput,
	VCF_SAMPLE_UNCHOSEN: badInput,
	VCF_UNSORTED: badInput,
	TABIX_INVALID: badInput,
	BGZIP_TRUNCATED: badInput,
	BGZIP_DAMAGED: badInput,
	GENOME_BUILD_WRONG: badInput,
	PGX_RESULT_INVALID: badInput,
	PGX_OUTSIDE_CALL_INVALID: badInput,
	PGX_KNOWLEDGE_INVALID: broken,
	NODE_MEMBER_UNKNOWN: absent,
	NODE_PERSON_UNKNOWN: absent,
	NODE_FILE_UNREADABLE: absent,
	NODE_PORT_TAKEN: { status: 500, exit: 69, issue: "exception" },
	NODE_BODY_INVALID: badInput,
	NODE_NOT_FOUND: absent,
	NODE_LEDGER_REFUSED: conflict,
	NODE_NOT_OURS: refused,
	NODE_KEYRING_PRESENT: conflict,
	NODE_BACKUP_PRESENT: { status: 409, exit: 73, issue: "conflict" },
	NODE_BACKUP_FOREIGN: badInput,
	NODE_LOG_BEHIND: refused,
	NODE_LOG_INTACT: refused,
	NODE_LOSS_UNDERSTATED: badInput,
	NODE_CONSORTIUM_INVALID: badInput,
	NODE_NOT_READY: later,
	NODE_FHIR_UNSIGNED: unsigned,
	NODE_FHIR_TYPE_UNKNOWN: { status: 404, exit: 66, issue: "not-supported" },
	NODE_FHIR_UNSUPPORTED: { status: 400, exit: 65, issue: "not-supported" },
	NODE_FHIR_PATIENT_UNNAMED: { status: 400, exit: 65, issue: "required" },
	NODE_FHIR_PAGE_INVALID: { status: 400, exit: 65, issue: "expired" },
	NODE_FHIR_TOO_OFTEN: tooMany,
	NODE_FHIR_MEDIA_UNKNOWN: { status: 415, exit: 65, issue: "not-supported" },
	NODE_FHIR_NOT_ACCEPTABLE: { status: 406, exit: 65, issue: "not-supported" },
	NODE_FHIR_PRECONDITION: { status: 412, exit: 65, issue: "conflict" },
	NODE_FHIR_SEVERAL_MATCHES: { status: 412, exit: 65, issue: "multiple-matches" },
	NODE_ENDPOINT_NOT_ALLOWED: unprocessable,
	NODE_PROFILES_INVALID: usage,
	NODE_ENDPOINTS_INVALID: { status: 503, exit: 78, issue: "transient" },
	NODE_FHIR_DELETED: { status: 410, exit: 66, issue: "deleted" },

	SIGNIN_APP_INVALID: badInput,
	SIGNIN_ADDRESS_INVALID: usage,
	SIGNIN_EXPIRED: { status: 410, exit: 75, issue: "expired" },
	SIGNIN_FOREIGN_PAGE: refused,
	SIGNIN_BODY_INVALID: badInput,
	SIGNIN_ANSWER_DIFFERS: refused,
	SIGNIN_REFUSED: unsigned,
	SIGNIN_TOO_OFTEN: tooMany,
	SIGNIN_INVITATION_INVALID: notAvailable,
	SIGNIN_NOT_YOURS: notAvailable,
	SIGNIN_LAST_COPY: refused,
	SIGNIN_PROVIDER_INVALID: usage,
	SIGNIN_PROVIDER_REFUSED: unsigned,
	SIGNIN_PROVIDER_SILENT: later,
	SIGNIN_TOKEN_INVALID: unsigned,
	SIGNIN_SCOPE_MISSING: refused,
} as const satisfies Record<ErrorCode, Row>;

/** A contract's refusal, whose codes the contracts list themselves. */
const contractRefusal: Row = conflict;

function rowOf(error: CodedError): Row {
	if (Object.hasOwn(errorTable, error.code)) return errorTable[error.code as ErrorCode];
	return error.kind === "refused" && "contract" in error.details ? contractRefusal : broken;
}

/** HTTP status of an error thrown on purpose; a code that is not in the table is a 500. */
export function statusOf(error: CodedError): number {
	return rowOf(error).status;
}

/** What an OperationOutcome calls an error thrown on purpose. */
export function issueTypeOf(error: CodedError): IssueType {
	return rowOf(error).issue;
}

/** Exit code of the command line. */
export function exitCodeOf(error: CodedError): number {
	return rowOf(error).exit;
}

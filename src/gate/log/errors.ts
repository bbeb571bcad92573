import { CodedError, type ErrorKind } from "#base";

/** Codes of the access log. */
export type AccessLogErrorCode =
	/** Another process holds the log. */
	| "ACCESS_LOG_LOCKED"
	/** The file belongs to another log, member or writer key, or has a newer format. */
	| "ACCESS_LOG_FOREIGN"
	/** A draft or an argument is not what the log can write down. */
	| "ACCESS_LOG_ENTRY_INVALID"
	/** Nothing was written and the log is as before: no space, or the file is busy. */
	| "ACCESS_LOG_WRITE_FAILED"
	/** More entries wait than the log lets wait. */
	| "ACCESS_LOG_BUSY"
	/** Stored rows contradict each other or the ledger's anchor, or a write ended in an unknown state: the writer has halted. */
	| "ACCESS_LOG_INTEGRITY"
	/** The log has halted or was closed. */
	| "ACCESS_LOG_CLOSED"
	/** The file is gone, or ends before what the ledger has anchored: entries are lost, or a newer copy lies elsewhere. */
	| "ACCESS_LOG_BEHIND"
	/** There is no such anchored size, checkpoint or chain. */
	| "ACCESS_LOG_UNKNOWN";

const kinds: Readonly<Record<AccessLogErrorCode, ErrorKind>> = {
	ACCESS_LOG_LOCKED: "again",
	ACCESS_LOG_FOREIGN: "mistake",
	ACCESS_LOG_ENTRY_INVALID: "mistake",
	ACCESS_LOG_WRITE_FAILED: "again",
	ACCESS_LOG_BUSY: "again",
	ACCESS_LOG_INTEGRITY: "stop",
	ACCESS_LOG_CLOSED: "stop",
	ACCESS_LOG_BEHIND: "stop",
	ACCESS_LOG_UNKNOWN: "mistake",
};

export interface AccessLogErrorDetails {
	/** Size or leaf index. */
	readonly at?: number;
	/** Size that the ledger has anchored. */
	readonly anchored?: number;
	/** Of a file that was refused: the rule under which the auditor lists the same. */
	readonly finding?: string;
}

export class AccessLogError extends CodedError<AccessLogErrorCode, AccessLogErrorDetails> {
	constructor(code: AccessLogErrorCode, message: string, details: AccessLogErrorDetails = {}, cause?: unknown) {
		super(code, kinds[code], message, details, cause);
	}
}

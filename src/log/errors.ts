import { CodedError, type ErrorKind } from "#base";

/** Codes of the log room. */
export type LogErrorCode =
	/** A proof does not lead to the root it is held against, or has the wrong shape for its position. */
	| "LOG_PROOF_INVALID"
	/** A size or index lies outside the tree it names. */
	| "LOG_RANGE_INVALID"
	/** A stored node that must be there is missing or has the wrong length: the store is damaged. */
	| "LOG_NODE_MISSING"
	/** Text is not a C2SP signed note. */
	| "LOG_NOTE_MALFORMED"
	/** No signature on the note belongs to a key that was named. */
	| "LOG_NOTE_UNSIGNED"
	/** A signature that claims a known key does not verify. */
	| "LOG_NOTE_SIGNATURE_INVALID"
	/** A note's text is not a C2SP checkpoint. */
	| "LOG_CHECKPOINT_MALFORMED"
	/** A stored page of the sparse tree cannot be read: the store is damaged. */
	| "LOG_PAGE_MALFORMED"
	/** A batch names the same path twice. */
	| "LOG_PATH_REPEATED"
	/** Bytes are not an entry bundle of the width asked for. */
	| "LOG_BUNDLE_MALFORMED"
	/** A log that is read by tiles does not show one that its size requires. */
	| "LOG_TILE_UNAVAILABLE"
	/** A stored entry is not the one that its tile's hash names: the store is damaged. */
	| "LOG_ENTRY_DIFFERS"
	/** Bytes are not a request to a witness (C2SP tlog-witness). */
	| "LOG_REQUEST_MALFORMED";

const kinds: Readonly<Record<LogErrorCode, ErrorKind>> = {
	LOG_PROOF_INVALID: "mistake",
	LOG_RANGE_INVALID: "mistake",
	LOG_NODE_MISSING: "stop",
	LOG_NOTE_MALFORMED: "mistake",
	LOG_NOTE_UNSIGNED: "mistake",
	LOG_NOTE_SIGNATURE_INVALID: "mistake",
	LOG_CHECKPOINT_MALFORMED: "mistake",
	LOG_PAGE_MALFORMED: "stop",
	LOG_PATH_REPEATED: "mistake",
	LOG_BUNDLE_MALFORMED: "mistake",
	LOG_TILE_UNAVAILABLE: "again",
	LOG_ENTRY_DIFFERS: "stop",
	LOG_REQUEST_MALFORMED: "mistake",
};

export class LogError extends CodedError<LogErrorCode, { at?: number; size?: number }> {
	constructor(code: LogErrorCode, message: string, details: { at?: number; size?: number } = {}) {
		super(code, kinds[code], message, details);
	}
}

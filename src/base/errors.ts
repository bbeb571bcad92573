/**
 * Why an operation ended without its result. Decided where the error is thrown, because only there it is known.
 *
 * - `mistake`: the caller's input is wrong; the same call fails again until it is corrected.
 * - `refused`: policy says no; nothing is broken.
 * - `again`: a passing condition; the same call may succeed later.
 * - `stop`: integrity is lost; the writer halts and nothing retries in place.
 */
export type ErrorKind = "mistake" | "refused" | "again" | "stop";

/** Base of every error thrown on purpose. `message` is safe to log and to show: no health data, secrets or echoed input. */
export abstract class CodedError<Code extends string = string, Details extends object = object> extends Error {
	/** Stable identifier; callers and tests match this, never `message`. */
	readonly code: Code;
	readonly kind: ErrorKind;
	/** Facts about the failure (positions, counts, codes), never values of records. */
	readonly details: Details;

	constructor(code: Code, kind: ErrorKind, message: string, details: Details, cause?: unknown) {
		super(message, cause === undefined ? undefined : { cause });
		this.name = new.target.name;
		this.code = code;
		this.kind = kind;
		this.details = details;
	}
}

/** Codes of the base room. */
export type BaseErrorCode =
	/** Bytes are not the canonical form of a permitted JSON value. */
	| "JSON_NOT_CANONICAL"
	/** A value lies outside the restricted JSON of PROTOCOL §2 (float, −0, lone surrogate, depth, size, `__proto__`). */
	| "JSON_NOT_PERMITTED"
	/** Text is not in the encoding that was named. */
	| "ENCODING_INVALID"
	/** An identifier does not have the form its kind requires. */
	| "IDENTIFIER_INVALID"
	/** A key or seed has the wrong length or form. */
	| "KEY_INVALID"
	/** A date, instant or quantity cannot be read. */
	| "VALUE_UNREADABLE";

export class BaseError extends CodedError<BaseErrorCode, { at?: number | string; found?: string }> {
	constructor(code: BaseErrorCode, message: string, details: { at?: number | string; found?: string } = {}, cause?: unknown) {
		super(code, "mistake", message, details, cause);
	}
}

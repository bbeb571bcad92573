import { CodedError, type ErrorKind } from "#base";

/** Codes of the gate, with their kind. A refusal of data is no error: it is a {@link Release} in which nothing is available. */
const kinds = {
	/** The request does not have the form its kind requires. */
	GATE_REQUEST_INVALID: "mistake",
	/** The request names another audience than this member. */
	GATE_WRONG_AUDIENCE: "mistake",
	/** The signature does not verify under the key the request names. */
	GATE_SIGNATURE_INVALID: "refused",
	/** The request is older than 60 s, or from the future. */
	GATE_REQUEST_EXPIRED: "refused",
	/** The request names a member that did not sign it on, or that is no active member. */
	GATE_FORWARD_INVALID: "refused",
	/** The same signed request was seen before. */
	GATE_REQUEST_REPLAYED: "refused",
	/** There is no such session here, it is over, or its key did not make this request: the same answer for all. */
	GATE_SESSION_INVALID: "refused",
	/** As many sessions as the node keeps are open. */
	GATE_SESSIONS_FULL: "again",
	/** There is no such mandate of an application, it is over, or whoever signed it no longer stands: the same answer for all. */
	GATE_MANDATE_INVALID: "refused",
	/** The signer may not do this to this patient, or there is no such patient: the same answer for both. */
	GATE_NOT_AVAILABLE: "refused",
	/** The ledger was last verified more than 30 s ago; only emergency access works. */
	GATE_LEDGER_STALE: "again",
	/** Records are being labelled under newer tables; until that has ended none is read, emergencies apart. */
	GATE_RELABELLING: "again",
	/** The record is at another version than the writer was shown. */
	GATE_VERSION_CONFLICT: "again",
	/** As many exports as one person, or the node, keeps are there. */
	GATE_EXPORTS_FULL: "again",
	/** As many subscriptions as one person, or the node, keeps are there. */
	GATE_SUBSCRIPTIONS_FULL: "again",
	/** A legal hold keeps the record from erasure; the details tell its basis and end. */
	GATE_LEGAL_HOLD: "refused",
	/** Fewer patients than the smallest permitted release set. */
	GATE_COHORT_TOO_SMALL: "refused",
	/** More patients than one question may look at permit it; nothing was opened. */
	GATE_COHORT_TOO_LARGE: "refused",
	/** Everybody whose consent permits the count has spent the privacy budget of a year. */
	GATE_BUDGET_SPENT: "again",
	/** The ledger refused the receipt or anchor that this act needs. */
	GATE_LEDGER_REFUSED: "stop",
	/** The import could not be finished; nothing of it is visible. */
	GATE_IMPORT_FAILED: "mistake",
	/** The object has no byte in the range asked for; `details.sizeBytes` tells how many it has. */
	GATE_RANGE_UNSATISFIABLE: "mistake",
	/** A stream of an object was ended: what permitted it does no longer, or the node stops. Ask again for the rest. */
	GATE_RELEASE_ENDED: "refused",
} as const satisfies Record<string, ErrorKind>;

export type GateErrorCode = keyof typeof kinds;

export class GateError extends CodedError<GateErrorCode, { [fact: string]: string | number | boolean }> {
	constructor(code: GateErrorCode, message: string, details: { [fact: string]: string | number | boolean } = {}, cause?: unknown) {
		super(code, kinds[code], message, details, cause);
	}
}

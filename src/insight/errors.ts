import { CodedError, type ErrorKind } from "#base";

/** Codes of the insight room. A refusal to compute for a person is not an error: see {@link Problem}. */
export type InsightErrorCode =
	/** A knowledge table on disk does not have the form the code expects. */
	| "INSIGHT_KNOWLEDGE_INVALID"
	/** The request asks for other classes, another model or another level than this insight reads. */
	| "INSIGHT_REQUEST_DIFFERS"
	/** A value given to an equation is not a number, or not one the equation is defined for. */
	| "INSIGHT_INPUT_INVALID"
	/** An override without a reason of at least ten characters. */
	| "INSIGHT_REASON_REQUIRED"
	/** A resource is nested deeper than can be hashed, or holds what JSON cannot. */
	| "INSIGHT_RESOURCE_UNREADABLE";

const kinds: Readonly<Record<InsightErrorCode, ErrorKind>> = {
	INSIGHT_KNOWLEDGE_INVALID: "stop",
	INSIGHT_REQUEST_DIFFERS: "mistake",
	INSIGHT_INPUT_INVALID: "mistake",
	INSIGHT_REASON_REQUIRED: "mistake",
	INSIGHT_RESOURCE_UNREADABLE: "mistake",
};

export class InsightError extends CodedError<InsightErrorCode, { at?: string }> {
	constructor(code: InsightErrorCode, message: string, details: { at?: string } = {}, cause?: unknown) {
		super(code, kinds[code], message, details, cause);
	}
}

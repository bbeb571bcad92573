import type { ReasonCode } from "./terms.ts";

/** Reasons in the one order that answers list them in. */
const reasonOrder = [
	"PERMITTED_BY_CONSENT",
	"PERMITTED_BY_IMPLICIT_POLICY",
	"PERMITTED_TO_PATIENT",
	"PERMITTED_BY_EMERGENCY",
	"PERMITTED_BY_LAW",
	"ERASED",
	"ROTATED",
	"NOT_ENROLLED",
	"TERMS_MISSING",
	"TERMS_ALTERED",
	"REFUSED_BY_CONSENT",
	"REVOKED",
	"EXPIRED",
	"NOT_YET_VALID",
	"ACTION_NOT_GRANTED",
	"PURPOSE_DIFFERS",
	"GRANTEE_DIFFERS",
	"DISEASE_DIFFERS",
	"MODEL_NOT_NAMED",
	"LEVEL_TOO_HIGH",
	"CLASS_NOT_GRANTED",
	"REFUSED_BY_IMPLICIT_POLICY",
] as const satisfies readonly ReasonCode[];

type DecisionReason = (typeof reasonOrder)[number];

/** A set of reasons is the sum of their bits; 0 is none. */
export const reasonBit = Object.freeze(Object.fromEntries(reasonOrder.map((reason, at) => [reason, 1 << at]))) as Readonly<
	Record<DecisionReason, number>
>;

const permission =
	reasonBit.PERMITTED_BY_CONSENT |
	reasonBit.PERMITTED_BY_IMPLICIT_POLICY |
	reasonBit.PERMITTED_TO_PATIENT |
	reasonBit.PERMITTED_BY_EMERGENCY |
	reasonBit.PERMITTED_BY_LAW;

/** Of an answer that permits, only what explains what it gives and what it narrows. */
const explainsPermit =
	permission |
	reasonBit.TERMS_MISSING |
	reasonBit.TERMS_ALTERED |
	reasonBit.REFUSED_BY_CONSENT |
	reasonBit.LEVEL_TOO_HIGH |
	reasonBit.CLASS_NOT_GRANTED;

const lists = new Map<number, readonly ReasonCode[]>();

/** The reasons of a set, in order; of an answer that permits nothing, none that permits. Equal sets share one frozen list. */
export function listReasons(bits: number, permitted: boolean): readonly ReasonCode[] {
	const shown = permitted ? bits & explainsPermit : bits & ~permission;
	let list = lists.get(shown);
	if (list === undefined) {
		list = Object.freeze(reasonOrder.filter((_, at) => (shown & (1 << at)) !== 0));
		lists.set(shown, list);
	}
	return list;
}

import type { MemberId } from "#base";
import type { AccessEntry, Purpose } from "#contracts";

/** Why a line has to stand in an accounting of disclosures, or need not. */
export type DisclosureDuty =
	/** It has to. */
	| "to-account"
	/** Treatment, payment, operations: 45 CFR 164.528(a)(1)(i). */
	| "treatment-payment-operations"
	/** To the individual or who acts for them: (a)(1)(ii). */
	| "to-the-patient"
	/** By the patient's own authorisation: (a)(1)(iv). */
	| "authorised"
	/** A use inside the house is no disclosure: 45 CFR 160.103. */
	| "within-the-house"
	/** Nothing left. */
	| "nothing-released";

const released: readonly AccessEntry["action"][] = ["read", "compute", "aggregate"];
const carePurposes: readonly Purpose[] = ["TREAT", "ETREAT", "HPAYMT", "HOPERAT"];

/**
 * Judges one entry by 45 CFR 164.528(a)(1), as far as an entry tells. What the law requires is accounted for wherever it was asked from. A wrong
 * purpose in a request makes a wrong judgement: who prints the accounting reads it.
 */
export function judgeDisclosure(
	entry: Pick<AccessEntry, "action" | "decision" | "requesterKind" | "purpose" | "reasons" | "via" | "consents">,
	member: MemberId,
): DisclosureDuty {
	const { action, decision, requesterKind, purpose, reasons, via, consents } = entry;
	if (decision === "deny" || !released.includes(action)) return "nothing-released";
	if (reasons.includes("PERMITTED_BY_LAW")) return "to-account";
	if (requesterKind === "patient" || reasons.includes("PERMITTED_TO_PATIENT")) return "to-the-patient";
	if (requesterKind === "system" || via === member) return "within-the-house";
	if (carePurposes.includes(purpose)) return "treatment-payment-operations";
	return consents.length > 0 ? "authorised" : "to-account";
}

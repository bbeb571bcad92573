import type { ConsentId, Pseudonym, PublicKey } from "#base";
import { type Context, ContractRefusal } from "../contract.ts";
import { requireKey } from "../fields.ts";
import { type Member, readMember, toState } from "../membership/member.ts";
import { requireSigningMember, stateOf } from "../signingMember.ts";
import { currentDelegate, currentPseudonym, readConsent, readEnrolment } from "./readers.ts";
import type { Enrolment, LedgerConsent } from "./terms.ts";

export function refuse(code: string, message: string): never {
	throw new ContractRefusal("consent", code, message);
}

export interface Relationship {
	readonly pseudonym: Pseudonym;
	readonly enrolment: Enrolment;
}

/** The relationship under exactly this pseudonym, which must be the current one. */
export function requireRelationship(context: Context, pseudonym: Pseudonym): Relationship {
	const enrolment = readEnrolment(stateOf(context, "consent"), pseudonym);
	if (enrolment === undefined) return refuse("CONSENT_NOT_ENROLLED", "expected an enrolled pseudonym");
	if (enrolment.status === "rotated")
		return refuse("CONSENT_ROTATED", "expected the pseudonym that stands for the relationship now, found an earlier one");
	if (enrolment.status === "destroyed") return refuse("CONSENT_ERASED", "expected a relationship whose records were not erased");
	return { pseudonym, enrolment };
}

/** A consent with the relationship it belongs to today, whichever pseudonym signed it. */
export function requireConsent(context: Context, consentId: ConsentId): Relationship & { readonly consent: LedgerConsent } {
	const state = stateOf(context, "consent");
	const consent = readConsent(state, consentId);
	if (consent === undefined) return refuse("CONSENT_UNKNOWN", "expected the id of a consent");
	return { ...requireRelationship(context, currentPseudonym(state, consent.pseudonym)), consent };
}

/** The patient's own key or a delegate whose appointment runs at block time. */
export function requirePatient(context: Context, { pseudonym, enrolment }: Relationship): void {
	if (context.signer === pseudonym || currentDelegate(enrolment, context.signer, context.time) !== undefined) return;
	refuse("CONSENT_NOT_PATIENT", "expected the patient's key or a current delegate to sign");
}

export function requireCustodian(context: Context, { enrolment }: Relationship): Member {
	const member = requireSigningMember(context, "consent");
	if (member.id !== enrolment.custodian) return refuse("CONSENT_NOT_CUSTODIAN", "expected the custodian of this relationship to sign");
	return member;
}

/** The active custodian whose key must countersign. */
export function requireCustodianKey(context: Context, custodian: Enrolment["custodian"]): PublicKey {
	const member = readMember(stateOf(context, "consent"), custodian);
	if (member?.status !== "active") return refuse("CONSENT_CUSTODIAN_UNKNOWN", "expected the id of an active member");
	return member.key;
}

/**
 * A key serves one relationship for ever: as pseudonym or as delegate, and as nothing else. One key in two places would link two
 * pseudonyms of a person in a field of the ledger (invariant 3).
 */
export function requireFreshKey(context: Context, key: PublicKey): void {
	requireKey("consent", "CONSENT_KEY_INVALID", key);
	const state = stateOf(context, "consent");
	const used =
		readEnrolment(state, key as Pseudonym) !== undefined ||
		context.get(`k/${key}`) !== undefined ||
		context.read("membership", `k/${key}`) !== undefined ||
		context.read("credentials", `s/${key}`) !== undefined;
	if (used) refuse("CONSENT_KEY_NOT_SEPARATE", "expected a key that was never used on this ledger");
}

export function putEnrolment(context: Context, pseudonym: Pseudonym, enrolment: Enrolment): void {
	context.put(`e/${pseudonym}`, toState(enrolment));
}

export function putConsent(context: Context, consent: LedgerConsent): void {
	context.put(`c/${consent.consentId}`, toState(consent));
}

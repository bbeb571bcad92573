import { type Context, defineAction } from "../contract.ts";
import { dayNumberAt } from "../day.ts";
import { requireDay } from "../fields.ts";
import {
	putConsent,
	putEnrolment,
	type Relationship,
	refuse,
	requireConsent,
	requireCustodian,
	requirePatient,
	requireRelationship,
} from "./authority.ts";
import { changeSchema, type GrantBody, grantSchema, revokeSchema } from "./bodies.ts";
import { noConsent, readConsent } from "./readers.ts";
import type { LedgerConsent } from "./terms.ts";

/** A paper consent ends at most so many days after the day it is recorded. */
export const custodialDaysMax = 365;

export const grant = defineAction(grantSchema, (context, body) => {
	const relationship = requireRelationship(context, body.pseudonym);
	requirePatient(context, relationship);
	requireDay("consent", "CONSENT_DAY_INVALID", body.validUntil, context.time);
	record(context, relationship, body, false);
});

export const grantCustodial = defineAction(grantSchema, (context, body) => {
	const relationship = requireRelationship(context, body.pseudonym);
	requireCustodian(context, relationship);
	const lastDay = requireDay("consent", "CONSENT_DAY_INVALID", body.validUntil, context.time);
	if (lastDay - dayNumberAt(context.time) > custodialDaysMax) {
		refuse("CONSENT_CUSTODIAL_TOO_LONG", `expected a paper consent to end within ${custodialDaysMax} days`);
	}
	record(context, relationship, body, true);
});

/** The patient's own signature makes a paper consent the patient's. */
export const change = defineAction(changeSchema, (context, body) => {
	const relationship = requireConsent(context, body.consentId);
	requirePatient(context, relationship);
	const { consent, pseudonym } = relationship;
	if (consent.status !== "active") refuse("CONSENT_ENDED", "expected a consent that was not revoked: revocation is final, grant a new one");
	if (consent.version !== body.version) refuse("CONSENT_VERSION_STALE", "expected the current version to be named, found another");
	requireDay("consent", "CONSENT_DAY_INVALID", body.validUntil, context.time);
	const { validUntil, termsCommitment } = body;
	const changed = { ...consent, pseudonym, version: consent.version + 1, validUntil, termsCommitment, custodial: false };
	putConsent(context, changed);
	emit(context, "changed", changed);
});

/** Any version, by patient or delegate, for ever: one guardian's revocation beats another's grant. */
export const revoke = defineAction(revokeSchema, (context, body) => {
	const relationship = requireConsent(context, body.consentId);
	requirePatient(context, relationship);
	end(context, relationship.consent, "revoked");
});

/** By the custodian on a written request: what the patient signed keeps its refusals until the patient's own key revokes it. */
export const revokeOnRequest = defineAction(revokeSchema, (context, body) => {
	const relationship = requireConsent(context, body.consentId);
	requireCustodian(context, relationship);
	end(context, relationship.consent, relationship.consent.custodial ? "revoked" : "withdrawn");
});

function record(context: Context, { pseudonym, enrolment }: Relationship, body: GrantBody, custodial: boolean): void {
	const { consentId, validUntil, termsCommitment } = body;
	if (consentId === noConsent || readConsent({ get: (_, key) => context.get(key) }, consentId) !== undefined) {
		refuse("CONSENT_ID_TAKEN", "expected a consent id that was never used");
	}
	const previous = enrolment.latest;
	const consent: LedgerConsent = { pseudonym, consentId, version: 1, status: "active", custodial, validUntil, termsCommitment, previous };
	putConsent(context, consent);
	putEnrolment(context, pseudonym, { ...enrolment, consents: enrolment.consents + 1, latest: consentId });
	emit(context, custodial ? "granted-custodial" : "granted", consent);
}

function end(context: Context, consent: LedgerConsent, status: "withdrawn" | "revoked"): void {
	if (consent.status === "revoked" || consent.status === status) refuse("CONSENT_ENDED", "expected a consent that was not revoked yet");
	putConsent(context, { ...consent, status });
	emit(context, status, consent);
}

function emit(context: Context, what: string, { pseudonym, consentId, version }: LedgerConsent): void {
	context.emit({ type: `consent.${what}`, data: { pseudonym, consentId, version } });
}

import type { Pseudonym, Signature } from "#base";
import { type Context, defineAction } from "../contract.ts";
import { requireDay } from "../fields.ts";
import { isSignedBy } from "../message.ts";
import { putEnrolment, type Relationship, refuse, requireCustodianKey, requireFreshKey, requireRelationship } from "./authority.ts";
import { delegateSchema, delegatesMax, enrolSchema, undelegateSchema } from "./bodies.ts";
import { enrolmentMessage, guardianMessage } from "./messages.ts";
import { currentDelegate, noConsent } from "./readers.ts";
import type { Delegate } from "./terms.ts";

export const enrol = defineAction(enrolSchema, (context, body) => {
	const pseudonym = context.signer as Pseudonym;
	requireFreshKey(context, pseudonym);
	const { chain } = context;
	const { custodian, delegates } = body;
	const message = enrolmentMessage({ chain, pseudonym, custodian, delegates });
	if (!isSignedBy(requireCustodianKey(context, custodian), message, body.custodianSignature)) {
		refuse("CONSENT_COUNTERSIGNATURE_INVALID", "expected the custodian's signature over this enrolment");
	}
	putEnrolment(context, pseudonym, { custodian, status: "active", consents: 0, latest: noConsent, delegates: [], successor: "", destroyedAtMs: 0 });
	for (const delegate of delegates) appoint(context, pseudonym, delegate, true);
	context.emit({ type: "consent.enrolled", data: { pseudonym, custodian } });
});

/** The pseudonym's key alone appoints, so that one delegate cannot hand on what the patient gave to one person. */
export const delegate = defineAction(delegateSchema, (context, body) => {
	const relationship = requireRelationship(context, body.pseudonym);
	if (body.delegate.kind === "delegate") {
		if (body.custodianSignature !== undefined) refuse("CONSENT_COUNTERSIGNATURE_INVALID", "expected a custodian's signature for guardians alone");
		requirePseudonym(context, relationship);
	} else requireGuardianship(context, relationship, body.delegate, body.custodianSignature);
	appoint(context, body.pseudonym, body.delegate, false);
	context.emit({ type: "consent.delegated", data: { pseudonym: body.pseudonym, key: body.delegate.key } });
});

/** By the pseudonym, or by the delegate who resigns. A guardian whom the law appointed leaves by its own hand or at the end of the term. */
export const undelegate = defineAction(undelegateSchema, (context, body) => {
	const relationship = requireRelationship(context, body.pseudonym);
	const { enrolment } = relationship;
	const found = enrolment.delegates.find((other) => other.key === body.key);
	if (found === undefined) return refuse("CONSENT_DELEGATE_UNKNOWN", "expected the key of a delegate");
	const ended = currentDelegate(enrolment, body.key, context.time) === undefined;
	if (context.signer !== body.key && (found.kind === "delegate" || ended)) requirePseudonym(context, relationship);
	else if (context.signer !== body.key)
		refuse("CONSENT_GUARDIAN_STANDS", "expected a guardian to leave by its own signature or at the end of the appointment");
	putEnrolment(context, body.pseudonym, { ...enrolment, delegates: enrolment.delegates.filter((other) => other.key !== body.key) });
	context.emit({ type: "consent.undelegated", data: { pseudonym: body.pseudonym, key: body.key } });
});

function requirePseudonym(context: Context, { pseudonym }: Relationship): void {
	if (context.signer !== pseudonym) refuse("CONSENT_NOT_PATIENT", "expected the patient's own key to sign");
}

function requireGuardianship(context: Context, relationship: Relationship, guardian: Delegate, signature: Signature | undefined): void {
	const { pseudonym, enrolment } = relationship;
	const byGuardian = currentDelegate(enrolment, context.signer, context.time)?.kind === "guardian";
	if (context.signer !== pseudonym && !byGuardian) refuse("CONSENT_NOT_PATIENT", "expected the patient's key or a current guardian to sign");
	const message = guardianMessage({ chain: context.chain, pseudonym, guardian });
	if (signature === undefined || !isSignedBy(requireCustodianKey(context, enrolment.custodian), message, signature)) {
		refuse("CONSENT_COUNTERSIGNATURE_INVALID", "expected the custodian's signature that the law appointed this guardian");
	}
}

function appoint(context: Context, pseudonym: Pseudonym, appointed: Delegate, first: boolean): void {
	const { enrolment } = requireRelationship(context, pseudonym);
	requireFreshKey(context, appointed.key);
	requireDay("consent", "CONSENT_DAY_INVALID", appointed.until, context.time);
	const running = enrolment.delegates.filter((other) => currentDelegate(enrolment, other.key, context.time) !== undefined);
	if (running.length >= delegatesMax) refuse("CONSENT_DELEGATES_TOO_MANY", `expected at most ${delegatesMax} delegates`);
	context.put(`k/${appointed.key}`, { pseudonym, first });
	putEnrolment(context, pseudonym, { ...enrolment, delegates: [...running, appointed] });
}

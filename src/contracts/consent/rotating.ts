import { dayMs, type Pseudonym } from "#base";
import { type Context, defineAction } from "../contract.ts";
import { toState } from "../membership/member.ts";
import { isSignedBy } from "../message.ts";
import { stateOf } from "../signingMember.ts";
import { putEnrolment, type Relationship, refuse, requireCustodian, requireFreshKey, requirePatient, requireRelationship } from "./authority.ts";
import { pendingRotationSchema, type RotateBody, rotateSchema } from "./bodies.ts";
import { rotationMessage } from "./messages.ts";
import { currentDelegate, readDelegation, readPendingRotation } from "./readers.ts";

/** How long a patient has to object to a rotation by the custodian. */
export const rotationDelayMs = 7 * dayMs;

export const rotate = defineAction(rotateSchema, (context, body) => {
	const relationship = requireRelationship(context, body.pseudonym);
	requireRotator(context, relationship);
	requireSuccessor(context, body);
	replace(context, relationship, body.successor);
});

export const announceRotation = defineAction(rotateSchema, (context, body) => {
	const relationship = requireRelationship(context, body.pseudonym);
	requireCustodian(context, relationship);
	requireSuccessor(context, body);
	if (context.get(`w/${body.pseudonym}`) !== undefined) refuse("CONSENT_ROTATION_PENDING", "expected no rotation to be announced yet");
	const effectiveAtMs = context.time + rotationDelayMs;
	context.put(`w/${body.pseudonym}`, toState({ successor: body.successor, effectiveAtMs }));
	context.emit({ type: "consent.rotation-announced", data: { pseudonym: body.pseudonym, effectiveAtMs } });
});

export const completeRotation = defineAction(pendingRotationSchema, (context, body) => {
	const relationship = requireRelationship(context, body.pseudonym);
	requireCustodian(context, relationship);
	const pending = requirePending(context, body.pseudonym);
	if (context.time < pending.effectiveAtMs) refuse("CONSENT_ROTATION_TOO_EARLY", "expected the delay of 7 days to be over");
	// Seven days have passed: the key may have come into use elsewhere.
	requireFreshKey(context, pending.successor);
	replace(context, relationship, pending.successor);
});

export const cancelRotation = defineAction(pendingRotationSchema, (context, body) => {
	const relationship = requireRelationship(context, body.pseudonym);
	requirePatient(context, relationship);
	requirePending(context, body.pseudonym);
	context.delete(`w/${body.pseudonym}`);
	context.emit({ type: "consent.rotation-cancelled", data: { pseudonym: body.pseudonym } });
});

/** The old key, or a delegate who was named at enrolment: one added later by a stolen key could lock the patient out. */
function requireRotator(context: Context, { pseudonym, enrolment }: Relationship): void {
	if (context.signer === pseudonym) return;
	const current = currentDelegate(enrolment, context.signer, context.time) !== undefined;
	if (!current || readDelegation(stateOf(context, "consent"), context.signer)?.first !== true) {
		refuse("CONSENT_NOT_PATIENT", "expected the patient's key or a delegate named at enrolment to sign");
	}
}

function requireSuccessor(context: Context, { pseudonym, successor, successorSignature }: RotateBody): void {
	requireFreshKey(context, successor);
	if (!isSignedBy(successor, rotationMessage({ chain: context.chain, pseudonym, successor }), successorSignature)) {
		refuse("CONSENT_COUNTERSIGNATURE_INVALID", "expected the new key's signature over this rotation");
	}
}

function requirePending(context: Context, pseudonym: Pseudonym) {
	const pending = readPendingRotation(stateOf(context, "consent"), pseudonym);
	return pending ?? refuse("CONSENT_ROTATION_UNKNOWN", "expected a rotation that the custodian announced");
}

/** The chain of consents and the delegates pass to the successor; the old pseudonym only points there. */
function replace(context: Context, { pseudonym, enrolment }: Relationship, successor: Pseudonym): void {
	putEnrolment(context, successor, enrolment);
	putEnrolment(context, pseudonym, { ...enrolment, status: "rotated", delegates: [], successor });
	const state = stateOf(context, "consent");
	for (const { key } of enrolment.delegates) context.put(`k/${key}`, { ...readDelegation(state, key), pseudonym: successor });
	context.delete(`w/${pseudonym}`);
	context.emit({ type: "consent.rotated", data: { pseudonym, successor } });
}

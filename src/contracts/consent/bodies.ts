import { z } from "zod";
import type { CivilDay, ConsentId, Digest, MemberId, Pseudonym, PublicKey, Signature } from "#base";
import {
	consentIdField,
	countField,
	dayField,
	digestField,
	instantField,
	memberIdField,
	pseudonymField,
	publicKeyField,
	randomIdField,
	signatureField,
} from "../fields.ts";
import type { Delegate } from "./terms.ts";

/** Keys that may sign for one pseudonym at a time. */
export const delegatesMax = 8;

/** `enrol`, signed by the patient key, which becomes the pseudonym. */
export interface EnrolBody {
	readonly custodian: MemberId;
	/** By the custodian over {@link enrolmentMessage}, after proof of identity. */
	readonly custodianSignature: Signature;
	readonly delegates: readonly Delegate[];
}
/** `grant`, signed by the pseudonym or a current delegate; `grantCustodial`, signed by the custodian. */
export interface GrantBody {
	readonly pseudonym: Pseudonym;
	readonly consentId: ConsentId;
	readonly validUntil: CivilDay;
	readonly termsCommitment: Digest;
}
/** `change`: replaces the terms of the version it names. */
export interface ChangeBody {
	readonly consentId: ConsentId;
	/** The version this changes; the new one is +1. */
	readonly version: number;
	readonly validUntil: CivilDay;
	readonly termsCommitment: Digest;
}
/** `revoke` by patient or delegate, `revokeOnRequest` by the custodian on the patient's written request. */
export interface RevokeBody {
	readonly consentId: ConsentId;
}
/** `delegate`: by the pseudonym; a guardian also needs the custodian's attestation that the law appointed one. */
export interface DelegateBody {
	readonly pseudonym: Pseudonym;
	readonly delegate: Delegate;
	/** By the custodian over {@link guardianMessage}; for guardians alone. */
	readonly custodianSignature?: Signature;
}
export interface UndelegateBody {
	readonly pseudonym: Pseudonym;
	readonly key: PublicKey;
}
/** `rotate` by the old key or a delegate named at enrolment; `announceRotation` by the custodian, effective after 7 days. */
export interface RotateBody {
	readonly pseudonym: Pseudonym;
	readonly successor: Pseudonym;
	/** By `successor` over {@link rotationMessage}. */
	readonly successorSignature: Signature;
}
/** `completeRotation` by the custodian once the delay is over, `cancelRotation` by the pseudonym or a delegate before. */
export interface PendingRotationBody {
	readonly pseudonym: Pseudonym;
}
/** `destroyed`: the custodian's receipt of an erasure (PROTOCOL §7). */
export interface DestroyedBody {
	readonly pseudonym: Pseudonym;
	readonly unreadableSinceMs: number;
	readonly unreadableInBackupsFromMs: number;
	readonly auditKeyHeldUntilMs: number;
}
/**
 * Why the law lets a custodian use data without consent. Coarse on purpose: "notifiable disease" beside a pseudonym would be health data.
 */
export const legalBases = ["statutory-duty", "court-order", "authority-order"] as const;
export type LegalBasis = (typeof legalBases)[number];
/** `legalUse`, by the custodian. */
export interface LegalUseBody {
	readonly pseudonym: Pseudonym;
	/** 16 random bytes, hex. */
	readonly useId: string;
	readonly basis: LegalBasis;
	/** Salted commitment to the citation, the recipient and what was used, opened to the patient. */
	readonly useCommitment: Digest;
}

const delegateField: z.ZodType<Delegate> = z.strictObject({ key: publicKeyField, kind: z.enum(["delegate", "guardian"]), until: dayField });

export const enrolSchema: z.ZodType<EnrolBody> = z.strictObject({
	custodian: memberIdField,
	custodianSignature: signatureField,
	delegates: z.array(delegateField).max(delegatesMax),
});
export const grantSchema: z.ZodType<GrantBody> = z.strictObject({
	pseudonym: pseudonymField,
	consentId: consentIdField,
	validUntil: dayField,
	termsCommitment: digestField,
});
export const changeSchema: z.ZodType<ChangeBody> = z.strictObject({
	consentId: consentIdField,
	version: countField,
	validUntil: dayField,
	termsCommitment: digestField,
});
export const revokeSchema: z.ZodType<RevokeBody> = z.strictObject({ consentId: consentIdField });
export const delegateSchema: z.ZodType<DelegateBody> = z.strictObject({
	pseudonym: pseudonymField,
	delegate: delegateField,
	custodianSignature: signatureField.optional(),
});
export const undelegateSchema: z.ZodType<UndelegateBody> = z.strictObject({ pseudonym: pseudonymField, key: publicKeyField });
export const rotateSchema: z.ZodType<RotateBody> = z.strictObject({
	pseudonym: pseudonymField,
	successor: pseudonymField,
	successorSignature: signatureField,
});
export const pendingRotationSchema: z.ZodType<PendingRotationBody> = z.strictObject({ pseudonym: pseudonymField });
export const destroyedSchema: z.ZodType<DestroyedBody> = z.strictObject({
	pseudonym: pseudonymField,
	unreadableSinceMs: instantField,
	unreadableInBackupsFromMs: instantField,
	auditKeyHeldUntilMs: instantField,
});
export const legalUseSchema: z.ZodType<LegalUseBody> = z.strictObject({
	pseudonym: pseudonymField,
	useId: randomIdField,
	basis: z.enum(legalBases),
	useCommitment: digestField,
});

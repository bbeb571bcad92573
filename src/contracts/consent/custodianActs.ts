import { defineAction } from "../contract.ts";
import { toState } from "../membership/member.ts";
import { putEnrolment, refuse, requireCustodian, requireRelationship } from "./authority.ts";
import { destroyedSchema, legalUseSchema } from "./bodies.ts";

/** The receipt of an erasure: unreadable here since, unreadable in backups from, and until when the audit key is held. */
export const destroyed = defineAction(destroyedSchema, (context, body) => {
	const relationship = requireRelationship(context, body.pseudonym);
	const custodian = requireCustodian(context, relationship);
	const { pseudonym, unreadableSinceMs, unreadableInBackupsFromMs, auditKeyHeldUntilMs } = body;
	if (unreadableInBackupsFromMs < unreadableSinceMs)
		refuse("CONSENT_RECEIPT_INVALID", "expected backups to become unreadable no earlier than the records");
	const recordedAtMs = context.time;
	context.put(`x/${pseudonym}`, { custodian: custodian.id, unreadableSinceMs, unreadableInBackupsFromMs, auditKeyHeldUntilMs, recordedAtMs });
	context.delete(`w/${pseudonym}`);
	putEnrolment(context, pseudonym, { ...relationship.enrolment, status: "destroyed", delegates: [], destroyedAtMs: recordedAtMs });
	context.emit({ type: "consent.destroyed", data: { pseudonym } });
});

/** A use that the law requires, with its basis; shown to the patient like every access. */
export const legalUse = defineAction(legalUseSchema, (context, body) => {
	const custodian = requireCustodian(context, requireRelationship(context, body.pseudonym));
	const { pseudonym, useId, basis, useCommitment } = body;
	if (context.get(`u/${useId}`) !== undefined) refuse("CONSENT_ID_TAKEN", "expected an id of a legal use that was never used");
	context.put(`u/${useId}`, toState({ pseudonym, custodian: custodian.id, basis, useCommitment, recordedAtMs: context.time }));
	context.emit({ type: "consent.legal-use", data: { pseudonym, useId, basis } });
});

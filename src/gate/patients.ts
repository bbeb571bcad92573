import type { Pseudonym, SubjectId } from "#base";
import { readConsent } from "#contracts";
import { unenrolledPseudonym } from "#vault";
import type { PatientReference } from "./gate.ts";
import type { GateParts } from "./parts.ts";

/** A patient as the gate works with one; `absent` patients are played by the node's own nobody. */
export interface ResolvedPatient {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
	readonly absent: boolean;
}

/** Finds whom a reference means. An unknown one resolves to nobody after the same keyed look-up (invariant 8). */
export async function resolvePatient(parts: GateParts, reference: PatientReference): Promise<ResolvedPatient> {
	const subject = await findSubject(parts, reference);
	if (subject !== undefined && (await parts.keyring.status(subject)) === "live") {
		const pseudonym = await parts.keyring.pseudonymOf(subject);
		if (pseudonym !== undefined) return { subject, pseudonym, absent: false };
	}
	return { subject: parts.nobody, pseudonym: unenrolledPseudonym(parts.nobody), absent: true };
}

async function findSubject(parts: GateParts, reference: PatientReference): Promise<SubjectId | undefined> {
	switch (reference.by) {
		case "local": {
			const token = await parts.keyring.lookupToken("local-id", reference.localId);
			return (await parts.store.findSubjects("local-id", token))[0];
		}
		case "consent": {
			const consent = readConsent(parts.ledger, reference.consentId);
			return consent === undefined ? undefined : parts.keyring.subjectOf(consent.pseudonym);
		}
		case "pseudonym":
			return parts.keyring.subjectOf(reference.pseudonym);
	}
}

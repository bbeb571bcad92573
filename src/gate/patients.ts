import { type Awaitable, andThen, type ConsentId, type Pseudonym, type SubjectId } from "#base";
import { type DataClass, readConsent, readLegalUse, readMember } from "#contracts";
import { unenrolledPseudonym } from "#vault";
import type { PatientReference } from "./gate.ts";
import type { GateParts } from "./parts.ts";

/** A patient as the gate works with one; `absent` patients are played by the node's own nobody. */
export interface ResolvedPatient {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
	readonly absent: boolean;
	/** Classes that were erased alone: nobody gets them, whatever is granted. */
	readonly erased: ReadonlySet<DataClass>;
}

/** Drawn by nobody: ids of consents are random. */
const noConsent = "0".repeat(32) as ConsentId;

/**
 * Finds whom a reference means. An unknown one resolves to nobody after the same keyed look-ups: where nothing was found, what stands for
 * nobody is asked for in its place, so that neither the steps nor their number tell (invariant 8).
 */
export async function resolvePatient(parts: GateParts, reference: PatientReference): Promise<ResolvedPatient> {
	const subject = (await findSubject(parts, reference)) ?? parts.nobody;
	const isLive = (await parts.keyring.status(subject)) === "live" && subject !== parts.nobody;
	const shown = isLive ? subject : parts.nobody;
	const pseudonym = await parts.keyring.pseudonymOf(shown);
	const erased = await erasedOf(parts, shown);
	if (isLive && pseudonym !== undefined) return { subject, pseudonym, absent: false, erased };
	return { subject: parts.nobody, pseudonym: unenrolledPseudonym(parts.nobody), absent: true, erased };
}

/** Classes of somebody who is here that were erased alone; the keyring's other compartments are no classes. */
export function erasedOf({ keyring }: GateParts, subject: SubjectId): Awaitable<ReadonlySet<DataClass>> {
	return andThen(keyring.destroyedOf(subject), (destroyed) => (destroyed.length === 0 ? nothing : new Set(destroyed as readonly DataClass[])));
}

const nothing: ReadonlySet<DataClass> = new Set();

async function findSubject(parts: GateParts, reference: PatientReference): Promise<SubjectId | undefined> {
	switch (reference.by) {
		case "local": {
			const token = await parts.keyring.lookupToken("local-id", reference.localId);
			return (await parts.store.findSubjects("local-id", token))[0];
		}
		case "consent": {
			const consent = readConsent(parts.ledger, reference.consentId);
			// The ledger finds what it has in memory and looks on disk for what it has not: one of each, either way.
			if (consent === undefined) readMember(parts.ledger, parts.member);
			else readConsent(parts.ledger, noConsent);
			return parts.keyring.subjectOf(consent?.pseudonym ?? unenrolledPseudonym(parts.nobody));
		}
		case "lawful-use": {
			const use = readLegalUse(parts.ledger, reference.useId);
			// As above: one that is there and one that is not, either way.
			if (use === undefined) readMember(parts.ledger, parts.member);
			else readLegalUse(parts.ledger, noConsent);
			return parts.keyring.subjectOf(use?.pseudonym ?? unenrolledPseudonym(parts.nobody));
		}
		case "pseudonym":
			return parts.keyring.subjectOf(reference.pseudonym);
	}
}

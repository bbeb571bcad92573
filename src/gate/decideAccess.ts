import type { Instant, MemberId, PublicKey } from "#base";
import {
	type DataClass,
	type Decision,
	type DecisionState,
	isPatientKey,
	type Level,
	openRelationship,
	type Purpose,
	type Requester,
	readConsents,
	readCredentials,
	readEnrolment,
	readMember,
} from "#contracts";
import type { ReadBody } from "./gate.ts";
import type { OpenedTermsCache } from "./openedTerms.ts";
import type { GateParts } from "./parts.ts";
import type { ResolvedPatient } from "./patients.ts";

export interface AccessQuestion {
	readonly action: "read" | "write";
	readonly purpose: Purpose;
	readonly classes: readonly DataClass[];
	readonly level: Level;
	readonly study?: string;
	readonly diseases?: readonly string[];
	readonly model?: string;
	readonly emergency: boolean;
	readonly relationship?: ReadBody["relationship"];
}

/** Who signed a request, and the member through which it came. */
export interface Signer {
	readonly key: PublicKey;
	readonly via: MemberId;
}

/** Asks the consent contract, on the ledger's state as this node has verified it and the terms the custodian holds. */
export async function decideAccess(
	parts: GateParts,
	terms: OpenedTermsCache,
	patient: ResolvedPatient,
	signer: Signer,
	question: AccessQuestion,
	at: Instant,
): Promise<Decision> {
	const now = decisionTime(parts, at);
	const { relationship, ...asked } = question;
	const requester = identifyRequester(parts, patient, signer, relationship, now);
	return terms.deciders.of(await gatherState(parts, terms, patient), patient.pseudonym)({ ...asked, pseudonym: patient.pseudonym, requester }, now);
}

/** `now` at the gate = max(local clock, block time) (PROTOCOL §5): a slow clock cannot revive an expired consent. */
export function decisionTime(parts: Pick<GateParts, "ledger">, at: Instant): number {
	return Math.max(at, parts.ledger.head().time);
}

async function gatherState(parts: GateParts, terms: OpenedTermsCache, patient: ResolvedPatient): Promise<DecisionState> {
	const consents = readConsents(parts.ledger, patient.pseudonym);
	return {
		chain: parts.ledger.chain,
		enrolment: readEnrolment(parts.ledger, patient.pseudonym),
		consents,
		terms: await terms.termsOf(patient, consents),
		implicitPolicy: patient.absent ? "deny" : (readMember(parts.ledger, parts.member)?.implicitPolicy ?? "deny"),
	};
}

/** Credentials as they stand on the ledger now: a revoked one is gone with the block that revokes it. */
function identifyRequester(
	parts: GateParts,
	patient: ResolvedPatient,
	{ key, via }: Signer,
	relationship: ReadBody["relationship"],
	now: number,
): Requester {
	const credentials = readCredentials(parts.ledger, key, now).map((credential) => ({
		kind: credential.kind,
		issuer: credential.issuer,
		department: credential.department,
		study: credential.study,
		matchesPseudonym:
			relationship !== undefined &&
			relationship.credentialId === credential.credentialId &&
			openRelationship(credential, relationship.opening, patient.pseudonym),
	}));
	return { key, member: via, credentials, isPatient: !patient.absent && isPatientKey(parts.ledger, patient.pseudonym, key, now) };
}

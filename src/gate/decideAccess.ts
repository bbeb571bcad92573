import { type Awaitable, andThen, type Instant, type MemberId, type PublicKey } from "#base";
import {
	type DataClass,
	type Decider,
	type Decision,
	type DecisionRequest,
	isPatientKey,
	type LawfulUse,
	type Level,
	openRelationship,
	type Purpose,
	type Requester,
	readLegalUse,
} from "#contracts";
import type { Deciders } from "./deciders.ts";
import type { ReadBody } from "./gate.ts";
import { asRequester } from "./heldCredentials.ts";
import type { OpenedTermsCache } from "./openedTerms.ts";
import type { GateParts } from "./parts.ts";
import type { ResolvedPatient } from "./patients.ts";
import { withoutErased } from "./withoutErased.ts";

export interface AccessQuestion {
	readonly action: "read" | "write";
	readonly purpose: Purpose;
	readonly classes: readonly DataClass[];
	readonly level: Level;
	readonly study?: string;
	readonly diseases?: readonly string[];
	readonly model?: string;
	readonly emergency: boolean;
	/** Id of a use that the law requires. */
	readonly lawfulUse?: string;
	readonly relationship?: ReadBody["relationship"];
}

/** What a decision is made with. */
export interface Deciding {
	readonly parts: GateParts;
	readonly terms: OpenedTermsCache;
	readonly deciders: Deciders;
}

/** Who signed a request, and the member through which it came. */
export interface Signer {
	readonly key: PublicKey;
	readonly via: MemberId;
}

/** Asks the consent contract, on the ledger's state as this node has verified it and the terms the custodian holds; at once where both are at hand. */
export function decideAccess(
	deciding: Deciding,
	patient: ResolvedPatient,
	signer: Signer,
	question: AccessQuestion,
	at: Instant,
): Awaitable<Decision> {
	const now = decisionTime(deciding.parts, at);
	const decider = deciding.deciders.deciderFor(patient);
	const { lawfulUse } = question;
	if (lawfulUse === undefined) return andThen(decider, (decide) => decideBy(decide, deciding, { patient, signer, question, now, lawfulUse }));
	return andThen(decider, async (decide) => {
		const found = await findLawfulUse(deciding, patient, lawfulUse);
		return decideBy(decide, deciding, { patient, signer, question, now, lawfulUse: found });
	});
}

interface Asking {
	readonly patient: ResolvedPatient;
	readonly signer: Signer;
	readonly question: AccessQuestion;
	readonly now: number;
	readonly lawfulUse: LawfulUse | undefined;
}

/** Nothing is waited for between the credentials and the decision: a revoked one is gone with the block that revokes it. */
function decideBy(decide: Decider, deciding: Deciding, { patient, signer, question, now, lawfulUse }: Asking): Decision {
	const { relationship, action, purpose, classes, level, study, diseases, model, emergency } = question;
	const requester = identifyRequester(deciding, patient, signer, relationship, now);
	const { pseudonym } = patient;
	// In one shape for all requests, and not what happens to be given: a decision looks at it again and again.
	const decision = decide(
		{ requester, action, purpose, pseudonym, classes, level, study, diseases, model, emergency, lawfulUse } as DecisionRequest,
		now,
	);
	return action === "read" ? withoutErased(decision, patient.erased) : decision;
}

/** What the ledger and the custodian hold of a use by its id; undefined where either holds nothing, and then consents decide. */
async function findLawfulUse(
	{ parts, terms }: Pick<Deciding, "parts" | "terms">,
	patient: ResolvedPatient,
	useId: string,
): Promise<LawfulUse | undefined> {
	const recorded = readLegalUse(parts.ledger, useId);
	if (recorded === undefined || recorded.pseudonym !== patient.pseudonym) return undefined;
	const opened = await terms.legalUse(patient, recorded.useCommitment);
	return opened === undefined ? undefined : { useId, recorded, opened };
}

/** `now` at the gate = max(local clock, block time) (PROTOCOL §5): a slow clock cannot revive an expired consent. */
export function decisionTime(parts: Pick<GateParts, "ledger">, at: Instant): number {
	return Math.max(at, parts.ledger.head().time);
}

/** Credentials as they stand on the ledger now: a revoked one is gone with the block that revokes it. */
function identifyRequester(
	{ parts, deciders }: Pick<Deciding, "parts" | "deciders">,
	patient: ResolvedPatient,
	{ key, via }: Signer,
	relationship: ReadBody["relationship"],
	now: number,
): Requester {
	const held = deciders.credentials;
	const credentials =
		relationship === undefined
			? held.plainOf(key, now)
			: held.of(key, now).map((credential) => {
					const isShown = relationship.credentialId === credential.credentialId;
					return asRequester(credential, isShown && openRelationship(credential, relationship.opening, patient.pseudonym));
				});
	return { key, member: via, credentials, isPatient: !patient.absent && isPatientKey(parts.ledger, patient.pseudonym, key, now) };
}

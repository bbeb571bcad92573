import type { Instant } from "#base";
import type { Decision } from "#contracts";
import type { Asked } from "./authenticate.ts";
import { type AccessQuestion, decideAccess } from "./decideAccess.ts";
import type { ResolvedPatient } from "./patients.ts";
import type { GateContext } from "./release.ts";

export interface Candidate {
	readonly patient: ResolvedPatient;
	readonly decision: Decision;
}

/** Most patients that one cohort question may look at (PROTOCOL §8). */
export const cohortMax = 10_000;

/**
 * Patients of this custodian whose consents permit the question, before anything is opened. Patients who do not permit it are not part of
 * the question and leave no entry.
 */
export async function findCandidates(gate: GateContext, signer: Asked<object>, question: AccessQuestion, at: Instant): Promise<readonly Candidate[]> {
	const { keyring, store } = gate.parts;
	const candidates: Candidate[] = [];
	for await (const subject of store.listSubjects()) {
		if (candidates.length >= cohortMax) break;
		if ((await keyring.status(subject)) !== "live") continue;
		const pseudonym = await keyring.pseudonymOf(subject);
		if (pseudonym === undefined) continue;
		const patient = { subject, pseudonym, absent: false };
		const decision = await decideAccess(gate, patient, signer, question, at);
		if (decision.decision === "permit") candidates.push({ patient, decision });
	}
	return candidates;
}

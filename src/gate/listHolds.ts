import { isPatientKey } from "#contracts";
import { admitRequest } from "./authenticate.ts";
import { decisionTime } from "./decideAccess.ts";
import { draftFor } from "./draft.ts";
import { notAvailable } from "./openOwnConsents.ts";
import { resolvePatient } from "./patients.ts";
import type { GateContext } from "./release.ts";

/** A legal hold as its patient is told of it. */
export interface ToldHold {
	/** Why, as whoever placed it wrote it down. */
	readonly basis: string;
	/** UTC ms; from then on it holds nothing. */
	readonly untilMs: number;
}

/**
 * What keeps a record from erasure, told to the patient or a current delegate before they ask for one: all of it, so that no hold is found out only by a
 * refusal. A look is an access, and so is a refused one.
 *
 * @throws GateError `GATE_NOT_AVAILABLE` for anybody else, whether there is such a patient or not.
 */
export async function listHolds(gate: GateContext, input: unknown): Promise<readonly ToldHold[]> {
	const { parts } = gate;
	const { request, at } = await admitRequest(gate, input, "list-holds");
	const patient = await resolvePatient(parts, request.body.patient);
	const permitted = !patient.absent && isPatientKey(parts.ledger, patient.pseudonym, request.key, decisionTime(parts, at));
	await parts.log.append(
		draftFor(parts, patient.pseudonym, at, {
			requester: request.key,
			requesterKind: permitted ? "patient" : "person",
			via: request.via,
			action: "read",
			purpose: "PATRQT",
			decision: permitted ? "permit" : "deny",
			reasons: [permitted ? "PERMITTED_TO_PATIENT" : "GRANTEE_DIFFERS"],
		}),
		{ subject: patient.subject },
	);
	if (!permitted) throw notAvailable();
	return parts.memory.holds(patient.pseudonym, at).map(({ basis, untilMs }) => ({ basis, untilMs }));
}

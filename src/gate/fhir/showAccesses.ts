import { type AccessEntry, isPatientKey, readCredentials, readEnrolment } from "#contracts";
import { listEntries } from "#wallet";
import { decisionTime } from "../decideAccess.ts";
import { draftFor } from "../draft.ts";
import { GateError } from "../errors.ts";
import type { PatientReference } from "../gate.ts";
import { resolvePatient } from "../patients.ts";
import type { GateContext } from "../release.ts";
import type { Admitted } from "./openFhir.ts";

/**
 * Entries of a patient's access history, the oldest first, for the patient, a delegate, or a compliance officer of this house. Looking is an
 * access itself. Without proofs: who wants to verify asks for the history.
 *
 * @throws GateError `GATE_NOT_AVAILABLE` for anybody else, and where there is no such patient.
 */
export async function showAccesses(gate: GateContext, { asked, at }: Admitted, reference: PatientReference): Promise<readonly AccessEntry[]> {
	const { parts } = gate;
	const patient = await resolvePatient(parts, reference);
	const now = decisionTime(parts, at);
	const isEnrolled = !patient.absent && readEnrolment(parts.ledger, patient.pseudonym) !== undefined;
	const isPatient = isEnrolled && isPatientKey(parts.ledger, patient.pseudonym, asked.key, now);
	const credentials = readCredentials(parts.ledger, asked.key, now);
	const isOfficer = asked.via === parts.member && credentials.some(({ kind, issuer }) => kind === "compliance-officer" && issuer === parts.member);
	const isPermitted = isPatient || (isEnrolled && isOfficer);
	const access = await parts.log.append(
		draftFor(parts, patient.pseudonym, at, {
			requester: asked.key,
			requesterKind: isPatient ? "patient" : "person",
			via: asked.via,
			action: "read",
			purpose: isPatient ? "PATRQT" : asked.body.purpose,
			decision: isPermitted ? "permit" : "deny",
			reasons: [isPatient ? "PERMITTED_TO_PATIENT" : isPermitted ? "CUSTODIAN_RECORD" : "GRANTEE_DIFFERS"],
		}),
		{ subject: patient.subject },
	);
	if (!isPermitted) throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
	const history = await parts.log.history({ access, keyring: parts.keyring, ledger: parts.ledger, closed: parts.closedLogs ?? [] });
	return listEntries(history).map(({ entry }) => entry);
}

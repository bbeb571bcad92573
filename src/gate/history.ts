import type { PublicKey } from "#base";
import { isPatientKey, readEnrolment } from "#contracts";
import type { HistoryExport } from "#wallet";
import { admitRequest } from "./authenticate.ts";
import { decisionTime } from "./decideAccess.ts";
import { draftFor } from "./draft.ts";
import { GateError } from "./errors.ts";
import type { PatientReference } from "./gate.ts";
import { erasedOf, resolvePatient } from "./patients.ts";
import type { GateContext } from "./release.ts";

/**
 * The patient's own access history with proofs. Looking is an access itself: its entry is the last one of the export. It still works
 * after an erasure, for as long as the audit key is held.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE` unless the pseudonym itself or a current delegate signs.
 */
export async function showHistory(gate: GateContext, input: unknown): Promise<HistoryExport> {
	const { parts } = gate;
	const { request: signed, at } = await admitRequest(gate, input, "history");
	const { body } = signed;
	const patient = await resolveEvenErased(gate, body.patient);
	const enrolment = readEnrolment(parts.ledger, patient.pseudonym);
	const isPatient = isPatientKey(parts.ledger, patient.pseudonym, signed.key, decisionTime(parts, at));
	// After an erasure nobody acts for the patient any more but the key itself.
	const permitted = !patient.absent && enrolment !== undefined && (isPatient || signed.key === (patient.pseudonym as PublicKey));
	const access = await parts.log.append(
		draftFor(parts, patient.pseudonym, at, {
			requester: signed.key,
			requesterKind: permitted ? "patient" : "person",
			via: signed.via,
			action: "read",
			purpose: "PATRQT",
			decision: permitted ? "permit" : "deny",
			reasons: [permitted ? "PERMITTED_TO_PATIENT" : "GRANTEE_DIFFERS"],
		}),
		{ subject: patient.subject },
	);
	if (!permitted) throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
	return parts.log.history({ access, keyring: parts.keyring, ledger: parts.ledger, closed: parts.closedLogs ?? [] });
}

async function resolveEvenErased(gate: GateContext, reference: PatientReference) {
	const { keyring } = gate.parts;
	if (reference.by === "pseudonym") {
		const subject = await keyring.subjectOf(reference.pseudonym);
		if (subject !== undefined) return { subject, pseudonym: reference.pseudonym, absent: false, erased: await erasedOf(gate.parts, subject) };
	}
	return resolvePatient(gate.parts, reference);
}

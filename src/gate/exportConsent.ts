import { commitTerms, consentToFhir, type FhirConsent, isPatientKey, type OpenedTerms, readConsent } from "#contracts";
import { admitRequest } from "./authenticate.ts";
import { decisionTime } from "./decideAccess.ts";
import { draftFor } from "./draft.ts";
import { GateError } from "./errors.ts";
import { isLegalUse } from "./openedTerms.ts";
import { openRows } from "./openRows.ts";
import { resolvePatient } from "./patients.ts";
import type { GateContext } from "./release.ts";

/**
 * One of the patient's own consents as FHIR R4, from the terms the custodian holds and the ledger's half: to be taken elsewhere. The patient
 * or a current delegate signs; a look is an access.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE` for anybody else, for a consent of somebody else, and where the terms are not here.
 * ConsentFhirError `CONSENT_FHIR_NOT_EXPRESSIBLE`.
 */
export async function exportConsent(gate: GateContext, input: unknown): Promise<FhirConsent> {
	const { parts } = gate;
	const { request, at } = await admitRequest(gate, input, "export-consent");
	const { patient: reference, consentId } = request.body;
	const patient = await resolvePatient(parts, reference);
	const permitted = !patient.absent && isPatientKey(parts.ledger, patient.pseudonym, request.key, decisionTime(parts, at));
	const rows = permitted ? await parts.store.listRecords(patient.subject, ["consents"]) : [];
	const access = await parts.log.append(
		draftFor(parts, patient.pseudonym, at, {
			requester: request.key,
			requesterKind: permitted ? "patient" : "person",
			via: request.via,
			action: "read",
			purpose: "PATRQT",
			compartments: ["consents"],
			count: rows.length,
			decision: permitted ? "permit" : "deny",
			reasons: [permitted ? "PERMITTED_TO_PATIENT" : "GRANTEE_DIFFERS"],
		}),
		{ subject: patient.subject },
	);
	const onLedger = readConsent(parts.ledger, consentId);
	if (!permitted || onLedger === undefined) throw notAvailable();
	for (const { body } of await openRows(parts, access, rows)) {
		const { opened } = JSON.parse(body.resourceText) as { readonly opened: OpenedTerms };
		// Those of this patient alone lie in the compartment, under whichever of the patient's pseudonyms they were signed.
		if (!isLegalUse(opened) && commitTerms(opened) === onLedger.termsCommitment) return consentToFhir(opened, onLedger);
	}
	throw notAvailable();
}

function notAvailable(): GateError {
	return new GateError("GATE_NOT_AVAILABLE", "not available to you");
}

import { commitTerms, consentToFhir, type FhirConsent, readConsent } from "#contracts";
import { admitRequest } from "./authenticate.ts";
import { isLegalUse } from "./openedTerms.ts";
import { notAvailable, openOwnConsents } from "./openOwnConsents.ts";
import type { GateContext } from "./release.ts";

/**
 * One of the patient's own consents as FHIR R4, from the terms the custodian holds and the ledger's half: to be taken elsewhere. The patient
 * or a current delegate signs; a look is an access.
 *
 * @throws GateError `GATE_NOT_AVAILABLE` for anybody else, for a consent of somebody else, and where the terms are not here.
 * ConsentFhirError `CONSENT_FHIR_NOT_EXPRESSIBLE`.
 */
export async function exportConsent(gate: GateContext, input: unknown): Promise<FhirConsent> {
	const admitted = await admitRequest(gate, input, "export-consent");
	const own = await openOwnConsents(gate, admitted);
	const onLedger = readConsent(gate.parts.ledger, admitted.request.body.consentId);
	for (const opened of own) {
		// Those of this patient alone lie in the compartment, under whichever of the patient's pseudonyms they were signed.
		if (onLedger !== undefined && !isLegalUse(opened) && commitTerms(opened) === onLedger.termsCommitment) return consentToFhir(opened, onLedger);
	}
	throw notAvailable();
}

import { isPatientKey, type OpenedLegalUse, type OpenedTerms } from "#contracts";
import type { AdmittedRequest } from "./authenticate.ts";
import { decisionTime } from "./decideAccess.ts";
import { draftFor } from "./draft.ts";
import { GateError } from "./errors.ts";
import { openRows } from "./openRows.ts";
import { resolvePatient } from "./patients.ts";
import type { GateContext } from "./release.ts";

/**
 * What lies in the consents' compartment of the patient who asks, or whose delegate does: terms of consents, and uses that the law required.
 * A look is an access, and so is a refused one.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE` for anybody else, whether there is such a patient or not.
 */
export async function openOwnConsents(
	{ parts }: GateContext,
	{ request, at }: AdmittedRequest<"export-consent" | "lawful-uses" | "list-terms">,
): Promise<readonly (OpenedTerms | OpenedLegalUse)[]> {
	const patient = await resolvePatient(parts, request.body.patient);
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
	if (!permitted) throw notAvailable();
	const opened = await openRows(parts, access, rows);
	return opened.map(({ body }) => (JSON.parse(body.resourceText) as { readonly opened: OpenedTerms | OpenedLegalUse }).opened);
}

/** The one answer for what is not there and what is not theirs. */
export function notAvailable(): GateError {
	return new GateError("GATE_NOT_AVAILABLE", "not available to you");
}

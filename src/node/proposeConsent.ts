import { consentFromFhir, type ImportedConsent, readMember } from "#contracts";
import { NodeError } from "./errors.ts";
import type { Institution } from "./institution.ts";
import type { Network } from "./network.ts";

/** What a FHIR Consent would say here. Nothing is kept: it becomes a consent when the patient's own key signs terms with the provision. */
export type ConsentProposal = Pick<ImportedConsent, "provision" | "notes" | "policies">;

/**
 * Reads a FHIR R4 Consent for a patient's wallet or app, as this custodian would understand it. It asks nobody's data and tells nobody's.
 *
 * @throws ConsentFhirError naming the element that cannot be represented.
 */
export function proposeConsent({ ledger }: Network, { id }: Institution, resource: unknown): ConsentProposal {
	if (typeof resource !== "object" || resource === null) throw new NodeError("NODE_BODY_INVALID", "expected a FHIR Consent");
	const policy = readMember(ledger, id)?.implicitPolicy ?? "deny";
	const { provision, notes, policies } = consentFromFhir(resource, { breakGlassByPolicy: policy !== "deny" });
	return { provision, notes, policies };
}

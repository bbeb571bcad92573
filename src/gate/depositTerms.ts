import { commitTerms, isPatientKey } from "#contracts";
import { admitRequest } from "./authenticate.ts";
import { decisionTime } from "./decideAccess.ts";
import { draftFor } from "./draft.ts";
import { GateError } from "./errors.ts";
import { resolvePatient } from "./patients.ts";
import type { GateContext } from "./release.ts";
import { ResourceSealer } from "./sealResource.ts";

/**
 * Keeps the opened terms of a consent in the patient's `consents` compartment. The wallet deposits before it submits the grant, so that no
 * block ever names terms the custodian cannot open; terms that no ledger consent commits to are ignored at every decision.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE` unless the patient or a current delegate signs; `GATE_REQUEST_INVALID` for terms of another chain, custodian or patient.
 */
export async function depositTerms(gate: GateContext, input: unknown): Promise<{ readonly commitment: string }> {
	const { parts } = gate;
	const { request: signed, at } = await admitRequest(gate, input, "deposit-terms");
	const { opened } = signed.body;
	const { terms } = opened;
	if (terms.chain !== parts.ledger.chain || terms.custodian !== parts.member) {
		throw new GateError("GATE_REQUEST_INVALID", "expected terms for this chain and custodian", { at: "body.opened.terms" });
	}
	const commitment = commitTerms(opened);
	const patient = await resolvePatient(parts, { by: "pseudonym", pseudonym: terms.pseudonym });
	const permitted = !patient.absent && isPatientKey(parts.ledger, patient.pseudonym, signed.key, decisionTime(parts, at));
	await parts.log.append(
		draftFor(parts, patient.pseudonym, at, {
			requester: signed.key,
			requesterKind: "patient",
			via: signed.via,
			action: "write",
			purpose: "PATRQT",
			compartments: ["consents"],
			count: 1,
			decision: permitted ? "permit" : "deny",
			reasons: [permitted ? "PERMITTED_TO_PATIENT" : "GRANTEE_DIFFERS"],
			consents: permitted ? [terms.consentId] : [],
		}),
		{ subject: patient.subject },
	);
	if (!permitted) throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
	// Named by their commitment too: what somebody deposits first, by mistake or in spite, takes no place from the true terms.
	const reference = `terms/${terms.consentId}@${terms.version}/${commitment}`;
	const token = await parts.keyring.lookupToken("record", patient.subject, reference);
	if ((await parts.store.getRecord(patient.subject, token)) === undefined) {
		const sealer = new ResourceSealer(parts, patient.subject);
		const row = await sealer.seal(reference, ["consents"], {
			resourceText: JSON.stringify({ resourceType: "Consent", id: terms.consentId, opened }),
			labels: [],
			conditions: [],
			dataTimeMs: at,
			authors: [],
			encounter: null,
			tableVersion: "terms/1",
		});
		await parts.store.putRecords(sealer.takeKeys(), [row]);
	}
	gate.terms.remember(patient.pseudonym, opened);
	return { commitment };
}

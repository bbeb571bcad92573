import { admitRequest } from "./authenticate.ts";
import { draftFor } from "./draft.ts";
import { GateError } from "./errors.ts";
import { logUnderNobody } from "./logUnderNobody.ts";
import { isOfficer } from "./officers.ts";
import type { GateContext } from "./release.ts";

/**
 * A compliance officer of this custodian closes the review of an emergency access; nobody reviews their own. Outcome and note stand in the
 * access log, sealed for the patient, who reads there what came of it; beside the log stands only that the review is closed.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE` for anybody else, an unknown or a closed review: the same answer.
 */
export async function reviewEmergency(gate: GateContext, input: unknown): Promise<void> {
	const { parts } = gate;
	const { request, at } = await admitRequest(gate, input, "review");
	const { review: id, outcome, note } = request.body;
	const review = parts.memory.reviews().find((row) => row.id === id && row.status === "open" && row.requester !== request.key);
	const act = { action: "sign-off", purpose: "HOPERAT" } as const;
	if (!isOfficer(parts, request, at) || review === undefined || !parts.memory.closeReview(id, outcome, request.key)) {
		await logUnderNobody(parts, request, at, { ...act, decision: "deny", reasons: ["GRANTEE_DIFFERS"] });
		throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
	}
	const subject = await parts.keyring.subjectOf(review.pseudonym);
	const told = { ...act, decision: "permit", reasons: ["SYSTEM_TASK"], emergencyReason: `${outcome}: ${note}` } as const;
	if (subject === undefined) return logUnderNobody(parts, request, at, told);
	const entry = draftFor(parts, review.pseudonym, at, { ...told, requester: request.key, requesterKind: "person", via: request.via });
	await parts.log.append(entry, { subject });
}

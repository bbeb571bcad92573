import { readCredentials } from "#contracts";
import { admitRequest } from "./authenticate.ts";
import { decisionTime } from "./decideAccess.ts";
import { GateError } from "./errors.ts";
import type { GateContext } from "./release.ts";

/**
 * A compliance officer of this custodian closes the review of an emergency access; nobody reviews their own.
 * @throws {@link GateError} `GATE_NOT_AVAILABLE` for anybody else, an unknown or a closed review: the same answer.
 */
export async function reviewEmergency(gate: GateContext, input: unknown): Promise<void> {
	const { parts } = gate;
	const { request, at } = admitRequest(gate, input, "review");
	const { review, outcome, note } = request.body;
	const credentials = readCredentials(parts.ledger, request.key, decisionTime(parts, at));
	const officer = credentials.some((held) => held.kind === "compliance-officer" && held.issuer === parts.member);
	const own = parts.memory.reviews().some((row) => row.id === review && row.requester === request.key);
	if (!officer || own || !parts.memory.closeReview(review, outcome, request.key, note)) {
		throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
	}
}

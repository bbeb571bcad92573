import type { Instant, Pseudonym } from "#base";
import type { AccessEntryDraft } from "#contracts";
import type { Asked } from "./authenticate.ts";
import { draftFor } from "./draft.ts";
import { GateError } from "./errors.ts";
import { freshnessMs, type GateParts } from "./parts.ts";

type Told = Pick<AccessEntryDraft, "action" | "purpose" | "decision" | "reasons"> & Partial<AccessEntryDraft>;

/** An act that concerned no patient, or too few to name: who asked is remembered, whom it would have concerned is not. */
export async function logUnderNobody(parts: GateParts, { key, via }: Asked<object>, at: Instant, told: Told): Promise<void> {
	const nobody = (await parts.keyring.pseudonymOf(parts.nobody)) as Pseudonym;
	await parts.log.append(draftFor(parts, nobody, at, { requester: key, requesterKind: "person", via, ...told }), { subject: parts.nobody });
}

/**
 * Refuses, and logs that it did, what rests on a ledger that was not verified for too long: a revocation may be on its way (PROTOCOL §5).
 * @throws {@link GateError} `GATE_LEDGER_STALE`.
 */
export async function assertFresh(
	parts: GateParts,
	signed: Asked<object>,
	at: Instant,
	told: Pick<Told, "action" | "purpose"> & Partial<Told>,
): Promise<void> {
	const stalenessMs = parts.ledger.stalenessMs(at);
	if (stalenessMs <= freshnessMs) return;
	await logUnderNobody(parts, signed, at, { ...told, decision: "deny", reasons: ["LEDGER_STALE"] });
	throw new GateError("GATE_LEDGER_STALE", "the ledger was last verified more than 30 seconds ago; try again", { stalenessMs });
}

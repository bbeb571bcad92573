import type { Instant, Pseudonym } from "#base";
import type { AccessEntryDraft } from "#contracts";
import type { GateParts } from "./parts.ts";

type Varying = Pick<AccessEntryDraft, "action" | "purpose" | "decision" | "reasons"> & Partial<AccessEntryDraft>;

/** An entry's draft with what every entry states alike: where, when, at which height and how fresh. The member itself asks unless told otherwise. */
export function draftFor(parts: GateParts, pseudonym: Pseudonym, at: Instant, varying: Varying): AccessEntryDraft {
	// Each member by name: spreading one object over another takes several times as long, and every read makes a draft.
	return {
		time: varying.time ?? at,
		member: varying.member ?? parts.member,
		requester: varying.requester ?? parts.memberKey.publicKey,
		requesterKind: varying.requesterKind ?? "system",
		via: varying.via ?? parts.member,
		action: varying.action,
		purpose: varying.purpose,
		pseudonym: varying.pseudonym ?? pseudonym,
		compartments: varying.compartments ?? [],
		level: varying.level ?? "identified",
		count: varying.count ?? 0,
		decision: varying.decision,
		reasons: varying.reasons,
		consents: varying.consents ?? [],
		height: varying.height ?? parts.ledger.head().height,
		stalenessMs: varying.stalenessMs ?? Math.max(0, Math.trunc(parts.ledger.stalenessMs(at))),
		model: varying.model ?? "",
		emergencyReason: varying.emergencyReason ?? "",
	};
}

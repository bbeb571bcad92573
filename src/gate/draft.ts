import type { Instant, Pseudonym } from "#base";
import type { AccessEntryDraft } from "#contracts";
import type { GateParts } from "./parts.ts";

type Varying = Pick<AccessEntryDraft, "action" | "purpose" | "decision" | "reasons"> & Partial<AccessEntryDraft>;

/** An entry's draft with what every entry states alike: where, when, at which height and how fresh. The member itself asks unless told otherwise. */
export function draftFor(parts: GateParts, pseudonym: Pseudonym, at: Instant, varying: Varying): AccessEntryDraft {
	return {
		time: at,
		member: parts.member,
		requester: parts.memberKey.publicKey,
		requesterKind: "system",
		via: parts.member,
		pseudonym,
		compartments: [],
		level: "identified",
		count: 0,
		consents: [],
		height: parts.ledger.head().height,
		stalenessMs: Math.max(0, Math.trunc(parts.ledger.stalenessMs(at))),
		model: "",
		emergencyReason: "",
		...varying,
	};
}

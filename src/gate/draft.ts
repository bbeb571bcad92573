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
		stalenessMs: stalenessAt(parts, at),
		model: "",
		emergencyReason: "",
		...varying,
	};
}

/** Whole ms since the ledger was last verified, as an entry states it. */
export function stalenessAt({ ledger }: Pick<GateParts, "ledger">, at: Instant): number {
	return Math.max(0, Math.trunc(ledger.stalenessMs(at)));
}

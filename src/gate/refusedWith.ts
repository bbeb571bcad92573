import type { ClassVerdict, Decision, ReasonCode } from "#contracts";

/** What was asked, refused in whole for one reason. */
export function refusedWith(decision: Decision, reason: ReasonCode): Decision {
	const classes = decision.classes.map((verdict): ClassVerdict => ({ class: verdict.class, released: false }));
	return { decision: "deny", classes, consents: [], expiresAtMs: null, obligations: [], reasons: [reason] };
}

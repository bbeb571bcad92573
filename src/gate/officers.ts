import type { Instant } from "#base";
import { readCredentials } from "#contracts";
import type { Asked } from "./authenticate.ts";
import { decisionTime } from "./decideAccess.ts";
import type { GateParts } from "./parts.ts";

/**
 * Whether a compliance officer of this house asks, through the house's own node. By the ledger as it stands at the call: a credential that was
 * revoked is gone with the block that revokes it.
 */
export function isOfficer(parts: Pick<GateParts, "ledger" | "member">, { key, via }: Asked<object>, at: Instant): boolean {
	if (via !== parts.member) return false;
	const credentials = readCredentials(parts.ledger, key, decisionTime(parts, at));
	return credentials.some((held) => held.kind === "compliance-officer" && held.issuer === parts.member);
}

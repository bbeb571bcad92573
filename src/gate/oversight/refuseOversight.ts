import type { Instant } from "#base";
import type { Asked } from "../authenticate.ts";
import { GateError } from "../errors.ts";
import { logUnderNobody } from "../logUnderNobody.ts";
import type { GateParts } from "../parts.ts";

/** How a look of an officer stands in the log. */
export const oversight = { action: "read", purpose: "HOPERAT" } as const;

/**
 * The one answer for whoever is no officer of this house, and for what is not there.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE`, once the refusal is on the log.
 */
export async function refuseOversight(parts: GateParts, asked: Asked<object>, at: Instant): Promise<never> {
	await logUnderNobody(parts, asked, at, { ...oversight, decision: "deny", reasons: ["GRANTEE_DIFFERS"] });
	throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
}

import type { LedgerReplay } from "../replayLedger.ts";
import { inLeaves } from "../sealer/findings.ts";
import { refuseCopy } from "./judgeCopy.ts";

/** Without the rules there is no judging, and so no evidence. */
export function assertRulesKnown({ findings }: LedgerReplay): void {
	refuseCopy(findings.filter(({ code }) => code === "REPLAY_RULES_UNKNOWN").map(inLeaves));
}

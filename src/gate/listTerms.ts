import type { OpenedTerms } from "#contracts";
import { admitRequest } from "./authenticate.ts";
import { isLegalUse } from "./openedTerms.ts";
import { openOwnConsents } from "./openOwnConsents.ts";
import type { GateContext } from "./release.ts";

/**
 * The opened terms of every consent of the patient who asks, or whose delegate does, as they were deposited: altered ones and ones that no
 * consent commits to among them. The reader holds each against the commitment on the ledger. A look is an access.
 *
 * @throws GateError `GATE_NOT_AVAILABLE` for anybody else.
 */
export async function listTerms(gate: GateContext, input: unknown): Promise<readonly OpenedTerms[]> {
	const opened = await openOwnConsents(gate, await admitRequest(gate, input, "list-terms"));
	return opened.filter((each): each is OpenedTerms => !isLegalUse(each));
}

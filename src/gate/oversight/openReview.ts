import { encodeHex } from "#base";
import type { AccessEntry } from "#contracts";
import { accessLeafHash, listEntries } from "#wallet";
import { admitRequest } from "../authenticate.ts";
import { draftFor } from "../draft.ts";
import type { EmergencyReview } from "../gateStore.ts";
import { assertFresh } from "../logUnderNobody.ts";
import { isOfficer } from "../officers.ts";
import type { GateParts } from "../parts.ts";
import type { GateContext } from "../release.ts";
import { oversight, refuseOversight } from "./refuseOversight.ts";

/** What an emergency access was, for who reviews it. */
export interface OpenedReview extends Pick<EmergencyReview, "id" | "status" | "openedAtMs"> {
	/** As the person gave it; "" where the node stopped before the access was written down, and nothing was opened. */
	readonly reason: string;
	readonly classes: AccessEntry["compartments"];
	/** Records that were opened, at most. */
	readonly count: number;
	readonly requester: string;
	readonly via: string;
}

/**
 * Opens the reason of an emergency access to an officer of this house. The patient reads in their history that it was opened. One's own is opened to
 * somebody else.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE` for anybody else and for an unknown review: the same answer. `GATE_LEDGER_STALE`.
 */
export async function openReview(gate: GateContext, input: unknown): Promise<OpenedReview> {
	const { parts } = gate;
	const { request, at } = await admitRequest(gate, input, "open-review");
	await assertFresh(parts, request, at, oversight);
	const review = parts.memory.review(request.body.review);
	const subject = review === undefined ? undefined : await parts.keyring.subjectOf(review.pseudonym);
	const pseudonym = subject === undefined ? undefined : await parts.keyring.pseudonymOf(subject);
	if (!isOfficer(parts, request, at) || review === undefined || review.requester === request.key || subject === undefined || pseudonym === undefined)
		return refuseOversight(parts, request, at);
	const told = { ...oversight, decision: "permit", reasons: ["CUSTODIAN_RECORD"], requester: request.key, requesterKind: "person" } as const;
	const access = await parts.log.append(draftFor(parts, pseudonym, at, { ...told, via: request.via }), { subject });
	const history = await parts.log.history({ ...historyParts(parts), access, pseudonym: review.pseudonym });
	const found = listEntries(history).find(({ entry, salt }) => encodeHex(accessLeafHash(entry, salt)) === review.entryHash)?.entry;
	const { id, status, openedAtMs, requester } = review;
	return {
		...{ id, status, openedAtMs, requester, via: found?.via ?? parts.member, reason: found?.emergencyReason ?? "" },
		...{ classes: found?.compartments ?? [], count: found?.count ?? 0 },
	};
}

/** What every history is shown from. */
export function historyParts({ keyring, ledger, closedLogs = [] }: GateParts) {
	return { keyring, ledger, closed: closedLogs };
}

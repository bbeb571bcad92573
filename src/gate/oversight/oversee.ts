import { dayMs, type Instant, type PublicKey } from "#base";
import type { CredentialKind } from "#contracts";
import { type Asked, admitRequest } from "../authenticate.ts";
import { GateError } from "../errors.ts";
import type { EmergencyReview, RefusalTally, UseTally } from "../gateStore.ts";
import { assertFresh, logUnderNobody } from "../logUnderNobody.ts";
import { isOfficer } from "../officers.ts";
import type { GateParts } from "../parts.ts";
import type { GateContext } from "../release.ts";
import type { oversights } from "../requests.ts";
import { caseName } from "./caseName.ts";
import { oversight, refuseOversight } from "./refuseOversight.ts";
import { rolesOfKey } from "./watchAccesses.ts";

export type Oversight = (typeof oversights)[number];

/** An emergency access to be reviewed, or reviewed. Why it was one is told by {@link openReview} alone. */
export interface ListedReview {
	readonly id: number;
	readonly requester: PublicKey;
	readonly roles: readonly CredentialKind[];
	readonly openedAtMs: number;
	readonly status: EmergencyReview["status"];
	/** Key of who closed it, or "". */
	readonly reviewer: string;
	/** The patient's case, as in the accesses that are watched. */
	readonly patient: string;
	/** False for one's own, which somebody else closes. */
	readonly mayClose: boolean;
}

export interface OversightAnswers {
	readonly reviews: readonly ListedReview[];
	readonly refusals: readonly RefusalTally[];
	/** Uses of the last 400 days, for the records of processing. */
	readonly processing: readonly UseTally[];
	/** Nothing of the gate's own: who asks may see what the node knows. */
	readonly health: true;
	readonly members: true;
}

/** How far back refusals are told, in ms. */
const refusalsMs = 30 * dayMs;

/**
 * Lets an officer of this house see what stands under no patient's name. Each look is an entry.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE`; `GATE_LEDGER_STALE`, but for the health of the house, which is where an officer sees that it is;
 * `GATE_REQUEST_INVALID` for a request about something else.
 */
export async function oversee<What extends Oversight>(gate: GateContext, input: unknown, what: What): Promise<OversightAnswers[What]> {
	const { parts } = gate;
	const { request, at } = await admitRequest(gate, input, "oversee");
	if (request.body.what !== what) throw new GateError("GATE_REQUEST_INVALID", `expected a request to oversee ${what}`, { at: "body.what" });
	if (what !== "health") await assertFresh(parts, request, at, oversight);
	if (!isOfficer(parts, request, at)) return refuseOversight(parts, request, at);
	await logUnderNobody(parts, request, at, { ...oversight, decision: "permit", reasons: ["CUSTODIAN_RECORD"] });
	gate.feed.tally();
	const answers: { readonly [Each in Oversight]: () => OversightAnswers[Each] | Promise<OversightAnswers[Each]> } = {
		reviews: () => listReviews(parts, request, at),
		refusals: () => parts.memory.refusals(at - refusalsMs),
		processing: () => parts.memory.uses(0),
		health: () => true,
		members: () => true,
	};
	return answers[what]() as OversightAnswers[What];
}

/** Open ones first, then the newest. */
async function listReviews(parts: GateParts, { key }: Asked<object>, at: Instant): Promise<readonly ListedReview[]> {
	const rows = parts.memory.reviews().toSorted((a, b) => Number(b.status === "open") - Number(a.status === "open") || b.id - a.id);
	return Promise.all(
		rows.map(async ({ id, requester, openedAtMs, status, reviewer, pseudonym }) => ({
			...{ id, requester: requester as PublicKey, roles: rolesOfKey(parts, requester as PublicKey, at), openedAtMs, status, reviewer },
			patient: await caseName(parts, pseudonym),
			mayClose: status === "open" && requester !== key,
		})),
	);
}

import type { Instant, PublicKey } from "#base";
import { type CredentialKind, readCredentials } from "#contracts";
import { admitRequest } from "../authenticate.ts";
import { decisionTime } from "../decideAccess.ts";
import { assertFresh, logUnderNobody } from "../logUnderNobody.ts";
import { isOfficer } from "../officers.ts";
import type { GateParts } from "../parts.ts";
import type { GateContext } from "../release.ts";
import type { FedAccess } from "./accessFeed.ts";
import { caseName } from "./caseName.ts";
import { oversight, refuseOversight } from "./refuseOversight.ts";

/** Accesses in one answer; who is further behind is told how many were left out. */
const answerMost = 200;

/** An access as an officer sees it. */
export interface WatchedAccess extends Omit<FedAccess, "pseudonym"> {
	/** What the requester's credentials say now: none for a key without one. */
	readonly roles: readonly CredentialKind[];
	/** Names the patient's case to officers of this house; "" for a refusal and for what concerned no patient. */
	readonly patient: string;
}

export interface WatchedAccesses {
	/** To be named at the next look. */
	readonly watch: string;
	/** When the watch is written down anew, UTC ms. */
	readonly untilMs: number;
	readonly accesses: readonly WatchedAccess[];
	/** What to ask after next. */
	readonly next: number;
	/** Accesses between the number asked after and the first one given, which are shown no more. */
	readonly missed: number;
}

/**
 * What goes through the access log, as it comes: who, in which role, for what, what was decided, of which classes. Nothing of a record, no reason that
 * was given, no patient's name. Beginning to watch is an entry; looks within fifteen minutes are none more. The credential is judged at each look,
 * and again after waiting.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE` for who is no officer of this house; `GATE_LEDGER_STALE`.
 */
export async function watchAccesses(gate: GateContext, input: unknown, stopping?: AbortSignal): Promise<WatchedAccesses> {
	const { parts, feed, watches } = gate;
	const { request, at } = await admitRequest(gate, input, "watch-accesses");
	const { after, waitMs, watch: named } = request.body;
	await assertFresh(parts, request, at, oversight);
	if (!isOfficer(parts, request, at)) return refuseOversight(parts, request, at);
	const running = watches.find(named, request.key, at);
	const watch = running ?? watches.begin(request.key, at);
	if (running === undefined) await logUnderNobody(parts, request, at, { ...oversight, decision: "permit", reasons: ["CUSTODIAN_RECORD"] });
	// Numbers begin anew with the process: what was seen before it is no reason to wait.
	const from = running === undefined && after > feed.last ? 0 : after;
	await feed.wait(from, { timeoutMs: running === undefined ? 0 : waitMs, stopping });
	const now = parts.now();
	if (!isOfficer(parts, request, now)) return refuseOversight(parts, request, now);
	const found = feed.after(from, answerMost);
	const accesses = await describeAll(parts, found, now);
	const first = found[0]?.number ?? from + 1;
	return { watch: watch.id, untilMs: watch.untilMs, accesses, next: found.at(-1)?.number ?? from, missed: from === 0 ? 0 : first - from - 1 };
}

async function describeAll(parts: GateParts, found: readonly FedAccess[], at: Instant): Promise<readonly WatchedAccess[]> {
	const roles = new Map<PublicKey, readonly CredentialKind[]>();
	const rolesOf = (key: PublicKey) => {
		const known = roles.get(key) ?? rolesOfKey(parts, key, at);
		roles.set(key, known);
		return known;
	};
	return Promise.all(
		found.map(async ({ pseudonym, ...access }) => ({ ...access, roles: rolesOf(access.requester), patient: await caseName(parts, pseudonym) })),
	);
}

/** Each kind of credential that a key holds now, once. */
export function rolesOfKey(parts: GateParts, key: PublicKey, at: Instant): readonly CredentialKind[] {
	return [...new Set(readCredentials(parts.ledger, key, decisionTime(parts, at)).map(({ kind }) => kind))];
}

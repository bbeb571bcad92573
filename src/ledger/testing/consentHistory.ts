/**
 * A checker over a history of what people asked of a ledger that several members order together, in the manner of Jepsen: what was invoked, when it ended,
 * what was answered, and what each replica holds in the end. It knows no clock but the history's own, and nothing of the ledger but these answers.
 */

/** `ok`: it was answered so. `fail`: it certainly has not happened. `info`: nobody knows; it may have happened, or still may. */
export type Outcome = "ok" | "fail" | "info";

interface Operation {
	readonly consent: string;
	/** The member that was asked. */
	readonly node: number;
	/** By one clock that never goes back, ms. */
	readonly invokedAtMs: number;
	readonly endedAtMs: number;
	readonly outcome: Outcome;
}

/** Each consent is granted once at most, and revoked once at most, for good. */
export interface WriteOperation extends Operation {
	readonly kind: "grant" | "revoke";
	/** Of its transaction. */
	readonly id: string;
}

/** `ok` when a decision was made at all: a node that knows its replica to be stale makes none (`fail`). */
export interface DecideOperation extends Operation {
	readonly kind: "decide";
	readonly permitted: boolean;
	/** Of the replica that decided. */
	readonly height: number;
}

/** A replica when everything is over and the network is whole again. */
export interface FinalReplica {
	readonly root: string;
	readonly statusOf: (consent: string) => "none" | "active" | "revoked";
	/** How many leaves of the log hold a transaction. */
	readonly leavesOf: (id: string) => number;
}

export type ViolationCode =
	/** A release later than the freshness bound after a revocation was final. */
	| "RELEASED_AFTER_REVOCATION"
	/** A release at a member that had itself acknowledged the revocation. */
	| "RELEASED_AFTER_OWN_REVOCATION"
	/** A release under a consent that nobody had begun to grant, or whose grant had failed. */
	| "RELEASED_WITHOUT_GRANT"
	/** A member that acknowledged a grant decided as if it were not there. */
	| "OWN_GRANT_UNSEEN"
	/** A member answered from an older state than it had answered from before. */
	| "READ_WENT_BACK"
	/** What was acknowledged does not stand. */
	| "ACKNOWLEDGED_LOST"
	/** What certainly had not happened stands, or what nobody asked for. */
	| "UNASKED_STANDS"
	| "APPLIED_TWICE"
	| "ROOTS_DIFFER";

export interface Violation {
	readonly code: ViolationCode;
	readonly consent: string;
	readonly node: number;
}

export interface History {
	readonly operations: readonly (WriteOperation | DecideOperation)[];
	readonly replicas: readonly FinalReplica[];
	/** For so long a node may decide on a state that is not the newest, ms. */
	readonly freshnessMs: number;
}

/** Everything in which a history is none that the ledger promises; empty when it keeps its promises. */
export function judgeHistory({ operations, replicas, freshnessMs }: History): Violation[] {
	const writes = new Map<string, Writes>();
	const decisions: DecideOperation[] = [];
	for (const operation of operations) {
		if (operation.kind === "decide") decisions.push(operation);
		else writes.set(operation.consent, { ...writes.get(operation.consent), [operation.kind]: operation });
	}
	const made = decisions.filter(({ outcome }) => outcome === "ok");
	return [
		...made.flatMap((decision) => judgeDecision(decision, writes.get(decision.consent) ?? {}, freshnessMs)),
		...judgeOrder(made),
		...replicas.flatMap((replica, node) => [...writes].flatMap(([consent, each]) => judgeReplica(replica, node, consent, each))),
		...replicas.flatMap(({ root }, node) => (root === replicas[0]?.root ? [] : [{ code: "ROOTS_DIFFER" as const, consent: "", node }])),
	];
}

interface Writes {
	readonly grant?: WriteOperation;
	readonly revoke?: WriteOperation;
}

function judgeDecision(
	{ consent, node, permitted, invokedAtMs, endedAtMs }: DecideOperation,
	{ grant, revoke }: Writes,
	freshnessMs: number,
): Violation[] {
	const found: ViolationCode[] = [];
	const isRevoked = revoke?.outcome === "ok" && revoke.endedAtMs <= invokedAtMs;
	if (permitted) {
		if (grant === undefined || grant.outcome === "fail" || grant.invokedAtMs > endedAtMs) found.push("RELEASED_WITHOUT_GRANT");
		if (isRevoked && invokedAtMs - revoke.endedAtMs > freshnessMs) found.push("RELEASED_AFTER_REVOCATION");
		if (isRevoked && revoke.node === node) found.push("RELEASED_AFTER_OWN_REVOCATION");
	} else if (grant?.outcome === "ok" && grant.node === node && grant.endedAtMs <= invokedAtMs) {
		const mayBeRevoked = revoke !== undefined && revoke.outcome !== "fail" && revoke.invokedAtMs <= endedAtMs;
		if (!mayBeRevoked) found.push("OWN_GRANT_UNSEEN");
	}
	return found.map((code) => ({ code, consent, node }));
}

/** Of decisions one after the other at one member: heights never fall, and what was released and then refused is never released again. */
function judgeOrder(decisions: readonly DecideOperation[]): Violation[] {
	const found: Violation[] = [];
	for (const own of Map.groupBy(decisions, ({ node }) => node).values()) {
		own.sort((a, b) => a.endedAtMs - b.endedAtMs);
		for (const [i, later] of own.entries()) {
			const earlier = own.slice(0, i).filter(({ endedAtMs }) => endedAtMs <= later.invokedAtMs);
			const sawMore = earlier.some(({ height }) => height > later.height);
			const same = earlier.filter(({ consent }) => consent === later.consent);
			const released = same.findIndex(({ permitted }) => permitted);
			const wasEnded = released !== -1 && same.slice(released).some(({ permitted }) => !permitted);
			if (sawMore || (later.permitted && wasEnded)) found.push({ code: "READ_WENT_BACK", consent: later.consent, node: later.node });
		}
	}
	return found;
}

function judgeReplica({ statusOf, leavesOf }: FinalReplica, node: number, consent: string, { grant, revoke }: Writes): Violation[] {
	const found: ViolationCode[] = [];
	const status = statusOf(consent);
	if (grant?.outcome === "ok" && status === "none") found.push("ACKNOWLEDGED_LOST");
	if (revoke?.outcome === "ok" && status !== "revoked") found.push("ACKNOWLEDGED_LOST");
	if (status !== "none" && (grant === undefined || grant.outcome === "fail")) found.push("UNASKED_STANDS");
	if (status === "revoked" && (revoke === undefined || revoke.outcome === "fail")) found.push("UNASKED_STANDS");
	for (const { id, outcome } of [grant, revoke].filter((write) => write !== undefined)) {
		const leaves = leavesOf(id);
		if (leaves > 1) found.push("APPLIED_TWICE");
		if (outcome === "ok" && leaves === 0) found.push("ACKNOWLEDGED_LOST");
		if (outcome === "fail" && leaves > 0) found.push("UNASKED_STANDS");
	}
	return [...new Set(found)].map((code) => ({ code, consent, node }));
}

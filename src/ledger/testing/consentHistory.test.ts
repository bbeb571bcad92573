import { describe, expect, it } from "vitest";
import { type DecideOperation, type FinalReplica, judgeHistory, type WriteOperation } from "./consentHistory.ts";

const freshnessMs = 30_000;

function write(kind: "grant" | "revoke", at: number, fields: Partial<WriteOperation> = {}): WriteOperation {
	return { kind, consent: "c", node: 0, id: `${kind} c`, invokedAtMs: at, endedAtMs: at + 100, outcome: "ok", ...fields };
}

function decide(at: number, permitted: boolean, fields: Partial<DecideOperation> = {}): DecideOperation {
	return { kind: "decide", consent: "c", node: 1, permitted, height: 1, invokedAtMs: at, endedAtMs: at, outcome: "ok", ...fields };
}

function replica(status: ReturnType<FinalReplica["statusOf"]>, leaves: Record<string, number> = {}, root = "r"): FinalReplica {
	return { root, statusOf: () => status, leavesOf: (id) => leaves[id] ?? 0 };
}

const both = { "grant c": 1, "revoke c": 1 };
const granted = write("grant", 0);
const revoked = write("revoke", 1_000);

function codesOf(operations: readonly (WriteOperation | DecideOperation)[], replicas: readonly FinalReplica[] = []): string[] {
	return judgeHistory({ operations, replicas, freshnessMs }).map(({ code }) => code);
}

describe("the checker of histories, on what it must and must not find", () => {
	it("[CB50] passes what the ledger promises: a stale release within the bound, an unknown end either way, a refusal before the grant came", () => {
		const operations = [
			decide(-5, false),
			granted,
			decide(200, false),
			decide(300, true, { height: 2 }),
			decide(300, false, { node: 2, height: 9 }),
			revoked,
			decide(1_100 + freshnessMs, true, { height: 2 }),
			decide(1_101 + freshnessMs, false, { height: 3 }),
			decide(1_200 + freshnessMs, true, { outcome: "fail" }),
		];
		expect(codesOf(operations, [replica("revoked", both), replica("revoked", both)])).toEqual([]);
		const unknown = [write("grant", 0, { outcome: "info", endedAtMs: Number.POSITIVE_INFINITY }), decide(50, true)];
		expect(codesOf(unknown, [replica("none")])).toEqual([]);
		expect(codesOf(unknown, [replica("active", { "grant c": 1 })])).toEqual([]);
	});

	it.each([
		["a release beyond the bound after a revocation", [granted, revoked, decide(1_101 + freshnessMs, true)], "RELEASED_AFTER_REVOCATION"],
		["a release where the revocation was acknowledged", [granted, revoked, decide(1_200, true, { node: 0 })], "RELEASED_AFTER_OWN_REVOCATION"],
		["a release before anybody granted", [decide(10, true), write("grant", 20)], "RELEASED_WITHOUT_GRANT"],
		["a release under a grant that failed", [write("grant", 0, { outcome: "fail" }), decide(200, true)], "RELEASED_WITHOUT_GRANT"],
		["a grant unseen where it was acknowledged", [granted, decide(200, false, { node: 0 })], "OWN_GRANT_UNSEEN"],
		["a height that falls at one member", [granted, decide(200, true, { height: 5 }), decide(300, true, { height: 4 })], "READ_WENT_BACK"],
		["a revocation seen and then not", [granted, decide(200, true), revoked, decide(1_300, false), decide(1_400, true)], "READ_WENT_BACK"],
	])("[CB51] finds %s", (_, operations, code) => {
		expect(codesOf(operations)).toEqual([code]);
	});

	it.each([
		["an acknowledged grant that is not there", [granted], replica("none"), "ACKNOWLEDGED_LOST"],
		["an acknowledged revocation that is not there", [granted, revoked], replica("active", both), "ACKNOWLEDGED_LOST"],
		["a state without the leaf that made it", [granted], replica("active"), "ACKNOWLEDGED_LOST"],
		["a grant that failed and stands", [write("grant", 0, { outcome: "fail" })], replica("active", { "grant c": 1 }), "UNASKED_STANDS"],
		["a revocation that nobody asked for", [granted], replica("revoked", { "grant c": 1 }), "UNASKED_STANDS"],
		["a transaction with two leaves", [granted], replica("active", { "grant c": 2 }), "APPLIED_TWICE"],
	])("[CB51] finds in a replica %s", (_, operations, final, code) => {
		expect(codesOf(operations, [final])).toEqual([code]);
	});

	it("[CB51] finds two replicas that differ", () => {
		expect(codesOf([granted], [replica("active", both), replica("active", both, "other")])).toEqual(["ROOTS_DIFFER"]);
	});
});

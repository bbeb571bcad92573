import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CivilDay, PublicKey } from "#base";
import { type Credential, endOfDayMs, noCommitment, readCredentials } from "#contracts";
import { HeldCredentials } from "./heldCredentials.ts";
import type { GateParts } from "./parts.ts";

const key = "aa".repeat(32) as PublicKey;
const days = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"] as CivilDay[];

/** A ledger that holds what the test puts there, and counts how often it is read. */
function openLedger() {
	const state = new Map<string, unknown>([["membership/m/north", { status: "active" }]]);
	let [height, reads] = [1, 0];
	const put = (changes: Readonly<Record<string, unknown>>) => {
		for (const [name, value] of Object.entries(changes)) state.set(name, value);
		height++;
	};
	const ledger = {
		head: () => ({ height }),
		get: (contract: string, name: string) => {
			reads++;
			return state.get(`${contract}/${name}`);
		},
	} as unknown as GateParts["ledger"];
	return { ledger, put, reads: () => reads };
}

const credential = (credentialId: string, facts: Partial<Credential>): Credential => ({
	credentialId,
	chain: "test",
	issuer: "north" as Credential["issuer"],
	subject: key,
	kind: "researcher",
	validUntil: days[3] as CivilDay,
	department: "",
	study: "",
	commitment: noCommitment,
	approval: "",
	status: "active",
	...facts,
});
const asState = (...credentials: readonly Credential[]) => ({
	[`credentials/s/${key}`]: credentials.filter(({ kind }) => kind !== "ethics-approval").map(({ credentialId }) => credentialId),
	...Object.fromEntries(credentials.map((one) => [`credentials/d/${one.credentialId}`, one])),
});
const approval = (facts: Partial<Credential> = {}) => credential("approval", { kind: "ethics-approval" as Credential["kind"], ...facts });

describe("credentials kept for many decisions", () => {
	it("[GA221] what is kept is what the ledger says, at any time in any order, whatever blocks come", () => {
		const day = fc.constantFrom(...days);
		const one = fc.record({ validUntil: day, approval: fc.constantFrom("", "approval"), status: fc.constantFrom("active", "revoked") });
		const block = fc.record({
			held: fc.array(one, { minLength: 1, maxLength: 3 }),
			approvalUntil: day,
			member: fc.constantFrom("active", "suspended"),
		});
		const moment = fc.tuple(day, fc.constantFrom(-1, 0, 1)).map(([name, offset]) => endOfDayMs(name) + offset);
		let kept = 0;
		fc.assert(
			fc.property(fc.array(fc.oneof({ weight: 1, arbitrary: block }, { weight: 4, arbitrary: moment }), { minLength: 6, maxLength: 24 }), (steps) => {
				const { ledger, put, reads } = openLedger();
				const held = new HeldCredentials({ ledger });
				for (const step of steps) {
					if (typeof step === "object") {
						const own = step.held.map((facts, at) => credential(`c${at}`, facts as Partial<Credential>));
						put({ ...asState(...own, approval({ validUntil: step.approvalUntil })), "membership/m/north": { status: step.member } });
						continue;
					}
					const expected = readCredentials(ledger, key, step);
					const before = reads();
					expect(held.of(key, step)).toEqual(expected);
					if (reads() === before) kept++;
					expect(held.plainOf(key, step).map(({ kind, issuer, matchesPseudonym }) => [kind, issuer, matchesPseudonym])).toEqual(
						expected.map(({ kind, issuer }) => [kind, issuer, false]),
					);
				}
			}),
			{ numRuns: 300 },
		);
		expect(kept).toBeGreaterThan(20);
	});

	it("[GA221] a credential ends to the millisecond, so does the approval that it rests on, and a clock set back brings it back", () => {
		const { ledger, put } = openLedger();
		put(
			asState(
				credential("own", { validUntil: days[2] as CivilDay }),
				credential("study", { approval: "approval" }),
				approval({ validUntil: days[1] as CivilDay }),
			),
		);
		const held = new HeldCredentials({ ledger });
		const idsAt = (nowMs: number) => held.of(key, nowMs).map(({ credentialId }) => credentialId);
		const [approvalEnds, ownEnds] = [endOfDayMs(days[1] as CivilDay), endOfDayMs(days[2] as CivilDay)];
		expect(idsAt(approvalEnds - 1)).toEqual(["own", "study"]);
		expect(idsAt(approvalEnds)).toEqual(["own"]);
		expect(idsAt(ownEnds - 1)).toEqual(["own"]);
		expect(idsAt(ownEnds)).toEqual([]);
		expect(idsAt(approvalEnds - 1)).toEqual(["own", "study"]);
	});

	it("[GA221] a revocation counts with its block, and so does a member that is no longer active", () => {
		const { ledger, put } = openLedger();
		put(asState(credential("own", {})));
		const held = new HeldCredentials({ ledger });
		expect(held.of(key, 1)).toHaveLength(1);
		put(asState(credential("own", { status: "revoked" })));
		expect(held.of(key, 1)).toEqual([]);
		put(asState(credential("own", {})));
		expect(held.of(key, 1)).toHaveLength(1);
		put({ "membership/m/north": { status: "suspended" } });
		expect(held.of(key, 1)).toEqual([]);
	});
});

import { describe, expect, it } from "vitest";
import type { HmacKey, Instant, JsonValue, MemberId, PublicKey } from "#base";
import { ReplayWindow } from "./authenticate.ts";
import { Session, Sessions } from "./sessions.ts";

const at = 1_795_000_000_000 as Instant;
const later = (ms: number) => (at + ms) as Instant;
const house = "h".repeat(64) as PublicKey;
const forgotten: string[] = [];
const open = (id: string, key = "k", expiresAtMs = at + 1_000) =>
	new Session({
		...{ id, expiresAtMs, memberKey: house, owner: { key: key as PublicKey, via: "north" as MemberId } },
		mac: { forget: () => void forgotten.push(id) } as unknown as HmacKey,
	});

describe("sessions", () => {
	it("[GA82] each counter works once, also one that was overtaken by up to 63 later ones", () => {
		const session = open("s");
		expect([1, 1, 3, 2, 2, 3].map((counter) => session.admit(counter))).toEqual([true, false, true, true, false, false]);
		expect(session.admit(100)).toBe(true);
		expect([36, 37, 99, 100].map((counter) => session.admit(counter))).toEqual([false, true, true, false]);
		expect([163, 100, 101, 164].map((counter) => session.admit(counter))).toEqual([true, false, true, true]);
		expect([101, 102].map((counter) => session.admit(counter))).toEqual([false, true]);
		// Counters that share a place in the window are told apart.
		const other = open("o");
		expect([1, 65, 1, 129, 65].map((counter) => other.admit(counter))).toEqual([true, true, false, true, false]);
	});

	it("[GA86] the fifth of a person ends their first, and of nobody else; its key is forgotten", () => {
		const sessions = new Sessions();
		forgotten.splice(0);
		for (const id of ["a1", "a2", "a3", "a4"]) sessions.add(open(id, "a"), at);
		sessions.add(open("b1", "b"), at);
		expect(forgotten).toEqual([]);
		sessions.add(open("a5", "a"), at);
		expect(forgotten).toEqual(["a1"]);
		expect(["a1", "a2", "a5", "b1"].map((id) => sessions.get(id, at)?.id)).toEqual([undefined, "a2", "a5", "b1"]);
	});

	it("[GA86] 4,096 in all; what is over leaves room, what runs does not", () => {
		const sessions = new Sessions();
		for (let i = 0; i < 4_096; i++) sessions.add(open(`s${i}`, `k${i}`, at + 1_000 + i), at);
		expect(() => sessions.add(open("more", "more"), later(999))).toThrow(expect.objectContaining({ code: "GATE_SESSIONS_FULL", kind: "again" }));
		sessions.add(open("more", "more", at + 9_000), later(1_000));
		expect([sessions.get("s0", at), sessions.get("s1", at)?.id, sessions.get("more", at)?.id]).toEqual([undefined, "s1", "more"]);
	});

	it("[GA85] a session is over at its end, to the millisecond, and is let go of then", () => {
		const sessions = new Sessions();
		forgotten.splice(0);
		sessions.add(open("s"), at);
		expect(sessions.get("s", later(999))?.id).toBe("s");
		expect(forgotten).toEqual([]);
		expect(sessions.get("s", later(1_000))).toBeUndefined();
		expect(forgotten).toEqual(["s"]);
		// Nor does it come back with a clock set back; one that is unknown is nothing.
		expect(sessions.get("s", at)).toBeUndefined();
		sessions.end("unknown");
		expect(forgotten).toEqual(["s"]);
	});

	it("[GA84] stands while member, key and credential do, and is looked at once for each height", () => {
		let [height, looks] = [5, 0];
		const state: Record<string, JsonValue | undefined> = {};
		const member = { id: "north", key: house, status: "active" };
		const ledger = {
			head: () => ({ height, time: at }),
			get: (_: string, key: string) => {
				looks++;
				return state[key];
			},
		};
		const parts = { ledger, member: "north" } as unknown as Parameters<Session["stands"]>[0];
		const session = open("s");
		expect(session.stands(parts, at)).toBe(false);
		for (const record of [{ ...member, status: "suspended" }, { ...member, key: "x".repeat(64) }, member]) {
			state["m/north"] = record;
			expect(session.stands(parts, at), JSON.stringify(record)).toBe(false);
		}
		expect(looks).toBeGreaterThan(4);
		height++;
		expect(session.stands(parts, at)).toBe(false);
	});
});

describe("signed requests that were used", () => {
	const key = "k".repeat(64) as PublicKey;
	const other = "o".repeat(64) as PublicKey;

	it("[GA30] a nonce works once for each key, until no request of it could be fresh, and again from then", () => {
		const window = new ReplayWindow();
		expect(window.openedAtMs).toBe(0);
		expect(new ReplayWindow(7).openedAtMs).toBe(7);
		expect([window.admit(key, "n", at), window.admit(key, "n", at), window.admit(other, "n", at), window.admit(key, "m", at)]).toEqual([
			true,
			false,
			true,
			true,
		]);
		// A minute, and the five seconds that a clock may be ahead.
		expect(window.admit(key, "n", at + 64_999)).toBe(false);
		expect(window.admit(key, "n", at + 65_000)).toBe(true);
		expect(window.admit(key, "n", at + 65_000)).toBe(false);
	});

	it("[GA30] the oldest are forgotten first, and none that is younger with them", () => {
		const window = new ReplayWindow();
		window.admit(key, "first", at);
		window.admit(key, "second", at + 10);
		expect([window.admit(key, "second", at + 65_005), window.admit(key, "first", at + 65_005)]).toEqual([false, true]);
	});
});

import { describe, expect, it } from "vitest";
import type { MemberId, Pseudonym } from "#base";
import type { AccessEntry } from "#contracts";
import { GateStore, type Tallies } from "../gateStore.ts";
import { AccessFeed } from "./accessFeed.ts";

/** What of an access an officer is told, whole, and what becomes of the numbers. */
const nobody = "0".repeat(64) as Pseudonym;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const at = 20_000 * dayMs + 5 * hourMs;
const entry = (more: Partial<AccessEntry> = {}) =>
	({
		...{ format: "aceso/entry/1", log: "l", seq: 7, previous: "p", height: 3, stalenessMs: 1, member: "north", time: at, requester: "k1" },
		...{ requesterKind: "person", via: "south", pseudonym: "a".repeat(64), action: "read", purpose: "TREAT", level: "identified", count: 4 },
		...{ compartments: ["conditions", "laboratory"], decision: "permit", reasons: ["PERMITTED_BY_CONSENT", "CLASS_NOT_GRANTED"], consents: ["c"] },
		...{ model: "m", emergencyReason: "" },
		...more,
	}) as unknown as AccessEntry;
const told = {
	...{ number: 1, patients: 1, atMs: at, requester: "k1", via: "south", action: "read", purpose: "TREAT", level: "identified" },
	...{ classes: ["conditions", "laboratory"], decision: "permit", reason: "PERMITTED_BY_CONSENT", model: "m", isEmergency: false },
	pseudonym: "a".repeat(64),
};

/** A store whose disk can be full. */
class Disk {
	readonly store = new GateStore(":memory:");
	readonly written: Tallies[] = [];
	isFull = false;

	addTallies(tallies: Tallies): void {
		if (this.isFull) throw new Error("full");
		this.written.push(tallies);
		this.store.addTallies(tallies);
	}
}
function open() {
	const disk = new Disk();
	return { disk, feed: new AccessFeed(disk as unknown as GateStore) };
}
const note = (feed: AccessFeed, ...more: readonly Partial<AccessEntry>[]) => {
	for (const each of more) feed.note([entry(each)], nobody);
};

describe("what an officer is told of an access", () => {
	it("[GA165] [GA166] [GA167] of a permit, a refusal, an emergency, a question about many, and of what concerned nobody", () => {
		const { feed } = open();
		expect([feed.last, feed.after(0, 10)]).toEqual([0, []]);
		note(feed, {});
		note(feed, { decision: "deny", reasons: ["GRANTEE_DIFFERS"] }, { decision: "deny", reasons: ["NOT_ENROLLED", "LEDGER_STALE"] });
		note(feed, { decision: "deny", reasons: ["RELABELLING"] }, { purpose: "ETREAT", emergencyReason: "unconscious" });
		// A review's outcome stands where an emergency's reason does.
		note(feed, { purpose: "HOPERAT", emergencyReason: "justified: no time" }, { pseudonym: nobody }, { reasons: [] }, { purpose: "ETREAT" });
		feed.note([entry({ action: "aggregate" }), entry(), entry()], nobody);
		const refusal = { ...told, decision: "deny", pseudonym: undefined };
		expect(feed.after(0, 100)).toEqual([
			told,
			{ ...refusal, number: 2, reason: "not-permitted" },
			{ ...refusal, number: 3, reason: "ledger-stale" },
			{ ...refusal, number: 4, reason: "relabelling" },
			{ ...told, number: 5, purpose: "ETREAT", isEmergency: true },
			{ ...told, number: 6, purpose: "HOPERAT" },
			{ ...told, number: 7, pseudonym: undefined },
			{ ...told, number: 8, reason: "SYSTEM_TASK" },
			{ ...told, number: 9, purpose: "ETREAT" },
			{ ...told, number: 10, action: "aggregate", patients: 3, pseudonym: undefined },
		]);
		expect(feed.last).toBe(10);
	});

	it("[GA165] nothing of what patients and the system do; a member's own acts are", () => {
		const { feed } = open();
		note(feed, { requesterKind: "system" }, { requesterKind: "patient" });
		expect(feed.last).toBe(0);
		note(feed, { requesterKind: "member" });
		expect(feed.last).toBe(1);
	});

	it("[GA165] after a number, the newest of them, and of all the newest two thousand", () => {
		const { feed } = open();
		for (let i = 0; i < 2_003; i++) note(feed, {});
		const numbers = (after: number, most: number) => feed.after(after, most).map(({ number }) => number);
		expect(numbers(2_000, 10)).toEqual([2_001, 2_002, 2_003]);
		expect(numbers(2_000, 2)).toEqual([2_002, 2_003]);
		expect([numbers(2_003, 10), numbers(9_999, 10)]).toEqual([[], []]);
		const kept = numbers(0, 9_999);
		expect([kept.length, kept[0], kept.at(-1)]).toEqual([2_000, 4, 2_003]);
	});

	it("[GA165] [GA173] who waits is told when there is something, at the end of the time, at a stop, and at once where there is something already", async () => {
		const { feed } = open();
		const stopping = new AbortController();
		const ways: readonly (() => unknown)[] = [() => note(feed, {}), () => stopping.abort()];
		for (const way of ways) {
			let isOver = false;
			const waiting = feed.wait(feed.last, { timeoutMs: 60_000, stopping: stopping.signal }).then(() => {
				isOver = true;
			});
			await new Promise((resolve) => setImmediate(resolve));
			expect(isOver).toBe(false);
			way();
			await waiting;
		}
		await feed.wait(feed.last, { timeoutMs: 60_000, stopping: stopping.signal });
		await feed.wait(feed.last, { timeoutMs: 1, stopping: undefined });
		await feed.wait(feed.last, { timeoutMs: 0, stopping: undefined });
		await feed.wait(feed.last - 1, { timeoutMs: 60_000, stopping: undefined });
	});

	it("[GA165] sixty-four wait at once, one more is answered at once, and each who was answered leaves room", async () => {
		const { feed } = open();
		const one = new AbortController();
		const all = new AbortController();
		let over = 0;
		const wait = (stopping: AbortSignal) => feed.wait(0, { timeoutMs: 60_000, stopping }).then(() => over++);
		const waiting = [wait(one.signal), ...Array.from({ length: 63 }, () => wait(all.signal))];
		await wait(all.signal);
		expect(over).toBe(1);
		one.abort();
		await waiting[0];
		expect(over).toBe(2);
		const next = wait(all.signal);
		await new Promise((resolve) => setImmediate(resolve));
		expect(over).toBe(2);
		all.abort();
		await Promise.all([...waiting, next]);
		expect(over).toBe(66);
	});
});

describe("the numbers", () => {
	it("[GA169] uses by day, purpose, member, class and level, each patient of a question; refusals by hour, key, act, purpose and cause", () => {
		const { disk, feed } = open();
		note(
			feed,
			{},
			{},
			{ level: "pseudonymised" },
			{ via: "north" as AccessEntry["via"] },
			{ purpose: "HRESCH" },
			{ time: (at + dayMs) as AccessEntry["time"] },
		);
		feed.note([entry({ compartments: ["vitals"] }), entry(), entry()], nobody);
		const refused = { decision: "deny", reasons: ["GRANTEE_DIFFERS"] } as const;
		note(
			feed,
			refused,
			refused,
			{ ...refused, requester: "k2" as AccessEntry["requester"] },
			{ ...refused, action: "lookup" },
			{ ...refused, purpose: "HRESCH" },
		);
		note(feed, { ...refused, reasons: ["LEDGER_STALE"] }, { ...refused, via: "north" as AccessEntry["via"] });
		expect([disk.store.uses(0), disk.store.refusals(0)]).toEqual([[], []]);
		feed.tally();
		const day = 20_000 * dayMs;
		const use = (of: string, count: number, more: object = {}) => ({
			day,
			purpose: "TREAT",
			via: "south",
			class: of,
			level: "identified",
			count,
			...more,
		});
		const both = (count: number, more: object = {}) => ["conditions", "laboratory"].map((of) => use(of, count, more));
		expect(disk.store.uses(0)).toHaveLength(9);
		expect(disk.store.uses(0)).toEqual(
			expect.arrayContaining([
				...both(3, { day: day + dayMs }),
				...both(1, { level: "pseudonymised" }),
				...both(1, { via: "north" }),
				...both(1, { purpose: "HRESCH" }),
				use("vitals", 3),
			]),
		);
		expect(disk.store.uses(day + 1)).toEqual(both(1, { day: day + dayMs }));
		const refusal = { hour: at, requester: "k1", via: "south", action: "read", purpose: "TREAT", reason: "not-permitted", count: 1 };
		expect(disk.store.refusals(0)).toHaveLength(6);
		expect(disk.store.refusals(0)[0]).toEqual({ ...refusal, count: 2 });
		expect(disk.store.refusals(0)).toEqual(
			expect.arrayContaining([
				{ ...refusal, requester: "k2" },
				{ ...refusal, action: "lookup" },
				{ ...refusal, purpose: "HRESCH" },
				{ ...refusal, reason: "ledger-stale" },
				{ ...refusal, via: "north" },
			]),
		);
		// Nothing is counted twice.
		feed.tally();
		expect(disk.written).toHaveLength(1);
		note(feed, refused);
		feed.tally();
		expect(disk.store.refusals(0)[0]).toEqual({ ...refusal, count: 3 });
	});

	it("[GA169] uses that follow one another are counted each under its own, before and after the numbers were written, written or not", () => {
		const { disk, feed } = open();
		const other = { compartments: ["conditions", "vitals"] } as Partial<AccessEntry>;
		note(
			feed,
			{},
			{},
			other,
			other,
			{},
			{ level: "pseudonymised" },
			{},
			{ via: "west" as MemberId },
			{ purpose: "ETREAT" },
			{ time: at + dayMs },
			{},
		);
		disk.isFull = true;
		feed.tally();
		note(feed, {});
		disk.isFull = false;
		feed.tally();
		note(feed, {}, other);
		feed.tally();
		const counts = disk.written.map(({ uses }) => uses.filter((use) => use.class === "conditions").map(({ count }) => count));
		expect(counts).toEqual([
			[6, 2, 1, 1, 1, 1],
			[1, 1],
		]);
	});

	it("[GA169] an hour begins on the hour; within it a thousand keys are told apart, and in the next one again", () => {
		const { disk, feed } = open();
		const refused = (requester: string, time = at) =>
			note(feed, { decision: "deny", reasons: [], requester: requester as AccessEntry["requester"], time: time as AccessEntry["time"] });
		for (let i = 0; i < 1_000; i++) refused(`k${i}`, at + hourMs - 1);
		refused("late", at);
		refused("k5", at);
		refused("late", at + hourMs);
		feed.tally();
		const found = disk.store.refusals(0);
		expect(found.filter(({ requester }) => requester === "late")).toEqual([expect.objectContaining({ hour: at + hourMs, via: "south", count: 1 })]);
		expect(found.filter(({ requester }) => requester === "")).toEqual([expect.objectContaining({ hour: at, via: "", count: 1 })]);
		expect(found.filter(({ requester }) => requester === "k5")).toEqual([expect.objectContaining({ hour: at, count: 2 })]);
	});

	it("[GA169] refusals go after 92 days and uses after 400, as seen from the newest access", () => {
		const { disk, feed } = open();
		const keep = (days: number, more: Partial<AccessEntry>) => {
			note(feed, { ...more, time: (20_000 * dayMs - days * dayMs) as AccessEntry["time"] });
		};
		for (const days of [92, 93]) keep(days, { decision: "deny", reasons: [] });
		for (const days of [400, 401]) keep(days, { compartments: ["vitals"] });
		keep(0, { compartments: [] });
		feed.tally();
		expect(disk.store.refusals(0).map(({ hour }) => 20_000 - hour / dayMs)).toEqual([92]);
		expect(disk.store.uses(0).map(({ day }) => 20_000 - day / dayMs)).toEqual([400]);
	});

	it("[GA169] what waits is written when it is a thousand and twenty-four; on a full disk it waits, and the oldest of more than 4,096 give way", () => {
		const { disk, feed } = open();
		const many = (count: number, from: number) => {
			for (let i = from; i < from + count; i++)
				note(feed, { decision: "deny", reasons: [], purpose: `p${i % 64}` as AccessEntry["purpose"], action: `a${i >> 6}` as AccessEntry["action"] });
		};
		many(1_023, 0);
		expect(disk.written).toEqual([]);
		many(1, 1_023);
		expect(disk.written.map(({ refusals }) => refusals.length)).toEqual([1_024]);
		disk.isFull = true;
		many(4_100, 2_048);
		expect(disk.written).toHaveLength(1);
		disk.isFull = false;
		many(1, 2_048 + 4_100);
		// The disk is not tried at each access.
		expect(disk.written).toHaveLength(1);
		feed.tally();
		const [, { refusals } = { refusals: [] }] = disk.written;
		expect([refusals.length, refusals[0]?.action, refusals[0]?.purpose]).toEqual([4_096, "a32", "p5"]);
		many(1_024, 0);
		expect(disk.written).toHaveLength(3);
	});
});

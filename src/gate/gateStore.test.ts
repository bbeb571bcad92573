import { DatabaseSync } from "node:sqlite";
import { beforeEach, expect, it, onTestFinished, vi } from "vitest";
import type { Pseudonym } from "#base";
import { GateStore } from "./gateStore.ts";

const [ada, bob] = ["a".repeat(64), "b".repeat(64)] as [Pseudonym, Pseudonym];
let store: GateStore;
beforeEach(() => {
	store = new GateStore(":memory:");
});

it("[GA54] an answer and what it cost are kept together or not at all, and the next one is kept all the same", () => {
	store.recordAnswer("q", "{}", 10, 60, [ada, bob]);
	expect([store.storedAnswer("q"), store.spentMilliEpsilon(ada, 10), store.spentMilliEpsilon(ada, 11), store.storedAnswer("r")]).toEqual([
		"{}",
		60,
		0,
		undefined,
	]);
	expect(() => store.recordAnswer("q", "other", 20, 60, [ada])).toThrow();
	expect([store.storedAnswer("q"), store.spentMilliEpsilon(ada, 0)]).toEqual(["{}", 60]);
	expect(() => store.recordAnswer("r", "{}", 20, 60, [ada, undefined as unknown as Pseudonym])).toThrow();
	expect([store.storedAnswer("r"), store.spentMilliEpsilon(ada, 0)]).toEqual([undefined, 60]);
	store.recordAnswer("r", "{}", 20, 40, [ada]);
	expect([store.spentMilliEpsilon(ada, 0), store.spentMilliEpsilon(bob, 0)]).toEqual([100, 60]);
	store.recordRelease(["s", "t"], [ada, bob]);
	store.recordRelease(["s"], [ada]);
	store.forgetCrowd(ada);
	expect([store.spentMilliEpsilon(ada, 0), store.spentMilliEpsilon(bob, 0), [...store.releasedTo("s")], [...store.releasedTo("t")]]).toEqual([
		0,
		60,
		[bob],
		[bob],
	]);
});

it("[GA64] insights are filed all or none, decided once, and open again where that could not be written down", () => {
	const insight = (hash: string, classes: string) => ({ hash, pseudonym: ada, requester: "k", model: "m", classes, atMs: 5 });
	const broken = { ...insight("2", "notes"), model: undefined as unknown as string };
	expect(() => store.recordInsights([insight("1", "notes"), broken])).toThrow();
	expect(store.findInsight("1")).toBeUndefined();
	store.recordInsights([insight("1", "notes"), insight("2", "notes+vitals"), insight("3", "vitals")]);
	expect(store.findInsight("1")).toEqual({ ...insight("1", "notes"), decision: "" });
	expect([store.decideInsight("1", "accept"), store.decideInsight("1", "override"), store.findInsight("1")?.decision]).toEqual([
		true,
		false,
		"accept",
	]);
	store.reopenInsight("1");
	expect([store.findInsight("1")?.decision, store.decideInsight("1", "override"), store.decideInsight("9", "accept")]).toEqual(["", true, false]);
	store.forgetInsights(bob, "all");
	store.forgetInsights(ada, ["vitals"]);
	expect(["1", "2", "3"].map((hash) => store.findInsight(hash)?.classes)).toEqual(["notes", undefined, undefined]);
	store.forgetInsights(ada, "all");
	expect(store.findInsight("1")).toBeUndefined();
});

it("[GA14] an erasure stands in the journal, a line for each set of classes, until it is recorded", () => {
	const journal = { subject: "s" as never, pseudonym: ada, report: "" };
	store.putErasure({ ...journal, compartments: "all", stage: "started" });
	store.putErasure({ ...journal, compartments: "notes", stage: "purged", report: "{}" });
	expect(store.unfinishedErasures()).toEqual([
		{ ...journal, compartments: "all", stage: "started" },
		{ ...journal, compartments: "notes", stage: "purged", report: "{}" },
	]);
	for (const compartments of ["all", "notes"]) store.putErasure({ ...journal, compartments, stage: "recorded", report: "r" });
	expect(store.unfinishedErasures()).toEqual([]);
	expect(store.partialErasures()).toEqual([{ ...journal, compartments: "notes", stage: "recorded", report: "r" }]);
});

it("[GA16] a hold runs until its end, to the millisecond; a review is closed once", () => {
	store.placeHold(ada, "order", 100, 1);
	expect([store.holds(ada, 99), store.holds(ada, 100), store.holds(bob, 0)]).toEqual([
		[{ id: 1, pseudonym: ada, basis: "order", untilMs: 100, placedAtMs: 1 }],
		[],
		[],
	]);
	const id = store.openReview(ada, "k", 7);
	store.confirmReview(id, "h" as never);
	const review = { id, pseudonym: ada, requester: "k", openedAtMs: 7, entryHash: "h" };
	expect([store.closeReview(id, "justified", "r"), store.closeReview(id, "unjustified", "x"), store.closeReview(9, "justified", "r")]).toEqual([
		true,
		false,
		false,
	]);
	expect([store.review(id), store.reviews(), store.review(9)]).toEqual([
		{ ...review, status: "justified", reviewer: "r" },
		[{ ...review, status: "justified", reviewer: "r" }],
		undefined,
	]);
});

it("[GA226] copies no page to a file elsewhere, and overwrites what it deletes", () => {
	const opened: DatabaseSync[] = [];
	const exec = DatabaseSync.prototype.exec;
	const spy = vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, sql) {
		opened.push(this);
		exec.call(this, sql);
	});
	onTestFinished(() => spy.mockRestore());
	new GateStore(":memory:");
	const [db] = opened as [DatabaseSync];
	expect([db.prepare("PRAGMA temp_store").get(), db.prepare("PRAGMA secure_delete").get()]).toMatchObject([{ temp_store: 2 }, { secure_delete: 1 }]);
});

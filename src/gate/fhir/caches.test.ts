import { beforeEach, describe, expect, it } from "vitest";
import type { MemberId, SubjectId } from "#base";
import type { DataClass } from "#contracts";
import { type LoggedAccess, type StoredRecord, sealRecord } from "#vault";
import type { GateParts } from "../parts.ts";
import { RecordCache } from "./recordCache.ts";
import { releasedLists } from "./releasedLists.ts";
import { VersionCache } from "./versionCache.ts";

/** What is kept open of records, and when it is read anew: a cache that is asked too little answers by what was. */
const [ada, bob] = ["a".repeat(32), "b".repeat(32)] as [SubjectId, SubjectId];
const dataKey = new Uint8Array(32).fill(1);
const wrappedOf = (subject: SubjectId) => ({ id: "0c".repeat(16), subject, compartments: ["notes"] as const, wrapped: new Uint8Array(60) });
const access = {} as LoggedAccess;
const notes: readonly DataClass[] = ["notes"];

let random = 0;
function row(subject: SubjectId, length = 100, version = 1): StoredRecord {
	const resourceText = JSON.stringify({ resourceType: "Basic", id: "x", text: "t".repeat(Math.max(0, length - 45)) });
	return sealRecord({
		...{
			custodian: "north" as MemberId,
			handle: { dataKey, wrapped: wrappedOf(subject) },
			token: "0d".repeat(32),
			version,
			storedAtMs: 5,
			deleted: false,
		},
		body: { labels: [], conditions: [], dataTimeMs: null, authors: [], encounter: null, tableVersion: "t", resourceText },
		randomBytes: (size) => new Uint8Array(size).fill(++random % 256),
	});
}

/** Counts what the store and the keyring are asked. */
function openStore() {
	const state = { writes: 1, mark: "m1", rows: [row(ada)] as StoredRecord[] };
	const asked = { marks: 0, lists: [] as string[], keys: 0, receipts: 0 };
	const store = {
		writes: () => state.writes,
		changeMark: async () => {
			asked.marks++;
			return state.mark;
		},
		listRecords: async (_: SubjectId, classes: readonly DataClass[]) => {
			asked.lists.push(classes.join("+"));
			return state.rows;
		},
		getDataKeys: async (ids: readonly string[]) => {
			asked.keys += ids.length;
			return ids.map(() => wrappedOf(ada));
		},
	};
	const keyring = {
		unwrap: async (_: LoggedAccess, wrapped: readonly unknown[]) => {
			asked.receipts++;
			return wrapped.map(() => dataKey);
		},
	};
	const take = () => {
		const told = { ...asked, lists: [...asked.lists] };
		Object.assign(asked, { marks: 0, lists: [], keys: 0, receipts: 0 });
		return told;
	};
	return { state, take, parts: { store, keyring, member: "north" } as unknown as GateParts };
}

let given: ReturnType<typeof openStore>;
beforeEach(() => {
	given = openStore();
});

describe("records of a patient", () => {
	it("[GA190] are read once while nobody writes, the mark once for each write, and all anew where it moved; the receipt is spent each time", async () => {
		const { state, take, parts } = given;
		const cache = new RecordCache();
		const open = async (classes = notes) =>
			(await (await cache.find(parts, ada, classes)).open(access)).map(({ body }) => body.resource.resourceType);
		expect([await open(), take()]).toEqual([["Basic"], { marks: 1, lists: ["notes"], keys: 1, receipts: 1 }]);
		expect([await open(), take()]).toEqual([["Basic"], { marks: 0, lists: [], keys: 0, receipts: 1 }]);
		state.writes++;
		await open();
		expect(take()).toEqual({ marks: 1, lists: [], keys: 0, receipts: 1 });
		await open();
		expect(take()).toEqual({ marks: 0, lists: [], keys: 0, receipts: 1 });
		[state.writes, state.mark] = [state.writes + 1, "m2"];
		await open();
		expect(take()).toEqual({ marks: 1, lists: ["notes"], keys: 1, receipts: 1 });
		// Classes in any order are one question; others are another.
		await open(["vitals", "notes"]);
		await open(["notes", "vitals"]);
		expect(take().lists).toEqual(["vitals+notes"]);
	});

	it("[GA11] are gone with the patient, and what was being opened then is kept by nobody", async () => {
		const { take, parts } = given;
		const cache = new RecordCache();
		const found = await cache.find(parts, ada, notes);
		cache.forget(ada);
		cache.forget(bob);
		await found.open(access);
		take();
		expect(await cache.find(parts, ada, notes)).not.toBe(found);
		expect(take()).toMatchObject({ marks: 1, lists: ["notes"] });
	});

	it("[GA190] of more than 64 Mi characters the longest unused give way, and no other", async () => {
		const { state, take, parts } = given;
		const cache = new RecordCache();
		const subjects = Array.from({ length: 5 }, (_, at) => String(at).repeat(32) as SubjectId);
		const open = async (at: number) => {
			const subject = subjects[at] as SubjectId;
			state.rows = [row(subject, 20 * 1024 * 1024)];
			await (await cache.find(parts, subject, notes)).open(access);
			return take().lists.length;
		};
		expect([await open(0), await open(1), await open(2), await open(0), await open(3)]).toEqual([1, 1, 1, 0, 1]);
		expect([await open(0), await open(2), await open(3)]).toEqual([0, 0, 0]);
		expect(await open(1)).toBe(1);
	});
});

describe("versions of one record", () => {
	const place = (more: object = {}) => ({ subject: ada, granted: notes, record: "Basic/x", ...more });

	it("[GA190] are the ones kept while nobody writes, or while the rows are the same; else they are read and opened anew", async () => {
		const { state, take, parts } = given;
		const cache = new VersionCache();
		let reads = 0;
		const read = async () => {
			reads++;
			return state.rows;
		};
		const open = async (more: object = {}) => {
			const { found, known } = await cache.find(parts, place(more), read);
			await found.open(access);
			return [known, reads, take().keys];
		};
		expect(await open()).toEqual([false, 1, 1]);
		expect(await open()).toEqual([true, 1, 0]);
		state.writes++;
		expect(await open()).toEqual([true, 2, 0]);
		expect(await open()).toEqual([true, 2, 0]);
		[state.writes, state.rows] = [state.writes + 1, [row(ada)]];
		expect(await open()).toEqual([false, 3, 1]);
		[state.writes, state.rows] = [state.writes + 1, [...state.rows, row(ada, 100, 2)]];
		expect(await open()).toEqual([false, 4, 1]);
		expect(await open()).toEqual([true, 4, 0]);
		// Another record, other classes, another patient: another question.
		for (const more of [{ record: "Basic/y" }, { granted: ["notes", "vitals"] }, { subject: bob }]) expect((await open(more))[0]).toBe(false);
		expect((await open())[0]).toBe(true);
	});

	it("[GA190] of which there are none are not kept", async () => {
		const { state, parts } = given;
		const cache = new VersionCache();
		state.rows = [];
		for (let again = 0; again < 2; again++) {
			const { found, known } = await cache.find(parts, place(), async () => []);
			await found.open(access);
			expect(known).toBe(false);
		}
	});

	it("[GA11] are gone with the patient; what was being opened while somebody was forgotten is not kept", async () => {
		const { state, parts } = given;
		const cache = new VersionCache();
		const read = async () => state.rows;
		const first = await cache.find(parts, place(), read);
		cache.forget(bob);
		await first.found.open(access);
		expect((await cache.find(parts, place(), read)).known).toBe(false);
		await (await cache.find(parts, place(), read)).found.open(access);
		expect((await cache.find(parts, place(), read)).known).toBe(true);
		cache.forget(ada);
		expect((await cache.find(parts, place(), read)).known).toBe(false);
	});

	it("[GA190] of more than 16 Mi characters the patients longest unused give way", async () => {
		const { state, parts } = given;
		const cache = new VersionCache();
		const open = async (at: number) => {
			const subject = String(at).repeat(32) as SubjectId;
			state.rows = [row(subject, 5 * 1024 * 1024)];
			const { found, known } = await cache.find(parts, place({ subject }), async () => state.rows);
			await found.open(access);
			return known;
		};
		expect([await open(0), await open(1), await open(2), await open(0), await open(3)]).toEqual([false, false, false, true, false]);
		expect([await open(0), await open(2), await open(3), await open(1)]).toEqual([true, true, true, false]);
	});
});

describe("what some verdicts let through", () => {
	it("[GA190] is found by the same rows, the same verdicts and the same act alone, four of each at most", () => {
		const view = (level: string, action = "read") =>
			({ action, verdicts: new Map([["notes", { class: "notes", released: true, filters: [{ level }] }]]) }) as unknown as Parameters<
				typeof releasedLists.find
			>[1];
		const [rows, others] = [[], []];
		const list = [] as const;
		releasedLists.keep(rows, view("identified"), list);
		expect(releasedLists.find(rows, view("identified"))).toBe(list);
		for (const [of, which] of [
			[rows, view("pseudonymised")],
			[rows, view("identified", "compute")],
			[others, view("identified")],
		] as const)
			expect(releasedLists.find(of, which)).toBeUndefined();
		for (const level of ["a", "b", "c"]) releasedLists.keep(rows, view(level), []);
		expect(releasedLists.find(rows, view("identified"))).toBe(list);
		releasedLists.keep(rows, view("d"), []);
		expect([releasedLists.find(rows, view("identified")), releasedLists.find(rows, view("d"))]).toEqual([undefined, []]);
	});
});

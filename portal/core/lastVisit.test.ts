import { describe, expect, it } from "vitest";
import type { RecordItem } from "./deskTypes.ts";
import { newSince, noteVisit } from "./lastVisit.ts";
import { visitKeyOf } from "./visitKey.ts";

const hourMs = 3_600_000;
const start = Date.parse("2026-03-01T08:00:00Z");

function memoryStorage() {
	const kept = new Map<string, string>();
	return {
		kept,
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => void kept.set(key, value),
	};
}

const item = (id: string, date: string, filedAtMs?: number) =>
	({
		id,
		kind: "laboratory",
		type: "Observation",
		date,
		title: id,
		values: [],
		status: "",
		author: "",
		...(filedAtMs && { filedAtMs }),
	}) as RecordItem;

const ids = (items: readonly RecordItem[]) => items.map(({ id }) => id);

describe("a visit", () => {
	it("[PO123] is the one before this, however often the page was loaded in between", () => {
		const storage = memoryStorage();
		expect(noteVisit(storage, "a", start)).toBeUndefined();
		expect(noteVisit(storage, "a", start + hourMs / 4)).toBeUndefined();
		expect(noteVisit(storage, "a", start + 2 * hourMs)).toBe(start + hourMs / 4);
		expect(noteVisit(storage, "a", start + 2.25 * hourMs)).toBe(start + hourMs / 4);
		expect(noteVisit(storage, "a", start + 2.5 * hourMs)).toBe(start + hourMs / 4);
		expect(noteVisit(storage, "a", start + 9 * hourMs)).toBe(start + 2.5 * hourMs);
	});

	it("[PO124] of one doctor is none of another's, and what is kept names no patient", () => {
		const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
		const storage = memoryStorage();
		expect(noteVisit(storage, visitKeyOf(one, "harbor", "patient-4711"), start)).toBeUndefined();
		expect(noteVisit(storage, visitKeyOf(other, "harbor", "patient-4711"), start + hourMs)).toBeUndefined();
		expect(noteVisit(storage, visitKeyOf(one, "north", "patient-4711"), start + 2 * hourMs)).toBeUndefined();
		expect(noteVisit(storage, visitKeyOf(one, "harbor", "patient-4712"), start + 3 * hourMs)).toBeUndefined();
		expect(noteVisit(storage, visitKeyOf(one, "harbor", "patient-4711"), start + 4 * hourMs)).toBe(start);
		expect(JSON.stringify([...storage.kept])).not.toMatch(/4711|harbor/);
	});

	it("[PO124] is kept of so many charts, the latest ones, and what a browser cannot read is none", () => {
		const storage = memoryStorage();
		storage.kept.set("aceso/visits/1", "{");
		for (let at = 0; at <= 500; at++) noteVisit(storage, `c${at}`, start + at);
		expect(noteVisit(storage, "c0", start + 9 * hourMs)).toBeUndefined();
		expect(noteVisit(storage, "c500", start + 9 * hourMs)).toBe(start + 500);
		expect(Object.keys(JSON.parse([...storage.kept.values()][0]!)).length).toBe(500);
	});
});

describe("what is new in a chart", () => {
	it("[PO123] is what was filed since, however old the care; without that what has a day since; of the rest nobody knows", () => {
		const found = newSince(
			[
				item("filed late", "1999-01-01", start + 1),
				item("filed before", "2026-03-02", start - hourMs),
				item("in the second of the visit", "2026-03-01", start - 1_500),
				item("care on the day", "2026-03-01"),
				item("care before", "2026-02-28"),
				item("in the month", "2026-03"),
				item("in an earlier year", "2025"),
				item("no date", ""),
			],
			start,
		);
		expect(ids(found.filed)).toEqual(["filed late", "in the second of the visit"]);
		expect(ids(found.dated)).toEqual(["care on the day", "in the month"]);
		expect(found.undated).toBe(1);
	});
});

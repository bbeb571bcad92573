import type { RecordItem } from "./deskTypes.ts";

const storageKey = "aceso/visits/1";
/** Charts whose last visit a browser keeps; beyond it the one that was opened longest ago is forgotten. */
const visitsMax = 500;
/** Looks that are closer together are one visit: whoever loads the page again still sees what was new. */
const visitMs = 30 * 60_000;
/** HTTP tells a node's time in whole seconds: what was filed so shortly before a visit is told once more rather than never. */
const clockErrorMs = 2_000;

interface Visit {
	/** Start of the latest look, by the node's clock, UTC ms. */
	readonly atMs: number;
	/** Of the last look of the visit before; absent at a first visit. */
	readonly beforeMs?: number;
}

type Visits = Readonly<Record<string, Visit>>;

/** What is new in a chart. */
export interface NewItems {
	/** Filed at the node since. */
	readonly filed: readonly RecordItem[];
	/** The node does not tell when it was filed, and care was on that day or later. */
	readonly dated: readonly RecordItem[];
	/** Neither is known: nobody can say whether these are new. */
	readonly undated: number;
}

/** Notes a look. @returns When the visit before this one was, UTC ms; undefined at a first one. */
export function noteVisit(storage: Pick<Storage, "getItem" | "setItem">, key: string, atMs: number): number | undefined {
	const visits = readVisits(storage);
	const before = visits[key];
	const beforeMs = before !== undefined && atMs - before.atMs < visitMs ? before.beforeMs : before?.atMs;
	const others = Object.entries(visits).filter(([each]) => each !== key);
	const newest = others.toSorted(([, a], [, b]) => b.atMs - a.atMs).slice(0, visitsMax - 1);
	const noted: Visit = { atMs, ...(beforeMs === undefined ? {} : { beforeMs }) };
	storage.setItem(storageKey, JSON.stringify({ ...Object.fromEntries(newest), [key]: noted }));
	return beforeMs;
}

function readVisits(storage: Pick<Storage, "getItem">): Visits {
	try {
		return JSON.parse(storage.getItem(storageKey) ?? "{}") as Visits;
	} catch {
		return {};
	}
}

/** What came since a visit, by when the node says that it was filed, else by the date of care. */
export function newSince(items: readonly RecordItem[], sinceMs: number): NewItems {
	const day = new Date(sinceMs).toISOString().slice(0, 10);
	const unfiled = items.filter(({ filedAtMs }) => filedAtMs === undefined);
	return {
		filed: items.filter(({ filedAtMs }) => filedAtMs !== undefined && filedAtMs >= sinceMs - clockErrorMs),
		// A date may be a year or a month alone: it is new where its last day may be.
		dated: unfiled.filter(({ date }) => date !== "" && date >= day.slice(0, date.length)),
		undated: unfiled.filter(({ date }) => date === "").length,
	};
}

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { SubjectId } from "#base";
import { openLogConnection } from "./logDatabase.ts";
import type { LogBatch, SealedRow } from "./logRows.ts";
import { type AnchorRow, type LogStore, openLogStore } from "./logStore.ts";

/** What the store gives back of what it took, whole, before and after it is settled. */
const bytes = (value: number, length = 32) => new Uint8Array(length).fill(value);
const hex = (value: number) => Buffer.from(bytes(value)).toString("hex");
const [anna, bela] = [0xa1, 0xb2];
const keyOf = (name: string, subject: number) => ({
	...{ id: name, subject: Buffer.from(bytes(subject, 16)).toString("hex") as SubjectId },
	...{ compartments: [], wrapped: bytes(subject, 48) },
});
const entry = (leafIndex: number, chain: number, seq: number, dataKey: string, place: number | null = null): SealedRow => ({
	...{ leafIndex, place, chain: bytes(chain), seq, entryHash: bytes(leafIndex * 16 + (place ?? 0) + 1), dataKey, sealed: bytes(leafIndex + 100, 60) },
});
const read = ({ chain, ...row }: SealedRow) => ({ ...row, chain: Buffer.from(chain).toString("hex") });
const annas = [entry(0, anna, 0, "ka"), entry(2, anna, 1, "ka", 3), entry(3, anna, 2, "kb")] as const;
const belas = [entry(1, bela, 0, "kc"), entry(2, bela, 1, "kc", 7)] as const;
const cohort = { leafIndex: 2, leafHash: bytes(9), hashes: bytes(8, 64) };
const first: LogBatch = { base: 0, leaves: 2, nodes: bytes(50), keys: [keyOf("ka", 1), keyOf("kc", 2)], cohorts: [], entries: [annas[0], belas[0]] };
const second: LogBatch = {
	...{ base: 2, leaves: 2, nodes: Buffer.concat([bytes(51), bytes(52)]), keys: [keyOf("kb", 1)], cohorts: [cohort] },
	entries: [annas[1], belas[1], annas[2]],
};

let path: string;
let store: LogStore;
beforeEach(() => {
	path = join(mkdtempSync(join(tmpdir(), "aceso-log-store-")), "access.db");
	store = openLogStore(path);
	return () => store.close();
});
const plain = (value: unknown): unknown =>
	JSON.parse(JSON.stringify(value, (_, each) => (each instanceof Uint8Array ? Buffer.from(each).toString("hex") : each)));

describe.each([false, true])("entries, settled: %s", (isSettled) => {
	beforeEach(() => {
		store.commit(first);
		store.commit(second);
		if (isSettled) store.settle();
	});

	it("[LO22] each leaf, each chain, each head and each key, as they were written", () => {
		expect(store.size()).toBe(4);
		expect(plain(store.listChain(hex(anna), 0, 9))).toEqual(plain(annas.map(read)));
		expect(plain(store.listChain(hex(anna), 1, 2))).toEqual(plain([read(annas[1])]));
		expect(plain(store.listChain(hex(bela), 0, 2))).toEqual(plain(belas.map(read)));
		expect(store.listChain(hex(0xcc), 0, 9)).toEqual([]);
		expect([0, 1, 2, 3, 4].map((leaf) => store.listLeafEntries(leaf).length)).toEqual([1, 1, 2, 1, 0]);
		expect(plain([0, 1, 2, 3].map((leaf) => store.getLeafHash(leaf)))).toEqual(
			plain([annas[0].entryHash, belas[0].entryHash, cohort.leafHash, annas[2].entryHash]),
		);
		expect(store.getLeafHash(4)).toBeUndefined();
		expect(plain([...store.listLeaves()].map(({ leafIndex, leafHash }) => [leafIndex, leafHash]))).toEqual(
			plain([annas[0].entryHash, belas[0].entryHash, cohort.leafHash, annas[2].entryHash].map((hash, leaf) => [leaf, hash])),
		);
		expect(plain([store.getCohort(2), store.getCohort(1) ?? null, [...store.listCohorts()]])).toEqual(plain([cohort, null, [cohort]]));
		const head = (row: SealedRow, subject: number) => ({
			...{ chain: Buffer.from(row.chain).toString("hex"), token: row.chain, seq: row.seq, head: row.entryHash },
			subject: keyOf("", subject).subject,
		});
		expect(plain([store.getChain(hex(anna)), store.getChain(hex(bela)), store.getChain(hex(0xcc)) ?? null])).toEqual(
			plain([head(annas[2], 1), head(belas[1], 2), null]),
		);
		expect(plain(store.getSettledChain(hex(anna)) ?? null)).toEqual(plain(isSettled ? head(annas[2], 1) : null));
		expect(plain([...store.listUnsettled()])).toEqual(plain(isSettled ? [] : [head(annas[2], 1), head(belas[1], 2)]));
		const heads = [0, 1, 2, 3, 4].map((size) => store.getHeadAt(hex(anna), size)?.seq ?? -1);
		expect(heads).toEqual([-1, 0, 0, 1, 2]);
		expect(plain(store.getHeadAt(hex(anna), 3))).toEqual(plain({ seq: 1, head: annas[1].entryHash }));
		expect([store.listTouched(0, 1), store.listTouched(1, 2), [...store.listTouched(0, 4)].sort(), store.listTouched(4, 9)]).toEqual([
			[hex(anna)],
			[hex(bela)],
			[hex(anna), hex(bela)],
			[],
		]);
		expect([1, 3, 4].map((size) => [...store.listChainKeys(hex(anna), size)].sort())).toEqual([["ka"], ["ka"], ["ka", "kb"]]);
		expect([store.listChainKeys(hex(anna), 0), store.listChainKeys(hex(bela), 9)]).toEqual([[], ["kc"]]);
		expect(plain(store.getDataKeys(["kb", "ka"]))).toEqual(plain([keyOf("kb", 1), keyOf("ka", 1)]));
		expect(() => store.getDataKeys(["ka", "none"])).toThrow(expect.objectContaining({ code: "ACCESS_LOG_INTEGRITY", kind: "stop" }));
	});

	it("[LO22] nodes above the leaves, by the group that completed them", () => {
		expect(plain([store.getNode(1, 0), store.getNode(1, 1), store.getNode(2, 0)])).toEqual(plain([bytes(50), bytes(51), bytes(52)]));
		for (const [level, index] of [
			[1, 2],
			[2, 1],
			[3, 0],
		] as const)
			expect(store.getNode(level, index), `${level} ${index}`).toBeUndefined();
	});

	it("[AL17] nothing contradicts anything", () => {
		expect(store.countContradictions().filter(({ rows }) => rows !== 0)).toEqual([]);
		expect(store.countContradictions().map(({ rule }) => rule)).toEqual([
			"file",
			"leaf-indexes",
			"chain-gap",
			"chain-order",
			"chain-head",
			"chain-index",
			"data-key",
			"cohort",
		]);
	});
});

describe("beside the entries", () => {
	const anchor = (index: number, size: number): AnchorRow => ({ index, size, root: `root${index}`, mapRoot: `map${index}`, time: 1_000 + index });

	it("[AL14] anchors, their tree and the map's pages, together", () => {
		expect([store.listAnchors(), store.getLastAnchor(), store.mapSize(), store.getAnchor(0), store.readPage("p")]).toEqual([
			[],
			undefined,
			0,
			undefined,
			undefined,
		]);
		store.recordAnchor(
			anchor(0, 5),
			[{ level: 0, index: 0, hash: bytes(1) }],
			new Map([
				["p", bytes(7)],
				["q", bytes(8)],
			]),
		);
		expect([store.mapSize(), store.getMeta("mapSize")]).toEqual([5, "5"]);
		const nodes = [
			{ level: 0, index: 1, hash: bytes(2) },
			{ level: 1, index: 0, hash: bytes(3) },
		];
		store.recordAnchor(
			anchor(1, 9),
			nodes,
			new Map<string, Uint8Array | undefined>([
				["p", undefined],
				["q", bytes(9)],
			]),
		);
		expect([store.mapSize(), store.listAnchors(), store.getLastAnchor(), store.getAnchor(0), store.getAnchor(2)]).toEqual([
			9,
			[anchor(0, 5), anchor(1, 9)],
			anchor(1, 9),
			anchor(0, 5),
			undefined,
		]);
		expect([0, 4, 5, 8, 9].map((leaf) => store.getAnchorCovering(leaf)?.index)).toEqual([0, 0, 1, 1, undefined]);
		expect([store.readPage("p"), plain(store.readPage("q"))]).toEqual([undefined, plain(bytes(9))]);
		expect(plain([store.getAnchorNode(0, 0), store.getAnchorNode(0, 1), store.getAnchorNode(1, 0), store.getAnchorNode(1, 1) ?? null])).toEqual(
			plain([bytes(1), bytes(2), bytes(3), null]),
		);
		// Of two with one size the second is refused, and nothing of it is left.
		expect(() => store.recordAnchor(anchor(2, 9), [{ level: 0, index: 2, hash: bytes(4) }], new Map([["r", bytes(1)]]))).toThrow();
		expect([store.listAnchors().length, store.getAnchorNode(0, 2), store.readPage("r"), store.mapSize()]).toEqual([2, undefined, undefined, 9]);
	});

	it("[AL7] a batch that cannot be written as a whole leaves nothing, and what follows has its place", () => {
		expect(() => store.commit({ ...first, entries: [annas[0], annas[0]] })).toThrow();
		expect([store.size(), store.listLeafEntries(0)]).toEqual([0, []]);
		store.commit(first);
		store.settle();
		store.commit(second);
		expect([store.size(), store.getChain(hex(anna))?.seq, store.getSettledChain(hex(anna))?.seq]).toEqual([4, 2, 0]);
		store.close();
		store.close();
		store.settle();
		store = openLogStore(path);
		expect([store.size(), store.getChain(hex(anna))?.seq]).toEqual([4, 2]);
	});

	it("[LO22] what another connection has settled meanwhile is not missed", () => {
		store.commit(first);
		// A few entries are no reason to settle.
		store.settleWhenDue();
		expect([...store.listUnsettled()]).toHaveLength(2);
		const other = openLogConnection(path);
		other.exec(`INSERT INTO entry_index SELECT chain, seq, leaf_index FROM entries;
			INSERT INTO chains SELECT chain, seq, entry_hash FROM entries; INSERT INTO meta VALUES ('settled', '2')`);
		other.close();
		expect([...store.listUnsettled()]).toEqual([]);
		expect(plain(store.listChain(hex(anna), 0, 9))).toEqual(plain([read(annas[0])]));
		store.setMeta("a", "1");
		store.setMeta("a", "2");
		expect([store.getMeta("a"), store.getMeta("b")]).toEqual(["2", undefined]);
	});
});

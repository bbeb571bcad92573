import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SubjectId } from "#base";
import { splitCompartments, type WrappedDataKey } from "#vault";
import { AccessLogError } from "./errors.ts";
import { openLogDatabase } from "./logDatabase.ts";
import type { ChainRow, CohortRow, EntryRow, LogBatch, NodeRow } from "./logRows.ts";
import { inTransaction, levelsMax, RowWriter } from "./rowWriter.ts";

/** A size the ledger has recorded: a leaf of the log's tree of anchors. */
export interface AnchorRow {
	/** Place among the log's anchors, from 0. */
	readonly index: number;
	readonly size: number;
	readonly root: string;
	readonly mapRoot: string;
	/** Block time, UTC ms. */
	readonly time: number;
}

/** What the log writer needs of its disk. Tests put failures between the two. */
export interface LogStore {
	getMeta(key: string): string | undefined;
	setMeta(key: string, value: string): void;
	/** Number of leaves stored. */
	size(): number;
	/** All rows of the batch become durable together, or none does and it throws. */
	commit(batch: LogBatch): void;
	/** Brings index and heads up to the log; what is not settled is found all the same, by looking through it. */
	settle(): void;
	/** {@link LogStore.settle}, once enough entries wait for it. */
	settleWhenDue(): void;
	/** The entry of a leaf, or those of a cohort. */
	listLeafEntries(leafIndex: number): readonly EntryRow[];
	getLeafHash(leafIndex: number): Uint8Array | undefined;
	/** Hashes of a cohort's places, 32 bytes each. */
	getCohort(leafIndex: number): CohortRow | undefined;
	listCohorts(): IterableIterator<CohortRow>;
	getNode(level: number, index: number): Uint8Array | undefined;
	getChain(chain: string): ChainRow | undefined;
	/** {@link LogStore.getChain} of a chain that has no entry besides those that are settled. */
	getSettledChain(chain: string): ChainRow | undefined;
	/** Chains with entries that are not settled, each once. */
	listUnsettled(): Iterable<ChainRow>;
	/** Entries of a chain with seq in [from, to), in order. */
	listChain(chain: string, fromSeq: number, toSeq: number): readonly EntryRow[];
	/** The chain's last entry with a leaf index below `size`. */
	getHeadAt(chain: string, size: number): { readonly seq: number; readonly head: Uint8Array } | undefined;
	/** Chains touched by leaves in [from, to), each once. */
	listTouched(from: number, to: number): readonly string[];
	/** Every leaf in order. */
	listLeaves(): IterableIterator<{ readonly leafIndex: number; readonly leafHash: Uint8Array }>;
	/** How many rows break each rule that SQL alone can judge. */
	countContradictions(): readonly { readonly rule: ContradictionRule; readonly rows: number }[];
	getDataKeys(ids: readonly string[]): readonly WrappedDataKey[];
	/** Ids of the data keys under which the chain's entries below `size` are sealed. */
	listChainKeys(chain: string, size: number): readonly string[];
	/** The smallest anchor that covers a leaf. */
	getAnchorCovering(leafIndex: number): AnchorRow | undefined;
	getAnchor(index: number): AnchorRow | undefined;
	getLastAnchor(): AnchorRow | undefined;
	/** A node of the tree of anchors, leaves included. */
	getAnchorNode(level: number, index: number): Uint8Array | undefined;
	/** Records an anchor with the nodes it completes and brings the stored head map to its size, together. A page without bytes is deleted. */
	recordAnchor(anchor: AnchorRow, nodes: readonly NodeRow[], pages: ReadonlyMap<string, Uint8Array | undefined>): void;
	/** A page of the head map as of {@link mapSize}. */
	readPage(prefix: string): Uint8Array | undefined;
	/** Log size to which the stored head map belongs. */
	mapSize(): number;
	listAnchors(): readonly AnchorRow[];
	close(): void;
}

export type ContradictionRule = "file" | "leaf-indexes" | "chain-gap" | "chain-order" | "chain-head" | "chain-index" | "data-key" | "cohort";

/** Leaves whose entries index and heads know. */
const settled = "(SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta WHERE key = 'settled')";

/** Each counts the rows that break one rule; 0 in a sound file. */
const contradictions: readonly { readonly rule: ContradictionRule; readonly sql: string }[] = [
	{ rule: "file", sql: "SELECT count(*) AS rows FROM pragma_quick_check WHERE quick_check <> 'ok'" },
	{
		rule: "leaf-indexes",
		sql: `SELECT coalesce(max(leaf_index) + 1, 0) - count(*) + 2 * (SELECT count(*) FROM cohorts WHERE leaf_index IN (SELECT leaf_index FROM entries))
			+ (SELECT count(*) FROM (SELECT first_leaf <> coalesce(lag(first_leaf + leaves) OVER (ORDER BY first_leaf), 0) AS apart FROM groups) WHERE apart)
			+ abs(coalesce(max(leaf_index) + 1, 0) - (SELECT coalesce(max(first_leaf + leaves), 0) FROM groups)) AS rows FROM all_leaves`,
	},
	{
		rule: "chain-gap",
		sql: `SELECT count(*) AS rows FROM (
			SELECT chain FROM all_entries GROUP BY chain HAVING min(seq) <> 0 OR max(seq) <> count(*) - 1 OR count(DISTINCT seq) <> count(*)
		)`,
	},
	{
		rule: "chain-order",
		sql: `SELECT count(*) AS rows FROM (
			SELECT leaf_index <= lag(leaf_index) OVER (PARTITION BY chain ORDER BY seq) AS backwards FROM all_entries
		) WHERE backwards`,
	},
	{
		rule: "chain-head",
		sql: `SELECT (SELECT count(DISTINCT chain) FROM all_entries WHERE leaf_index < ${settled} AND chain NOT IN (SELECT chain FROM chains)) + (
			SELECT count(*) FROM chains AS c LEFT JOIN (
				SELECT chain, max(seq) AS seq, entry_hash FROM all_entries WHERE leaf_index < ${settled} GROUP BY chain
			) AS e ON e.chain = c.chain WHERE e.seq IS NOT c.seq OR e.entry_hash IS NOT c.head
		) AS rows`,
	},
	{
		rule: "chain-index",
		sql: `SELECT (
			SELECT count(*) FROM entries AS e LEFT JOIN entry_index AS i ON i.chain = e.chain AND i.seq = e.seq
				WHERE e.leaf_index < ${settled} AND i.leaf_index IS NOT e.leaf_index
		) + abs((SELECT count(*) FROM entry_index) - (SELECT count(*) FROM entries WHERE leaf_index < ${settled})) AS rows`,
	},
	{ rule: "data-key", sql: "SELECT count(*) AS rows FROM all_entries WHERE data_key NOT IN (SELECT id FROM data_keys)" },
	{
		rule: "cohort",
		sql: `SELECT (SELECT count(*) FROM cohort_entries WHERE leaf_index NOT IN (SELECT leaf_index FROM cohorts))
			+ (SELECT count(*) FROM cohorts WHERE leaf_index NOT IN (SELECT leaf_index FROM cohort_entries)) AS rows`,
	},
];

type Row = Record<string, unknown>;

/**
 * The log on SQLite, locked for the life of the process.
 *
 * @throws {@link AccessLogError} `ACCESS_LOG_LOCKED` when another process, or another opening in this one, holds the log.
 */
export function openLogStore(path: string): LogStore {
	return createLogStore(openLogDatabase(path));
}

/** The rows of a log over its open database. */
export function createLogStore(db: DatabaseSync): LogStore {
	return new SqliteLogStore(db);
}

class SqliteLogStore implements LogStore {
	readonly #db: DatabaseSync;
	readonly #sql: ReturnType<typeof prepareAll>;
	readonly #writer: RowWriter;
	#tail: LogTail | undefined;

	constructor(db: DatabaseSync) {
		this.#db = db;
		this.#sql = prepareAll(db);
		this.#writer = new RowWriter(db);
	}

	getMeta(key: string): string | undefined {
		return (this.#sql.getMeta.get(key) as Row | undefined)?.value as string | undefined;
	}

	setMeta(key: string, value: string): void {
		this.#sql.setMeta.run(key, value);
	}

	size(): number {
		return this.#writer.size();
	}

	commit(batch: LogBatch): void {
		this.#writer.write(batch);
	}

	settle(): void {
		if (this.#db.isOpen) this.#writer.settle();
	}

	settleWhenDue(): void {
		this.#writer.settleWhenDue();
	}

	listLeafEntries(leafIndex: number): readonly EntryRow[] {
		return this.#sql.listLeafEntries.all(leafIndex).map(entryRow);
	}

	getLeafHash(leafIndex: number): Uint8Array | undefined {
		return (this.#sql.getLeafHash.get(leafIndex) as Row | undefined)?.leaf_hash as Uint8Array | undefined;
	}

	getCohort(leafIndex: number): CohortRow | undefined {
		const row = this.#sql.getCohort.get(leafIndex);
		return row === undefined ? undefined : cohortRow(row);
	}

	*listCohorts(): IterableIterator<CohortRow> {
		for (const row of this.#sql.listCohorts.iterate()) yield cohortRow(row);
	}

	getNode(level: number, index: number): Uint8Array | undefined {
		const lastLeaf = (index + 1) * 2 ** level - 1;
		const row = this.#sql.getGroup.get(lastLeaf) as Row | undefined;
		if (row === undefined || lastLeaf >= (row.first_leaf as number) + (row.leaves as number)) return undefined;
		const at = (nodesUpTo(lastLeaf) - nodesUpTo(row.first_leaf as number) + level - 1) * 32;
		const hash = (row.nodes as Uint8Array).subarray(at, at + 32);
		return hash.length === 32 ? hash : undefined;
	}

	getChain(chain: string): ChainRow | undefined {
		const last = this.#readTail().of(chain).at(-1);
		return last === undefined ? this.getSettledChain(chain) : this.#headOf(chain, last);
	}

	getSettledChain(chain: string): ChainRow | undefined {
		const row = this.#sql.getChain.get(hex(chain)) as Row | undefined;
		return row === undefined ? undefined : chainRow(row);
	}

	*listUnsettled(): IterableIterator<ChainRow> {
		for (const [chain, entries] of this.#readTail().chains) yield this.#headOf(chain, entries.at(-1) as TailEntry);
	}

	listChain(chain: string, fromSeq: number, toSeq: number): readonly EntryRow[] {
		const settled = this.#sql.listChain.all(hex(chain), fromSeq, toSeq).map(entryRow);
		const known = new Set(settled.map(({ seq }) => seq));
		const rest = this.#readTail()
			.of(chain)
			.filter(({ seq }) => seq >= fromSeq && seq < toSeq && !known.has(seq))
			.flatMap(({ leafIndex, seq }) => this.listLeafEntries(leafIndex).filter((row) => row.chain === chain && row.seq === seq));
		return rest.length === 0 ? settled : [...settled, ...rest].sort((a, b) => a.seq - b.seq);
	}

	getHeadAt(chain: string, size: number): { readonly seq: number; readonly head: Uint8Array } | undefined {
		const unsettled = this.#readTail()
			.of(chain)
			.findLast(({ leafIndex }) => leafIndex < size);
		if (unsettled !== undefined) return { seq: unsettled.seq, head: unsettled.entryHash };
		const row = this.#sql.getHeadAt.get(hex(chain), size) as Row | undefined;
		return row === undefined ? undefined : { seq: row.seq as number, head: row.entry_hash as Uint8Array };
	}

	listTouched(from: number, to: number): readonly string[] {
		return (this.#sql.listTouched.all(from, to) as Row[]).map((row) => text(row.chain));
	}

	*listLeaves(): IterableIterator<{ readonly leafIndex: number; readonly leafHash: Uint8Array }> {
		for (const row of this.#sql.listLeaves.iterate()) {
			yield { leafIndex: row.leaf_index as number, leafHash: row.leaf_hash as Uint8Array };
		}
	}

	countContradictions(): readonly { readonly rule: ContradictionRule; readonly rows: number }[] {
		return contradictions.map(({ rule, sql }) => ({ rule, rows: (this.#db.prepare(sql).get() as { rows: number }).rows }));
	}

	getDataKeys(ids: readonly string[]): readonly WrappedDataKey[] {
		return ids.map((id) => {
			const row = this.#sql.getKey.get(id) as Row | undefined;
			if (row === undefined) throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected the data key of a stored entry, found none");
			return {
				id,
				subject: row.subject as WrappedDataKey["subject"],
				compartments: splitCompartments(row.compartments as string),
				wrapped: row.wrapped as Uint8Array,
			};
		});
	}

	listChainKeys(chain: string, size: number): readonly string[] {
		const settled = (this.#sql.listChainKeys.all(hex(chain), size) as Row[]).map((row) => row.data_key as string);
		const unsettled = this.#readTail()
			.of(chain)
			.filter(({ leafIndex }) => leafIndex < size)
			.map(({ dataKey }) => dataKey);
		return [...new Set([...settled, ...unsettled])];
	}

	getAnchorCovering(leafIndex: number): AnchorRow | undefined {
		return anchorRow(this.#sql.getAnchorCovering.get(leafIndex));
	}

	getAnchor(index: number): AnchorRow | undefined {
		return anchorRow(this.#sql.getAnchor.get(index));
	}

	getLastAnchor(): AnchorRow | undefined {
		return anchorRow(this.#sql.getLastAnchor.get());
	}

	getAnchorNode(level: number, index: number): Uint8Array | undefined {
		return (this.#sql.getAnchorNode.get(index * levelsMax + level) as Row | undefined)?.hash as Uint8Array | undefined;
	}

	recordAnchor(anchor: AnchorRow, nodes: readonly NodeRow[], pages: ReadonlyMap<string, Uint8Array | undefined>): void {
		inTransaction(this.#db, () => {
			this.#sql.putAnchor.run(anchor.size, anchor.index, anchor.root, anchor.mapRoot, anchor.time);
			for (const row of nodes) this.#sql.putAnchorNode.run(row.index * levelsMax + row.level, row.hash);
			for (const [prefix, page] of pages) {
				if (page === undefined) this.#sql.deletePage.run(prefix);
				else this.#sql.putPage.run(prefix, page);
			}
			this.setMeta("mapSize", String(anchor.size));
		});
	}

	readPage(prefix: string): Uint8Array | undefined {
		return (this.#sql.getPage.get(prefix) as Row | undefined)?.page as Uint8Array | undefined;
	}

	mapSize(): number {
		return Number(this.getMeta("mapSize") ?? "0");
	}

	listAnchors(): readonly AnchorRow[] {
		return this.#sql.listAnchors.all().map((row) => anchorRow(row)!);
	}

	close(): void {
		if (this.#db.isOpen) this.#db.close();
	}

	/** What is not settled, as it is now. Settled is asked for first: what is settled meanwhile is then found twice, and not missed. */
	#readTail(): LogTail {
		const settled = this.#writer.settled();
		if (this.#tail?.settled !== settled) this.#tail = new LogTail(settled);
		for (const row of this.#sql.listFrom.iterate(this.#tail.end)) this.#tail.add(row as Row);
		return this.#tail;
	}

	#headOf(chain: string, { token, seq, entryHash, dataKey }: TailEntry): ChainRow {
		const [key] = this.getDataKeys([dataKey]);
		return { chain, token, seq, head: entryHash, subject: (key as WrappedDataKey).subject };
	}
}

interface TailEntry {
	readonly leafIndex: number;
	readonly token: Uint8Array;
	readonly seq: number;
	readonly entryHash: Uint8Array;
	readonly dataKey: string;
}

/** Entries that index and heads do not know yet, by chain, in order. */
class LogTail {
	readonly settled: number;
	readonly chains = new Map<string, TailEntry[]>();
	/** The first leaf that was not read. */
	end: number;

	constructor(settled: number) {
		this.settled = settled;
		this.end = settled;
	}

	of(chain: string): readonly TailEntry[] {
		return this.chains.get(chain) ?? [];
	}

	add({ leaf_index, chain, seq, entry_hash, data_key }: Row): void {
		const entry = {
			leafIndex: leaf_index as number,
			token: chain as Uint8Array,
			seq: seq as number,
			entryHash: entry_hash as Uint8Array,
			dataKey: data_key as string,
		};
		const name = text(chain);
		const entries = this.chains.get(name);
		if (entries === undefined) this.chains.set(name, [entry]);
		else entries.push(entry);
		this.end = entry.leafIndex + 1;
	}
}

/** Nodes above the leaves that the first `leaves` leaves complete: one less for each one bit. */
function nodesUpTo(leaves: number): number {
	let bits = 0;
	for (let rest = leaves; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
	return leaves - bits;
}

function chainRow(row: Row): ChainRow {
	return {
		chain: text(row.chain),
		token: row.chain as Uint8Array,
		seq: row.seq as number,
		head: row.head as Uint8Array,
		subject: row.subject as SubjectId,
	};
}

function cohortRow(row: unknown): CohortRow {
	const { leaf_index, leaf_hash, hashes } = row as Row;
	return { leafIndex: leaf_index as number, leafHash: leaf_hash as Uint8Array, hashes: hashes as Uint8Array };
}

function entryRow(row: unknown): EntryRow {
	const { leaf_index, place, chain, seq, entry_hash, data_key, sealed } = row as Row;
	return {
		leafIndex: leaf_index as number,
		place: place as number | null,
		chain: text(chain),
		seq: seq as number,
		entryHash: entry_hash as Uint8Array,
		dataKey: data_key as string,
		sealed: sealed as Uint8Array,
	};
}

function anchorRow(row: unknown): AnchorRow | undefined {
	if (row === undefined) return undefined;
	const { place, size, root, map_root, time } = row as Row;
	return { index: place as number, size: size as number, root: root as string, mapRoot: map_root as string, time: time as number };
}

function hex(chain: string): Uint8Array {
	return Buffer.from(chain, "hex");
}

function text(blob: unknown): string {
	return Buffer.from(blob as Uint8Array).toString("hex");
}

const anchorColumns = "place, size, root, map_root, time";
const entryColumns = "leaf_index, place, chain, seq, entry_hash, data_key, sealed";

function prepareAll(db: DatabaseSync) {
	const prepare = (sql: string): StatementSync => db.prepare(sql);
	return {
		getMeta: prepare("SELECT value FROM meta WHERE key = ?"),
		setMeta: prepare("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"),
		getKey: prepare("SELECT subject, compartments, wrapped FROM data_keys WHERE id = ?"),
		getLeafHash: prepare("SELECT leaf_hash FROM all_leaves WHERE leaf_index = ?"),
		getCohort: prepare("SELECT leaf_index, leaf_hash, hashes FROM cohorts WHERE leaf_index = ?"),
		listCohorts: prepare("SELECT leaf_index, leaf_hash, hashes FROM cohorts ORDER BY leaf_index"),
		getGroup: prepare("SELECT first_leaf, leaves, nodes FROM groups WHERE first_leaf <= ? ORDER BY first_leaf DESC LIMIT 1"),
		listFrom: prepare("SELECT leaf_index, chain, seq, entry_hash, data_key FROM all_entries WHERE leaf_index >= ? ORDER BY leaf_index"),
		getChain: prepare(`SELECT c.chain, c.seq, c.head, k.subject FROM chains AS c
			JOIN indexed_entries AS e ON e.chain = c.chain AND e.seq = c.seq JOIN data_keys AS k ON k.id = e.data_key WHERE c.chain = ?`),
		listChain: prepare(`SELECT ${entryColumns} FROM indexed_entries WHERE chain = ? AND seq >= ? AND seq < ? ORDER BY seq`),
		getHeadAt: prepare("SELECT seq, entry_hash FROM indexed_entries WHERE chain = ? AND leaf_index < ? ORDER BY seq DESC LIMIT 1"),
		listTouched: prepare("SELECT DISTINCT chain FROM all_entries WHERE leaf_index >= ? AND leaf_index < ?"),
		listLeaves: prepare("SELECT leaf_index, leaf_hash FROM all_leaves ORDER BY leaf_index"),
		listChainKeys: prepare("SELECT DISTINCT data_key FROM indexed_entries WHERE chain = ? AND leaf_index < ?"),
		putAnchor: prepare("INSERT INTO anchors VALUES (?, ?, ?, ?, ?)"),
		putAnchorNode: prepare("INSERT INTO anchor_nodes VALUES (?, ?)"),
		getAnchorNode: prepare("SELECT hash FROM anchor_nodes WHERE id = ?"),
		getAnchorCovering: prepare(`SELECT ${anchorColumns} FROM anchors WHERE size > ? ORDER BY size LIMIT 1`),
		listLeafEntries: prepare(`SELECT ${entryColumns} FROM all_entries WHERE leaf_index = ?`),
		getLastAnchor: prepare(`SELECT ${anchorColumns} FROM anchors ORDER BY size DESC LIMIT 1`),
		getAnchor: prepare(`SELECT ${anchorColumns} FROM anchors WHERE place = ?`),
		getPage: prepare("SELECT page FROM map_pages WHERE prefix = ?"),
		putPage: prepare("INSERT INTO map_pages VALUES (?, ?) ON CONFLICT (prefix) DO UPDATE SET page = excluded.page"),
		deletePage: prepare("DELETE FROM map_pages WHERE prefix = ?"),
		listAnchors: prepare(`SELECT ${anchorColumns} FROM anchors ORDER BY size`),
	};
}

import { backup, type DatabaseSync, type StatementSync } from "node:sqlite";
import { type Digest, encodeHex, equalBytes, isHex, type MemberId, type SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { joinCompartments, splitCompartments } from "../compartments.ts";
import { VaultError } from "../errors.ts";
import { inTransaction, openExclusiveDatabase, truncateWriteAheadLog } from "../exclusiveDatabase.ts";
import { hashRow } from "../record.ts";
import type { ExpectedObject, StoredRecord, VaultLeaf, VaultStore, WrappedDataKey } from "../vault.ts";
import { purgeLeaf, RowLog, rowLeaf } from "./rowLog.ts";
import { labelledSchema, objectsSchema, storeSchema } from "./storeSchema.ts";

export interface SqliteStoreParameters {
	/** Made when absent. */
	readonly path: string;
	readonly custodian: MemberId;
}

const format = "aceso/vault/1";
/** Rows read at once where a whole table is walked. */
const pageRows = 500;

const visible = "NOT EXISTS (SELECT 1 FROM open_imports o WHERE o.batch = r.batch)";
const latest = `NOT EXISTS (
	SELECT 1 FROM records n WHERE n.subject = r.subject AND n.token = r.token AND n.version > r.version
	AND NOT EXISTS (SELECT 1 FROM open_imports o WHERE o.batch = n.batch)
)`;
const columns = "r.subject, r.token, r.version, r.compartment_set, r.data_key, r.ciphertext, r.row_hash, r.stored_at, r.deleted";
const inSets = `FROM records r WHERE r.subject = ? AND r.compartment_set IN (SELECT value FROM json_each(?)) AND r.deleted = 0 AND ${visible} AND ${latest}`;

interface RecordRow {
	readonly subject: SubjectId;
	readonly token: string;
	readonly version: number;
	readonly compartment_set: number;
	readonly data_key: string;
	readonly ciphertext: Uint8Array;
	readonly row_hash: Uint8Array;
	readonly stored_at: number;
	readonly deleted: number;
}

interface DataKeyRow {
	readonly id: string;
	readonly subject: SubjectId;
	readonly compartment_set: number;
	readonly wrapped: Uint8Array;
	readonly batch: number;
}

interface BatchRow {
	readonly batch: number;
	readonly kind: "rows" | "purge";
	readonly first_leaf: number;
	readonly leaves: number;
	readonly first_seq: number;
	readonly last_seq: number;
}

/**
 * Opens or makes the embedded store. Imports left open by a crash are discarded.
 *
 * @throws {@link VaultError} `VAULT_LOCKED` when another process has it, `VAULT_INTEGRITY` when it is not a store of this custodian.
 */
export function openSqliteStore({ path, custodian }: SqliteStoreParameters): SqliteStore {
	const database = openExclusiveDatabase(path);
	try {
		const exists = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get() !== undefined;
		if (!exists) {
			inTransaction(database, () => {
				database.exec(storeSchema);
				const setMeta = database.prepare("INSERT INTO meta VALUES (?, ?)");
				setMeta.run("format", format);
				setMeta.run("custodian", custodian);
			});
		}
		database.exec(labelledSchema);
		const getMeta = database.prepare("SELECT value FROM meta WHERE name = ?");
		if (getMeta.get("format")?.value !== format || getMeta.get("custodian")?.value !== custodian) {
			throw new VaultError("VAULT_INTEGRITY", "expected a store of this format and custodian");
		}
		database.exec(objectsSchema);
		return new SqliteStore(database, custodian);
	} catch (error) {
		database.close();
		throw error;
	}
}

/** Encrypted rows in one SQLite file (WAL, synchronous = FULL, secure_delete). SPEC VA40–VA55. */
export class SqliteStore implements VaultStore {
	readonly custodian: MemberId;
	readonly #database: DatabaseSync;
	readonly #setIds = new Map<string, number>();
	readonly #setNames = new Map<number, string>();
	readonly #setMembers = new Map<number, readonly Compartment[]>();
	readonly #insertRecord: StatementSync;
	readonly #insertKey: StatementSync;
	readonly #getKey: StatementSync;
	readonly #list: StatementSync;
	readonly #count: StatementSync;
	readonly #getLatest: StatementSync;
	readonly #getVersion: StatementSync;
	readonly #isPurged: StatementSync;
	readonly #findSubjects: StatementSync;
	readonly #isStaged: StatementSync;
	readonly #setLabelled: StatementSync;
	#rowLog: RowLog;

	constructor(database: DatabaseSync, custodian: MemberId) {
		this.custodian = custodian;
		this.#database = database;
		this.#insertRecord = database.prepare("INSERT INTO records VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
		this.#insertKey = database.prepare("INSERT INTO data_keys VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
		this.#getKey = database.prepare("SELECT * FROM data_keys WHERE id = ?");
		this.#list = database.prepare(`SELECT ${columns} ${inSets} ORDER BY r.seq`);
		this.#count = database.prepare(`SELECT count(*) AS count ${inSets}`);
		this.#getLatest = database.prepare(
			`SELECT ${columns} FROM records r WHERE r.subject = ? AND r.token = ? AND ${visible} ORDER BY r.version DESC LIMIT 1`,
		);
		this.#getVersion = database.prepare(`SELECT ${columns} FROM records r WHERE r.subject = ? AND r.token = ? AND r.version = ? AND ${visible}`);
		this.#findSubjects = database.prepare("SELECT subject FROM lookups WHERE kind = ? AND token = ? ORDER BY subject");
		this.#isStaged = database.prepare("SELECT 1 FROM open_imports WHERE batch = ?");
		this.#setLabelled = database.prepare("INSERT INTO labelled VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET token = excluded.token");
		this.#isPurged = database.prepare("SELECT 1 FROM purged_subjects WHERE subject = ?");
		this.#loadSets();
		const log = database.prepare("SELECT size, edge FROM row_log").get() as { size: number; edge: Uint8Array };
		this.#rowLog = RowLog.load(log.size, log.edge);
		this.#discardOpenImports();
	}

	async putSubject(subject: SubjectId, linkRow: readonly { readonly token: string; readonly kind: string }[]): Promise<void> {
		this.#write(() => this.#addSubject(subject, linkRow));
	}

	async findSubjects(kind: string, token: string): Promise<readonly SubjectId[]> {
		return this.#findSubjects.all(kind, token).map((row) => row.subject as SubjectId);
	}

	async addLookup(subject: SubjectId, kind: string, token: string): Promise<void> {
		if (this.#database.prepare("SELECT 1 FROM subjects WHERE subject = ?").get(subject) === undefined) {
			throw new VaultError("VAULT_SUBJECT_UNKNOWN", "expected a subject of this store");
		}
		this.#write(() => this.#insertLookup(subject, kind, token));
	}

	async *listSubjects(): AsyncIterable<SubjectId> {
		const page = this.#database.prepare("SELECT number, subject FROM subjects WHERE number > ? ORDER BY number LIMIT ?");
		let after = 0;
		for (;;) {
			const rows = page.all(after, pageRows);
			for (const row of rows) yield row.subject as SubjectId;
			if (rows.length < pageRows) return;
			after = rows.at(-1)?.number as number;
		}
	}

	async putRecords(keys: readonly WrappedDataKey[], records: readonly StoredRecord[], objects: readonly ExpectedObject[] = []): Promise<void> {
		this.#write(() => {
			const batch = this.#put(keys, records);
			for (const object of objects) this.#expect(object, batch);
		});
	}

	async labelledToken(subject: SubjectId): Promise<string | undefined> {
		return this.#database.prepare("SELECT token FROM labelled WHERE subject = ?").get(subject)?.token as string | undefined;
	}

	async relabelRecords(subject: SubjectId, keys: readonly WrappedDataKey[], records: readonly StoredRecord[], token: string): Promise<void> {
		if (records.some((record) => record.subject !== subject)) throw invalidRow("expected records of the subject that is labelled");
		this.#write(() => {
			if (this.#isPurged.get(subject) !== undefined) throw new VaultError("VAULT_ERASED", "the subject was purged on request");
			if (records.length > 0) this.#put(keys, records);
			this.#setLabelled.run(subject, token);
		});
	}

	async beginImport(importId: string): Promise<void> {
		this.#writeUnsynced(() => {
			if (this.#findImport(importId) !== undefined) throw new VaultError("VAULT_EXISTS", "expected an import id that is not open");
			this.#database.prepare("INSERT INTO open_imports VALUES (?, ?)").run(this.#newBatch("rows"), importId);
		});
	}

	async stageRecords(importId: string, keys: readonly WrappedDataKey[], records: readonly StoredRecord[]): Promise<void> {
		const batch = this.#openBatch(importId);
		this.#writeUnsynced(() => {
			const { leaves } = this.#database.prepare("SELECT leaves FROM batches WHERE batch = ?").get(batch) as { leaves: number };
			this.#insert(batch, keys, records, leaves);
		});
	}

	async commitImport(importId: string, subjects: Parameters<VaultStore["commitImport"]>[1]): Promise<void> {
		const batch = this.#openBatch(importId);
		this.#write(() => {
			for (const { subject, lookups, labelled } of subjects) {
				this.#addSubject(subject, lookups);
				if (labelled !== undefined) this.#setLabelled.run(subject, labelled);
			}
			const rows = this.#database.prepare(`SELECT row_hash FROM records WHERE batch = ?1 AND seq BETWEEN ${seqRange} ORDER BY seq`).iterate(batch);
			this.#publish(
				batch,
				mapRows(rows, (row) => row.row_hash as Uint8Array),
			);
			this.#database.prepare("DELETE FROM open_imports WHERE batch = ?").run(batch);
		});
	}

	async abortImport(importId: string): Promise<void> {
		const batch = this.#openBatch(importId);
		this.#write(() => this.#discard(batch));
	}

	async listRecords(subject: SubjectId, compartments: readonly Compartment[]): Promise<readonly StoredRecord[]> {
		return (this.#list.all(subject, this.#setsWithin(compartments)) as unknown as RecordRow[]).map((row) => this.#toRecord(row));
	}

	async countRecords(subject: SubjectId, compartments: readonly Compartment[]): Promise<number> {
		return (this.#count.get(subject, this.#setsWithin(compartments)) as { count: number }).count;
	}

	async getRecord(subject: SubjectId, token: string, version?: number): Promise<StoredRecord | undefined> {
		const row = version === undefined ? this.#getLatest.get(subject, token) : this.#getVersion.get(subject, token, version);
		return row === undefined ? undefined : this.#toRecord(row as unknown as RecordRow);
	}

	async getDataKeys(ids: readonly string[]): Promise<readonly WrappedDataKey[]> {
		return ids.map((id) => {
			const key = this.#readKey(id);
			if (key === undefined) throw new VaultError("VAULT_ERASED", "the data key was purged");
			return key;
		});
	}

	async purge(subject: SubjectId, what: "all" | readonly Compartment[]): Promise<void> {
		if (what !== "all") joinCompartments(what);
		this.#write(() => {
			const sets = what === "all" ? [...this.#setNames.keys()] : this.#setsTouching(what);
			this.#purgeRecords(subject, JSON.stringify(sets));
			if (what === "all" || what.includes("link")) this.#database.prepare("DELETE FROM lookups WHERE subject = ?").run(subject);
			if (what !== "all") return;
			this.#database.prepare("DELETE FROM subjects WHERE subject = ?").run(subject);
			this.#database.prepare("DELETE FROM labelled WHERE subject = ?").run(subject);
			this.#database.prepare("INSERT INTO purged_subjects VALUES (?) ON CONFLICT DO NOTHING").run(subject);
		});
		this.#database.exec("PRAGMA incremental_vacuum");
		truncateWriteAheadLog(this.#database);
	}

	async root(): Promise<Digest> {
		return encodeHex(this.#rowLog.root()) as Digest;
	}

	async *leaves(): AsyncIterable<VaultLeaf> {
		const nextBatch = this.#database.prepare("SELECT * FROM batches WHERE first_leaf >= ? AND leaves > 0 ORDER BY first_leaf LIMIT 1");
		for (let leaf = 0; ; ) {
			const batch = nextBatch.get(leaf) as BatchRow | undefined;
			if (batch === undefined) return;
			if (batch.kind === "purge") yield { kind: "purge", index: batch.first_leaf };
			else yield* this.#leavesOf(batch);
			leaf = batch.first_leaf + batch.leaves;
		}
	}

	async countLeaves(): Promise<number> {
		return this.#rowLog.size;
	}

	async *listObjects(): AsyncIterable<ExpectedObject> {
		const page = this.#database.prepare("SELECT id, data_key, sealed_bytes FROM objects WHERE id > ? ORDER BY id LIMIT ?");
		let after = "";
		for (;;) {
			const rows = page.all(after, pageRows) as unknown as { id: string; data_key: string; sealed_bytes: number }[];
			for (const { id, data_key, sealed_bytes } of rows) yield { id, dataKey: data_key, sealedBytes: sealed_bytes };
			if (rows.length < pageRows) return;
			after = (rows.at(-1) as { id: string }).id;
		}
	}

	/** Copies the store, page by page, while it goes on working. Rows of an open import come along and are discarded at the copy's first open. */
	async backupTo(path: string): Promise<void> {
		await backup(this.#database, path);
	}

	async close(): Promise<void> {
		if (this.#database.isOpen) this.#database.close();
	}

	*#leavesOf(batch: BatchRow): Iterable<VaultLeaf> {
		const purged = this.#database
			.prepare("SELECT leaf, row_hash, purge FROM purged_leaves WHERE leaf >= ? AND leaf < ? ORDER BY leaf")
			.all(batch.first_leaf, batch.first_leaf + batch.leaves)
			.map((row): VaultLeaf => ({ kind: "purged", index: row.leaf as number, rowHash: row.row_hash as Uint8Array, purge: row.purge as number }));
		const page = this.#database.prepare(
			`SELECT r.seq, r.position, ${columns} FROM records r WHERE r.seq > ? AND r.seq <= ? AND r.batch = ? ORDER BY r.seq LIMIT ${pageRows}`,
		);
		let next = 0;
		for (let after = batch.first_seq - 1; ; ) {
			const rows = page.all(after, batch.last_seq, batch.batch) as unknown as (RecordRow & { seq: number; position: number })[];
			for (const row of rows) {
				const index = batch.first_leaf + row.position;
				while (next < purged.length && (purged[next] as VaultLeaf).index < index) yield purged[next++] as VaultLeaf;
				yield { kind: "row", index, row: this.#toRecord(row) };
			}
			if (rows.length < pageRows) break;
			after = (rows.at(-1) as { seq: number }).seq;
		}
		yield* purged.slice(next);
	}

	#put(keys: readonly WrappedDataKey[], records: readonly StoredRecord[]): number {
		const batch = this.#newBatch("rows");
		this.#insert(batch, keys, records, 0);
		this.#publish(
			batch,
			records.map((record) => record.rowHash),
		);
		return batch;
	}

	/** One durable transaction; row log and compartment sets in memory follow those on disk. */
	#write(work: () => void): void {
		const before = this.#rowLog.clone();
		try {
			inTransaction(this.#database, () => {
				work();
				if (this.#rowLog.size === before.size) return;
				this.#database.prepare("UPDATE row_log SET size = ?, edge = ?").run(this.#rowLog.size, this.#rowLog.edge);
			});
		} catch (error) {
			this.#rowLog = before;
			this.#loadSets();
			throw error;
		}
	}

	/**
	 * A step of an import without a sync of the disk. Nothing is acknowledged before commitImport, whose sync covers the write-ahead log up to
	 * there; until then a lost tail is an aborted import.
	 */
	#writeUnsynced(work: () => void): void {
		this.#database.exec("PRAGMA synchronous = NORMAL");
		try {
			this.#write(work);
		} finally {
			this.#database.exec("PRAGMA synchronous = FULL");
		}
	}

	#newBatch(kind: BatchRow["kind"]): number {
		const insert = this.#database.prepare("INSERT INTO batches VALUES (NULL, ?, NULL, 0, 0, -1)");
		return Number(insert.run(kind).lastInsertRowid);
	}

	#insert(batch: number, keys: readonly WrappedDataKey[], records: readonly StoredRecord[], firstPosition: number): void {
		for (const key of keys) this.#insertDataKey(batch, key);
		const checked = new Map<string, WrappedDataKey>();
		let [first, last] = [0, -1];
		for (const [index, record] of records.entries()) {
			this.#assertRecord(record, batch, checked);
			last = this.#insertRow(batch, firstPosition + index, record);
			if (index === 0) first = last;
		}
		this.#database
			.prepare("UPDATE batches SET leaves = leaves + ?, first_seq = iif(leaves = 0, ?, first_seq), last_seq = ? WHERE batch = ? AND ? > 0")
			.run(records.length, first, last, batch, records.length);
	}

	#insertRow(batch: number, position: number, record: StoredRecord): number {
		const { subject, token, version, compartments, dataKey, rowHash, storedAtMs, deleted, ciphertext } = record;
		const set = this.#setIds.get(compartments) as number;
		try {
			const result = this.#insertRecord.run(batch, position, subject, token, version, set, dataKey, rowHash, storedAtMs, deleted ? 1 : 0, ciphertext);
			return Number(result.lastInsertRowid);
		} catch (cause) {
			// SQLITE_CONSTRAINT_UNIQUE
			if ((cause as { errcode?: number }).errcode === 2067) throw new VaultError("VAULT_EXISTS", "expected a new version of the record", {}, cause);
			throw cause;
		}
	}

	#insertDataKey(batch: number, key: WrappedDataKey): void {
		const joined = joinCompartments(key.compartments);
		if (!isHex(key.id, 16) || !isHex(key.subject, 16)) throw invalidRow("expected a data key's id and subject");
		const { changes } = this.#insertKey.run(key.id, key.subject, this.#setId(joined), key.wrapped, batch);
		if (changes === 1) return;
		const stored = this.#readKey(key.id) as WrappedDataKey;
		if (stored.subject !== key.subject || stored.compartments.join("+") !== joined || !equalBytes(stored.wrapped, key.wrapped)) {
			throw new VaultError("VAULT_EXISTS", "expected a new data key, found another one with its id");
		}
	}

	#assertRecord(record: StoredRecord, batch: number, checked: Map<string, WrappedDataKey>): void {
		const { subject, token, version, storedAtMs, dataKey } = record;
		if (!isHex(subject, 16) || !isHex(token, 32) || !Number.isSafeInteger(version) || version < 1 || !Number.isSafeInteger(storedAtMs)) {
			throw invalidRow("expected a subject, a token, a version from 1 and a time");
		}
		let key = checked.get(dataKey);
		if (key === undefined) {
			key = this.#usableKey(dataKey, batch);
			if (this.#isPurged.get(key.subject) !== undefined) throw new VaultError("VAULT_ERASED", "the subject was purged on request");
			checked.set(dataKey, key);
		}
		if (key.subject !== subject || key.compartments.join("+") !== record.compartments)
			throw invalidRow("expected the data key of this subject and compartments");
		if (!equalBytes(hashRow(this.custodian, record), record.rowHash)) throw invalidRow("expected the hash of this row");
	}

	/** An object rests on a key as a row does. */
	#expect({ id, dataKey, sealedBytes }: ExpectedObject, batch: number): void {
		if (!isHex(id, 16) || !Number.isSafeInteger(sealedBytes) || sealedBytes < 1) throw invalidRow("expected an object's id and size");
		this.#usableKey(dataKey, batch);
		this.#database.prepare("INSERT INTO objects VALUES (?, ?, ?)").run(id, dataKey, sealedBytes);
	}

	/** A key staged by an import serves that import only: it vanishes with it. */
	#usableKey(id: string, batch: number): WrappedDataKey {
		const row = this.#getKey.get(id) as DataKeyRow | undefined;
		const staged = row !== undefined && row.batch !== batch && this.#isStaged.get(row.batch) !== undefined;
		if (row === undefined || staged) throw invalidRow("expected a data key that is stored");
		return this.#toKey(row);
	}

	/** Gives a batch its leaves. */
	#publish(batch: number, rowHashes: Iterable<Uint8Array>): void {
		const firstLeaf = this.#rowLog.size;
		for (const rowHash of rowHashes) this.#rowLog.append(rowLeaf(rowHash));
		this.#database.prepare("UPDATE batches SET first_leaf = ? WHERE batch = ?").run(firstLeaf, batch);
	}

	/**
	 * Removes every version of each record of which some version lies in the sets: an older version elsewhere would otherwise come back as the
	 * latest.
	 */
	#purgeRecords(subject: SubjectId, sets: string): void {
		const doomed = this.#database
			.prepare(
				`SELECT r.seq, r.row_hash, r.batch, b.first_leaf + r.position AS leaf FROM records r JOIN batches b ON b.batch = r.batch
				WHERE r.subject = ?1 AND r.token IN (
					SELECT token FROM records WHERE subject = ?1 AND compartment_set IN (SELECT value FROM json_each(?2))
				)`,
			)
			.all(subject, sets) as unknown as { seq: number; row_hash: Uint8Array; batch: number; leaf: number | null }[];
		const remove = this.#database.prepare("DELETE FROM records WHERE seq = ?");
		for (const { seq } of doomed) remove.run(seq);
		this.#recordPurge(doomed.flatMap(({ leaf, row_hash }) => (leaf === null ? [] : [{ leaf, rowHash: row_hash }])));
		for (const batch of new Set(doomed.filter((row) => row.leaf === null).map((row) => row.batch))) this.#renumber(batch);
		this.#database
			.prepare(
				`DELETE FROM data_keys WHERE subject = ?1 AND (compartment_set IN (SELECT value FROM json_each(?2))
				OR NOT EXISTS (SELECT 1 FROM records r WHERE r.data_key = data_keys.id AND r.subject = ?1))`,
			)
			.run(subject, sets);
		this.#database.exec("DELETE FROM objects WHERE data_key NOT IN (SELECT id FROM data_keys)");
	}

	#recordPurge(purged: readonly { readonly leaf: number; readonly rowHash: Uint8Array }[]): void {
		if (purged.length === 0) return;
		const purge = this.#rowLog.size;
		const insert = this.#database.prepare("INSERT INTO purged_leaves VALUES (?, ?, ?)");
		for (const { leaf, rowHash } of purged) insert.run(leaf, rowHash, purge);
		this.#rowLog.append(purgeLeaf(purged.map(({ leaf }) => leaf).sort((a, b) => a - b)));
		this.#database.prepare("UPDATE batches SET first_leaf = ?, leaves = 1 WHERE batch = ?").run(purge, this.#newBatch("purge"));
	}

	/** Closes the gaps a purge left in an import that is still open. */
	#renumber(batch: number): void {
		const rows = this.#database.prepare(`SELECT seq FROM records WHERE batch = ?1 AND seq BETWEEN ${seqRange} ORDER BY seq`).all(batch);
		const move = this.#database.prepare("UPDATE records SET position = ? WHERE seq = ?");
		for (const [position, row] of rows.entries()) move.run(position, row.seq as number);
		this.#database.prepare("UPDATE batches SET leaves = ? WHERE batch = ?").run(rows.length, batch);
	}

	#addSubject(subject: SubjectId, lookups: readonly { readonly kind: string; readonly token: string }[]): void {
		if (this.#isPurged.get(subject) !== undefined) throw new VaultError("VAULT_ERASED", "the subject was purged on request");
		this.#database.prepare("INSERT INTO subjects VALUES (NULL, ?) ON CONFLICT DO NOTHING").run(subject);
		for (const { kind, token } of lookups) this.#insertLookup(subject, kind, token);
	}

	#insertLookup(subject: SubjectId, kind: string, token: string): void {
		this.#database.prepare("INSERT INTO lookups VALUES (?, ?, ?) ON CONFLICT DO NOTHING").run(kind, token, subject);
	}

	#findImport(importId: string): number | undefined {
		return this.#database.prepare("SELECT batch FROM open_imports WHERE import = ?").get(importId)?.batch as number | undefined;
	}

	#openBatch(importId: string): number {
		const batch = this.#findImport(importId);
		if (batch === undefined) throw new VaultError("VAULT_IMPORT_UNKNOWN", "expected an import that is open");
		return batch;
	}

	#discardOpenImports(): void {
		const open = this.#database.prepare("SELECT batch FROM open_imports").all();
		if (open.length === 0) return;
		this.#write(() => {
			for (const row of open) this.#discard(row.batch as number);
		});
	}

	#discard(batch: number): void {
		this.#database.prepare(`DELETE FROM records WHERE batch = ?1 AND seq BETWEEN ${seqRange}`).run(batch);
		this.#database.prepare("DELETE FROM data_keys WHERE batch = ?").run(batch);
		this.#database.prepare("DELETE FROM batches WHERE batch = ?").run(batch);
		this.#database.prepare("DELETE FROM open_imports WHERE batch = ?").run(batch);
	}

	#setId(joined: string): number {
		const known = this.#setIds.get(joined);
		if (known !== undefined) return known;
		this.#database.prepare("INSERT INTO compartment_sets VALUES (NULL, ?) ON CONFLICT DO NOTHING").run(joined);
		const { id } = this.#database.prepare("SELECT id FROM compartment_sets WHERE joined = ?").get(joined) as { id: number };
		this.#rememberSet(id, joined);
		return id;
	}

	#loadSets(): void {
		for (const sets of [this.#setIds, this.#setNames, this.#setMembers]) sets.clear();
		for (const row of this.#database.prepare("SELECT id, joined FROM compartment_sets").all())
			this.#rememberSet(row.id as number, row.joined as string);
	}

	#rememberSet(id: number, joined: string): void {
		this.#setIds.set(joined, id);
		this.#setNames.set(id, joined);
		this.#setMembers.set(id, splitCompartments(joined));
	}

	#setsWithin(compartments: readonly Compartment[]): string {
		const allowed = new Set(compartments);
		const ids: number[] = [];
		for (const [id, members] of this.#setMembers) if (members.every((member) => allowed.has(member))) ids.push(id);
		return JSON.stringify(ids);
	}

	#setsTouching(compartments: readonly Compartment[]): number[] {
		return [...this.#setMembers].filter(([, members]) => members.some((member) => compartments.includes(member))).map(([id]) => id);
	}

	#readKey(id: string): WrappedDataKey | undefined {
		const row = this.#getKey.get(id) as DataKeyRow | undefined;
		return row === undefined ? undefined : this.#toKey(row);
	}

	#toKey({ id, subject, compartment_set, wrapped }: DataKeyRow): WrappedDataKey {
		return { id, subject, compartments: this.#setMembers.get(compartment_set) ?? [], wrapped };
	}

	#toRecord(row: RecordRow): StoredRecord {
		return {
			subject: row.subject,
			token: row.token,
			version: row.version,
			compartments: this.#setNames.get(row.compartment_set) ?? "",
			dataKey: row.data_key,
			ciphertext: row.ciphertext,
			rowHash: row.row_hash,
			storedAtMs: row.stored_at,
			deleted: row.deleted === 1,
		};
	}
}

/** Bounds of a batch's rows, so that no index on the batch is needed. */
const seqRange = "(SELECT first_seq FROM batches WHERE batch = ?1) AND (SELECT last_seq FROM batches WHERE batch = ?1)";

function* mapRows<Row, Result>(rows: Iterable<Row>, map: (row: Row) => Result): Iterable<Result> {
	for (const row of rows) yield map(row);
}

function invalidRow(message: string): VaultError {
	return new VaultError("VAULT_ROW_INVALID", message);
}

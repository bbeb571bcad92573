import { backup, type DatabaseSync, type StatementSync } from "node:sqlite";
import { type Awaitable, type Digest, encodeHex, type MemberId, type SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { joinCompartments } from "../compartments.ts";
import { VaultError } from "../errors.ts";
import { inTransaction, openExclusiveDatabase, truncateWriteAheadLog } from "../exclusiveDatabase.ts";
import type { ExpectedObject, StoredRecord, VaultLeaf, VaultStore, WrappedDataKey } from "../vault.ts";
import { addBatch, discardBatch, publishBatch, rowHashesOf } from "./batches.ts";
import { CompartmentSets } from "./compartmentSets.ts";
import { purgeRows } from "./purgeRows.ts";
import { RowLog } from "./rowLog.ts";
import { invalidRow, RowWriter } from "./rowWriter.ts";
import { columns, type RecordRow, toRecord } from "./storedRows.ts";
import { listLeaves } from "./storeLeaves.ts";
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
const inSets = `FROM records r WHERE r.subject = ? AND r.compartment_set IN (SELECT value FROM json_each(?)) AND r.deleted = 0 AND ${visible} AND ${latest}`;

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

/** Look-ups whose answer is kept at hand. */
const foundMax = 10_000;

/** Encrypted rows in one SQLite file (WAL, synchronous = FULL, secure_delete). SPEC VA40–VA55. */
export class SqliteStore implements VaultStore {
	readonly custodian: MemberId;
	readonly #database: DatabaseSync;
	readonly #sets: CompartmentSets;
	readonly #rows: RowWriter;
	readonly #list: StatementSync;
	readonly #count: StatementSync;
	/** What is visible counts; without an open import that is all, which an index tells alone. */
	readonly #mark: { readonly whileImporting: StatementSync; readonly plainly: StatementSync };
	readonly #isImporting: StatementSync;
	readonly #getLatest: StatementSync;
	readonly #getVersion: StatementSync;
	readonly #isPurged: StatementSync;
	readonly #findSubjects: StatementSync;
	readonly #setLabelled: StatementSync;
	/** What look-ups found, and that they found nothing, until the next write of anything. */
	readonly #found = new Map<string, readonly SubjectId[]>();
	/** Data keys that were asked for since the last write: what a purge takes is not answered from memory. */
	readonly #keys = new Map<string, WrappedDataKey>();
	#rowLog: RowLog;
	#writes = 0;

	constructor(database: DatabaseSync, custodian: MemberId) {
		this.custodian = custodian;
		this.#database = database;
		this.#sets = new CompartmentSets(database);
		this.#rows = new RowWriter(database, custodian, this.#sets);
		this.#list = database.prepare(`SELECT ${columns} ${inSets} ORDER BY r.seq`);
		this.#count = database.prepare(`SELECT count(*) AS count ${inSets}`);
		const mark = "SELECT count(*) AS count, max(r.seq) AS newest FROM records r WHERE r.subject = ?";
		this.#mark = { whileImporting: database.prepare(`${mark} AND ${visible}`), plainly: database.prepare(mark) };
		this.#isImporting = database.prepare("SELECT 1 FROM open_imports LIMIT 1");
		this.#getLatest = database.prepare(
			`SELECT ${columns} FROM records r WHERE r.subject = ? AND r.token = ? AND ${visible} ORDER BY r.version DESC LIMIT 1`,
		);
		this.#getVersion = database.prepare(`SELECT ${columns} FROM records r WHERE r.subject = ? AND r.token = ? AND r.version = ? AND ${visible}`);
		this.#findSubjects = database.prepare("SELECT subject FROM lookups WHERE kind = ? AND token = ? ORDER BY subject");
		this.#setLabelled = database.prepare("INSERT INTO labelled VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET token = excluded.token");
		this.#isPurged = database.prepare("SELECT 1 FROM purged_subjects WHERE subject = ?");
		const log = database.prepare("SELECT size, edge FROM row_log").get() as { size: number; edge: Uint8Array };
		this.#rowLog = RowLog.load(log.size, log.edge);
		this.#discardOpenImports();
	}

	async putSubject(subject: SubjectId, linkRow: readonly { readonly token: string; readonly kind: string }[]): Promise<void> {
		this.#write(() => this.#addSubject(subject, linkRow));
	}

	async findSubjects(kind: string, token: string): Promise<readonly SubjectId[]> {
		const name = `${kind}|${token}`;
		let found = this.#found.get(name);
		if (found === undefined) {
			found = this.#findSubjects.all(kind, token).map((row) => row.subject as SubjectId);
			if (this.#found.size >= foundMax) this.#found.clear();
			this.#found.set(name, found);
		}
		return found;
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
			for (const object of objects) this.#rows.expectObject(object, batch);
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
			this.#database.prepare("INSERT INTO open_imports VALUES (?, ?)").run(addBatch(this.#database, "rows"), importId);
		});
	}

	async stageRecords(importId: string, keys: readonly WrappedDataKey[], records: readonly StoredRecord[]): Promise<void> {
		const batch = this.#openBatch(importId);
		this.#writeUnsynced(() => {
			const { leaves } = this.#database.prepare("SELECT leaves FROM batches WHERE batch = ?").get(batch) as { leaves: number };
			this.#rows.insert(batch, keys, records, leaves);
		});
	}

	async commitImport(importId: string, subjects: Parameters<VaultStore["commitImport"]>[1]): Promise<void> {
		const batch = this.#openBatch(importId);
		this.#write(() => {
			for (const { subject, lookups, labelled } of subjects) {
				this.#addSubject(subject, lookups);
				if (labelled !== undefined) this.#setLabelled.run(subject, labelled);
			}
			publishBatch(this.#database, this.#rowLog, batch, rowHashesOf(this.#database, batch));
			this.#database.prepare("DELETE FROM open_imports WHERE batch = ?").run(batch);
		});
	}

	async abortImport(importId: string): Promise<void> {
		const batch = this.#openBatch(importId);
		this.#write(() => discardBatch(this.#database, batch));
	}

	async listRecords(subject: SubjectId, compartments: readonly Compartment[]): Promise<readonly StoredRecord[]> {
		return (this.#list.all(subject, this.#setList(compartments)) as unknown as RecordRow[]).map((row) => toRecord(row, this.#sets));
	}

	async changeMark(subject: SubjectId): Promise<string> {
		const mark = this.#isImporting.get() === undefined ? this.#mark.plainly : this.#mark.whileImporting;
		const { count, newest } = mark.get(subject) as { count: number; newest: number | null };
		return `${count}/${newest ?? 0}`;
	}

	writes(): number {
		return this.#writes;
	}

	async changedSince(subject: SubjectId, mark: string): Promise<ReadonlySet<string>> {
		const newest = Number(mark.slice(mark.indexOf("/") + 1));
		const rows = this.#database.prepare(`SELECT r.token FROM records r WHERE r.subject = ? AND r.seq > ? AND ${visible}`).all(subject, newest);
		return new Set(rows.map(({ token }) => token as string));
	}

	async countRecords(subject: SubjectId, compartments: readonly Compartment[]): Promise<number> {
		return (this.#count.get(subject, this.#setList(compartments)) as { count: number }).count;
	}

	getRecord(subject: SubjectId, token: string, version?: number): Awaitable<StoredRecord | undefined> {
		try {
			const row = version === undefined ? this.#getLatest.get(subject, token) : this.#getVersion.get(subject, token, version);
			return row === undefined ? undefined : toRecord(row as unknown as RecordRow, this.#sets);
		} catch (error) {
			return Promise.reject(error);
		}
	}

	getDataKeys(ids: readonly string[]): Awaitable<readonly WrappedDataKey[]> {
		try {
			return ids.map((id) => this.#keys.get(id) ?? this.#findKey(id));
		} catch (error) {
			return Promise.reject(error);
		}
	}

	#findKey(id: string): WrappedDataKey {
		const key = this.#rows.findKey(id);
		if (key === undefined) throw new VaultError("VAULT_ERASED", "the data key was purged");
		if (this.#keys.size >= foundMax) this.#keys.clear();
		this.#keys.set(id, key);
		return key;
	}

	async purge(subject: SubjectId, what: "all" | readonly Compartment[]): Promise<void> {
		if (what !== "all") joinCompartments(what);
		this.#write(() => {
			purgeRows(this.#database, this.#rowLog, subject, what === "all" ? this.#sets.all() : this.#sets.touching(what));
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
		yield* listLeaves(this.#database, this.#sets);
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

	#put(keys: readonly WrappedDataKey[], records: readonly StoredRecord[]): number {
		const batch = addBatch(this.#database, "rows");
		this.#rows.insert(batch, keys, records, 0);
		publishBatch(
			this.#database,
			this.#rowLog,
			batch,
			records.map((record) => record.rowHash),
		);
		return batch;
	}

	/** One durable transaction; row log and compartment sets in memory follow those on disk. */
	#write(work: () => void): void {
		const before = this.#rowLog.clone();
		// Before and not after: a write that failed may have changed something too.
		this.#writes++;
		this.#found.clear();
		this.#keys.clear();
		try {
			inTransaction(this.#database, () => {
				work();
				if (this.#rowLog.size === before.size) return;
				this.#database.prepare("UPDATE row_log SET size = ?, edge = ?").run(this.#rowLog.size, this.#rowLog.edge);
			});
		} catch (error) {
			this.#rowLog = before;
			this.#sets.reload();
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
			for (const row of open) discardBatch(this.#database, row.batch as number);
		});
	}

	/** As the statements above take it. */
	#setList(compartments: readonly Compartment[]): string {
		return JSON.stringify(this.#sets.within(compartments));
	}
}

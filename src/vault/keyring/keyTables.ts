import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Pseudonym, SubjectId } from "#base";

/** Tables of a keyring's own file. Every BLOB is nonce ‖ ciphertext ‖ tag; nothing here opens without the root. */
const schema = `
	CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
	CREATE TABLE node_keys (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
	CREATE TABLE subjects (
		subject TEXT PRIMARY KEY,
		pseudonym TEXT NOT NULL UNIQUE,
		patient BLOB,
		audit BLOB,
		audit_until INTEGER
	);
	CREATE TABLE compartment_keys (subject TEXT, name TEXT, wrapped BLOB NOT NULL, PRIMARY KEY (subject, name)) WITHOUT ROWID;
	CREATE TABLE former_pseudonyms (pseudonym TEXT PRIMARY KEY, subject TEXT NOT NULL) WITHOUT ROWID;
	CREATE TABLE tombstones (
		subject TEXT,
		compartment TEXT,
		destroyed_at INTEGER NOT NULL,
		backups_until INTEGER NOT NULL,
		audit_until INTEGER NOT NULL,
		PRIMARY KEY (subject, compartment)
	) WITHOUT ROWID;
	CREATE TABLE unfinished_destructions (subject TEXT PRIMARY KEY) WITHOUT ROWID;
`;

export interface SubjectRow {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
	readonly patient: Uint8Array | null;
	readonly audit: Uint8Array | null;
	readonly audit_until: number | null;
}

export interface CompartmentRow {
	readonly name: string;
	readonly wrapped: Uint8Array;
}

export interface TombstoneRow {
	readonly subject: SubjectId;
	/** A compartment, or {@link wholeSubject}. */
	readonly compartment: string;
	readonly destroyed_at: number;
	readonly backups_until: number;
	readonly audit_until: number;
}

export const wholeSubject = "*";

export function createKeyTables(database: DatabaseSync): void {
	database.exec(schema);
}

export function hasKeyTables(database: DatabaseSync): boolean {
	return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'").get() !== undefined;
}

/** The statements a keyring runs, prepared once. */
export class KeyTables {
	readonly database: DatabaseSync;
	readonly #getMeta: StatementSync;
	readonly #setMeta: StatementSync;
	readonly #getSubject: StatementSync;
	readonly #getByPseudonym: StatementSync;
	readonly #addSubject: StatementSync;
	readonly #setKeys: StatementSync;
	readonly #getCompartment: StatementSync;
	readonly #addCompartment: StatementSync;
	readonly #listCompartments: StatementSync;
	readonly #getTombstone: StatementSync;
	readonly #addTombstone: StatementSync;
	readonly #listDestroyed: StatementSync;

	constructor(database: DatabaseSync) {
		this.database = database;
		this.#getMeta = database.prepare("SELECT value FROM meta WHERE name = ?");
		this.#setMeta = database.prepare("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value");
		this.#getSubject = database.prepare("SELECT * FROM subjects WHERE subject = ?");
		this.#getByPseudonym = database.prepare("SELECT subject FROM subjects WHERE pseudonym = ?");
		this.#addSubject = database.prepare("INSERT INTO subjects VALUES (?, ?, ?, ?, ?)");
		this.#setKeys = database.prepare("UPDATE subjects SET patient = ?, audit = ? WHERE subject = ?");
		this.#getCompartment = database.prepare("SELECT wrapped FROM compartment_keys WHERE subject = ? AND name = ?");
		this.#addCompartment = database.prepare("INSERT INTO compartment_keys VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET wrapped = excluded.wrapped");
		this.#listCompartments = database.prepare("SELECT name, wrapped FROM compartment_keys WHERE subject = ? ORDER BY name");
		this.#getTombstone = database.prepare("SELECT * FROM tombstones WHERE subject = ? AND compartment = ?");
		this.#listDestroyed = database.prepare("SELECT compartment FROM tombstones WHERE subject = ? AND compartment <> ? ORDER BY compartment");
		this.#addTombstone = database.prepare("INSERT INTO tombstones VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
	}

	getMeta(name: string): unknown {
		return (this.#getMeta.get(name) as { value: unknown } | undefined)?.value;
	}

	setMeta(name: string, value: string | number): void {
		this.#setMeta.run(name, value);
	}

	getNodeKey(name: string): Uint8Array | undefined {
		const row = this.database.prepare("SELECT wrapped FROM node_keys WHERE name = ?").get(name);
		return (row as { wrapped: Uint8Array } | undefined)?.wrapped;
	}

	setNodeKey(name: string, wrapped: Uint8Array): void {
		this.database.prepare("INSERT INTO node_keys VALUES (?, ?) ON CONFLICT DO UPDATE SET wrapped = excluded.wrapped").run(name, wrapped);
	}

	listNodeKeys(): string[] {
		return (this.database.prepare("SELECT name FROM node_keys ORDER BY name").all() as { name: string }[]).map((row) => row.name);
	}

	getSubject(subject: SubjectId): SubjectRow | undefined {
		return this.#getSubject.get(subject) as SubjectRow | undefined;
	}

	findSubject(pseudonym: Pseudonym): SubjectId | undefined {
		return (this.#getByPseudonym.get(pseudonym) as { subject: SubjectId } | undefined)?.subject;
	}

	isFormerPseudonym(pseudonym: Pseudonym): boolean {
		return this.database.prepare("SELECT 1 FROM former_pseudonyms WHERE pseudonym = ?").get(pseudonym) !== undefined;
	}

	listSubjects(): SubjectRow[] {
		return this.database.prepare("SELECT * FROM subjects ORDER BY subject").all() as unknown as SubjectRow[];
	}

	addSubject(row: SubjectRow, compartments: readonly CompartmentRow[]): void {
		this.#addSubject.run(row.subject, row.pseudonym, row.patient, row.audit, row.audit_until);
		for (const { name, wrapped } of compartments) this.#addCompartment.run(row.subject, name, wrapped);
	}

	/** Moves a subject to another pseudonym; the one it leaves is never bound again. */
	rebind(subject: SubjectId, from: Pseudonym, to: Pseudonym): void {
		this.database.prepare("INSERT INTO former_pseudonyms VALUES (?, ?)").run(from, subject);
		this.database.prepare("UPDATE subjects SET pseudonym = ? WHERE subject = ?").run(to, subject);
	}

	setKeys(subject: SubjectId, patient: Uint8Array | null, audit: Uint8Array | null): void {
		this.#setKeys.run(patient, audit, subject);
	}

	getCompartmentKey(subject: SubjectId, name: string): Uint8Array | undefined {
		return (this.#getCompartment.get(subject, name) as { wrapped: Uint8Array } | undefined)?.wrapped;
	}

	setCompartmentKey(subject: SubjectId, name: string, wrapped: Uint8Array): void {
		this.#addCompartment.run(subject, name, wrapped);
	}

	listCompartmentKeys(subject: SubjectId): CompartmentRow[] {
		return this.#listCompartments.all(subject) as unknown as CompartmentRow[];
	}

	deleteCompartmentKeys(subject: SubjectId, names: "all" | readonly string[]): void {
		if (names === "all") this.database.prepare("DELETE FROM compartment_keys WHERE subject = ?").run(subject);
		else for (const name of names) this.database.prepare("DELETE FROM compartment_keys WHERE subject = ? AND name = ?").run(subject, name);
	}

	holdAuditKeyUntil(subject: SubjectId, untilMs: number): void {
		this.database.prepare("UPDATE subjects SET audit_until = ? WHERE subject = ?").run(untilMs, subject);
	}

	/** Subjects that were destroyed and whose audit key's hold has ended. */
	listEndedHolds(nowMs: number): SubjectId[] {
		const rows = this.database.prepare("SELECT subject FROM subjects WHERE audit_until <= ? ORDER BY subject").all(nowMs);
		return (rows as { subject: SubjectId }[]).map((row) => row.subject);
	}

	/** Forgets the last key and the binding; tombstones stay. */
	deleteSubject(subject: SubjectId): void {
		this.database.prepare("DELETE FROM subjects WHERE subject = ?").run(subject);
		this.database.prepare("DELETE FROM former_pseudonyms WHERE subject = ?").run(subject);
	}

	getTombstone(subject: SubjectId, compartment: string): TombstoneRow | undefined {
		return this.#getTombstone.get(subject, compartment) as TombstoneRow | undefined;
	}

	/** Compartments of a subject that were destroyed alone, in ascending order. */
	listDestroyed(subject: SubjectId): string[] {
		return this.#listDestroyed.all(subject, wholeSubject).map((row) => row.compartment as string);
	}

	addTombstone(row: TombstoneRow): void {
		this.#addTombstone.run(row.subject, row.compartment, row.destroyed_at, row.backups_until, row.audit_until);
	}

	listTombstones(): TombstoneRow[] {
		return this.database.prepare("SELECT * FROM tombstones ORDER BY subject, compartment").all() as unknown as TombstoneRow[];
	}

	addUnfinished(subject: SubjectId): void {
		this.database.prepare("INSERT INTO unfinished_destructions VALUES (?) ON CONFLICT DO NOTHING").run(subject);
	}

	hasUnfinished(): boolean {
		return this.database.prepare("SELECT 1 FROM unfinished_destructions").get() !== undefined;
	}

	clearUnfinished(): void {
		this.database.exec("DELETE FROM unfinished_destructions");
	}
}

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { equalBytes, isHex, type MemberId } from "#base";
import { joinCompartments } from "../compartments.ts";
import { VaultError } from "../errors.ts";
import { hashRow } from "../record.ts";
import type { ExpectedObject, StoredRecord, WrappedDataKey } from "../vault.ts";
import type { CompartmentSets } from "./compartmentSets.ts";
import { type DataKeyRow, toDataKey } from "./storedRows.ts";

/** Judges rows, keys and objects as far as a store without a key can (SPEC VA40), and inserts them within the caller's transaction. */
export class RowWriter {
	readonly #custodian: MemberId;
	readonly #sets: CompartmentSets;
	readonly #insertRecord: StatementSync;
	readonly #insertKey: StatementSync;
	readonly #getKey: StatementSync;
	readonly #isPurged: StatementSync;
	readonly #isStaged: StatementSync;
	readonly #insertObject: StatementSync;
	readonly #growBatch: StatementSync;

	constructor(database: DatabaseSync, custodian: MemberId, sets: CompartmentSets) {
		this.#custodian = custodian;
		this.#sets = sets;
		this.#insertRecord = database.prepare("INSERT INTO records VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
		this.#insertKey = database.prepare("INSERT INTO data_keys VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
		this.#getKey = database.prepare("SELECT * FROM data_keys WHERE id = ?");
		this.#isPurged = database.prepare("SELECT 1 FROM purged_subjects WHERE subject = ?");
		this.#isStaged = database.prepare("SELECT 1 FROM open_imports WHERE batch = ?");
		this.#insertObject = database.prepare("INSERT INTO objects VALUES (?, ?, ?)");
		this.#growBatch = database.prepare(
			"UPDATE batches SET leaves = leaves + ?, first_seq = iif(leaves = 0, ?, first_seq), last_seq = ? WHERE batch = ? AND ? > 0",
		);
	}

	/**
	 * @param firstPosition - Of the first row in its batch.
	 * @throws {@link VaultError} `VAULT_ROW_INVALID`, `VAULT_EXISTS`, `VAULT_ERASED`.
	 */
	insert(batch: number, keys: readonly WrappedDataKey[], records: readonly StoredRecord[], firstPosition: number): void {
		for (const key of keys) this.#insertDataKey(batch, key);
		const checked = new Map<string, WrappedDataKey>();
		let [first, last] = [0, -1];
		for (const [index, record] of records.entries()) {
			this.#assertRecord(record, batch, checked);
			last = this.#insertRow(batch, firstPosition + index, record);
			if (index === 0) first = last;
		}
		this.#growBatch.run(records.length, first, last, batch, records.length);
	}

	/** An object rests on a key as a row does. */
	expectObject({ id, dataKey, sealedBytes }: ExpectedObject, batch: number): void {
		if (!isHex(id, 16) || !Number.isSafeInteger(sealedBytes) || sealedBytes < 1) throw invalidRow("expected an object's id and size");
		this.#usableKey(dataKey, batch);
		this.#insertObject.run(id, dataKey, sealedBytes);
	}

	findKey(id: string): WrappedDataKey | undefined {
		const row = this.#getKey.get(id) as DataKeyRow | undefined;
		return row === undefined ? undefined : toDataKey(row, this.#sets);
	}

	#insertRow(batch: number, position: number, record: StoredRecord): number {
		const { subject, token, version, compartments, dataKey, rowHash, storedAtMs, deleted, ciphertext } = record;
		// Its key is stored, so its set has a number.
		const set = this.#sets.idOf(compartments);
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
		const { changes } = this.#insertKey.run(key.id, key.subject, this.#sets.idOf(joined), key.wrapped, batch);
		if (changes === 1) return;
		const stored = this.findKey(key.id) as WrappedDataKey;
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
		if (!equalBytes(hashRow(this.#custodian, record), record.rowHash)) throw invalidRow("expected the hash of this row");
	}

	/** A key staged by an import serves that import only: it vanishes with it. */
	#usableKey(id: string, batch: number): WrappedDataKey {
		const row = this.#getKey.get(id) as DataKeyRow | undefined;
		const staged = row !== undefined && row.batch !== batch && this.#isStaged.get(row.batch) !== undefined;
		if (row === undefined || staged) throw invalidRow("expected a data key that is stored");
		return toDataKey(row, this.#sets);
	}
}

export function invalidRow(message: string): VaultError {
	return new VaultError("VAULT_ROW_INVALID", message);
}

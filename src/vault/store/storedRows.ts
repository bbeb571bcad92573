import type { SubjectId } from "#base";
import type { StoredRecord, WrappedDataKey } from "../vault.ts";
import type { CompartmentSets } from "./compartmentSets.ts";

/** Of a row of `records r`, in the order of {@link RecordRow}. */
export const columns = "r.subject, r.token, r.version, r.compartment_set, r.data_key, r.ciphertext, r.row_hash, r.stored_at, r.deleted";

export interface RecordRow {
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

export interface DataKeyRow {
	readonly id: string;
	readonly subject: SubjectId;
	readonly compartment_set: number;
	readonly wrapped: Uint8Array;
	readonly batch: number;
}

export function toRecord(row: RecordRow, sets: CompartmentSets): StoredRecord {
	return {
		subject: row.subject,
		token: row.token,
		version: row.version,
		compartments: sets.nameOf(row.compartment_set),
		dataKey: row.data_key,
		ciphertext: row.ciphertext,
		rowHash: row.row_hash,
		storedAtMs: row.stored_at,
		deleted: row.deleted === 1,
	};
}

export function toDataKey({ id, subject, compartment_set, wrapped }: DataKeyRow, sets: CompartmentSets): WrappedDataKey {
	return { id, subject, compartments: sets.membersOf(compartment_set), wrapped };
}

import { hasOwnSpelling, parseKeepingNumbers } from "#fhir";
import { decryptRecord, type LoggedAccess, type OpenedRecord, readRecord, readRecordTexts, type StoredRecord } from "#vault";
import type { OpenedAccess } from "./log/accessLog.ts";
import type { GateParts } from "./parts.ts";
import { sideBySide } from "./sideBySide.ts";

/**
 * The record's resource with its numbers in their own spelling, for whoever gets it; a model reads `body.resource`, whose numbers are plain.
 */
export function spelledResource({ body }: OpenedRow): OpenedRecord["resource"] {
	return hasOwnSpelling(body.resourceText) ? (parseKeepingNumbers(body.resourceText) as OpenedRecord["resource"]) : body.resource;
}

export interface OpenedRow {
	readonly row: StoredRecord;
	readonly body: OpenedRecord;
}

/** Rows with the data keys that opened them, by id: a large object is sealed under the key of the record that points to it. */
export interface OpenedRows {
	readonly opened: readonly OpenedRow[];
	readonly dataKeys: ReadonlyMap<string, Uint8Array>;
}

/** Opens stored rows against the receipt of a logged access: the one place where ciphertext becomes plaintext (invariants 1 and 2). */
export async function openRows(parts: GateParts, access: LoggedAccess, rows: readonly StoredRecord[]): Promise<readonly OpenedRow[]> {
	return (await openRowsWithKeys(parts, access, rows)).opened;
}

/** The row that was ordered with an access, where it was opened with it; undefined where it has to be opened yet. */
export function openedWith({ opened }: OpenedAccess, row: StoredRecord | undefined): readonly OpenedRow[] | undefined {
	return opened === undefined || row === undefined ? undefined : [{ row, body: readRecordTexts(opened.header, opened.resourceText) }];
}

/** {@link openRows} for whoever opens an object next. */
export async function openRowsWithKeys(parts: GateParts, access: LoggedAccess, rows: readonly StoredRecord[]): Promise<OpenedRows> {
	const ids = rows.length === 1 ? [(rows[0] as StoredRecord).dataKey] : [...new Set(rows.map((row) => row.dataKey))];
	const wrapped = await parts.store.getDataKeys(ids);
	// Asked even for no rows: the receipt is spent either way, and an empty record takes the same steps as a full one.
	const unwrapped = await parts.keyring.unwrap(access, wrapped);
	const dataKeys = new Map(wrapped.map((key, index) => [key.id, unwrapped[index] as Uint8Array]));
	const plaintexts = rows.map((row) => decryptRecord({ custodian: parts.member, row, dataKey: dataKeys.get(row.dataKey) as Uint8Array }));
	await sideBySide;
	return { opened: rows.map((row, at) => ({ row, body: readRecord(plaintexts[at] as Buffer) })), dataKeys };
}

import { type LoggedAccess, openRecord, type StoredRecord, type WrappedDataKey } from "#vault";
import type { OpenedRow } from "../openRows.ts";
import type { GateParts } from "../parts.ts";

/** Rows of a subject as they were found, which are opened once and shown to whoever has a receipt. */
export class FoundRows {
	readonly rows: readonly StoredRecord[];
	readonly #parts: GateParts;
	readonly #whenOpened: (opened: readonly OpenedRow[]) => void;
	#wrapped: readonly WrappedDataKey[] | undefined;
	#opened: readonly OpenedRow[] | undefined;

	/** @param whenOpened - Called once. */
	constructor(parts: GateParts, rows: readonly StoredRecord[], whenOpened: (opened: readonly OpenedRow[]) => void) {
		this.#parts = parts;
		this.rows = rows;
		this.#whenOpened = whenOpened;
	}

	/** Opens them against a receipt; the keyring judges it whether they were open before or not (PROTOCOL §7). */
	async open(access: LoggedAccess): Promise<readonly OpenedRow[]> {
		const { rows } = this;
		const { store, keyring, member } = this.#parts;
		this.#wrapped ??= await store.getDataKeys([...new Set(rows.map((row) => row.dataKey))]);
		const wrapped = this.#wrapped;
		const keys = await keyring.unwrap(access, wrapped);
		if (this.#opened !== undefined) return this.#opened;
		const byId = new Map(wrapped.map((key, at) => [key.id, keys[at] as Uint8Array]));
		this.#opened = rows.map((row) => ({ row, body: openRecord({ custodian: member, row, dataKey: byId.get(row.dataKey) as Uint8Array }) }));
		this.#whenOpened(this.#opened);
		return this.#opened;
	}
}

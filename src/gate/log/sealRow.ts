import type { SealedRow, StagedRow } from "./logRows.ts";
import { sealEntry } from "./sealEntry.ts";

/** Seals an entry at its place (SPEC AL9); the row has neither key nor plaintext any more. */
export function sealRow(log: string, row: StagedRow): SealedRow {
	const { leafIndex, place, chain, seq, entryHash, dataKey, plaintext, nonce } = row;
	return { leafIndex, place, chain, seq, entryHash, dataKey, sealed: sealEntry(plaintext, { log, leafIndex, place, dataKey: row.key, nonce }) };
}

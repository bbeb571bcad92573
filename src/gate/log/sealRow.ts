import type { KeyObject } from "node:crypto";
import type { SealedRow, StagedRow } from "./logRows.ts";
import { sealEntry } from "./sealEntry.ts";

/** Seals an entry at its place (SPEC AL9); the row has neither key nor plaintext any more. */
export function sealRow(log: string, row: StagedRow, dataKey: KeyObject): SealedRow {
	const { leafIndex, place, chain, seq, entryHash, plaintext, nonce } = row;
	const sealed = sealEntry(plaintext, { log, leafIndex, place, dataKey, nonce });
	return { leafIndex, place, chain, seq, entryHash, dataKey: row.dataKey, sealed };
}

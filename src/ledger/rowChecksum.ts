import { crc32 } from "node:zlib";
import { LedgerError } from "./errors.ts";

/**
 * CRC-32 over a row's name and content: any change of up to 32 neighbouring bits shows. It tells rot of the disk or of memory, not malice; a
 * forger is met by proofs, witnesses and the auditor.
 */
export function rowChecksum(name: string, content: Uint8Array | string): number {
	return typeof content === "string" ? crc32(name + content) : crc32(content, crc32(name));
}

/** @throws {@link LedgerError} `LEDGER_CORRUPT` when a stored row is not the one that was written. */
export function assertRow(where: string, checksum: number, name: string, content: Uint8Array | string): void {
	if (rowChecksum(name, content) === checksum) return;
	throw new LedgerError("LEDGER_CORRUPT", `expected the ${where} row that was written, found a changed one; run the auditor`, { where });
}

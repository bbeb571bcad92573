import { encodeHex } from "#base";
import { LedgerError } from "../errors.ts";
import { type LedgerTrust, verifyCheckpoint } from "./verifyCheckpoint.ts";

/** Whether a note is the sealer's own checkpoint of exactly this log. */
export function commitsTo(note: string, trust: LedgerTrust, { size, root }: { readonly size: number; readonly root: Uint8Array }): boolean {
	try {
		const checkpoint = verifyCheckpoint(note, trust);
		return checkpoint.size === size && encodeHex(checkpoint.root) === encodeHex(root);
	} catch (error) {
		if (error instanceof LedgerError) return false;
		throw error;
	}
}

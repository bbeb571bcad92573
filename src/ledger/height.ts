import { LedgerError } from "./errors.ts";

/** Heights whose state can be read and proved, the newest included (PROTOCOL §3). */
export const keptHeights = 1_000;

/**
 * Reads a height that somebody wrote: decimal digits, no sign, no leading zero.
 *
 * @throws {@link LedgerError} `LEDGER_HEIGHT_MALFORMED`.
 */
export function parseHeight(text: string): number {
	const height = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
	if (!Number.isSafeInteger(height)) throw malformed();
	return height;
}

/**
 * Refuses a height whose state is not kept, and says which of the reasons it is.
 *
 * @param newest - Height of the block sealed last.
 * @throws {@link LedgerError} `LEDGER_HEIGHT_MALFORMED`, `LEDGER_HEIGHT_NOT_SEALED`, `LEDGER_HEIGHT_TOO_OLD`.
 */
export function assertKept(height: number, newest: number): void {
	if (!Number.isSafeInteger(height) || height < 0) throw malformed();
	const oldest = Math.max(0, newest - keptHeights + 1);
	if (height > newest) throw new LedgerError("LEDGER_HEIGHT_NOT_SEALED", `expected a sealed height: ${newest} at most today`, { at: newest });
	if (height < oldest) {
		throw new LedgerError("LEDGER_HEIGHT_TOO_OLD", `expected one of the last ${keptHeights} heights: ${oldest} at least today; replay the log`, {
			at: oldest,
		});
	}
}

function malformed(): LedgerError {
	return new LedgerError("LEDGER_HEIGHT_MALFORMED", "expected a height: a whole number from 0 up, in decimal digits");
}

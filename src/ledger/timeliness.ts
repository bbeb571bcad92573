import { minuteMs } from "#base";
import { LedgerError } from "./errors.ts";
import type { Transaction } from "./ledger.ts";
import { untilHorizonMs } from "./transaction.ts";

/**
 * Judges `until` against block time: a whole minute, later than the block, at most 15 minutes ahead (PROTOCOL §2).
 *
 * @throws {@link LedgerError} `LEDGER_UNTIL_NOT_A_MINUTE`, `LEDGER_UNTIL_TOO_FAR`, `LEDGER_EXPIRED`.
 */
export function assertTimely({ until }: Pick<Transaction, "until">, blockTime: number): void {
	if (until % minuteMs !== 0) throw new LedgerError("LEDGER_UNTIL_NOT_A_MINUTE", "expected until at a whole minute");
	if (until <= blockTime) throw new LedgerError("LEDGER_EXPIRED", "expected until later than the block's time; sign it again");
	if (until > blockTime + untilHorizonMs)
		throw new LedgerError("LEDGER_UNTIL_TOO_FAR", "expected until at most 15 minutes ahead of the block's time");
}

import { type MemberId, minuteMs } from "#base";
import type { ContractName } from "#contracts";
import { LedgerError } from "../errors.ts";

/**
 * Counts what each member forwards to each contract in the current minute of the sealer's clock. A limit of the sealer, not of the
 * contracts: it is judged before execution and leaves no trace in the log.
 */
export class Quota {
	#minute = -1;
	readonly #used = new Map<string, number>();

	/**
	 * Charges an envelope whole, or not at all.
	 *
	 * @throws {@link LedgerError} `LEDGER_QUOTA_EXCEEDED`.
	 */
	charge(member: MemberId, contracts: readonly ContractName[], perMinute: number, nowMs: number): void {
		const minute = Math.floor(nowMs / minuteMs);
		if (minute !== this.#minute) {
			this.#minute = minute;
			this.#used.clear();
		}
		const added = new Map<string, number>();
		for (const contract of contracts) {
			const key = `${member} ${contract}`;
			added.set(key, (added.get(key) ?? this.#used.get(key) ?? 0) + 1);
		}
		for (const count of added.values()) {
			if (count > perMinute)
				throw new LedgerError(
					"LEDGER_QUOTA_EXCEEDED",
					`expected at most ${perMinute} transactions a minute for one contract; wait for the next minute`,
				);
		}
		for (const [key, count] of added) this.#used.set(key, count);
	}
}

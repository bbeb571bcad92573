import type { LogBatch, StagedBatch } from "./logRows.ts";
import type { LogStore } from "./logStore.ts";
import type { Openings } from "./openingFrame.ts";
import { sealRow } from "./sealRow.ts";

/** Where groups become durable, one after the other, in the order given. */
export interface GroupWriter {
	/** Groups that it may be given before it has answered; two when absent. */
	readonly inFlightMax?: number;
	/**
	 * Resolves when all rows of the group are on the disk, with what became of its orders; with nothing where nobody takes orders.
	 *
	 * Rejects with what the disk's driver threw when they may not be, and with a {@link StaleGroup} when the log is not at the size that the
	 * group was staged on, since a group before it failed; then nothing of it was written.
	 */
	write(batch: StagedBatch): Promise<Openings>;
	close(): Promise<void>;
}

/** The group rests on entries that were not written; nothing of it was. */
export class StaleGroup extends Error {
	constructor() {
		super("expected a group staged on the log as it is");
	}
}

/** Writes on the caller's own thread, through the store: what tests break, and what needs no second connection. */
export function createInlineWriter(log: string, store: LogStore): GroupWriter {
	return {
		async write(batch) {
			if (batch.base !== store.size()) throw new StaleGroup();
			store.commit(sealBatch(log, batch));
			store.settleWhenDue();
			return [];
		},
		async close() {},
	};
}

/** Seals the entries of a group, each at its place (SPEC AL9). */
export function sealBatch(log: string, { entries, ...others }: StagedBatch): LogBatch {
	return { ...others, entries: entries.map((row) => sealRow(log, row)) };
}

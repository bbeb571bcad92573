import { canonicalText } from "#base";
import { LedgerError } from "../errors.ts";
import type { BlockStore } from "../sealer/blockStore.ts";

/** How far the members have agreed: written with every block, with the ledger's own tables in one transaction. */
export interface ConsensusHead {
	/** CometBFT's height of the block committed last. Blocks that change nothing count here and not in the ledger. */
	readonly height: number;
	/** Time in that block's header, UTC ms. */
	readonly time: number;
	/** CometBFT's height of the last block that changed anything; the one before the first, when none did. */
	readonly changedAt: number;
}

const metaName = "consensus";

/** Row of `meta` with the ledger's height that a replica began with when it joined by a snapshot. */
export const snapshotFloorName = "snapshot";

/** Lowest height whose state is in the file; 0 for one that has all of its history. */
export function readSnapshotFloor(store: BlockStore): number {
	const text = store.getMeta(snapshotFloorName);
	return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** Undefined before the first block that members agreed on. @throws {@link LedgerError} `LEDGER_CORRUPT`. */
export function readConsensusHead(store: BlockStore): ConsensusHead | undefined {
	const text = store.getMeta(metaName);
	if (text === undefined) return undefined;
	const parsed = parse(text);
	if (parsed === undefined || canonicalText({ ...parsed }) !== text) {
		throw new LedgerError("LEDGER_CORRUPT", "expected the height that the members agreed on last; run the auditor", { where: "meta consensus" });
	}
	return parsed;
}

export function writeConsensusHead(store: BlockStore, { height, time, changedAt }: ConsensusHead): void {
	store.setMeta(metaName, canonicalText({ height, time, changedAt }));
}

function parse(text: string): ConsensusHead | undefined {
	try {
		const { height, time, changedAt } = JSON.parse(text) as ConsensusHead;
		return [height, time, changedAt].every((number) => Number.isSafeInteger(number) && number >= 0) ? { height, time, changedAt } : undefined;
	} catch {
		return undefined;
	}
}

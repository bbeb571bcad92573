import { type Digest, decodeUtf8, type JsonValue } from "#base";
import { LedgerError } from "../errors.ts";
import type { LedgerHead } from "../ledger.ts";
import { parseTransaction, type ReadTransaction } from "../transaction.ts";
import { BlockStore } from "./blockStore.ts";
import { StateFile } from "./stateFile.ts";
import { statePath } from "./statePath.ts";

export interface InspectedBlock extends LedgerHead {
	readonly transactions: number;
}

/** A ledger file opened for looking: one moment of it, whatever a running sealer does meanwhile. Nothing is verified; that is fsck's. */
export interface LedgerInspection {
	/** Newest stored checkpoint, without the sealer's later cosignatures. */
	checkpoint(): string;
	/** Blocks from a height on, oldest first. */
	blocks(fromHeight?: number): Iterable<InspectedBlock>;
	/** Transactions of one block, in order. @throws {@link LedgerError} `LEDGER_TRANSACTION_UNKNOWN` for a height that is not there. */
	transactionsOf(height: number): readonly (ReadTransaction & { readonly leafIndex: number })[];
	findTransaction(id: Digest): (ReadTransaction & { readonly leafIndex: number }) | undefined;
	/** Raw leaves in order, for `replayLedger` in another program. */
	leaves(): Iterable<Uint8Array>;
	/** Height that {@link state} is of: of a sealer that runs, or was killed, some seconds behind the log. */
	stateHeight(): number;
	/** State rows of a contract or of all, in key order. */
	state(contract?: string): Iterable<{ readonly contract: string; readonly key: string; readonly value: JsonValue }>;
	close(): void;
}

/** @throws {@link LedgerError} `LEDGER_CORRUPT` when the file is not a ledger. */
export function inspectLedger(path: string): LedgerInspection {
	// The state first: it is never ahead of the log, however the sealer goes on between the two.
	const state = openForReading(() => StateFile.openMoment(statePath(path)));
	const store = openForReading(() => BlockStore.openReadOnly(path));
	const stateHeight = state.applied()?.height ?? 0;
	const readAt = (leafIndex: number) => {
		const bytes = store.getLeaf(leafIndex);
		if (bytes === undefined) throw new LedgerError("LEDGER_CORRUPT", "expected a leaf of the log, found none; run the auditor", { at: leafIndex });
		return { ...parseTransaction(bytes), leafIndex };
	};
	return {
		checkpoint: () => store.getHead()?.checkpoint ?? "",
		blocks: (fromHeight) => store.blocks(fromHeight),
		transactionsOf(height) {
			const block = store.getBlock(height);
			if (block === undefined) throw new LedgerError("LEDGER_TRANSACTION_UNKNOWN", "expected the height of a sealed block");
			const first = block.logSize - 1 - block.transactions;
			return Array.from({ length: block.transactions }, (_, i) => readAt(first + i));
		},
		findTransaction(id) {
			const position = state.getTransaction(id) ?? findUnindexed(store, stateHeight, id);
			return position === undefined ? undefined : readAt(position);
		},
		stateHeight: () => stateHeight,
		*leaves() {
			for (const { bytes } of store.leaves()) yield bytes;
		},
		*state(contract) {
			for (const row of state.stateRows()) {
				if (contract === undefined || row.contract === contract) {
					yield { contract: row.contract, key: row.key, value: JSON.parse(row.text) as JsonValue };
				}
			}
		},
		close() {
			state.close();
			store.close();
		},
	};
}

/** Looks through the leaves that the index does not cover yet. */
function findUnindexed(store: BlockStore, stateHeight: number, id: Digest): number | undefined {
	for (const { logSize, transactions } of store.blocks(stateHeight + 1)) {
		for (let position = logSize - 1 - transactions; position < logSize - 1; position++) {
			const bytes = store.getLeaf(position);
			if (bytes !== undefined && parseTransaction(bytes).id === id) return position;
		}
	}
	return undefined;
}

function openForReading<T>(open: () => T): T {
	try {
		return open();
	} catch (cause) {
		throw new LedgerError("LEDGER_CORRUPT", "expected a ledger's log and its state file", { where: "file" }, cause);
	}
}

/** Leaves as text, one a line, canonical JSON: what `export` writes and another implementation can read. */
export function* exportLeaves(inspection: LedgerInspection): Generator<string> {
	for (const bytes of inspection.leaves()) yield `${decodeUtf8(bytes)}\n`;
}

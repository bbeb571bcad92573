import { type Digest, encodeHex } from "#base";
import { buildBlock } from "../buildBlock.ts";
import { genesisChanges, genesisDigest } from "../genesis.ts";
import { judgeOutcomes, judgeStateRoot } from "../replayLedger.ts";
import { rulesAt } from "../rulesAt.ts";
import { createStateTree, toSparseChange } from "../stateTree.ts";
import { parseTransaction, type ReadTransaction } from "../transaction.ts";
import type { BlockStore, StoredBlock } from "./blockStore.ts";
import { inLeaves, refuseFirst } from "./findings.ts";
import { judgeLeafInTile } from "./judgeLog.ts";
import { judgeApplied, judgeStateFile, judgeTop } from "./judgeState.ts";
import { LedgerState } from "./ledgerState.ts";
import type { LedgerDefinition } from "./options.ts";
import { type AppliedBlock, StateFile } from "./stateFile.ts";
import { statePath } from "./statePath.ts";

/** Changed values and new ids that are written together while blocks are run again: nobody waits for an answer meanwhile. */
const catchUpChanges = 32_768;

/** Blocks run again between two words on progress. */
const blocksPerProgress = 64;

export interface OpenStateParameters extends LedgerDefinition {
	/** The log's file. */
	readonly path: string;
	/** Hears how far the blocks that the state file does not hold have been run again. */
	readonly onCatchUp?: (height: number, last: number) => void;
}

/**
 * Makes the state file of a ledger that begins.
 *
 * @throws {@link LedgerError} `LEDGER_ROLLED_BACK` when a state file tells of a log that was lost.
 */
export function beginState(parameters: OpenStateParameters): AppliedBlock {
	const found = readApplied(parameters);
	if (found !== undefined) refuseFirst(judgeApplied(found, (height) => (height === 0 ? found.stateRoot : undefined)));
	return createAtGenesis(parameters);
}

/**
 * Opens the state file and brings it up to the log: blocks that it does not hold are run again, each to the state root that was sealed. A file that is
 * missing, or of another genesis or version, is made again from the beginning.
 *
 * @throws {@link LedgerError} `LEDGER_ROLLED_BACK` when the file is ahead of the log, `LEDGER_CORRUPT` when it does not fit the log,
 * `LEDGER_RULES_UNKNOWN` when blocks to run again need rules that this program does not hold.
 */
export function openState(store: BlockStore, parameters: OpenStateParameters): LedgerState {
	const last = store.lastBlock();
	if (last === undefined) throw new RangeError("expected a log with a block");
	const applied = readApplied(parameters) ?? createAtGenesis(parameters);
	refuseFirst(judgeApplied(applied, (height) => store.getBlock(height)?.stateRoot));
	const file = StateFile.openReadOnly(statePath(parameters.path));
	try {
		const state = new LedgerState(file, applied);
		refuseFirst(judgeTop(state.tree, applied.stateRoot));
		if (applied.height < last.height) catchUp(store, state, last, parameters);
		return state;
	} catch (error) {
		file.close();
		throw error;
	}
}

/** Undefined for a file that is not there, or is none of this genesis and version: it is to be made again. */
function readApplied({ path, genesis }: OpenStateParameters): AppliedBlock | undefined {
	const file = StateFile.openIfReadable(statePath(path));
	try {
		const [finding] = judgeStateFile(file, genesis);
		return finding === undefined ? file?.applied() : undefined;
	} finally {
		file?.close();
	}
}

function createAtGenesis({ path, genesis, genesisState }: OpenStateParameters): AppliedBlock {
	const changes = genesisChanges(genesis, genesisState);
	let applied: AppliedBlock = { height: 0, stateRoot: "" as Digest };
	StateFile.create(statePath(path), genesisDigest(genesis), (file) => {
		const pages = new Map<string, Uint8Array>();
		const tree = createStateTree({
			read: (prefix) => pages.get(prefix),
			write: (prefix, page) => pages.set(prefix, page),
			delete: (prefix) => pages.delete(prefix),
		});
		applied = { height: 0, stateRoot: encodeHex(tree.update(changes.map(toSparseChange))) as Digest };
		file.write({ ...applied, values: changes, pages, transactions: [], undo: [] });
	});
	return applied;
}

/** Runs the blocks after the state's again. Their signatures were judged when they were sealed; that they lead to the sealed roots is judged here. */
function catchUp(store: BlockStore, state: LedgerState, last: StoredBlock, { path, onCatchUp, ...definition }: OpenStateParameters): void {
	const file = StateFile.open(statePath(path));
	try {
		for (const block of store.blocks(state.applied.height + 1)) {
			runAgain(store, state, block, definition);
			if (block.height % blocksPerProgress === 0 || block.height === last.height) onCatchUp?.(block.height, last.height);
			if (state.unflushed < catchUpChanges && block.height !== last.height) continue;
			file.apply(state.startFlush()!.toBatch());
			state.flushed();
		}
	} finally {
		file.close();
	}
}

function runAgain(store: BlockStore, state: LedgerState, block: StoredBlock, definition: LedgerDefinition): void {
	const { height, time, logSize, transactions, stateRoot } = block;
	const firstLeaf = logSize - 1 - transactions;
	const candidates = Array.from({ length: transactions }, (_, i) => readSealed(store, firstLeaf + i));
	const rules = rulesAt(definition, state, height);
	const isKnown = (id: Digest) => state.getTransaction(id) !== undefined;
	const built = buildBlock({ rules, state, block: { chain: definition.genesis.chain, height, time }, candidates, isKnown });
	refuseFirst(Array.from(judgeOutcomes(built.outcomes, firstLeaf), inLeaves));
	const ids = candidates.map(({ id }) => id);
	refuseFirst(Array.from(judgeStateRoot(state.draft(height, built.changes, ids, firstLeaf), stateRoot, logSize - 1), inLeaves));
	state.accept();
}

/** A leaf that changed in the file since it was sealed is not run again: its tile tells. */
function readSealed(store: BlockStore, position: number): ReadTransaction {
	const bytes = store.getLeaf(position);
	refuseFirst(judgeLeafInTile(store.readTile, position, bytes));
	return parseTransaction(bytes!);
}

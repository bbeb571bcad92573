import { type Digest, encodeHex, equalBytes } from "#base";
import { leafHash, SparseTree, tileWidth } from "#log";
import { buildBlock } from "../buildBlock.ts";
import { LedgerError } from "../errors.ts";
import { genesisChanges, genesisDigest } from "../genesis.ts";
import { rulesAt } from "../rulesAt.ts";
import { toSparseChange } from "../stateTree.ts";
import { parseTransaction, type ReadTransaction } from "../transaction.ts";
import type { BlockStore, StoredBlock } from "./blockStore.ts";
import { LedgerState } from "./ledgerState.ts";
import type { LedgerDefinition } from "./options.ts";
import { type AppliedBlock, StateFile } from "./stateFile.ts";

/** Changed values and new ids that are written together while blocks are run again: nobody waits for an answer meanwhile. */
const catchUpChanges = 32_768;

/** Where the state of a log's file lies. */
export function statePath(path: string): string {
	return `${path}.state`;
}

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
	assertNotAhead(readApplied(parameters), 0);
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
	if (last === undefined) throw corrupt("last block");
	const found = readApplied(parameters);
	assertNotAhead(found, last.height);
	const applied = found ?? createAtGenesis(parameters);
	if (store.getBlock(applied.height)?.stateRoot !== applied.stateRoot) throw corrupt("state root");
	const file = StateFile.openReadOnly(statePath(parameters.path));
	try {
		const state = new LedgerState(file, applied);
		if (encodeHex(state.tree.root) !== applied.stateRoot) throw corrupt("state root");
		if (applied.height < last.height) catchUp(store, state, last, parameters);
		return state;
	} catch (error) {
		file.close();
		throw error;
	}
}

/** Undefined for a file that is not there, or is none of this genesis and version. */
function readApplied({ path, genesis }: OpenStateParameters): AppliedBlock | undefined {
	let file: StateFile;
	try {
		file = StateFile.openReadOnly(statePath(path));
	} catch {
		return undefined;
	}
	try {
		return file.genesis() === genesisDigest(genesis) ? file.applied() : undefined;
	} finally {
		file.close();
	}
}

/** The log is durable before its outcome is written anywhere: a state file ahead of it was left by a newer log. */
function assertNotAhead(applied: AppliedBlock | undefined, height: number): void {
	if (applied === undefined || applied.height <= height) return;
	throw new LedgerError(
		"LEDGER_ROLLED_BACK",
		`expected the log of the ${applied.height} blocks that its state file was made from, found ${height}; restore the newer log`,
		{ at: applied.height },
	);
}

function createAtGenesis({ path, genesis, genesisState }: OpenStateParameters): AppliedBlock {
	const changes = genesisChanges(genesis, genesisState);
	let applied: AppliedBlock = { height: 0, stateRoot: "" as Digest };
	StateFile.create(statePath(path), genesisDigest(genesis), (file) => {
		const pages = new Map<string, Uint8Array>();
		const tree = new SparseTree({
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
			if (state.unflushed < catchUpChanges && block.height !== last.height) continue;
			file.apply(state.startFlush()!.toBatch());
			state.flushed();
			onCatchUp?.(block.height, last.height);
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
	if (built.accepted.length !== transactions) throw corrupt(`block ${height}`);
	const ids = candidates.map(({ id }) => id);
	if (state.draft(height, built.changes, ids, firstLeaf) !== stateRoot) throw corrupt(`block ${height}`);
	state.accept();
}

/** A leaf that changed in the file since it was sealed is not run again: its tile tells. */
function readSealed(store: BlockStore, position: number): ReadTransaction {
	const bytes = store.getLeaf(position);
	const at = (position % tileWidth) * 32;
	const hash = store.readTile(0, Math.floor(position / tileWidth))?.subarray(at, at + 32);
	if (bytes === undefined || hash === undefined || !equalBytes(leafHash(bytes), hash)) throw corrupt(`leaf ${position}`);
	return parseTransaction(bytes);
}

function corrupt(where: string): LedgerError {
	return new LedgerError("LEDGER_CORRUPT", "expected a state file that fits the log; run the auditor, or remove it to have it made again", { where });
}

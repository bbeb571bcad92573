import { type Digest, encodeHex, equalBytes, type PublicKey } from "#base";
import { leafHash, MemoryPages, MerkleTree, SparseTree, sparsePath, tileHeight, tileWidth } from "#log";
import { LedgerError } from "../errors.ts";
import { genesisDigest } from "../genesis.ts";
import type { BlockLeaf } from "../ledger.ts";
import { verifyCheckpoint } from "../light/verifyCheckpoint.ts";
import { LedgerReplay, type ReplayedBlock, type ReplayFindingCode } from "../replayLedger.ts";
import { mapKey } from "../state.ts";
import { toSparseChange } from "../stateTree.ts";
import { auditUndo } from "./auditUndo.ts";
import { BlockStore } from "./blockStore.ts";
import { statePath } from "./openState.ts";
import type { LedgerDefinition } from "./options.ts";
import { type AppliedBlock, keptHeights, StateFile } from "./stateFile.ts";

/** What the auditor finds, besides what a replay finds. */
export type FsckCode =
	| ReplayFindingCode
	/** The file cannot be read as a ledger at all. */
	| "FSCK_FILE_UNREADABLE"
	/** The file began with another genesis. */
	| "FSCK_GENESIS_DIFFERS"
	/** Positions of leaves have a gap. */
	| "FSCK_LEAF_MISSING"
	/** A tile is missing, too many, or holds other hashes than the leaves give. */
	| "FSCK_TILE_DIFFERS"
	/** A block's row differs from what leaves and replay give. */
	| "FSCK_BLOCK_DIFFERS"
	/** The head is not the last block. */
	| "FSCK_HEAD_DIFFERS"
	/** The checkpoint is not signed by the sealer, or commits to another log. */
	| "FSCK_CHECKPOINT_DIFFERS"
	/** A row of state differs from what replay gives, is missing or too many. */
	| "FSCK_STATE_ROW_DIFFERS"
	/** A page of the state tree differs from what the state gives, is missing or too many. */
	| "FSCK_PAGE_DIFFERS"
	/** The index of transactions differs from the log. */
	| "FSCK_INDEX_DIFFERS"
	/** The state file is missing, or cannot be read as one. The next start makes it again from genesis and log. */
	| "FSCK_STATE_FILE_UNREADABLE"
	/** The state file is of a height that the log does not hold, or names another root for it: the log is not the newest. */
	| "FSCK_STATE_AHEAD"
	/** What a block replaced in the state does not lead to the state before it. */
	| "FSCK_UNDO_DIFFERS";

export interface FsckFinding {
	readonly code: FsckCode;
	/** Where: a table and position, never a value. */
	readonly where: string;
}

export interface FsckReport {
	/** Empty: the file is sound. At most 1,000 are listed. */
	readonly findings: readonly FsckFinding[];
	readonly blocks: number;
	readonly leaves: number;
	readonly stateRows: number;
}

const findingsMax = 1_000;

export interface FsckParameters extends LedgerDefinition {
	readonly path: string;
	readonly sealerKey: PublicKey;
}

/**
 * Audits a ledger's log and state file and trusts neither: hashes every leaf, rebuilds every tile and root, runs every transaction again from
 * genesis, and holds blocks, head and checkpoint against the outcome, and, at the height that the state file has reached, state rows, pages, index and
 * what the blocks before replaced. Reads only; a running sealer may go on.
 *
 * Cost: one execution and one signature check per transaction; memory for the whole state and 64 bytes a leaf.
 */
export function fsckLedger(parameters: FsckParameters): FsckReport {
	// The state first: however the sealer goes on between the two, the log is not behind it.
	const state = openFile(() => StateFile.openMoment(statePath(parameters.path)));
	const store = openFile(() => BlockStore.openReadOnly(parameters.path));
	try {
		if (store === undefined) return { findings: [{ code: "FSCK_FILE_UNREADABLE", where: "file" }], blocks: 0, leaves: 0, stateRows: 0 };
		return new Audit(store, state, parameters).run();
	} finally {
		store?.close();
		state?.close();
	}
}

function openFile<T>(open: () => T): T | undefined {
	try {
		return open();
	} catch {
		return undefined;
	}
}

class Audit {
	readonly #store: BlockStore;
	/** Undefined where there is none that can be read. */
	readonly #state: StateFile | undefined;
	readonly #applied: AppliedBlock | undefined;
	readonly #parameters: FsckParameters;
	readonly #findings: FsckFinding[] = [];
	readonly #log = new MerkleTree();
	#blocks = 0;

	constructor(store: BlockStore, state: StateFile | undefined, parameters: FsckParameters) {
		this.#store = store;
		this.#state = state;
		this.#applied = openFile(() => state?.applied());
		this.#parameters = parameters;
	}

	run(): FsckReport {
		try {
			if (!this.#store.isIntact()) this.#find("FSCK_FILE_UNREADABLE", "database");
			if (this.#store.getMeta("genesis") !== genesisDigest(this.#parameters.genesis)) this.#find("FSCK_GENESIS_DIFFERS", "meta genesis");
			this.#checkStateFile();
			const replay = this.#replayLeaves();
			this.#checkTiles();
			this.#checkHead();
			if (this.#applied !== undefined && this.#applied.height >= this.#blocks) this.#find("FSCK_STATE_AHEAD", "state file applied");
			return this.#report(replay.state.size);
		} catch (error) {
			// A damaged database page ends the audit where it is read.
			this.#find("FSCK_FILE_UNREADABLE", error instanceof LedgerError ? error.code : "database");
			return this.#report(0);
		}
	}

	#report(stateRows: number): FsckReport {
		return { findings: this.#findings, blocks: this.#blocks, leaves: this.#log.size, stateRows };
	}

	#find(code: FsckCode, where: string): void {
		if (this.#findings.length < findingsMax) this.#findings.push({ code, where });
	}

	/** Leaves → log tree, replay and block rows, in one pass. */
	#replayLeaves(): LedgerReplay {
		const replay = new LedgerReplay(this.#parameters);
		for (const { position, bytes } of this.#store.leaves()) {
			if (position !== this.#log.size) this.#find("FSCK_LEAF_MISSING", `leaves ${this.#log.size}`);
			this.#log.appendHash(leafHash(bytes));
			const block = replay.append(bytes);
			if (block === undefined) continue;
			this.#checkBlock(block);
			if (block.leaf.height === this.#applied?.height) this.#checkState(this.#state!, block.leaf, replay);
		}
		replay.end();
		for (const { code, leafIndex } of replay.findings) this.#find(code, `leaves ${leafIndex}`);
		for (const { height } of this.#store.blocks(this.#blocks)) this.#find("FSCK_BLOCK_DIFFERS", `blocks ${height}`);
		return replay;
	}

	#checkBlock({ leaf, leafIndex }: ReplayedBlock): void {
		this.#blocks++;
		const row = this.#store.getBlock(leaf.height);
		const agrees =
			row !== undefined &&
			row.time === leaf.time &&
			row.transactions === leaf.transactions &&
			row.stateRoot === leaf.stateRoot &&
			row.rulesVersion === leaf.rulesVersion &&
			row.logSize === leafIndex + 1 &&
			row.logRoot === encodeHex(this.#log.root());
		if (!agrees) this.#find("FSCK_BLOCK_DIFFERS", `blocks ${leaf.height}`);
	}

	#checkTiles(): void {
		const expected = new Map<string, number>();
		for (let level = 0, nodes = this.#log.size; nodes > 0; level++, nodes = Math.floor(nodes / tileWidth)) {
			for (let index = 0; index * tileWidth < nodes; index++) expected.set(`tiles ${level}/${index}`, Math.min(tileWidth, nodes - index * tileWidth));
		}
		for (const { level, index, hashes, intact } of this.#store.tiles()) {
			const where = `tiles ${level}/${index}`;
			const width = expected.get(where);
			expected.delete(where);
			const agrees = width !== undefined && hashes.length === width * 32 && this.#agrees(level, index, hashes);
			if (!intact || !agrees) this.#find("FSCK_TILE_DIFFERS", where);
		}
		for (const where of expected.keys()) this.#find("FSCK_TILE_DIFFERS", where);
	}

	#agrees(level: number, index: number, hashes: Uint8Array): boolean {
		for (let i = 0; i * 32 < hashes.length; i++) {
			if (!equalBytes(hashes.subarray(i * 32, i * 32 + 32), this.#log.read(level * tileHeight, index * tileWidth + i))) return false;
		}
		return true;
	}

	#checkHead(): void {
		const { genesis, sealerKey } = this.#parameters;
		const head = this.#store.getHead();
		const logRoot = encodeHex(this.#log.root());
		if (head === undefined || head.height !== this.#blocks - 1 || head.logSize !== this.#log.size || head.logRoot !== logRoot) {
			this.#find("FSCK_HEAD_DIFFERS", "head");
		}
		try {
			const { size, root } = verifyCheckpoint(head?.checkpoint ?? "", { origin: genesis.chain, sealerKey });
			if (size !== this.#log.size || encodeHex(root) !== logRoot) this.#find("FSCK_CHECKPOINT_DIFFERS", "head checkpoint");
		} catch {
			this.#find("FSCK_CHECKPOINT_DIFFERS", "head checkpoint");
		}
	}

	#checkStateFile(): void {
		const { genesis } = this.#parameters;
		const intact = this.#state !== undefined && this.#applied !== undefined && this.#state.isIntact();
		if (!intact) this.#find("FSCK_STATE_FILE_UNREADABLE", "state file");
		else if (this.#state?.genesis() !== genesisDigest(genesis)) this.#find("FSCK_GENESIS_DIFFERS", "state file genesis");
	}

	/** At the block that the state file has reached. */
	#checkState(state: StateFile, { height, stateRoot }: BlockLeaf, replay: LedgerReplay): void {
		if (this.#applied?.stateRoot !== stateRoot) this.#find("FSCK_STATE_AHEAD", "state file applied");
		const left = new Set(replay.state.keys());
		let row = 0;
		for (const { contract, key, text } of state.stateRows()) {
			const name = mapKey(contract, key);
			left.delete(name);
			if (replay.state.get(name)?.text !== text) this.#find("FSCK_STATE_ROW_DIFFERS", `state row ${row}`);
			row++;
		}
		for (const _ of left) this.#find("FSCK_STATE_ROW_DIFFERS", "state row missing");
		const pages = this.#checkPages(state, replay);
		this.#checkIndex(state, replay);
		this.#checkUndo(state, height, pages, replay);
	}

	/** The tree's shape does not depend on its history, so the pages of the replayed state are the pages that must be stored. */
	#checkPages(state: StateFile, replay: LedgerReplay): Map<string, Uint8Array> {
		const pages = new MemoryPages();
		new SparseTree(pages).update(Array.from(replay.state.values(), toSparseChange));
		const expected = new Map(pages.entries());
		const left = new Set(expected.keys());
		for (const { prefix, page, intact } of state.allPages()) {
			const right = expected.get(prefix);
			left.delete(prefix);
			if (!intact || right === undefined || !equalBytes(right, page)) this.#find("FSCK_PAGE_DIFFERS", `pages ${prefix}`);
		}
		for (const prefix of left) this.#find("FSCK_PAGE_DIFFERS", `pages ${prefix}`);
		return expected;
	}

	#checkIndex(state: StateFile, replay: LedgerReplay): void {
		for (const [id, position] of replay.transactions) {
			if (state.getTransaction(id as Digest) !== position) this.#find("FSCK_INDEX_DIFFERS", `leaves ${position}`);
		}
		if (state.countTransactions() !== replay.transactions.size) this.#find("FSCK_INDEX_DIFFERS", "transactions");
	}

	/** Each of the last heights can be gone back to, and there is nothing of others. */
	#checkUndo(state: StateFile, height: number, pages: Map<string, Uint8Array>, replay: LedgerReplay): void {
		const lowest = Math.max(0, height - keptHeights + 1);
		const { first, last } = state.undoHeights() ?? { first: lowest + 1, last: height };
		if (first <= lowest || last > height) this.#find("FSCK_UNDO_DIFFERS", "undo of another height");
		const texts = new Map<string, string>();
		for (const { contract, key, text } of replay.state.values()) texts.set(encodeHex(sparsePath(contract, key)), text);
		const blocks = Array.from({ length: height - lowest }, (_, i) => height - i);
		const wrong = auditUndo({
			pages,
			texts,
			blocks: (function* () {
				for (const at of blocks) yield state.undoOf(at);
			})(),
			stateRootAt: (at) => this.#store.getBlock(at)?.stateRoot,
		});
		for (const at of wrong) this.#find("FSCK_UNDO_DIFFERS", `undo ${at}`);
	}
}

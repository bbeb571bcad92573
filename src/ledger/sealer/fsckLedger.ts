import type { Digest, PublicKey } from "#base";
import { leafHash, MerkleTree } from "#log";
import { readSnapshotFloor } from "../comet/consensusHead.ts";
import { differingTiles } from "../differingTiles.ts";
import { LedgerError } from "../errors.ts";
import { LedgerReplay, type ReplayedBlock } from "../replayLedger.ts";
import { BlockStore } from "./blockStore.ts";
import { type FsckCode, type FsckFinding, inLeaves } from "./findings.ts";
import { judgeBlock, judgeBlocksFrom, judgeCheckpoint, judgeGenesis, judgeHead, judgeSeen } from "./judgeLog.ts";
import { judgeApplied, judgeIndexed, judgePages, judgeRows, judgeStateFile, judgeUndo, pagesOf } from "./judgeState.ts";
import type { LedgerDefinition, SeenCheckpoint } from "./options.ts";
import { type AppliedBlock, StateFile } from "./stateFile.ts";
import { statePath } from "./statePath.ts";

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
	/** Checkpoints known from elsewhere: the log must contain them. */
	readonly seen?: readonly SeenCheckpoint[];
	/** Told now and then how far it is. */
	readonly onProgress?: (progress: FsckProgress) => void;
}

/** How many are done of those to do: SQLite's look at the two files, leaves run again, rows and pages of the state compared. */
export interface FsckProgress {
	readonly step: "files" | "leaves" | "state";
	readonly done: number;
	readonly total: number;
}

/** Leaves or rows between two words on progress. */
const betweenProgress = 2_048;

/**
 * Audits a ledger's log and state file and trusts neither: hashes every leaf, rebuilds every tile and root, runs every transaction again from
 * genesis, and holds blocks, head and checkpoint against the outcome, and, at the height that the state file has reached, state rows, pages, index and
 * what the blocks before replaced. A start makes the same judgements where they cost little (`judgeStart`). Reads only; a running sealer may go on.
 *
 * Cost: one execution and one signature check per transaction; memory for the whole state and 64 bytes a leaf.
 */
export function fsckLedger(parameters: FsckParameters): FsckReport {
	// The state first: however the sealer goes on between the two, the log is not behind it.
	const state = ifReadable(() => StateFile.openMoment(statePath(parameters.path)));
	const store = ifReadable(() => BlockStore.openReadOnly(parameters.path));
	try {
		if (store === undefined) return { findings: [{ code: "FSCK_FILE_UNREADABLE", where: "file" }], blocks: 0, leaves: 0, stateRows: 0 };
		return new Audit(store, state, parameters).run();
	} finally {
		store?.close();
		state?.close();
	}
}

function ifReadable<T>(open: () => T): T | undefined {
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
	/** Root that the log seals at the height of the state file. */
	#sealedRoot: Digest | undefined;
	readonly #parameters: FsckParameters;
	readonly #findings: FsckFinding[] = [];
	readonly #log = new MerkleTree();
	#blocks = 0;

	constructor(store: BlockStore, state: StateFile | undefined, parameters: FsckParameters) {
		this.#store = store;
		this.#state = state;
		this.#applied = ifReadable(() => state?.applied());
		this.#parameters = parameters;
	}

	run(): FsckReport {
		const { genesis } = this.#parameters;
		try {
			this.#judgeFiles();
			this.#take(judgeGenesis(this.#store, genesis));
			const replay = this.#replayLeaves();
			for (const where of differingTiles(this.#log, this.#store.tiles())) this.#find("FSCK_TILE_DIFFERS", where);
			this.#judgeEnd();
			if (this.#applied !== undefined) this.#take(judgeApplied(this.#applied, () => this.#sealedRoot));
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

	#take(findings: Iterable<FsckFinding>): void {
		for (const { code, where } of findings) this.#find(code, where);
	}

	#tell(step: FsckProgress["step"], done: number, total: number): void {
		if (step === "files" || done % betweenProgress === 0 || done === total) this.#parameters.onProgress?.({ step, done, total });
	}

	/** SQLite's own look at the two, and whether the state file is one of this genesis. */
	#judgeFiles(): void {
		this.#tell("files", 0, 2);
		if (!this.#store.isIntact()) this.#find("FSCK_FILE_UNREADABLE", "database");
		this.#tell("files", 1, 2);
		const before = this.#findings.length;
		this.#take(judgeStateFile(this.#state, this.#parameters.genesis));
		if (this.#findings.length === before && !this.#state!.isIntact()) this.#find("FSCK_STATE_FILE_UNREADABLE", "state file");
		this.#tell("files", 2, 2);
	}

	/** Leaves → log tree, replay and block rows, in one pass. */
	#replayLeaves(): LedgerReplay {
		const replay = new LedgerReplay(this.#parameters);
		const total = this.#store.lastLeafPosition() + 1;
		for (const { position, bytes } of this.#store.leaves()) {
			if (position !== this.#log.size) this.#find("FSCK_LEAF_MISSING", `leaves ${this.#log.size}`);
			this.#log.appendHash(leafHash(bytes));
			const block = replay.append(bytes);
			if (block !== undefined) this.#endBlock(block, replay);
			this.#tell("leaves", this.#log.size, total);
		}
		replay.end();
		this.#take(replay.findings.map(inLeaves));
		this.#take(judgeBlocksFrom(this.#store, this.#blocks));
		return replay;
	}

	#endBlock({ leaf, leafIndex }: ReplayedBlock, replay: LedgerReplay): void {
		this.#blocks++;
		this.#take(judgeBlock(this.#store.getBlock(leaf.height), leaf, leafIndex, this.#log.root()));
		if (leaf.height !== this.#applied?.height) return;
		this.#sealedRoot = leaf.stateRoot;
		this.#judgeState(this.#state!, leaf.height, replay);
	}

	/** What is said of the log's end. */
	#judgeEnd(): void {
		const { genesis, sealerKey, seen = [] } = this.#parameters;
		const head = this.#store.getHead();
		const extent = { height: this.#blocks - 1, size: this.#log.size, root: this.#log.root() };
		this.#take(judgeHead(head, extent));
		this.#take(judgeCheckpoint(head, extent, { origin: genesis.chain, sealerKey }));
		for (const each of seen) this.#take(judgeSeen(each, extent.size, this.#log.read));
	}

	/** At the block that the state file has reached. */
	#judgeState(state: StateFile, height: number, replay: LedgerReplay): void {
		this.#take(judgeRows(this.#counted(state.stateRows(), replay.state.size), replay.state));
		const pages = pagesOf(replay.state.values());
		this.#take(judgePages(this.#counted(state.allPages(), pages.size), pages));
		this.#take(judgeIndexed(replay.transactions, (id) => state.getTransaction(id)));
		if (state.countTransactions() !== replay.transactions.size) this.#find("FSCK_INDEX_DIFFERS", "transactions");
		this.#take(
			judgeUndo({
				state,
				height,
				pages,
				values: replay.state.values(),
				stateRootAt: (at) => this.#store.getBlock(at)?.stateRoot,
				floor: readSnapshotFloor(this.#store),
			}),
		);
	}

	*#counted<T>(rows: Iterable<T>, total: number): Generator<T> {
		let done = 0;
		for (const row of rows) {
			yield row;
			this.#tell("state", Math.min(++done, total), total);
		}
	}
}

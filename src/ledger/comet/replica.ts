import { type Digest, encodeUtf8, type Instant, type JsonValue, type SigningKey } from "#base";
import type { ContractName, StateReader } from "#contracts";
import type { Frontier } from "#log";
import { appHash } from "../appHash.ts";
import { buildBlock, type Outcome } from "../buildBlock.ts";
import { LedgerError } from "../errors.ts";
import { assertKept } from "../height.ts";
import type { Ledger, LedgerHead, StateProof, TransactionProof, TransactionResult } from "../ledger.ts";
import { rulesAt } from "../rulesAt.ts";
import type { BlockStore, StoredBlock, StoredHead } from "../sealer/blockStore.ts";
import { cosignCheckpoint, signCheckpoint } from "../sealer/checkpoint.ts";
import { type DraftedBlock, draftBlock, writeBlock } from "../sealer/draftBlock.ts";
import { LedgerReader } from "../sealer/ledgerReader.ts";
import type { LedgerState } from "../sealer/ledgerState.ts";
import type { LedgerDefinition, SealerOptions } from "../sealer/options.ts";
import { flushDefaults, StateFlusher } from "../sealer/stateFlusher.ts";
import type { StateGeneration } from "../sealer/stateGeneration.ts";
import type { StateChange } from "../state.ts";
import type { ReadTransaction } from "../transaction.ts";
import { toResults } from "../transactionResults.ts";
import { type ConsensusHead, writeConsensusHead } from "./consensusHead.ts";
import { SnapshotStore } from "./snapshotStore.ts";

export interface ReplicaOptions
	extends LedgerDefinition,
		Pick<SealerOptions, "path" | "readMember" | "flushChanges" | "flushIntervalMs" | "onCatchUp"> {
	/** Signs this replica's checkpoints, for the institution's own keyring and tools. Other members rest on CometBFT's commits, not on it. */
	readonly replicaKey: SigningKey;
	/** CometBFT's heights between two snapshots for newcomers; 0 for none. 1,000 when absent. */
	readonly snapshotEvery?: number;
}

const snapshotEveryDefault = 1_000;

/** What {@link openReplica} has made ready. */
export interface ReplicaParts {
	readonly store: BlockStore;
	readonly head: StoredHead;
	readonly block: StoredBlock;
	readonly log: Frontier;
	readonly state: LedgerState;
	readonly consensus: ConsensusHead | undefined;
	/** Lowest height whose state is here: that of the snapshot it began with, else 0. */
	readonly oldestHeight: number;
	readonly unlock: () => void;
	/** Opens the files again, when others have taken their place. */
	readonly reopen: () => ReplicaParts;
}

/** A block that members have decided on, as CometBFT hands it over. */
export interface DecidedBlock {
	/** CometBFT's. */
	readonly height: number;
	/** Of its header, UTC ms. */
	readonly timeMs: number;
	/** In order; signatures already verified. */
	readonly candidates: readonly ReadTransaction[];
	/** Transactions of the block that never came to be candidates, for those who wait for an answer. */
	readonly refused?: readonly TransactionResult[];
}

export interface FinalizedBlock {
	readonly outcomes: readonly Outcome[];
	/** What it changes in the state. */
	readonly changes: readonly StateChange[];
	readonly appHash: Digest;
}

interface Pending extends FinalizedBlock {
	readonly refused: readonly TransactionResult[];
	readonly consensus: ConsensusHead;
	/** Undefined when the block changes nothing. */
	readonly changed: { readonly drafted: DraftedBlock; readonly generation: StateGeneration } | undefined;
}

type BlockListener = Parameters<Ledger["onBlock"]>[0];

/**
 * One member's copy of a ledger that members order together: the embedded ledger's tables and rules, with what decides on a block left to CometBFT. A block
 * is run by {@link finalize} and written by {@link commit}, in one transaction with CometBFT's height; between the two everybody reads the state before it.
 */
export class Replica implements StateReader {
	readonly chain: string;
	readonly #options: ReplicaOptions;
	readonly #unlock: () => void;
	readonly #reopen: () => ReplicaParts;
	readonly #listeners = new Set<BlockListener>();
	readonly #snapshots: SnapshotStore;
	#store: BlockStore;
	#state: LedgerState;
	#flusher: StateFlusher;
	#reader: LedgerReader;
	#oldestHeight: number;
	#log: Frontier;
	#stored: StoredHead;
	#block: StoredBlock;
	#consensus: ConsensusHead | undefined;
	/** By a clock that nobody sets, ms. */
	#committedAtMs = performance.now();
	#pending: Pending | undefined;
	#checkpoint = "";
	/** Its files were let go of and no others opened. */
	#isEmpty = false;
	#ended: LedgerError | undefined;
	#closing: Promise<void> | undefined;

	constructor(options: ReplicaOptions, parts: ReplicaParts) {
		const { store, head, block, log, state, consensus, oldestHeight, unlock, reopen } = parts;
		this.chain = options.genesis.chain;
		this.#options = options;
		[this.#unlock, this.#reopen] = [unlock, reopen];
		[this.#store, this.#state, this.#oldestHeight] = [store, state, oldestHeight];
		[this.#log, this.#stored, this.#block, this.#consensus] = [log, head, block, consensus];
		this.#reader = new LedgerReader(store, state);
		this.#flusher = this.#createFlusher(state);
		this.#snapshots = new SnapshotStore(options.path);
		this.#sign();
	}

	#createFlusher(state: LedgerState): StateFlusher {
		const { path, flushChanges = flushDefaults.flushChanges, flushIntervalMs = flushDefaults.flushIntervalMs } = this.#options;
		const onFailure = (error: Error) => void this.#halt(error);
		return new StateFlusher({ path, store: this.#store, state, flushChanges, flushIntervalMs, onFailure, onRoom: () => undefined });
	}

	/** Snapshots that newcomers are handed. */
	get snapshots(): SnapshotStore {
		return this.#snapshots;
	}

	/** Where a snapshot is put together before it takes this replica's place. */
	get restoring(): Pick<ReplicaOptions, "path" | "genesis" | "replicaKey"> & { readonly firstLeaf: Uint8Array } {
		const { path, genesis, replicaKey } = this.#options;
		return { path, genesis, replicaKey, firstLeaf: this.#store.getLeaf(0)! };
	}

	/**
	 * Lets other files take the place of this replica's, which are thrown away: a replica that has agreed on nothing yet, and joins by a snapshot.
	 *
	 * @throws {@link LedgerError} `LEDGER_CONSENSUS_DIFFERS` for a replica that has agreed on blocks; what a start finds in the new files, after which it is halted.
	 */
	async replace(move: () => void): Promise<void> {
		this.#assertOpen();
		if (this.#consensus !== undefined) throw new LedgerError("LEDGER_CONSENSUS_DIFFERS", "expected a replica that has agreed on no block yet");
		await this.#flusher.close();
		this.#store.close();
		try {
			move();
			const { store, head, block, log, state, consensus, oldestHeight } = this.#reopen();
			[this.#store, this.#state, this.#oldestHeight] = [store, state, oldestHeight];
			[this.#log, this.#stored, this.#block, this.#consensus] = [log, head, block, consensus];
			this.#reader = new LedgerReader(store, state);
			this.#flusher = this.#createFlusher(state);
			this.#sign();
		} catch (error) {
			this.#isEmpty = true;
			this.#ended ??= new LedgerError("LEDGER_HALTED", "expected the restored files to open; remove the ledger's files and join again", {}, error);
			throw error;
		}
	}

	head(): LedgerHead {
		const { height, time, stateRoot, logSize, logRoot, rulesVersion } = this.#block;
		return { height, time, stateRoot, logSize, logRoot, rulesVersion };
	}

	/** Undefined before the first block that members agreed on. */
	consensus(): ConsensusHead | undefined {
		return this.#consensus;
	}

	/** CometBFT's height of the block that is to come. */
	get nextHeight(): number {
		return (this.#consensus?.height ?? this.#block.height) + 1;
	}

	/** CometBFT's height of the first header that holds {@link appHash}. */
	get signedAt(): number {
		return (this.#consensus?.changedAt ?? this.#block.height) + 1;
	}

	appHash(): Digest {
		return appHash(this.#block);
	}

	/** How long ago it wrote its newest block, or was opened: whatever the time of day is said to be. */
	sinceCommitMs(): number {
		return performance.now() - this.#committedAtMs;
	}

	/** Why it takes no block any more; undefined while it does. */
	get ended(): LedgerError | undefined {
		return this.#ended;
	}

	get(contract: ContractName, key: string): JsonValue | undefined {
		this.#assertReadable();
		return this.#reader.get(contract, key);
	}

	/** As {@link get}, after an earlier block. @throws {@link LedgerError} `LEDGER_HEIGHT_…`. */
	getAt(contract: ContractName, key: string, height: number): JsonValue | undefined {
		this.#assertHere(height);
		return this.#reader.getAt(contract, key, height);
	}

	getTransaction(id: Digest): number | undefined {
		this.#assertReadable();
		return this.#reader.getTransaction(id);
	}

	/** Runs many looks faster than one by one. */
	atOnce<T>(work: () => T): T {
		return this.#state.atOnce(work);
	}

	/** Signed by this replica alone, with the time of the newest block that members agreed on. */
	checkpoint(): string {
		return this.#checkpoint;
	}

	/** @throws {@link LedgerError} `LEDGER_CORRUPT`. */
	tile(path: string): Uint8Array | undefined {
		this.#assertReadable();
		return path === "checkpoint" ? encodeUtf8(this.#checkpoint) : this.#reader.tile(path, this.#stored.logSize);
	}

	proveTransaction(id: Digest): TransactionProof {
		this.#assertReadable();
		return this.#reader.proveTransaction(id, this.#stored, this.#checkpoint);
	}

	/** @throws {@link LedgerError} `LEDGER_HEIGHT_…`, `LEDGER_CORRUPT`. */
	proveState(contract: ContractName, key: string, height: number = this.#block.height): StateProof {
		this.#assertHere(height);
		const block = height === this.#block.height ? this.#block : this.#store.getBlock(height);
		if (block === undefined)
			throw new LedgerError("LEDGER_CORRUPT", "expected the block of a sealed height, found none; run the auditor", { at: height });
		return this.#reader.proveState(contract, key, block, this.#stored, this.#checkpoint);
	}

	/** As {@link Ledger.onBlock}, and also of blocks in which everything was refused. */
	onResults(listener: BlockListener): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/**
	 * Runs a decided block and tells what comes of it; nothing of it is stored or shown yet. Asked again, it runs again.
	 *
	 * @throws {@link LedgerError} `LEDGER_CONSENSUS_DIFFERS` for another height than the next; `LEDGER_HALTED`, `LEDGER_RULES_UNKNOWN`.
	 */
	finalize(decided: DecidedBlock): FinalizedBlock {
		this.#assertOpen();
		if (decided.height !== this.nextHeight) {
			throw new LedgerError("LEDGER_CONSENSUS_DIFFERS", `expected the block of height ${this.nextHeight}`, { at: decided.height });
		}
		try {
			this.#pending = this.#state.atOnce(() => this.#run(decided));
			return this.#pending;
		} catch (error) {
			throw this.#halt(error);
		}
	}

	/**
	 * Writes the block that was finalised, with CometBFT's height, all or nothing; only then is it seen.
	 *
	 * @throws {@link LedgerError} `LEDGER_HALTED` when it could not be written; `LEDGER_CONSENSUS_DIFFERS` when none was finalised.
	 */
	async commit(): Promise<void> {
		this.#assertOpen();
		if (this.#flusher.isFull) await this.#flusher.drain();
		const pending = this.#pending;
		if (pending === undefined) throw new LedgerError("LEDGER_CONSENSUS_DIFFERS", "expected a block to be finalised before it is committed");
		this.#pending = undefined;
		try {
			this.#write(pending);
		} catch (error) {
			throw this.#halt(error);
		}
		this.#committedAtMs = performance.now();
		this.#sign();
		this.#notify(pending);
		await this.#offerSnapshot(pending.consensus.height);
	}

	/** At the first block after a start without a snapshot, and then every so many blocks. The moment is held before the next block is run. */
	async #offerSnapshot(cometHeight: number): Promise<void> {
		const { snapshotEvery = snapshotEveryDefault } = this.#options;
		const newest = this.#snapshots.heights()[0];
		const isDue = snapshotEvery > 0 && (newest === undefined || cometHeight - newest >= snapshotEvery) && this.#block.height > 0;
		if (!isDue || this.#snapshots.isWriting) return;
		await this.#flusher.drain();
		const { height, logSize } = this.#block;
		await this.#snapshots.begin(cometHeight, { path: this.#options.path, height, logSize });
	}

	/** Writes to the state file what it does not hold yet. */
	flush(): Promise<void> {
		return this.#flusher.drain();
	}

	/** A second call waits for the first. A block that was finalised and not committed is forgotten: CometBFT hands it over again. */
	close(): Promise<void> {
		this.#closing ??= this.#close();
		return this.#closing;
	}

	async #close(): Promise<void> {
		this.#ended = new LedgerError("LEDGER_CLOSED", "expected a ledger that is open", {}, this.#ended);
		await this.#snapshots.close();
		if (!this.#isEmpty) {
			await this.#flusher.close();
			this.#store.close();
		}
		this.#unlock();
	}

	#run({ height, timeMs, candidates, refused = [] }: DecidedBlock): Pending {
		const before = this.#block;
		const unchanged = { height, time: timeMs, changedAt: this.#consensus?.changedAt ?? height - 1 };
		const nothing = { outcomes: [], changes: [], refused, appHash: this.appHash(), consensus: unchanged, changed: undefined };
		if (candidates.length === 0) return nothing;
		const time = Math.max(timeMs, before.time) as Instant;
		const block = { chain: this.chain, height: before.height + 1, time };
		const rules = rulesAt(this.#options, this.#reader, block.height);
		const isKnown = (id: Digest) => this.#state.getTransaction(id) !== undefined;
		const built = buildBlock({ rules, state: this.#reader, block, candidates, isKnown });
		if (built.accepted.length === 0) return { ...nothing, outcomes: built.outcomes };
		const drafted = draftBlock({ state: this.#state, log: this.#log, built, height: block.height, time, rulesVersion: rules.version });
		const generation = this.#state.suspend();
		return {
			outcomes: built.outcomes,
			changes: built.changes,
			refused,
			appHash: appHash(drafted.block),
			consensus: { ...unchanged, changedAt: height },
			changed: { drafted, generation },
		};
	}

	#write({ consensus, changed }: Pending): void {
		if (changed === undefined) {
			this.#store.transact(() => writeConsensusHead(this.#store, consensus));
			this.#consensus = consensus;
			return;
		}
		const { drafted, generation } = changed;
		const { height, logSize, logRoot } = drafted.block;
		const stored = { height, logSize, logRoot, checkpoint: signCheckpoint(this.chain, { logSize, logRoot }, this.#options.replicaKey) };
		this.#store.transact(() => {
			writeBlock(this.#store, drafted);
			this.#store.swapHead(this.#stored, stored);
			writeConsensusHead(this.#store, consensus);
		});
		this.#state.resume(generation);
		this.#state.accept();
		[this.#log, this.#block, this.#stored, this.#consensus] = [drafted.log, drafted.block, stored, consensus];
		this.#flusher.note();
	}

	#sign(): void {
		const time = this.#consensus?.time ?? this.#block.time;
		this.#checkpoint = cosignCheckpoint(this.chain, this.#stored.checkpoint, this.#options.replicaKey, time);
	}

	#notify({ outcomes, refused, changed }: Pending): void {
		if (outcomes.length + refused.length === 0) return;
		const head = this.head();
		const where = { height: head.height, time: head.time, firstLeaf: changed?.drafted.firstLeaf ?? head.logSize };
		const block = { head, results: [...toResults(outcomes, where), ...refused] };
		for (const listener of this.#listeners) {
			try {
				listener(block);
			} catch (error) {
				process.emitWarning(error instanceof Error ? error : "a block listener failed");
			}
		}
	}

	#assertOpen(): void {
		if (this.#ended !== undefined) throw this.#ended;
	}

	/** After a halt what was agreed on before stays readable and provable; its growing staleness tells. */
	#assertReadable(): void {
		if (this.#ended !== undefined && (this.#isEmpty || this.#ended.code === "LEDGER_CLOSED")) throw this.#ended;
	}

	#assertHere(height: number): void {
		this.#assertReadable();
		assertKept(height, this.#block.height);
		if (height >= this.#oldestHeight) return;
		throw new LedgerError("LEDGER_HEIGHT_TOO_OLD", `expected a height since this replica joined: ${this.#oldestHeight} at least; replay the log`, {
			at: this.#oldestHeight,
		});
	}

	#halt(cause: unknown): LedgerError {
		this.#state.discard();
		this.#pending = undefined;
		const isOwnCode = cause instanceof LedgerError && cause.code === "LEDGER_RULES_UNKNOWN";
		const message = "expected every block to be run and written, found a failure; restart to audit the file";
		this.#ended ??= isOwnCode ? cause : new LedgerError("LEDGER_HALTED", message, {}, cause);
		return this.#ended;
	}
}

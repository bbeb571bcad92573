import type { Clock, Digest, Instant, JsonValue } from "#base";
import type { ContractName } from "#contracts";
import { admitEnvelope } from "../admitEnvelope.ts";
import { readEnvelope } from "../envelope.ts";
import { LedgerError } from "../errors.ts";
import type { Envelope, Ledger, LedgerHead, StateProof, TransactionProof, TransactionResult } from "../ledger.ts";
import { EraPath } from "../light/comet/eraPath.ts";
import { formatHeaderEvidence } from "../light/comet/headerEvidence.ts";
import type { LightBlock } from "../light/comet/lightBlock.ts";
import { type AbciHandler, type AbciServer, serveAbci } from "./abciServer.ts";
import { type ApplicationOptions, CometApplication } from "./application.ts";
import { CometRpc } from "./cometRpc.ts";
import type { ConsensusHead } from "./consensusHead.ts";
import { openReplica } from "./openReplica.ts";
import type { Replica, ReplicaOptions } from "./replica.ts";
import { Submitter, submitterDefaults } from "./submitter.ts";

export interface CometLedgerOptions extends ReplicaOptions, Pick<ApplicationOptions, "maxBlockTransactions" | "transactionsPerMinute"> {
	readonly now: Clock;
	/** Unix socket at which the application listens for CometBFT. */
	readonly socketPath: string;
	/** CometBFT's RPC on this machine, such as `http://127.0.0.1:26657`. */
	readonly rpcUrl: string;
	/** Without a newer block for so long nothing is taken: the members do not agree, or this one is cut off. */
	readonly silentAfterMs?: number;
	/** For tests of faults: what stands between CometBFT and the application. */
	readonly between?: (application: AbciHandler) => AbciHandler;
	readonly batchWindowMs?: number;
	readonly resendMs?: number;
	readonly giveUpMs?: number;
	readonly pendingMax?: number;
}

/** As long as the gate waits before it refuses reads (PROTOCOL §5). */
const silentAfterDefaultMs = 30_000;

/**
 * Opens a member's ledger: its replica, and the application that CometBFT drives it by. CometBFT itself is started by whoever runs the node; until it
 * connects, what was decided before can be read, ever staler.
 *
 * @throws {@link LedgerError} As `openReplica`; `LEDGER_LISTEN_FAILED`.
 */
export async function openCometLedger(options: CometLedgerOptions): Promise<CometLedger> {
	const replica = openReplica(options);
	try {
		const application = new CometApplication({ ...options, replica });
		const handler = options.between?.(application) ?? application;
		return new CometLedger(options, replica, await serveAbci(options.socketPath, handler));
	} catch (error) {
		await replica.close();
		throw error;
	}
}

/** A ledger that members order together, as a node sees it: reads and decisions on its own replica, submissions through CometBFT. */
export class CometLedger implements Ledger {
	readonly chain: string;
	/** For who asks CometBFT himself. */
	readonly rpc: CometRpc;
	readonly #options: CometLedgerOptions;
	readonly #replica: Replica;
	readonly #server: AbciServer;
	readonly #submitter: Submitter;
	/** Headers for readers who pinned any set of validators since this node's first block. */
	readonly #eras: EraPath;

	constructor(options: CometLedgerOptions, replica: Replica, server: AbciServer) {
		[this.chain, this.#options, this.#replica, this.#server] = [replica.chain, options, replica, server];
		this.rpc = new CometRpc(options.rpcUrl);
		this.#eras = new EraPath(this.rpc);
		this.#submitter = new Submitter({ ...submitterDefaults, ...options, rpc: this.rpc, replica });
	}

	head(): LedgerHead {
		return this.#replica.head();
	}

	/** How far members have agreed; undefined before their first block. */
	consensus(): ConsensusHead | undefined {
		return this.#replica.consensus();
	}

	/** What the members agree on with the newest block. */
	appHash(): Digest {
		return this.#replica.appHash();
	}

	/** CometBFT's heights of the snapshots that this member hands to newcomers, newest first. */
	snapshotHeights(): readonly number[] {
		return this.#replica.snapshots.heights();
	}

	/** Why the replica takes no block any more; undefined while it does. */
	ended(): LedgerError | undefined {
		return this.#replica.ended;
	}

	/**
	 * By the time in the newest header, which is the members' own, and by how long ago that block was written here, whichever is more: neither a replay nor
	 * this machine's clock, set back while it is cut off, makes an old state look fresh.
	 */
	stalenessMs(now: Instant): number {
		const told = Math.abs(now - (this.#replica.consensus()?.time ?? this.#replica.head().time));
		return Math.max(told, Math.floor(this.#replica.sinceCommitMs()));
	}

	get(contract: ContractName, key: string): JsonValue | undefined {
		return this.#replica.get(contract, key);
	}

	/** @throws {@link LedgerError} `LEDGER_HEIGHT_…`, `LEDGER_CORRUPT`. */
	getAt(contract: ContractName, key: string, height: number): JsonValue | undefined {
		return this.#replica.getAt(contract, key, height);
	}

	/**
	 * Resolves when the members have decided on every transaction and this replica has written it: decided once, it is never taken back.
	 *
	 * @throws {@link LedgerError} As {@link Ledger.submit}; `LEDGER_CONSENSUS_SILENT` while members do not agree.
	 */
	async submit(envelope: Envelope): Promise<readonly TransactionResult[]> {
		if (this.#replica.ended !== undefined) throw this.#replica.ended;
		const read = readEnvelope(envelope);
		admitEnvelope(read, { chain: this.chain, state: this.#replica, readMember: this.#options.readMember });
		if (this.#replica.consensus() === undefined || this.stalenessMs(this.#options.now()) > (this.#options.silentAfterMs ?? silentAfterDefaultMs)) {
			throw new LedgerError("LEDGER_CONSENSUS_SILENT", "expected the members to have agreed on a block lately, found none; nothing was taken");
		}
		if (read.transactions.every(({ id }) => this.#replica.getTransaction(id) !== undefined)) return read.transactions.map(({ id }) => replayed(id));
		return this.#submitter.submit(envelope, read);
	}

	/** Signed by this replica, for its own institution; other members and patients verify the members' commit over {@link appHash} instead. */
	checkpoint(): string {
		return this.#replica.checkpoint();
	}

	/** Waits until members have signed a header that holds the present app hash: the block after the last that changed something. */
	async cosigned(timeoutMs: number): Promise<boolean> {
		const endsAt = performance.now() + timeoutMs;
		while (!this.#isSigned()) {
			if (performance.now() >= endsAt) return false;
			await new Promise((resolve) => setTimeout(resolve, pollMs));
		}
		return true;
	}

	#isSigned(): boolean {
		const consensus = this.#replica.consensus();
		return consensus !== undefined && consensus.height > consensus.changedAt;
	}

	tile(path: string): Uint8Array | undefined {
		return this.#replica.tile(path);
	}

	proveTransaction(id: Digest): TransactionProof {
		return this.#replica.proveTransaction(id);
	}

	proveState(contract: ContractName, key: string, height?: number): StateProof {
		return this.#replica.proveState(contract, key, height);
	}

	/**
	 * As {@link proveTransaction}, for readers who trust validators: in the checkpoint's place stands the header that members signed over the log.
	 *
	 * @throws {@link LedgerError} `LEDGER_TRANSACTION_UNKNOWN`; `LEDGER_CONSENSUS_SILENT` while that header is not decided.
	 */
	async proveDecidedTransaction(id: Digest): Promise<TransactionProof> {
		return this.#underHeader(this.#replica.proveTransaction(id));
	}

	/** As {@link proveState}, for readers who trust validators. @throws {@link LedgerError} As {@link proveDecidedTransaction}; `LEDGER_HEIGHT_…`. */
	async proveDecidedState(contract: ContractName, key: string, height?: number): Promise<StateProof> {
		return this.#underHeader(this.#replica.proveState(contract, key, height));
	}

	lightBlock(height: number): Promise<LightBlock> {
		return this.rpc.lightBlock(height);
	}

	/** The state after a block stands in the header of the next, and of all until the next change: the newest of them tells how fresh it is. */
	async #underHeader<Proof extends { readonly checkpoint: string }>(proof: Proof): Promise<Proof> {
		const { logSize, logRoot, stateRoot } = this.#replica.head();
		const height = Math.max(this.#replica.signedAt, this.#replica.consensus()?.height ?? 0);
		await this.#untilDecided(height);
		const path = await this.#eras.to(height);
		return { ...proof, checkpoint: formatHeaderEvidence({ logSize, logRoot, stateRoot, path }) };
	}

	/** CometBFT makes the block after one that changed something at once, without waiting for the heartbeat. */
	async #untilDecided(height: number): Promise<void> {
		if ((this.#replica.consensus()?.height ?? 0) < height) await this.cosigned(decidedWaitMs);
	}

	onBlock(listener: Parameters<Ledger["onBlock"]>[0]): () => void {
		return this.#replica.onResults((block) => {
			if (block.results.some(({ accepted }) => accepted)) listener(block);
		});
	}

	/** Writes to the state file what it does not hold yet. */
	flush(): Promise<void> {
		return this.#replica.flush();
	}

	async close(): Promise<void> {
		this.#submitter.close(new LedgerError("LEDGER_CLOSED", "expected a ledger that is open"));
		await this.#server.close();
		await this.#replica.close();
	}
}

const pollMs = 20;

/** How long a proof waits for the header over it. */
const decidedWaitMs = 10_000;

function replayed(id: Digest): TransactionResult {
	return { id, accepted: false, code: "LEDGER_REPLAYED", message: "expected a transaction that is not in the log yet" };
}

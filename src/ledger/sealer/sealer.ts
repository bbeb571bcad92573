import { type Digest, encodeHex, encodeUtf8, type Instant, type JsonValue } from "#base";
import type { ContractName } from "#contracts";
import { type Frontier, tileNodeReader } from "#log";
import { admitEnvelope } from "../admitEnvelope.ts";
import { buildBlock } from "../buildBlock.ts";
import { assertEnvelopeSigned, openEnvelope, type ReadEnvelope, type UnjudgedEnvelope } from "../envelope.ts";
import { LedgerError } from "../errors.ts";
import { assertKept } from "../height.ts";
import type { Envelope, Ledger, LedgerHead, StateProof, TransactionProof, TransactionResult } from "../ledger.ts";
import { askedCosignatures } from "../light/witnessQuorum.ts";
import { rulesAt } from "../rulesAt.ts";
import type { ReadTransaction } from "../transaction.ts";
import { toResults } from "../transactionResults.ts";
import type { BlockStore, StoredBlock, StoredHead } from "./blockStore.ts";
import { cosignCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { Cosigners } from "./cosigners.ts";
import { type DraftedBlock, draftBlock, writeBlock } from "./draftBlock.ts";
import { refuseFirst } from "./findings.ts";
import { judgeSeen } from "./judgeLog.ts";
import { LedgerReader } from "./ledgerReader.ts";
import type { LedgerState } from "./ledgerState.ts";
import type { MemberRecord, SealerOptions } from "./options.ts";
import { Quota } from "./quota.ts";
import { ReadingTurns } from "./readingTurns.ts";
import { claimOfEnvelope, claimOfTransaction, createSignatureChecker, holdsClaim, type SignatureChecker } from "./signatureChecker.ts";
import { flushDefaults, StateFlusher } from "./stateFlusher.ts";

/** Transactions that may wait for a block; as many may wait to be read. */
const waitingMax = 50_000;

/** An envelope of so few is judged together with its transactions, in one message to a thread. */
const judgedTogetherMax = 4;

export const sealerDefaults = {
	blockWindowMs: 8,
	maxBlockTransactions: 2_000,
	transactionsPerMinute: 60_000,
	heartbeatMs: 5_000,
	verifyThreads: 0,
	witnesses: [],
	witnessIntervalMs: 300,
	witnessTimeoutMs: 2_000,
	...flushDefaults,
} as const;

interface Waiting {
	readonly read: ReadTransaction;
	readonly resolve: (result: TransactionResult) => void;
	readonly reject: (error: Error) => void;
}

type BlockListener = Parameters<Ledger["onBlock"]>[0];

/** What {@link openSealer} has made ready. */
export interface SealerParts {
	readonly store: BlockStore;
	readonly head: StoredHead;
	readonly block: StoredBlock;
	readonly log: Frontier;
	readonly state: LedgerState;
	readonly unlock: () => void;
}

/**
 * The embedded ledger: one process orders, runs and signs. Made by `openSealer`.
 *
 * Whatever goes wrong while sealing halts it: nothing is retried in place, waiting submissions fail, and the next start audits the file.
 */
export class Sealer implements Ledger {
	readonly chain: string;
	readonly #options: SealerOptions & typeof sealerDefaults;
	readonly #store: BlockStore;
	readonly #state: LedgerState;
	readonly #flusher: StateFlusher;
	readonly #unlock: () => void;
	readonly #signatures: SignatureChecker;
	readonly #quota = new Quota();
	readonly #turns = new ReadingTurns();
	readonly #listeners = new Set<BlockListener>();
	readonly #reader: LedgerReader;
	readonly #heartbeat: NodeJS.Timeout;
	readonly #cosigners: Cosigners;
	#log: Frontier;
	#stored: StoredHead;
	#block: StoredBlock;
	/** The recorded checkpoint with the sealer's own cosignature. */
	#ownCheckpoint = "";
	/** {@link #ownCheckpoint} with the witnesses' cosignatures. */
	#checkpoint = "";
	/** The newest checkpoint that reached the quorum of its readers. */
	#witnessed: string | undefined;
	#cosignedAtMs = 0;
	#waiting: Waiting[] = [];
	/** Runs for a window from the moment a block begins. */
	#pace: NodeJS.Timeout | undefined;
	/** The next block is to be sealed in the next turn of the event loop. */
	#due: NodeJS.Immediate | undefined;
	#ended: LedgerError | undefined;
	#closing: Promise<void> | undefined;

	constructor(options: SealerOptions, { store, head, block, log, state, unlock }: SealerParts) {
		this.chain = options.genesis.chain;
		this.#options = { ...sealerDefaults, ...options } as SealerOptions & typeof sealerDefaults;
		this.#store = store;
		this.#state = state;
		this.#unlock = unlock;
		this.#signatures = createSignatureChecker(this.#options.verifyThreads);
		this.#reader = new LedgerReader(store, state);
		this.#flusher = new StateFlusher({
			path: options.path,
			store,
			state,
			flushChanges: this.#options.flushChanges,
			flushIntervalMs: this.#options.flushIntervalMs,
			onFailure: (error) => this.#halt(error, []),
			onRoom: () => this.#goOn(),
		});
		[this.#log, this.#stored, this.#block] = [log, head, block];
		this.#cosigners = new Cosigners({
			witnesses: this.#options.witnesses,
			intervalMs: this.#options.witnessIntervalMs,
			trust: { origin: this.chain, sealerKey: options.sealerKey.publicKey },
			head: () => this.#stored,
			proveConsistency: (from, to) => this.#reader.proveConsistency(from, to),
			assertContains: ({ size, root }) =>
				refuseFirst(judgeSeen({ size, root: encodeHex(root) as Digest }, this.#stored.logSize, tileNodeReader(store.readTile))),
			onForeignHistory: (error) => this.#end(error, []),
			onCosigned: () => this.#publish(),
		});
		this.#cosign();
		this.#heartbeat = setInterval(() => this.#cosign(), this.#options.heartbeatMs).unref();
	}

	head(): LedgerHead {
		const { height, time, stateRoot, logSize, logRoot, rulesVersion } = this.#block;
		return { height, time, stateRoot, logSize, logRoot, rulesVersion };
	}

	stalenessMs(now: Instant): number {
		// A clock that went back says nothing about freshness: counted as stale until the next heartbeat, within seconds.
		return Math.abs(now - this.#cosignedAtMs);
	}

	checkpoint(): string {
		return this.#checkpoint;
	}

	/** The newest checkpoint that carries a quorum of cosignatures, undefined before the first. Older than {@link checkpoint} while blocks follow fast. */
	witnessedCheckpoint(): string | undefined {
		return this.#witnessed;
	}

	cosigned(timeoutMs: number): Promise<boolean> {
		return this.#cosigners.wait(timeoutMs);
	}

	/**
	 * A resource of the log by its path (C2SP tlog-tiles): `checkpoint`, `tile/…`, `tile/entries/…`; undefined where there is none.
	 *
	 * @throws {@link LedgerError} `LEDGER_CORRUPT`.
	 */
	tile(path: string): Uint8Array | undefined {
		this.#assertReadable();
		if (path === "checkpoint") return encodeUtf8(this.#witnessed ?? this.#checkpoint);
		return this.#reader.tile(path, this.#stored.logSize);
	}

	/** @throws {@link LedgerError} `LEDGER_CORRUPT` rather than a value that changed in the file. */
	get(contract: ContractName, key: string): JsonValue | undefined {
		this.#assertReadable();
		return this.#reader.get(contract, key);
	}

	async submit(envelope: Envelope): Promise<readonly TransactionResult[]> {
		this.#assertOpen();
		await this.#takeTurn(envelope);
		const read = openEnvelope(envelope);
		const record = admitEnvelope(read, { chain: this.chain, state: this.#reader, readMember: this.#options.readMember });
		const valid = await this.#judge(read, record);
		this.#assertOpen();
		return Promise.all(read.transactions.map((transaction, i) => (valid[i] === true ? this.#enqueue(transaction) : refusedSignature(transaction))));
	}

	proveTransaction(id: Digest): TransactionProof {
		this.#assertReadable();
		return this.#reader.proveTransaction(id, this.#stored, this.#checkpoint);
	}

	/**
	 * What state holds under a key, or held after the block of an earlier height, with the way from the present checkpoint to it.
	 *
	 * @throws {@link LedgerError} `LEDGER_HEIGHT_MALFORMED`, `LEDGER_HEIGHT_NOT_SEALED`, `LEDGER_HEIGHT_TOO_OLD`, `LEDGER_CORRUPT`.
	 */
	proveState(contract: ContractName, key: string, height: number = this.#block.height): StateProof {
		this.#assertReadable();
		return this.#reader.proveState(contract, key, this.#blockAt(height), this.#stored, this.#checkpoint);
	}

	#blockAt(height: number): StoredBlock {
		assertKept(height, this.#block.height);
		return height === this.#block.height ? this.#block : this.#reader.block(height);
	}

	/** What state held under a key after the block of an earlier height. @throws {@link LedgerError} `LEDGER_HEIGHT_…`, `LEDGER_CORRUPT`. */
	getAt(contract: ContractName, key: string, height: number): JsonValue | undefined {
		this.#assertReadable();
		return this.#reader.getAt(contract, key, height);
	}

	/** Writes to the state file what it does not hold yet. Nothing acknowledged depends on it: it makes the next start short. */
	flush(): Promise<void> {
		return this.#flusher.drain();
	}

	/** That the log of `from` leaves is a prefix of the log of `to` (by default the present one): 64 hex digits each. */
	proveConsistency(from: number, to: number = this.#stored.logSize): string[] {
		this.#assertReadable();
		return this.#reader.proveConsistency(from, to).map(encodeHex);
	}

	onBlock(listener: BlockListener): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Seals what waits, brings the state file up to the log, then lets go of the files. A second call waits for the first. */
	close(): Promise<void> {
		this.#closing ??= this.#close();
		return this.#closing;
	}

	async #close(): Promise<void> {
		while (this.#ended === undefined && this.#waiting.length > 0) {
			if (this.#flusher.isFull) await this.#flusher.drain();
			else this.#seal();
		}
		this.#ended = new LedgerError("LEDGER_CLOSED", "expected a ledger that is open", {}, this.#ended);
		clearInterval(this.#heartbeat);
		clearTimeout(this.#pace);
		clearImmediate(this.#due);
		this.#cosigners.close();
		await this.#signatures.close();
		await this.#flusher.close();
		this.#store.close();
		this.#unlock();
	}

	#assertOpen(): void {
		if (this.#ended !== undefined) throw this.#ended;
	}

	/** After a halt what was sealed before stays readable and provable (break-glass needs it); its growing staleness tells. */
	#assertReadable(): void {
		if (this.#ended?.code === "LEDGER_CLOSED") throw this.#ended;
	}

	/** Waits until there is time to read an envelope that may be anything. */
	async #takeTurn(envelope: unknown): Promise<void> {
		const { transactions } = (envelope ?? {}) as Partial<Envelope>;
		const count = Array.isArray(transactions) ? Math.max(1, transactions.length) : 1;
		if (this.#turns.backlog + count > waitingMax) throw busy();
		await this.#turns.take(count);
		this.#assertOpen();
	}

	/**
	 * Whether each signature of an envelope is valid; the member is charged in between, so that what is beyond its quota costs no more than a few of them.
	 *
	 * @throws {@link LedgerError} `LEDGER_ENVELOPE_SIGNATURE_INVALID`, `LEDGER_BUSY`, `LEDGER_QUOTA_EXCEEDED`.
	 */
	async #judge(envelope: UnjudgedEnvelope, record: MemberRecord): Promise<readonly boolean[]> {
		const claims = envelope.transactions.map(claimOfTransaction);
		if (claims.length <= judgedTogetherMax) {
			const [isSigned, ...valid] = await this.#signatures.check([claimOfEnvelope(envelope), ...claims]);
			assertEnvelopeSigned(isSigned === true);
			this.#charge(envelope, record);
			return valid;
		}
		assertEnvelopeSigned(holdsClaim(claimOfEnvelope(envelope)));
		this.#charge(envelope, record);
		return this.#signatures.check(claims);
	}

	#charge({ member, transactions }: ReadEnvelope, record: MemberRecord): void {
		if (this.#waiting.length + transactions.length > waitingMax) throw busy();
		// What is already in the log costs nothing: a sender that lost an answer may ask again.
		const charged = this.#state.atOnce(() => transactions.filter(({ id }) => this.#state.getTransaction(id) === undefined));
		const perMinute = record.quota ?? this.#options.transactionsPerMinute;
		this.#quota.charge(
			member,
			charged.map(({ transaction }) => transaction.contract),
			perMinute,
			this.#options.now(),
		);
	}

	#enqueue(read: ReadTransaction): Promise<TransactionResult> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ read, resolve, reject });
			this.#goOn();
		});
	}

	/** Blocks begin a window apart, so that transactions share what a block costs; one that waits while nothing else is sealed begins its block at once. */
	#goOn(): void {
		if (this.#waiting.length === 0 || (this.#pace !== undefined && this.#waiting.length < this.#options.maxBlockTransactions)) return;
		// In the next turn: what comes in this one is company.
		this.#due ??= setImmediate(() => this.#seal());
	}

	#beginWindow(): void {
		clearTimeout(this.#pace);
		this.#pace = setTimeout(() => {
			this.#pace = undefined;
			this.#goOn();
		}, this.#options.blockWindowMs);
	}

	/** One block: run, made durable, published, answered. */
	#seal(): void {
		this.#due = undefined;
		if (this.#ended !== undefined) return;
		// Whoever submits faster than the disk takes waits here, and is refused (`LEDGER_BUSY`) when too many do.
		if (this.#flusher.isFull) return;
		const batch = this.#waiting.splice(0, this.#options.maxBlockTransactions);
		this.#beginWindow();
		try {
			const { results, drafted } = this.#state.atOnce(() => this.#run(batch.map(({ read }) => read)));
			if (drafted !== undefined) this.#commit(drafted, results);
			for (const [i, { resolve }] of batch.entries()) resolve(results[i]!);
			this.#goOn();
		} catch (error) {
			this.#halt(error, batch);
		}
	}

	/** Runs a block, as a draft over the state; where nothing is accepted there is none. */
	#run(candidates: readonly ReadTransaction[]): { readonly results: TransactionResult[]; readonly drafted: DraftedBlock | undefined } {
		const height = this.#block.height + 1;
		const time = Math.max(this.#options.now(), this.#block.time);
		const isKnown = (id: Digest) => this.#state.getTransaction(id) !== undefined;
		const rules = rulesAt(this.#options, this.#reader, height);
		const built = buildBlock({ rules, state: this.#reader, block: { chain: this.chain, height, time }, candidates, isKnown });
		const results = toResults(built.outcomes, { height, time, firstLeaf: this.#stored.logSize });
		if (built.accepted.length === 0) return { results, drafted: undefined };
		const parameters = { state: this.#state, log: this.#log, built, height, time: time as Instant, rulesVersion: rules.version };
		return { results, drafted: draftBlock(parameters) };
	}

	/** Makes a block durable with its checkpoint, in one synced transaction of the log's file; only then is any of it visible. */
	#commit(drafted: DraftedBlock, results: readonly TransactionResult[]): void {
		const { height, logSize, logRoot } = drafted.block;
		const head = { height, logSize, logRoot, checkpoint: signCheckpoint(this.chain, { logSize, logRoot }, this.#options.sealerKey) };
		this.#store.transact(() => {
			writeBlock(this.#store, drafted);
			this.#store.swapHead(this.#stored, head);
		});
		this.#accept(drafted, head);
		this.#notify(results);
	}

	/** What a block changed in the state stays in memory until the flusher has written it. */
	#accept(drafted: DraftedBlock, stored: StoredHead): void {
		this.#state.accept();
		[this.#log, this.#block, this.#stored] = [drafted.log, drafted.block, stored];
		this.#cosign();
		this.#flusher.note();
	}

	#cosign(): void {
		if (this.#ended !== undefined) return;
		const now = this.#options.now();
		this.#ownCheckpoint = cosignCheckpoint(this.chain, this.#stored.checkpoint, this.#options.sealerKey, now);
		this.#cosignedAtMs = now;
		this.#publish();
		this.#cosigners.ask();
	}

	/** Puts together what is known of the present head. */
	#publish(): void {
		const lines = this.#cosigners.lines(this.#stored.logSize);
		this.#checkpoint = this.#ownCheckpoint + lines;
		const count = lines.split("\n").length - 1;
		if (count >= askedCosignatures(this.#options.witnesses.length)) this.#witnessed = this.#checkpoint;
	}

	#halt(cause: unknown, batch: readonly Waiting[]): void {
		const isOwnCode = cause instanceof LedgerError && cause.code === "LEDGER_RULES_UNKNOWN";
		const message = "expected every block to seal, found a failure; restart to audit the file";
		this.#end(isOwnCode ? cause : new LedgerError("LEDGER_HALTED", message, {}, cause), batch);
	}

	/** Nothing is accepted or signed from here on. */
	#end(error: LedgerError, batch: readonly Waiting[]): void {
		this.#ended ??= error;
		this.#cosigners.close();
		this.#state.discard();
		const failed = [...batch, ...this.#waiting];
		this.#waiting = [];
		for (const { reject } of failed) reject(error);
	}

	/** A listener's own failure is its own: the block is durable already. */
	#notify(results: readonly TransactionResult[]): void {
		const head = this.head();
		for (const listener of this.#listeners) {
			try {
				listener({ head, results });
			} catch (error) {
				process.emitWarning(error instanceof Error ? error : "a block listener failed");
			}
		}
	}
}

function busy(): LedgerError {
	return new LedgerError("LEDGER_BUSY", "expected fewer waiting transactions; try again");
}

async function refusedSignature({ id }: ReadTransaction): Promise<TransactionResult> {
	return {
		id,
		accepted: false,
		code: "LEDGER_SIGNATURE_INVALID",
		message: "expected a signature by the transaction's signer, found one that does not verify",
	};
}

import {
	ResponseApplySnapshotChunk_Result as ApplyResult,
	CheckTxType,
	ResponseOfferSnapshot_Result as OfferResult,
	ResponseProcessProposal_ProposalStatus as ProposalStatus,
	type Request,
} from "cosmjs-types/tendermint/abci/types";
import { type Clock, CodedError, canonicalBytes, type Digest, decodeHex, decodeUtf8, encodeUtf8, isHex } from "#base";
import type { ContractName } from "#contracts";
import { admitEnvelope } from "../admitEnvelope.ts";
import type { ReadEnvelope } from "../envelope.ts";
import { LedgerError } from "../errors.ts";
import type { TransactionResult } from "../ledger.ts";
import { Quota } from "../sealer/quota.ts";
import { assertTimely } from "../timeliness.ts";
import type { ReadTransaction } from "../transaction.ts";
import type { AbciHandler, AbciResponse } from "./abciServer.ts";
import { BatchCache, type JudgedBatch } from "./batchCache.ts";
import type { Replica, ReplicaOptions } from "./replica.ts";
import { snapshotFormat } from "./snapshotFormat.ts";
import { moveRestored, SnapshotRestore } from "./snapshotRestore.ts";
import { readValidators, sameVoices, toUpdates, type Validator, voicesOf } from "./validators.ts";

type Of<Name extends keyof Request> = NonNullable<Request[Name]>;

export const applicationDefaults = {
	/** Most transactions in a block: what four applications on two cores run well within a second. */
	maxBlockTransactions: 2_000,
	/** Transactions a member may forward to one contract in a minute, where its record does not say. */
	transactionsPerMinute: 60_000,
} as const;

export interface ApplicationOptions extends Pick<ReplicaOptions, "readMember"> {
	readonly replica: Replica;
	/** For quotas alone: nothing that members must agree on reads it. */
	readonly now: Clock;
	readonly maxBlockTransactions?: number;
	readonly transactionsPerMinute?: number;
}

/** Version of what the members agree on beside the rules: batches, their packing, the app hash. A member with another must not go on. */
const appVersion = 1n;

/** A code that CometBFT hands to whoever submitted; the ledger's own code stands beside it as text. */
const refusedCode = 1;

/**
 * The ABCI 2.0 application: what CometBFT asks, answered from a replica. What all members must answer alike ({@link processProposal}, {@link finalizeBlock})
 * is a function of the block and the state before it; clocks and quotas decide only what this member takes into its own mempool.
 */
export class CometApplication implements AbciHandler {
	readonly #replica: Replica;
	readonly #readMember: ApplicationOptions["readMember"];
	readonly #now: Clock;
	readonly #maxBlockTransactions: number;
	readonly #transactionsPerMinute: number;
	readonly #batches = new BatchCache();
	readonly #quota = new Quota();
	#restore: SnapshotRestore | undefined;

	constructor({ replica, readMember, now, ...limits }: ApplicationOptions) {
		[this.#replica, this.#readMember, this.#now] = [replica, readMember, now];
		this.#maxBlockTransactions = limits.maxBlockTransactions ?? applicationDefaults.maxBlockTransactions;
		this.#transactionsPerMinute = limits.transactionsPerMinute ?? applicationDefaults.transactionsPerMinute;
	}

	/** One request, by the field that is set. */
	handle(request: Request): AbciResponse | Promise<AbciResponse> {
		if (request.checkTx) return { checkTx: this.checkTx(request.checkTx) };
		if (request.flush) return { flush: {} };
		if (request.finalizeBlock) return { finalizeBlock: this.finalizeBlock(request.finalizeBlock) };
		if (request.commit) return this.#replica.commit().then(() => ({ commit: { retainHeight: 0n } }));
		if (request.prepareProposal) return { prepareProposal: this.prepareProposal(request.prepareProposal) };
		if (request.processProposal) return { processProposal: this.processProposal(request.processProposal) };
		if (request.info) return { info: this.info() };
		if (request.echo) return { echo: request.echo };
		if (request.initChain) return { initChain: this.initChain(request.initChain) };
		if (request.query) return { query: this.query(request.query) };
		if (request.listSnapshots) return { listSnapshots: { snapshots: this.listSnapshots() } };
		if (request.loadSnapshotChunk) return { loadSnapshotChunk: { chunk: this.#replica.snapshots.loadChunk(request.loadSnapshotChunk) } };
		if (request.offerSnapshot) return { offerSnapshot: { result: this.offerSnapshot(request.offerSnapshot) } };
		if (request.applySnapshotChunk) return this.applySnapshotChunk(request.applySnapshotChunk).then((answer) => ({ applySnapshotChunk: answer }));
		throw new LedgerError("LEDGER_ABCI_MALFORMED", "expected a request of ABCI 2.0 that this application answers");
	}

	/** How far this replica is: CometBFT hands over again whatever came after. */
	info() {
		const height = this.#replica.consensus()?.height;
		return {
			data: this.#replica.chain,
			version: "aceso/1",
			appVersion,
			lastBlockHeight: BigInt(height ?? 0),
			lastBlockAppHash: height === undefined ? new Uint8Array() : decodeHex(this.#replica.appHash(), 32),
		};
	}

	/**
	 * The beginning, or the change from an embedded ledger: CometBFT must go on from the very height and state that this replica has.
	 *
	 * @throws {@link LedgerError} `LEDGER_CONSENSUS_DIFFERS`.
	 */
	initChain({
		chainId,
		initialHeight,
		validators,
		appStateBytes,
	}: Pick<Of<"initChain">, "chainId" | "initialHeight" | "validators" | "appStateBytes">) {
		const { height } = this.#replica.head();
		const begins = readAppState(appStateBytes);
		const agrees =
			this.#replica.consensus() === undefined &&
			chainId === this.#replica.chain &&
			initialHeight === BigInt(height + 1) &&
			begins === this.#replica.appHash() &&
			sameVoices(voicesOf(validators), readValidators(this.#replica));
		if (!agrees) {
			const message = "expected CometBFT's genesis to name this chain, the height after the ledger's last, its app hash and its validators";
			throw new LedgerError("LEDGER_CONSENSUS_DIFFERS", message, { at: height });
		}
		return { validators: [], appHash: decodeHex(this.#replica.appHash(), 32) };
	}

	/** Whether this member takes a batch into its mempool and hands it on. */
	checkTx({ tx, type }: Pick<Of<"checkTx">, "tx" | "type">) {
		try {
			this.#replica.atOnce(() => this.#check(tx, type === CheckTxType.NEW));
			return okay;
		} catch (error) {
			if (!(error instanceof CodedError)) throw error;
			return { ...okay, code: refusedCode, codespace: "aceso", log: `${error.code}: ${error.message}` };
		}
	}

	/** Packs what can still apply, up to the bounds on bytes and transactions, in the order in which it came. */
	prepareProposal({ maxTxBytes, txs, time }: Pick<Of<"prepareProposal">, "maxTxBytes" | "txs" | "time">) {
		return this.#replica.atOnce(() => {
			const packer = new Packer({ bytes: Number(maxTxBytes), transactions: this.#maxBlockTransactions });
			const timeMs = millisecondsOf(time);
			const packed = txs.filter((tx) => {
				const batch = this.#tryAdmit(tx);
				return batch !== undefined && this.#canApply(batch, timeMs) && packer.take(batch, tx.length);
			});
			return { txs: packed };
		});
	}

	/**
	 * Refuses a block that an honest member would not have proposed: what does not decode, is not signed or not a member's, too many transactions, or one of
	 * them twice. A function of the block and the state before it, so that all honest members agree.
	 */
	processProposal({ txs }: Pick<Of<"processProposal">, "txs">) {
		const accepts = this.#replica.atOnce(() => {
			const packer = new Packer({ bytes: Number.POSITIVE_INFINITY, transactions: this.#maxBlockTransactions });
			return txs.every((tx) => {
				const batch = this.#tryAdmit(tx);
				return batch !== undefined && packer.take(batch, tx.length);
			});
		});
		return { status: accepts ? ProposalStatus.ACCEPT : ProposalStatus.REJECT };
	}

	/** Runs a decided block. What of it is not admissible is refused, never believed: that a block was decided does not make it right. */
	finalizeBlock({ txs, height, time }: Pick<Of<"finalizeBlock">, "txs" | "height" | "time">) {
		const candidates: ReadTransaction[] = [];
		const refused: TransactionResult[] = [];
		const codes = this.#replica.atOnce(() => txs.map((tx) => this.#unpack(tx, candidates, refused)));
		const { appHash, changes } = this.#replica.finalize({ height: Number(height), timeMs: millisecondsOf(time), candidates, refused });
		const changed = changes.find(({ contract, key }) => contract === "membership" && key === "validators");
		return {
			events: [],
			txResults: codes.map((code) => ({ ...okay, code })),
			validatorUpdates: changed === undefined ? [] : toUpdates(readValidators(this.#replica), JSON.parse(changed.text ?? "[]") as Validator[]),
			appHash: decodeHex(appHash, 32),
		};
	}

	/** Those that CometBFT's light client can verify: it reads the two headers after, and gives a snapshot up for good when they are not decided yet. */
	listSnapshots() {
		const decided = BigInt(this.#replica.consensus()?.height ?? 0);
		return this.#replica.snapshots.list().filter(({ height }) => height + 2n <= decided);
	}

	/** Begins to take a snapshot of another member, whose app hash CometBFT's light client has found. */
	offerSnapshot({ snapshot, appHash }: Pick<Of<"offerSnapshot">, "snapshot" | "appHash">): OfferResult {
		this.#restore?.discard();
		this.#restore = undefined;
		if (snapshot?.format !== snapshotFormat) return OfferResult.REJECT_FORMAT;
		if (this.#replica.consensus() !== undefined) return OfferResult.ABORT;
		try {
			this.#restore = new SnapshotRestore({ ...this.#replica.restoring, snapshot, appHash });
			return OfferResult.ACCEPT;
		} catch (error) {
			if (error instanceof LedgerError && error.code === "LEDGER_SNAPSHOT_INVALID") return OfferResult.REJECT;
			throw error;
		}
	}

	/** A chunk that is not the one named is asked for again, from somebody else; a snapshot that does not come to the app hash is left. */
	async applySnapshotChunk({ index, chunk, sender }: Of<"applySnapshotChunk">) {
		const restore = this.#restore;
		if (restore === undefined) return { ...applied, result: ApplyResult.ABORT };
		if (!restore.isNext(index, chunk)) return { result: ApplyResult.RETRY, refetchChunks: [index], rejectSenders: sender === "" ? [] : [sender] };
		try {
			restore.add(chunk);
			if (!restore.isComplete) return applied;
			restore.finish();
		} catch (error) {
			restore.discard();
			this.#restore = undefined;
			if (error instanceof LedgerError && error.code === "LEDGER_SNAPSHOT_INVALID") return { ...applied, result: ApplyResult.REJECT_SNAPSHOT };
			throw error;
		}
		this.#restore = undefined;
		const { path } = this.#replica.restoring;
		await this.#replica.replace(() => moveRestored(path));
		return applied;
	}

	/** `/state`, `{contract, key}`: a state proof; `/transaction`, an id: a transaction proof. Of the present alone; the answer names its height. */
	query({ path, data }: Pick<Of<"query">, "path" | "data">) {
		const answer = { ...noAnswer, height: BigInt(this.#replica.consensus()?.height ?? 0) };
		try {
			return { ...answer, key: data, value: encodeUtf8(JSON.stringify(this.#prove(path, decodeUtf8(data)))) };
		} catch (error) {
			if (!(error instanceof CodedError)) throw error;
			return { ...answer, code: refusedCode, codespace: "aceso", log: `${error.code}: ${error.message}` };
		}
	}

	#prove(path: string, data: string): object {
		if (path === "/transaction" && isHex(data, 32)) return this.#replica.proveTransaction(data as Digest);
		const [contract, key, ...rest] = data.split(" ");
		if (path === "/state" && contract !== undefined && key !== undefined && rest.length === 0) {
			return this.#replica.proveState(contract as ContractName, key);
		}
		throw new LedgerError("LEDGER_ABCI_MALFORMED", "expected the path /state with `contract key`, or /transaction with an id");
	}

	#check(tx: Uint8Array, isNew: boolean): void {
		const batch = this.#admit(tx);
		if (batch.transactions > this.#maxBlockTransactions) {
			throw new LedgerError("LEDGER_BATCH_MALFORMED", `expected a batch that fits a block: ${this.#maxBlockTransactions} transactions at most`);
		}
		if (!this.#canApply(batch, Math.max(this.#now(), this.#replica.head().time))) {
			throw new LedgerError("LEDGER_REPLAYED", "expected a transaction that is not in the log yet and not past its time");
		}
		if (!isNew) return;
		for (const { member, transactions } of batch.envelopes) {
			const charged = transactions.filter(({ id }) => this.#replica.getTransaction(id) === undefined);
			const perMinute = this.#readMember(this.#replica, member)?.quota ?? this.#transactionsPerMinute;
			this.#quota.charge(
				member,
				charged.map(({ transaction }) => transaction.contract),
				perMinute,
				this.#now(),
			);
		}
	}

	/** Everything that is judged of a batch by its bytes and the state. @throws {@link LedgerError}. */
	#admit(tx: Uint8Array): JudgedBatch {
		const batch = this.#batches.judge(tx);
		for (const envelope of batch.envelopes) this.#admitEnvelope(envelope);
		if (!batch.signed.every((each) => each.some(Boolean))) {
			throw new LedgerError("LEDGER_SIGNATURE_INVALID", "expected each envelope to hold a transaction signed by its signer");
		}
		return batch;
	}

	#admitEnvelope(envelope: ReadEnvelope): void {
		admitEnvelope(envelope, { chain: this.#replica.chain, state: this.#replica, readMember: this.#readMember });
	}

	#tryAdmit(tx: Uint8Array): JudgedBatch | undefined {
		try {
			return this.#admit(tx);
		} catch (error) {
			if (error instanceof CodedError && error.kind !== "stop") return undefined;
			throw error;
		}
	}

	/** Whether one transaction at least is neither in the log already nor out of its time. */
	#canApply({ envelopes }: JudgedBatch, timeMs: number): boolean {
		return envelopes.some(({ transactions }) =>
			transactions.some(({ transaction, id }) => isTimely(transaction, timeMs) && this.#replica.getTransaction(id) === undefined),
		);
	}

	/** @returns The code of the batch as a whole. */
	#unpack(tx: Uint8Array, candidates: ReadTransaction[], refused: TransactionResult[]): number {
		let batch: JudgedBatch;
		try {
			batch = this.#batches.judge(tx);
		} catch (error) {
			if (!(error instanceof CodedError)) throw error;
			return refusedCode;
		}
		for (const [e, envelope] of batch.envelopes.entries()) {
			const refusal = this.#refusalOf(envelope);
			for (const [t, read] of envelope.transactions.entries()) {
				const fault = refusal ?? (batch.signed[e]![t] === true ? undefined : unsigned);
				if (fault === undefined) candidates.push(read);
				else refused.push({ id: read.id, accepted: false, code: fault.code, message: fault.message });
			}
		}
		return 0;
	}

	#refusalOf(envelope: ReadEnvelope): LedgerError | undefined {
		try {
			this.#admitEnvelope(envelope);
			return undefined;
		} catch (error) {
			if (error instanceof LedgerError && error.kind !== "stop") return error;
			throw error;
		}
	}
}

const unsigned = new LedgerError("LEDGER_SIGNATURE_INVALID", "expected a signature by the transaction's signer, found one that does not verify");

const okay = {
	code: 0,
	data: new Uint8Array(),
	log: "",
	info: "",
	gasWanted: 0n,
	gasUsed: 0n,
	events: [],
	codespace: "",
};

const applied = { result: ApplyResult.ACCEPT, refetchChunks: [] as number[], rejectSenders: [] as string[] };

const noAnswer = { code: 0, log: "", info: "", index: 0n, key: new Uint8Array(), value: new Uint8Array(), codespace: "" };

/** Counts what goes into a block; each transaction once. */
class Packer {
	readonly #left: { bytes: number; transactions: number };
	readonly #ids = new Set<Digest>();

	constructor(left: { readonly bytes: number; readonly transactions: number }) {
		this.#left = { ...left };
	}

	/** @param bytes - Of the batch; CometBFT adds a field's tag and length to each. */
	take({ envelopes, transactions }: JudgedBatch, bytes: number): boolean {
		const ids = envelopes.flatMap((envelope) => envelope.transactions.map(({ id }) => id));
		const isNew = new Set(ids).size === ids.length && ids.every((id) => !this.#ids.has(id));
		if (!isNew || bytes + fieldBytes > this.#left.bytes || transactions > this.#left.transactions) return false;
		for (const id of ids) this.#ids.add(id);
		this.#left.bytes -= bytes + fieldBytes;
		this.#left.transactions -= transactions;
		return true;
	}
}

/** Tag and length of a transaction in a block's data. */
const fieldBytes = 5;

function isTimely(transaction: Parameters<typeof assertTimely>[0], timeMs: number): boolean {
	try {
		assertTimely(transaction, timeMs);
		return true;
	} catch {
		return false;
	}
}

function millisecondsOf({ seconds, nanos }: { readonly seconds: bigint; readonly nanos: number }): number {
	return Number(seconds) * 1_000 + Math.floor(nanos / 1_000_000);
}

/** What CometBFT's genesis says that the ledger begins with. */
export function encodeAppState(appHash: Digest): Uint8Array {
	return canonicalBytes({ appHash, format: "aceso/consortium/1" });
}

function readAppState(bytes: Uint8Array): string | undefined {
	try {
		const { appHash, format } = JSON.parse(decodeUtf8(bytes)) as { appHash?: unknown; format?: unknown };
		return format === "aceso/consortium/1" && isHex(appHash, 32) ? appHash : undefined;
	} catch {
		return undefined;
	}
}

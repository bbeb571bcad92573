import type { Digest, Instant, JsonObject, JsonValue, MemberId, PublicKey, Signature } from "#base";
import type { ContractEvent, ContractName, StateReader } from "#contracts";
import type { SparseProofJson } from "#log";
import type { LightBlock } from "./light/comet/lightBlock.ts";

export type { SparseProofJson } from "#log";

/** PROTOCOL §2. `id` = H(canonical form without `signature`); the signature is over `"aceso/tx/1" ‖ 0x00 ‖ id`. */
export interface Transaction {
	readonly chain: string;
	readonly contract: ContractName;
	readonly action: string;
	readonly body: JsonObject;
	readonly signer: PublicKey;
	/** Block time after which the transaction is void: whole minute, UTC ms, at most 15 minutes ahead. */
	readonly until: number;
	/** 16 random bytes, hex. */
	readonly salt: string;
	readonly signature: Signature;
}

/**
 * A member forwards transactions: quotas are charged to it. `signature` is over `"aceso/envelope/1" ‖ 0x00 ‖ H(canonical {chain, member,
 * signer, ids})`. At most 256 transactions; each stands alone. Contracts never see the envelope, since it is not in the log.
 */
export interface Envelope {
	readonly chain: string;
	readonly member: MemberId;
	readonly signer: PublicKey;
	readonly signature: Signature;
	readonly transactions: readonly Transaction[];
}

export type TransactionResult =
	| {
			readonly id: Digest;
			readonly accepted: true;
			readonly height: number;
			readonly time: number;
			readonly leafIndex: number;
			readonly events: readonly ContractEvent[];
	  }
	| { readonly id: Digest; readonly accepted: false; readonly code: string; readonly message: string };

export interface LedgerHead {
	readonly height: number;
	/** Block time of the last block, UTC ms. */
	readonly time: Instant;
	readonly stateRoot: Digest;
	readonly logSize: number;
	readonly logRoot: Digest;
	readonly rulesVersion: number;
}

/** Canonical JSON in the log after each non-empty block (PROTOCOL §3). */
export interface BlockLeaf {
	readonly height: number;
	readonly time: number;
	readonly transactions: number;
	readonly stateRoot: Digest;
	readonly rulesVersion: number;
}

/** That a transaction is in the log a checkpoint commits to. */
export interface TransactionProof {
	readonly checkpoint: string;
	readonly leaf: string;
	readonly leafIndex: number;
	readonly inclusion: readonly string[];
}

/**
 * checkpoint → last block leaf → stateRoot → sparse proof (PROTOCOL §3). `value` undefined proves absence. A proof of an earlier height has that
 * height's block leaf in its place, and convinces only who asked for that height.
 */
export interface StateProof {
	readonly checkpoint: string;
	readonly blockLeaf: string;
	readonly blockLeafIndex: number;
	readonly blockInclusion: readonly string[];
	readonly contract: ContractName;
	readonly key: string;
	readonly value: JsonValue | undefined;
	readonly sparse: SparseProofJson;
}

/** A ledger as the rest of the node sees it, whatever orders its transactions. */
export interface Ledger extends StateReader {
	readonly chain: string;
	head(): LedgerHead;
	/** Age of the last verified head in ms at `now`: for the sealer's own node the time since it last cosigned. */
	stalenessMs(now: Instant): number;
	/**
	 * Submits every transaction of an envelope; resolves when all accepted ones are durable.
	 * @throws LedgerError `LEDGER_ENVELOPE_MALFORMED`, `LEDGER_QUOTA_EXCEEDED`, `LEDGER_HALTED`, … for the envelope as a whole.
	 */
	submit(envelope: Envelope): Promise<readonly TransactionResult[]>;
	/** C2SP checkpoint (signed note) of the current log, with the witnesses' cosignatures that have come for it. */
	checkpoint(): string;
	/**
	 * Waits until {@link checkpoint} carries the cosignatures that readers ask for; false when it does not within `timeoutMs`, or has no witnesses.
	 * Proofs made before the next turn of the event loop carry them too.
	 */
	cosigned(timeoutMs: number): Promise<boolean>;
	/** A resource of the log by its path (C2SP tlog-tiles): `checkpoint`, `tile/…`, `tile/entries/…`; undefined where there is none. */
	tile(path: string): Uint8Array | undefined;
	proveTransaction(id: Digest): TransactionProof;
	/** @param height - One of the last 1,000; the newest when absent. */
	proveState(contract: ContractName, key: string, height?: number): StateProof;
	/**
	 * As {@link proveState}, of the state at the moment of the call, for readers who trust validators: evidence of the header that they sign over it stands in
	 * the checkpoint's place. Absent where one party seals.
	 *
	 * @throws LedgerError `LEDGER_CONSENSUS_SILENT` while that header is not decided.
	 */
	proveDecidedState?(contract: ContractName, key: string, height?: number): Promise<StateProof>;
	/**
	 * Header, commit and validators of one of CometBFT's heights, for readers who hold several nodes' words against each other. Absent where one party seals.
	 *
	 * @throws LedgerError `LEDGER_CONSENSUS_SILENT` where this node does not have that height.
	 */
	lightBlock?(height: number): Promise<LightBlock>;
	/** Called after each durable block, in order; returns the way to stop. */
	onBlock(listener: (block: { readonly head: LedgerHead; readonly results: readonly TransactionResult[] }) => void): () => void;
	close(): Promise<void>;
}

export interface Genesis {
	readonly format: "aceso/genesis/1";
	readonly chain: string;
	readonly time: number;
	readonly sealer: PublicKey;
	readonly members: readonly {
		readonly id: MemberId;
		readonly name: string;
		readonly key: PublicKey;
		readonly roles: readonly string[];
		readonly implicitPolicy: string;
		/** Key of the member's witness, a key of its own; none for the member that operates the sealer. */
		readonly witness?: PublicKey;
		/** Key with which the member takes part in the agreement on blocks; none where one party seals. */
		readonly validator?: PublicKey;
	}[];
	readonly rulesVersion: number;
}

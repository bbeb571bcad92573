import { CodedError, canonicalBytes, type Digest, decodeHex, decodeUtf8, encodeHex, type JsonValue, sha256 } from "#base";
import type { ContractName, StateReader } from "#contracts";
import {
	consistencyProof,
	inclusionProof,
	leafHash,
	type NodeReader,
	serveTile,
	sparsePath,
	tileNodeReader,
	verifyInclusion,
	verifySparse,
} from "#log";
import { LedgerError } from "../errors.ts";
import type { StateProof, TransactionProof } from "../ledger.ts";
import { parseTransaction } from "../transaction.ts";
import type { BlockStore, StoredBlock, StoredHead } from "./blockStore.ts";
import type { LedgerState } from "./ledgerState.ts";

/**
 * Reads and proves what is sealed. Nothing is handed out that does not lead to the sealed roots: a row that rotted in the file is refused
 * (`LEDGER_CORRUPT`), never served.
 */
export class LedgerReader implements StateReader {
	readonly #store: BlockStore;
	readonly #state: LedgerState;
	readonly #readNode: NodeReader;

	constructor(store: BlockStore, state: LedgerState) {
		this.#store = store;
		this.#state = state;
		this.#readNode = tileNodeReader(store.readTile);
	}

	/** @throws {@link LedgerError} `LEDGER_CORRUPT` rather than a value that the state tree does not hold. */
	get(contract: ContractName, key: string): JsonValue | undefined {
		return sound("state", () => this.#state.get(contract, key));
	}

	/** As {@link get}, after an earlier block. @throws {@link LedgerError} `LEDGER_HEIGHT_…`. */
	getAt(contract: ContractName, key: string, height: number): JsonValue | undefined {
		const version = this.#state.at(height);
		return sound("state", () => version.get(contract, key));
	}

	/** Every height up to the newest has its block. @throws {@link LedgerError} `LEDGER_CORRUPT` where its row is missing or cannot be read. */
	block(height: number): StoredBlock {
		const block = sound("blocks", () => this.#store.getBlock(height));
		if (block !== undefined) return block;
		throw new LedgerError("LEDGER_CORRUPT", "expected the block of a sealed height, found none; run the auditor", { at: height });
	}

	getTransaction(id: Digest): number | undefined {
		return sound("transactions", () => this.#state.getTransaction(id));
	}

	proveTransaction(id: Digest, head: StoredHead, checkpoint: string): TransactionProof {
		const leafIndex = this.getTransaction(id);
		if (leafIndex === undefined) throw new LedgerError("LEDGER_TRANSACTION_UNKNOWN", "expected the id of a transaction in the log");
		return sound("transactions", () => {
			const { bytes, inclusion } = this.#leaf(leafIndex, head);
			if (parseTransaction(bytes).id !== id) throw new LedgerError("LEDGER_PROOF_INVALID", "expected the transaction of this id");
			return { checkpoint, leaf: decodeUtf8(bytes), leafIndex, inclusion };
		});
	}

	/**
	 * @param block - Whose state is meant: the last one, or one of those before it.
	 * @throws {@link LedgerError} `LEDGER_HEIGHT_…`.
	 */
	proveState(contract: ContractName, key: string, block: StoredBlock, head: StoredHead, checkpoint: string): StateProof {
		const version = this.#state.at(block.height);
		return sound("state", () =>
			this.#state.atOnce(() => {
				const blockLeafIndex = block.logSize - 1;
				const { bytes, inclusion } = this.#leaf(blockLeafIndex, head);
				const value = version.get(contract, key);
				const path = sparsePath(contract, key);
				const sparse = version.tree.prove(path);
				const valueHash = value === undefined ? undefined : sha256(canonicalBytes(value));
				verifySparse({ root: decodeHex(block.stateRoot), path, valueHash, proof: sparse });
				return { checkpoint, blockLeaf: decodeUtf8(bytes), blockLeafIndex, blockInclusion: inclusion, contract, key, value, sparse };
			}),
		);
	}

	/** @throws LogError `LOG_RANGE_INVALID`. */
	proveConsistency(from: number, to: number): Uint8Array[] {
		return consistencyProof(from, to, this.#readNode);
	}

	tile(path: string, size: number): Uint8Array | undefined {
		const { readTile } = this.#store;
		return sound("tiles", () => serveTile(path, { size, readTile, readEntry: (position) => this.#store.getLeaf(position) }));
	}

	#leaf(position: number, { logSize, logRoot }: StoredHead): { bytes: Uint8Array; inclusion: string[] } {
		const bytes = this.#store.getLeaf(position);
		if (bytes === undefined) throw new LedgerError("LEDGER_CORRUPT", "expected a leaf of the log, found none; run the auditor", { at: position });
		const proof = inclusionProof(position, logSize, this.#readNode);
		verifyInclusion({ leafHash: leafHash(bytes), index: position, size: logSize, proof, root: decodeHex(logRoot) });
		return { bytes, inclusion: proof.map(encodeHex) };
	}
}

const damage = [CodedError, SyntaxError, TypeError, RangeError];

/** What is read from this file and cannot be read, or does not verify, is damage of the file, whatever the rooms below or SQLite call it. */
function sound<T>(where: string, read: () => T): T {
	try {
		return read();
	} catch (error) {
		// A row's column may have become of another type, which whatever reads it stumbles over.
		const isDamage = damage.some((kind) => error instanceof kind) || (error as { code?: unknown }).code === "ERR_SQLITE_ERROR";
		if (!isDamage || (error instanceof LedgerError && error.code === "LEDGER_CORRUPT")) throw error;
		throw new LedgerError("LEDGER_CORRUPT", "expected stored parts that lead to the sealed roots; run the auditor", { where }, error);
	}
}

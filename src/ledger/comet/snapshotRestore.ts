import { existsSync, renameSync, rmSync } from "node:fs";
import { canonicalText, type Digest, encodeHex, equalBytes, type Instant, sha256 } from "#base";
import { Frontier, leafHash, tileNodeReader } from "#log";
import { appHash } from "../appHash.ts";
import { LedgerError } from "../errors.ts";
import { genesisDigest } from "../genesis.ts";
import type { BlockLeaf } from "../ledger.ts";
import { readLeaf } from "../replayLedger.ts";
import { BlockStore } from "../sealer/blockStore.ts";
import { signCheckpoint } from "../sealer/checkpoint.ts";
import { removeStateFile, StateFile } from "../sealer/stateFile.ts";
import { statePath } from "../sealer/statePath.ts";
import type { StateChange } from "../state.ts";
import { createStateTree, toSparseChange } from "../stateTree.ts";
import { snapshotFloorName, writeConsensusHead } from "./consensusHead.ts";
import type { ReplicaOptions } from "./replica.ts";
import { chunkHash, decodeParts, decodeRow, parseManifest, type SnapshotManifest, snapshotFormat } from "./snapshotFormat.ts";
import type { OfferedSnapshot } from "./snapshotStore.ts";

export interface RestoreParameters extends Pick<ReplicaOptions, "path" | "genesis" | "replicaKey"> {
	readonly snapshot: OfferedSnapshot;
	/** The block leaf of this replica's own genesis: the history begins with it. */
	readonly firstLeaf: Uint8Array;
	/** What CometBFT's light client found that members agreed on at the snapshot's height. */
	readonly appHash: Uint8Array;
}

/** Where a ledger is put together before all of it is known to be right. */
const draftOf = (path: string) => `${path}.joining`;

/**
 * Puts a ledger together from a snapshot's chunks, whoever sent them: each against the manifest's hash, and all of it, before it counts, against the app hash
 * that members agreed on. The log is had whole, so that it is proved and audited as anywhere; of earlier states only the roots are.
 */
export class SnapshotRestore {
	readonly #parameters: RestoreParameters;
	readonly #manifest: SnapshotManifest;
	readonly #store: BlockStore;
	readonly #ids: [id: Digest, position: number][] = [];
	readonly #rows: (StateChange & { readonly text: string })[] = [];
	#log: Frontier;
	#pending = 0;
	#last: BlockLeaf | undefined;
	#next = 0;

	/** @throws {@link LedgerError} `LEDGER_SNAPSHOT_INVALID` for a format, hash or manifest that is not one. */
	constructor(parameters: RestoreParameters) {
		const { snapshot, path } = parameters;
		const isNamed = snapshot.format === snapshotFormat && equalBytes(sha256(snapshot.metadata), snapshot.hash);
		if (!isNamed) throw new LedgerError("LEDGER_SNAPSHOT_INVALID", "expected a snapshot of format 1, named by its manifest's hash");
		this.#parameters = parameters;
		this.#manifest = parseManifest(snapshot.metadata);
		if (this.#manifest.chunks.length !== snapshot.chunks)
			throw new LedgerError("LEDGER_SNAPSHOT_INVALID", "expected as many chunks as the manifest names");
		removeLedger(draftOf(path));
		this.#store = BlockStore.open(draftOf(path));
		this.#log = Frontier.load(0, tileNodeReader(this.#store.readTile));
	}

	/** Whether this is the chunk that the manifest names at its place, and its turn. */
	isNext(index: number, chunk: Uint8Array): boolean {
		return index === this.#next && chunkHash(chunk) === this.#manifest.chunks[index];
	}

	get isComplete(): boolean {
		return this.#next === this.#manifest.chunks.length;
	}

	/** Takes the next chunk. @throws {@link LedgerError} `LEDGER_SNAPSHOT_INVALID` when the manifest itself names what is none. */
	add(chunk: Uint8Array): void {
		if (this.#next < this.#manifest.leafChunks) this.#store.transact(() => this.#addLeaves(decodeParts(chunk)));
		else for (const part of decodeParts(chunk)) this.#rows.push(decodeRow(part));
		this.#next++;
	}

	#addLeaves(parts: Iterable<Uint8Array>): void {
		for (const bytes of parts) {
			const position = this.#log.size;
			const leaf = readLeaf(bytes);
			if (leaf === undefined || (position === 0 && !equalBytes(bytes, this.#parameters.firstLeaf))) {
				throw new LedgerError("LEDGER_SNAPSHOT_INVALID", "expected leaves of a log that begins with this genesis", { at: position });
			}
			this.#store.insertLeaf(position, bytes);
			this.#store.appendNodes(this.#log.append(leafHash(bytes)));
			if ("height" in leaf) this.#endBlock(leaf);
			else {
				this.#ids.push([leaf.id, position]);
				this.#pending++;
			}
		}
	}

	#endBlock(leaf: BlockLeaf): void {
		const follows = leaf.height === (this.#last?.height ?? -1) + 1 && leaf.transactions === this.#pending;
		if (!follows) throw new LedgerError("LEDGER_SNAPSHOT_INVALID", "expected blocks that follow each other", { at: leaf.height });
		const logRoot = encodeHex(this.#log.root()) as Digest;
		this.#store.insertBlock({ ...leaf, time: leaf.time as Instant, logSize: this.#log.size, logRoot });
		[this.#last, this.#pending] = [leaf, 0];
	}

	/**
	 * Holds all of it against the app hash, and only then leaves two files ready to be opened, beside the ledger's; {@link moveRestored} puts them there.
	 *
	 * @throws {@link LedgerError} `LEDGER_SNAPSHOT_INVALID`.
	 */
	finish(): void {
		const { path, genesis, replicaKey, snapshot } = this.#parameters;
		const { stateRows, leaves } = this.#manifest;
		const last = this.#last;
		const isWhole = last !== undefined && this.#pending === 0 && this.#rows.length === stateRows && this.#log.size === leaves;
		if (!isWhole) throw new LedgerError("LEDGER_SNAPSHOT_INVALID", "expected as many leaves and rows as the manifest says, up to a block's end");
		const stateRoot = this.#writeState(last);
		const head = { height: last.height, logSize: this.#log.size, logRoot: encodeHex(this.#log.root()) as Digest };
		if (stateRoot !== last.stateRoot || appHash({ logRoot: head.logRoot, stateRoot }) !== encodeHex(this.#parameters.appHash)) {
			throw new LedgerError("LEDGER_SNAPSHOT_INVALID", "expected the log and state that members agreed on, found others");
		}
		this.#store.transact(() => {
			this.#store.putMeta("genesis", genesisDigest(genesis));
			this.#store.swapHead(undefined, { ...head, checkpoint: signCheckpoint(genesis.chain, head, replicaKey) });
			const height = Number(snapshot.height);
			// The header after this height holds the app hash; of its time nothing is known but that it is not before the last block's.
			writeConsensusHead(this.#store, { height, time: last.time, changedAt: height });
			this.#store.putMeta(snapshotFloorName, canonicalText(last.height));
		});
		this.#store.close();
		StateFile.openReadOnly(statePath(draftOf(path))).close();
	}

	discard(): void {
		try {
			this.#store.close();
		} catch {
			// Closed already; the files go all the same.
		}
		removeLedger(draftOf(this.#parameters.path));
	}

	#writeState({ height }: BlockLeaf): Digest {
		const { path, genesis } = this.#parameters;
		let stateRoot = "" as Digest;
		StateFile.create(statePath(draftOf(path)), genesisDigest(genesis), (file) => {
			const pages = new Map<string, Uint8Array>();
			const tree = createStateTree({
				read: (prefix) => pages.get(prefix),
				write: (prefix, page) => pages.set(prefix, page),
				delete: (prefix) => pages.delete(prefix),
			});
			stateRoot = encodeHex(tree.update(this.#rows.map(toSparseChange))) as Digest;
			file.write({ height, stateRoot, values: this.#rows, pages, transactions: this.#ids, undo: [] });
		});
		return stateRoot;
	}
}

/** Puts what {@link SnapshotRestore.finish} left in the place of the ledger's files, which nobody may have open. */
export function moveRestored(path: string): void {
	removeLedger(path);
	// The log last: without it the state means nothing, and the next start begins again.
	for (const suffix of [".state", ""]) {
		for (const beside of ["-wal", "-shm"]) {
			if (existsSync(draftOf(path) + suffix + beside)) renameSync(draftOf(path) + suffix + beside, path + suffix + beside);
		}
		renameSync(draftOf(path) + suffix, path + suffix);
	}
}

function removeLedger(path: string): void {
	removeStateFile(statePath(path));
	for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
}

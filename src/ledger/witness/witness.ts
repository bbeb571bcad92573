import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, CodedError, type Digest, decodeHex, encodeHex, type PublicKey, type SigningKey, secondMs } from "#base";
import {
	type AddCheckpointRequest,
	type Checkpoint,
	cosignNote,
	Frontier,
	fetchEntries,
	fetchRootWithin,
	leafHash,
	openNote,
	parseAddCheckpoint,
	parseCheckpoint,
	serveTile,
	type TileSource,
	tileNodeReader,
	treeRoot,
	verifyConsistency,
} from "#log";
import { LedgerError } from "../errors.ts";
import type { LedgerReplay } from "../replayLedger.ts";
import type { LedgerDefinition } from "../sealer/options.ts";
import { assertRulesKnown } from "./assertRulesKnown.ts";
import { keptNote } from "./keptNote.ts";
import { cosigned, refuse, type WitnessAnswer } from "./witnessAnswer.ts";
import type { WitnessEvidence, WitnessStore, WitnessTip } from "./witnessStore.ts";

export interface WitnessOptions extends LedgerDefinition {
	/** SQLite file of this witness alone; `<path>.lock`, `-wal` and `-shm` lie beside it. */
	readonly path: string;
	/** Name and key it cosigns with; the key is used for nothing else. */
	readonly name: string;
	readonly key: SigningKey;
	/** The sealer's tiles. */
	readonly source: TileSource;
	readonly now: Clock;
	/** Rest after a download that came to nothing, doubled at each further one up to a minute; none when absent. */
	readonly restMs?: number;
	/** Told now and then how far long work is. */
	readonly onProgress?: (progress: WitnessProgress) => void;
}

/** Leaves done of those to do: replaying its own copy at the start, fetching entries, running them. */
export interface WitnessProgress {
	readonly step: "replaying" | "fetching" | "running";
	readonly done: number;
	readonly total: number;
}

/** How a checkpoint shown by another witness lies to this one's own. */
export type CheckpointComparison =
	/** It is the beginning of the log that this witness holds, or the whole of it. */
	| "agrees"
	/** It is larger than what this witness holds: its holder must compare. */
	| "larger"
	/** The sealer signed another history; the evidence is kept and this witness stops. */
	| "split";

/** Leaves verified between two turns of the event loop. */
export const leavesPerTurn = 32;
/** Unverified leaves written at once. */
const leavesPerWrite = 1_024;
/** Leaves between two words on progress. */
export const leavesPerProgress = 4_096;
const restMaxMs = 60_000;

/**
 * A member's own eyes on the ledger: a copy of the log, the rules run again on every transaction, and a cosignature only under what came out the
 * same. Made by `openWitness`.
 *
 * It never cosigns a log that does not continue the one it cosigned last, over any number of restarts, as long as its file is kept. Once it holds
 * evidence against the sealer it cosigns nothing more: a person decides.
 */
export class Witness {
	readonly name: string;
	readonly publicKey: PublicKey;
	readonly #options: WitnessOptions;
	readonly #store: WitnessStore;
	readonly #unlock: () => void;
	readonly #replay: LedgerReplay;
	#queue: Promise<unknown> = Promise.resolve();
	#tip: WitnessTip | undefined;
	#stopped: boolean;
	#closed = false;
	#failure: unknown;
	/** Downloads in a row that came to nothing, and until when (monotonic ms) no other is begun. */
	#failedDownloads = 0;
	#restUntilMs = Number.NEGATIVE_INFINITY;

	/** Only `openWitness` calls this. */
	constructor(options: WitnessOptions, parts: { store: WitnessStore; tip: WitnessTip | undefined; replay: LedgerReplay; unlock: () => void }) {
		this.name = options.name;
		this.publicKey = options.key.publicKey;
		this.#options = options;
		this.#store = parts.store;
		this.#replay = parts.replay;
		this.#unlock = parts.unlock;
		this.#tip = parts.tip;
		this.#stopped = parts.store.evidence().length > 0;
	}

	/**
	 * The checkpoint cosigned last, under the sealer's signature and this witness's own and no other: what a sealer that lost its file, or another
	 * witness, must answer to. After a restart the cosignature is the first that was given for it.
	 */
	latest(): string | undefined {
		return this.#tip?.checkpoint;
	}

	/** Leaves it holds and has verified. */
	get size(): number {
		return this.#tip?.size ?? 0;
	}

	/** What it has against the sealer; empty as long as all is well. */
	evidence(): readonly WitnessEvidence[] {
		return this.#store.evidence();
	}

	/** Its own copy of the log as tiles: a reader need not ask the sealer. */
	tile(path: string): Uint8Array | undefined {
		return serveTile(path, { size: this.size, readTile: this.#store.readTile, readEntry: (position) => this.#store.leaf(position) });
	}

	/**
	 * Answers `POST add-checkpoint`. One request at a time: comparing with the tip and moving it cannot interleave with another's.
	 *
	 * @param body - As it came over the wire.
	 */
	async addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
		this.#assertOpen();
		const read = this.#read(body);
		if (!("request" in read)) return read;
		return this.#inTurn(async () => {
			if (this.#failure !== undefined) return refuse(503, "WITNESS_HALTED");
			try {
				return await this.#answer(read.request, read.checkpoint);
			} catch (error) {
				// Its own file failed, or a bug: memory may be ahead of the file. A restart reads the file again.
				this.#failure = error;
				process.emitWarning(error instanceof Error ? error : "a witness failed");
				return refuse(503, "WITNESS_HALTED");
			}
		});
	}

	/**
	 * Holds a checkpoint that another witness was shown against this one's own copy of the log.
	 *
	 * @param tiles - The other's copy. With it a larger checkpoint is judged too: by the root that its log has at this one's size.
	 * @throws {@link LedgerError} `LEDGER_CHECKPOINT_INVALID` when the sealer did not sign it.
	 */
	async compare(note: string, tiles?: TileSource): Promise<CheckpointComparison> {
		const theirs = this.#openCheckpoint(note);
		const tip = this.#tip;
		if (theirs.size <= this.size) {
			return this.#inTurn(async () => this.#judge(treeRoot(theirs.size, tileNodeReader(this.#store.readTile)), encodeHex(theirs.root), note));
		}
		// Not in turn: who shows slow tiles keeps nobody waiting, and what this witness holds at a size stays true as it grows.
		const root = await rootOf(this.size, theirs, tiles);
		return tip === undefined || root === undefined ? "larger" : this.#inTurn(async () => this.#judge(root, tip.root, note));
	}

	/** Breaks off a download or replay under way, which a start begins again; then lets go of the file. */
	async close(): Promise<void> {
		if (this.#closed) return;
		this.#closed = true;
		await this.#queue.catch(() => undefined);
		this.#store.close();
		this.#unlock();
	}

	#assertOpen(): void {
		if (this.#closed) throw new LedgerError("LEDGER_CLOSED", "expected a witness that is open");
	}

	async #inTurn<T>(work: () => Promise<T>): Promise<T> {
		this.#assertOpen();
		const turn = this.#queue.then(work, work);
		this.#queue = turn;
		turn.catch(() => undefined);
		return turn;
	}

	/** What can be said of a request without looking at the tip: whoever sends what the sealer did not sign waits for nobody and keeps nobody waiting. */
	#read(body: Uint8Array): WitnessAnswer | { readonly request: AddCheckpointRequest; readonly checkpoint: Checkpoint } {
		let request: AddCheckpointRequest;
		try {
			request = parseAddCheckpoint(body);
		} catch (error) {
			return refuse(400, codeOf(error));
		}
		const origin = request.checkpoint.slice(0, request.checkpoint.indexOf("\n"));
		if (origin !== this.#options.genesis.chain) return refuse(404, "LOG_UNKNOWN");
		let checkpoint: Checkpoint;
		try {
			checkpoint = this.#openCheckpoint(request.checkpoint);
		} catch (error) {
			const isUnread = error instanceof LedgerError && error.cause instanceof CodedError && error.cause.code.endsWith("MALFORMED");
			return refuse(isUnread ? 400 : 403, codeOf(error));
		}
		return request.oldSize > checkpoint.size ? refuse(400, "LOG_RANGE_INVALID") : { request, checkpoint };
	}

	async #answer(request: AddCheckpointRequest, checkpoint: Checkpoint): Promise<WitnessAnswer> {
		if (request.oldSize !== this.size) return { status: 409, contentType: "text/x.tlog.size", body: `${this.size}\n` };
		return this.#stopped ? refuse(422, "WITNESS_STOPPED") : this.#consider(request, checkpoint);
	}

	/** The request names the tip; what is left to show is that the log grew out of it, by the rules. */
	async #consider({ oldSize, proof, checkpoint: note }: AddCheckpointRequest, { size, root }: Checkpoint): Promise<WitnessAnswer> {
		const tip = this.#tip;
		if (tip !== undefined && oldSize === size && tip.root !== encodeHex(root)) {
			this.#accuse("EVIDENCE_SPLIT_VIEW", this.#keep(note));
			return refuse(422, "EVIDENCE_SPLIT_VIEW");
		}
		try {
			if (tip !== undefined) verifyConsistency({ from: oldSize, to: size, fromRoot: decodeHex(tip.root), toRoot: root, proof });
			else if (size === 0 || proof.length > 0) return refuse(422, "LOG_PROOF_INVALID");
		} catch (error) {
			return refuse(422, codeOf(error));
		}
		if (tip !== undefined && size === oldSize) return this.#cosign(tip, note);
		if (performance.now() < this.#restUntilMs) return refuse(503, "WITNESS_RESTS");
		try {
			await this.#fetch(size, root);
			this.#failedDownloads = 0;
		} catch (error) {
			const code = codeOf(error);
			this.#store.dropPending();
			this.#rest();
			return refuse(code === "LOG_TILE_UNAVAILABLE" || code === "LEDGER_CLOSED" ? 503 : 422, code);
		}
		const isSound = await this.#runPending(size);
		if (isSound === undefined) return refuse(503, "LEDGER_CLOSED");
		if (!isSound) {
			assertRulesKnown(this.#replay);
			this.#store.dropPending();
			this.#accuse("EVIDENCE_RULES_BROKEN", this.#keep(note));
			return refuse(422, this.#replay.findings[0]!.code);
		}
		const line = this.#sign(note);
		const next = { size, root: encodeHex(root) as Digest, checkpoint: this.#keep(note) + line };
		this.#store.swapTip(tip, next);
		this.#tip = next;
		return cosigned(line);
	}

	/** Again, with the time of now; the file keeps the first. */
	#cosign(tip: WitnessTip, note: string): WitnessAnswer {
		const line = this.#sign(note);
		this.#tip = { ...tip, checkpoint: this.#keep(note) + line };
		return cosigned(line);
	}

	#judge(found: Uint8Array, expected: string, note: string): CheckpointComparison {
		if (encodeHex(found) === expected) return "agrees";
		this.#accuse("EVIDENCE_SPLIT_VIEW", this.#keep(note));
		return "split";
	}

	/** Whatever made a download fail, repeating it at once, as often as anybody asks, would load the sealer and this member's line for nothing. */
	#rest(): void {
		const { restMs = 0 } = this.#options;
		this.#restUntilMs = performance.now() + Math.min(restMaxMs, restMs * 2 ** Math.min(this.#failedDownloads++, 16));
	}

	/** Brings the leaves up to `size` into the file and holds their root against the signed one, before any of them is run. */
	async #fetch(size: number, root: Uint8Array): Promise<void> {
		const log = Frontier.load(this.size, tileNodeReader(this.#store.readTile));
		let batch: Uint8Array[] = [];
		for await (const bytes of fetchEntries(this.#readTile, this.size, size)) {
			log.append(leafHash(bytes));
			batch.push(bytes);
			if (batch.length < leavesPerWrite) continue;
			this.#store.insertPending(log.size - batch.length, batch);
			batch = [];
			this.#assertOpen();
			this.#options.onProgress?.({ step: "fetching", done: log.size - this.size, total: size - this.size });
		}
		this.#store.insertPending(log.size - batch.length, batch);
		if (encodeHex(log.root()) !== encodeHex(root)) {
			throw new LedgerError("LEDGER_PROOF_INVALID", "expected entries that lead to the checkpoint's root, found others");
		}
	}

	/** A source that fails has nothing to show now. */
	readonly #readTile: TileSource = async (path) => {
		try {
			return await this.#options.source(path);
		} catch {
			return undefined;
		}
	};

	/** @returns Whether every signature, rule and state root held, to the last block's end; undefined when the witness was closed meanwhile. */
	async #runPending(size: number): Promise<boolean | undefined> {
		let count = 0;
		for (const bytes of this.#store.leaves(this.size)) {
			this.#replay.append(bytes);
			if (this.#replay.findings.length > 0) return false;
			if (++count % leavesPerTurn === 0) await nextTurn();
			if (this.#closed) return undefined;
			if (count % leavesPerProgress === 0) this.#options.onProgress?.({ step: "running", done: count, total: size - this.size });
		}
		this.#replay.end();
		return this.#replay.findings.length === 0;
	}

	#sign(note: string): string {
		const timeSeconds = Math.floor(this.#options.now() / secondMs);
		return cosignNote(note, { name: this.name, key: this.#options.key, timeSeconds }).slice(note.length);
	}

	/** The note, whose signature was verified, with the sealer's line alone. */
	#keep(note: string): string {
		const { chain, sealer } = this.#options.genesis;
		return keptNote(note, { name: chain, key: sealer }, []) as string;
	}

	#openCheckpoint(note: string): Checkpoint {
		const { chain, sealer } = this.#options.genesis;
		try {
			const checkpoint = parseCheckpoint(openNote(note, [{ name: chain, key: sealer, type: "ed25519" }]).text);
			if (checkpoint.origin === chain) return checkpoint;
		} catch (error) {
			throw new LedgerError("LEDGER_CHECKPOINT_INVALID", "expected a checkpoint signed by the sealer", {}, error);
		}
		throw new LedgerError("LEDGER_CHECKPOINT_INVALID", "expected a checkpoint of this chain");
	}

	#accuse(code: WitnessEvidence["code"], theirs: string): void {
		this.#stopped = true;
		try {
			this.#store.addEvidence({ code, ours: this.#tip?.checkpoint ?? "", theirs });
		} catch (error) {
			this.#failure = error;
			throw error;
		}
	}
}

/** Undefined when the other's tiles are not to be had, or do not lead to its own root. */
async function rootOf(size: number, within: Checkpoint, tiles: TileSource | undefined): Promise<Uint8Array | undefined> {
	if (tiles === undefined || size === 0) return undefined;
	try {
		return await fetchRootWithin(tiles, size, within);
	} catch {
		return undefined;
	}
}

/** Anything but a coded error is a bug and goes up. */
function codeOf(error: unknown): string {
	if (error instanceof CodedError) return error.code;
	throw error;
}

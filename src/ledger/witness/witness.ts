import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, CodedError, type Digest, decodeHex, encodeHex, type PublicKey, type SigningKey, secondMs } from "#base";
import {
	type AddCheckpointRequest,
	type Checkpoint,
	cosignNote,
	Frontier,
	fetchEntries,
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
import { genesisDigest } from "../genesis.ts";
import { LedgerReplay } from "../replayLedger.ts";
import { acquireLock } from "../sealer/lock.ts";
import type { LedgerDefinition } from "../sealer/options.ts";
import { type WitnessEvidence, WitnessStore, type WitnessTip } from "./witnessStore.ts";

export interface WitnessOptions extends LedgerDefinition {
	/** SQLite file of this witness alone; `<path>.lock`, `-wal` and `-shm` lie beside it. */
	readonly path: string;
	/** Name and key it cosigns with; the key is used for nothing else. */
	readonly name: string;
	readonly key: SigningKey;
	/** The sealer's tiles. */
	readonly source: TileSource;
	readonly now: Clock;
}

/** What a witness answers over HTTP. Source: C2SP tlog-witness. */
export interface WitnessAnswer {
	readonly status: 200 | 400 | 403 | 404 | 409 | 422 | 503;
	readonly contentType: "text/plain; charset=utf-8" | "text/x.tlog.size";
	readonly body: string;
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
const leavesPerTurn = 32;
/** Unverified leaves written at once. */
const leavesPerWrite = 1_024;

/**
 * A member's own eyes on the ledger: a copy of the log, the rules run again on every transaction, and a cosignature only under what came out the
 * same. Made by {@link openWitness}.
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

	/** Only {@link openWitness} calls this. */
	constructor(options: WitnessOptions, parts: { store: WitnessStore; replay: LedgerReplay; unlock: () => void }) {
		this.name = options.name;
		this.publicKey = options.key.publicKey;
		this.#options = options;
		this.#store = parts.store;
		this.#replay = parts.replay;
		this.#unlock = parts.unlock;
		this.#tip = parts.store.tip();
		this.#stopped = parts.store.evidence().length > 0;
	}

	/** The checkpoint cosigned last, as the sealer signed it: what a sealer that lost its file, or another witness, must answer to. */
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
	addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
		return this.#inTurn(async () => {
			if (this.#failure !== undefined) return refuse(503, "WITNESS_HALTED");
			try {
				return await this.#answer(body);
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
	 * @throws {@link LedgerError} `LEDGER_CHECKPOINT_INVALID` when the sealer did not sign it.
	 */
	compare(note: string): Promise<CheckpointComparison> {
		return this.#inTurn(async () => {
			const theirs = this.#openCheckpoint(note);
			if (theirs.size > this.size) return "larger";
			const root = treeRoot(theirs.size, tileNodeReader(this.#store.readTile));
			if (encodeHex(root) === encodeHex(theirs.root)) return "agrees";
			this.#accuse("EVIDENCE_SPLIT_VIEW", note);
			return "split";
		});
	}

	/** Waits for what runs, then lets go of the file. */
	async close(): Promise<void> {
		if (this.#closed) return;
		this.#closed = true;
		await this.#queue.catch(() => undefined);
		this.#store.close();
		this.#unlock();
	}

	#inTurn<T>(work: () => Promise<T>): Promise<T> {
		if (this.#closed) return Promise.reject(new LedgerError("LEDGER_CLOSED", "expected a witness that is open"));
		const turn = this.#queue.then(work, work);
		this.#queue = turn;
		turn.catch(() => undefined);
		return turn;
	}

	async #answer(body: Uint8Array): Promise<WitnessAnswer> {
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
		if (request.oldSize > checkpoint.size) return refuse(400, "LOG_RANGE_INVALID");
		if (request.oldSize !== this.size) return { status: 409, contentType: "text/x.tlog.size", body: `${this.size}\n` };
		return this.#stopped ? refuse(422, "WITNESS_STOPPED") : this.#consider(request, checkpoint);
	}

	/** The request names the tip; what is left to show is that the log grew out of it, by the rules. */
	async #consider({ oldSize, proof, checkpoint: note }: AddCheckpointRequest, { size, root }: Checkpoint): Promise<WitnessAnswer> {
		const tip = this.#tip;
		if (tip !== undefined && oldSize === size && tip.root !== encodeHex(root)) {
			this.#accuse("EVIDENCE_SPLIT_VIEW", note);
			return { status: 409, contentType: "text/x.tlog.size", body: `${size}\n` };
		}
		try {
			if (tip !== undefined) verifyConsistency({ from: oldSize, to: size, fromRoot: decodeHex(tip.root), toRoot: root, proof });
			else if (size === 0 || proof.length > 0) return refuse(422, "LOG_PROOF_INVALID");
		} catch (error) {
			return refuse(422, codeOf(error));
		}
		if (size === oldSize) return this.#cosign(note);
		try {
			await this.#fetch(size, root);
		} catch (error) {
			const code = codeOf(error);
			this.#store.dropPending();
			return refuse(code === "LOG_TILE_UNAVAILABLE" ? 503 : 422, code);
		}
		if (!(await this.#runPending())) {
			assertRulesKnown(this.#replay);
			this.#store.dropPending();
			this.#accuse("EVIDENCE_RULES_BROKEN", note);
			return refuse(422, this.#replay.findings[0]!.code);
		}
		const next = { size, root: encodeHex(root) as Digest, checkpoint: note };
		this.#store.swapTip(tip, next);
		this.#tip = next;
		return this.#cosign(note);
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

	/** @returns Whether every signature, rule and state root held, to the last block's end. */
	async #runPending(): Promise<boolean> {
		let count = 0;
		for (const bytes of this.#store.leaves(this.size)) {
			this.#replay.append(bytes);
			if (this.#replay.findings.length > 0) return false;
			if (++count % leavesPerTurn === 0) await nextTurn();
		}
		this.#replay.end();
		return this.#replay.findings.length === 0;
	}

	#cosign(note: string): WitnessAnswer {
		const timeSeconds = Math.floor(this.#options.now() / secondMs);
		const line = cosignNote(note, { name: this.name, key: this.#options.key, timeSeconds }).slice(note.length);
		return { status: 200, contentType: "text/plain; charset=utf-8", body: line };
	}

	#openCheckpoint(note: string): Checkpoint {
		const { genesis } = this.#options;
		try {
			const checkpoint = parseCheckpoint(openNote(note, [{ name: genesis.chain, key: genesis.sealer, type: "ed25519" }]).text);
			if (checkpoint.origin === genesis.chain) return checkpoint;
		} catch (error) {
			throw new LedgerError("LEDGER_CHECKPOINT_INVALID", "expected a checkpoint signed by the sealer", {}, error);
		}
		throw new LedgerError("LEDGER_CHECKPOINT_INVALID", "expected a checkpoint of this chain");
	}

	#accuse(code: WitnessEvidence["code"], theirs: string): void {
		this.#store.addEvidence({ code, ours: this.#tip?.checkpoint ?? "", theirs });
		this.#stopped = true;
	}
}

/**
 * Opens a member's witness, or begins one: reads its own copy of the log and runs it again from genesis, since nothing in a file is believed.
 *
 * @throws {@link LedgerError} `LEDGER_LOCKED`; `LEDGER_GENESIS_DIFFERS`; `LEDGER_CORRUPT` when its own copy does not replay to what it cosigned.
 */
export async function openWitness(options: WitnessOptions): Promise<Witness> {
	const unlock = acquireLock(options.path);
	let store: WitnessStore | undefined;
	try {
		store = WitnessStore.open(options.path, genesisDigest(options.genesis));
		return new Witness(options, { store, replay: await replayOwn(store, options), unlock });
	} catch (error) {
		store?.close();
		unlock();
		if (error instanceof LedgerError) throw error;
		throw new LedgerError("LEDGER_CORRUPT", "expected a witness's file that can be read", { where: "witness" }, error);
	}
}

async function replayOwn(store: WitnessStore, definition: LedgerDefinition): Promise<LedgerReplay> {
	const replay = new LedgerReplay(definition);
	const tip = store.tip();
	if (tip === undefined) return replay;
	const log = Frontier.load(0, tileNodeReader(store.readTile));
	for (const bytes of store.leaves(0)) {
		log.append(leafHash(bytes));
		replay.append(bytes);
		if (log.size % leavesPerTurn === 0) await nextTurn();
	}
	replay.end();
	assertRulesKnown(replay);
	const own = Frontier.load(tip.size, tileNodeReader(store.readTile));
	if (log.size !== tip.size || encodeHex(log.root()) !== tip.root || encodeHex(own.root()) !== tip.root || replay.findings.length > 0) {
		throw new LedgerError("LEDGER_CORRUPT", "expected the witness's copy of the log to replay to what it cosigned", { where: "witness" });
	}
	return replay;
}

/** Not to hold the rules is this program's own want, and no evidence against anybody: it cosigns nothing more until it is updated. */
function assertRulesKnown({ findings }: LedgerReplay): void {
	if (!findings.some(({ code }) => code === "REPLAY_RULES_UNKNOWN")) return;
	throw new LedgerError("LEDGER_RULES_UNKNOWN", "expected to hold the rules that the members voted for; update this program");
}

function refuse(status: WitnessAnswer["status"], code: string): WitnessAnswer {
	return { status, contentType: "text/plain; charset=utf-8", body: `${code}\n` };
}

/** Anything but a coded error is a bug and goes up. */
function codeOf(error: unknown): string {
	if (error instanceof CodedError) return error.code;
	throw error;
}

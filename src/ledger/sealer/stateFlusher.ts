import { Worker } from "node:worker_threads";
import { encodeBatch } from "./batchCodec.ts";
import type { BlockStore } from "./blockStore.ts";
import type { LedgerState } from "./ledgerState.ts";
import { StateFile } from "./stateFile.ts";
import { statePath } from "./statePath.ts";

export const flushDefaults = {
	/**
	 * Changed values and new ids that gather before they are written to the state file. Larger ones rewrite fewer pages for each change; smaller ones are sooner at
	 * work, and leave less for the end.
	 */
	flushChanges: 2_048,
	/** What is written although less has gathered: the next start then has less to run again. */
	flushIntervalMs: 250,
} as const;

/** So many times `flushChanges` hold the sealing up until the one before them is written. */
const fullFactor = 2;

/** What the flushing thread is handed. */
export interface FlushJob {
	/** By `encodeBatch`; not to be read after the answer. */
	readonly batch: Uint8Array<SharedArrayBuffer>;
	/** The log's write-ahead log is to be copied back too, after the answer. */
	readonly copiesLog: boolean;
}

export interface StateFlusherParameters {
	/** The log's file; the state file lies beside it. */
	readonly path: string;
	/** The log, as the sealing thread has it open. */
	readonly store: Pick<BlockStore, "takeCopying">;
	readonly state: LedgerState;
	readonly flushChanges: number;
	readonly flushIntervalMs: number;
	/** The file did not take a batch: what is in memory is right, but nothing more can become of it. */
	readonly onFailure: (error: Error) => void;
	/** There is room again. */
	readonly onRoom: () => void;
}

/**
 * Brings what blocks changed to the state file, on a thread of its own: the rows and pages of a block lie all over the file, and the log alone is what
 * an acknowledged transaction rests on. It copies the log's write-ahead log back too, which on the sealing thread everybody would wait for. The thread starts with the first batch, so that a short session never has one.
 */
export class StateFlusher {
	readonly #parameters: StateFlusherParameters;
	#worker: Worker | undefined;
	#timer: NodeJS.Timeout | undefined;
	#failed = false;
	/** Memory of the batch before, which the thread has written: the next one's. */
	#room: SharedArrayBuffer | undefined;
	/** Called when the batch that is on its way has been written, or never will be. */
	#settled: (() => void)[] = [];

	constructor(parameters: StateFlusherParameters) {
		this.#parameters = parameters;
	}

	/** So much waits for the file that no block should be added. */
	get isFull(): boolean {
		const { state, flushChanges } = this.#parameters;
		return state.isFlushing && state.unflushed >= fullFactor * flushChanges;
	}

	/** To be called after each block. */
	note(): void {
		const { state, flushChanges, flushIntervalMs } = this.#parameters;
		if (state.unflushed >= flushChanges) this.#flush();
		else this.#timer ??= setTimeout(() => this.#flush(), flushIntervalMs).unref();
	}

	/** Writes all that there is. After a failure nothing: the next start runs the log again. */
	async drain(): Promise<void> {
		const { state } = this.#parameters;
		while (!this.#failed && !state.isFlushed) {
			this.#flush();
			await new Promise<void>((resolve) => this.#settled.push(resolve));
		}
	}

	/**
	 * Writes all that there is, lets go of the state and ends the thread. What cannot be written the next start runs again. Whoever writes closes last, and
	 * leaves one whole file: a reader would leave the write-ahead log beside it.
	 */
	async close(): Promise<void> {
		clearTimeout(this.#timer);
		if (this.#worker === undefined && !this.#failed) return this.#closeHere();
		await this.drain();
		this.#parameters.state.close();
		const worker = this.#worker;
		if (worker === undefined) return;
		const ended = new Promise((resolve) => worker.once("exit", resolve));
		worker.ref();
		worker.postMessage("close");
		await ended;
	}

	#flush(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		if (this.#failed) return;
		const batch = this.#parameters.state.startFlush()?.toBatch();
		if (batch === undefined) return;
		const job: FlushJob = { batch: encodeBatch(batch, this.#room), copiesLog: this.#parameters.store.takeCopying() };
		this.#room = job.batch.buffer;
		this.#worker ??= this.#start();
		this.#worker.ref();
		this.#worker.postMessage(job);
	}

	#start(): Worker {
		const worker = new Worker(new URL("./flushWorker.ts", import.meta.url), { workerData: this.#parameters.path });
		worker.on("message", (failure: string | undefined) => {
			worker.unref();
			if (failure !== undefined) return this.#fail(new Error(failure));
			this.#parameters.state.flushed();
			this.#settle();
			if (!this.#parameters.state.isFlushed) this.note();
			this.#parameters.onRoom();
		});
		worker.on("error", (error) => this.#fail(error));
		worker.on("exit", () => {
			this.#worker = undefined;
			if (!this.#parameters.state.isFlushing || this.#failed) return;
			this.#fail(new Error("the flushing thread ended"));
		});
		return worker;
	}

	#fail(error: Error): void {
		this.#failed = true;
		this.#settle();
		this.#parameters.onFailure(error);
	}

	#settle(): void {
		for (const resolve of this.#settled.splice(0)) resolve();
	}

	/** For a session too short to have started the thread. */
	#closeHere(): void {
		const { path, state } = this.#parameters;
		let file: StateFile | undefined;
		try {
			file = StateFile.open(statePath(path));
			const batch = state.startFlush()?.toBatch();
			if (batch !== undefined) file.apply(batch);
		} catch (error) {
			process.emitWarning(error instanceof Error ? error : "a state file could not be written");
		}
		state.close();
		file?.close();
	}
}

import { Worker } from "node:worker_threads";
import type { BlockStore, StoredHead } from "./blockStore.ts";
import { type WrittenBlock, writeBlock } from "./draftBlock.ts";
import { packBlock } from "./packedBlock.ts";

/** A block that was run, with the head that its checkpoint was signed for and the one that must still be there. */
export interface SealedBlock {
	readonly drafted: WrittenBlock;
	readonly before: StoredHead;
	readonly after: StoredHead;
}

/** Makes blocks durable, one after the other: the next is handed over when the one before is answered. */
export interface LogWriter {
	/**
	 * Resolves once a block with its head is on disk. Rejects when it is not, or when nobody knows: then the file decides at the next start, and nothing more
	 * may be written.
	 */
	write(sealed: SealedBlock): Promise<void>;
	/** What was handed over is written first. Closes the file where it was opened here. */
	close(): Promise<void>;
}

/** How {@link createLogWriter} is called; a test hands in another. */
export type CreateLogWriter = typeof createLogWriter;

/**
 * @param store - The log's file, as the sealing thread has it open.
 * @param onThread - Whether to write on a thread of its own, so that the sealing one goes on while the disk syncs.
 */
export function createLogWriter(store: BlockStore, { path, onThread }: { readonly path: string; readonly onThread: boolean }): LogWriter {
	return onThread ? new LogThread(path) : { write: async (sealed) => writeSealed(store, sealed), close: async () => {} };
}

/** One synced transaction of the log's file; compare and swap on the head before. */
export function writeSealed(store: BlockStore, { drafted, before, after }: SealedBlock): void {
	store.transact(() => {
		writeBlock(store, drafted);
		store.swapHead(before, after);
	});
}

/** What `logWorker.ts` answers: nothing for a block that is durable, else why it is not. */
export type LogThreadAnswer = { readonly failed?: string };

/** Starts with the first block, so that a ledger that is only read never has it. */
class LogThread implements LogWriter {
	readonly #path: string;
	#worker: Worker | undefined;
	/** After a failure nothing is written any more. */
	#failure: Error | undefined;
	#handed: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

	constructor(path: string) {
		this.#path = path;
	}

	write(sealed: SealedBlock): Promise<void> {
		return new Promise((resolve, reject) => {
			if (this.#failure !== undefined) return reject(this.#failure);
			if (this.#handed !== undefined) return reject(new RangeError("expected one block at a time"));
			this.#handed = { resolve, reject };
			this.#worker ??= this.#start();
			this.#worker.ref();
			const { packed, transfer } = packBlock(sealed);
			this.#worker.postMessage(packed, transfer);
		});
	}

	async close(): Promise<void> {
		const worker = this.#worker;
		if (worker === undefined) return;
		const ended = new Promise((resolve) => worker.once("exit", resolve));
		worker.ref();
		worker.postMessage("close");
		await ended;
	}

	#start(): Worker {
		const worker = new Worker(new URL("./logWorker.ts", import.meta.url), { workerData: this.#path });
		worker.on("message", ({ failed }: LogThreadAnswer) => {
			worker.unref();
			if (failed !== undefined) return this.#fail(new Error(failed));
			this.#handed?.resolve();
			this.#handed = undefined;
		});
		worker.on("error", (error) => this.#fail(error));
		worker.on("exit", () => {
			this.#worker = undefined;
			this.#fail(new Error("the log's thread ended"));
		});
		return worker;
	}

	#fail(error: Error): void {
		this.#failure ??= error;
		this.#handed?.reject(this.#failure);
		this.#handed = undefined;
	}
}

import { Worker } from "node:worker_threads";

/** Claims in one message to a worker: large enough that the message costs little beside the verifications. */
const chunkSize = 64;
/** Public key, transaction id and signature in hex, run together: one string crosses threads faster than objects do. */
export const claimLength = 64 + 64 + 128;

export interface SignaturePool {
	/** @param claims - Each {@link claimLength} characters. Answers in the same order. */
	check(claims: readonly string[]): Promise<readonly boolean[]>;
	close(): Promise<void>;
}

interface Thread {
	readonly worker: Worker;
	/** Chunks it has been handed and has not answered, oldest first. */
	readonly handed: { readonly resolve: (valid: readonly boolean[]) => void; readonly reject: (error: Error) => void }[];
}

/**
 * Verifies signatures in worker threads. Chunks are handed out as they come, so that threads go on while the sealing thread is busy with a
 * block. A worker that dies fails what it held, and the next chunk starts another.
 */
export function createSignaturePool(threadsMax: number): SignaturePool {
	const threads = new Set<Thread>();
	let closed = false;

	function start(): Thread {
		const thread: Thread = { worker: new Worker(new URL("./signatureWorker.ts", import.meta.url)), handed: [] };
		thread.worker.on("message", (valid: readonly boolean[]) => {
			thread.handed.shift()!.resolve(valid);
			if (thread.handed.length === 0) thread.worker.unref();
		});
		const fail = (error: Error) => {
			threads.delete(thread);
			for (const { reject } of thread.handed.splice(0)) reject(error);
		};
		thread.worker.on("error", fail);
		thread.worker.on("exit", () => fail(new Error("a signature thread ended")));
		threads.add(thread);
		return thread;
	}

	function hand(claims: readonly string[]): Promise<readonly boolean[]> {
		const least = threads.size < threadsMax ? start() : [...threads].reduce((a, b) => (b.handed.length < a.handed.length ? b : a));
		return new Promise((resolve, reject) => {
			least.handed.push({ resolve, reject });
			least.worker.ref();
			least.worker.postMessage(claims.join(""));
		});
	}

	return {
		async check(claims) {
			if (closed) throw new Error("the signature pool is closed");
			const chunks: Promise<readonly boolean[]>[] = [];
			for (let from = 0; from < claims.length; from += chunkSize) chunks.push(hand(claims.slice(from, from + chunkSize)));
			return (await Promise.all(chunks)).flat();
		},
		async close() {
			closed = true;
			await Promise.all([...threads].map(({ worker }) => worker.terminate()));
		},
	};
}

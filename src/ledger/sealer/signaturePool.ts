import { Worker } from "node:worker_threads";

/** Claims in one message to a worker: large enough that the message costs little beside the verifications, which take some 2 ms. */
const chunkSize = 32;
/** Public key, transaction id and signature in hex, run together: one string crosses threads faster than objects do. */
export const claimLength = 64 + 64 + 128;

export interface SignaturePool {
	/** @param claims - Each {@link claimLength} characters. Answers in the same order. */
	check(claims: readonly string[]): Promise<readonly boolean[]>;
	close(): Promise<void>;
}

interface Thread {
	readonly worker: Worker;
	/** Claims it was given and has not answered. */
	backlog: number;
	/** Chunks it was handed and has not answered, oldest first. */
	readonly handed: { readonly resolve: (valid: readonly boolean[]) => void; readonly reject: (error: Error) => void }[];
}

/**
 * Verifies signatures in worker threads, each chunk in the one that is least behind. Chunks are handed out as they come, so that threads go on
 * while the sealing thread is busy with a block. A worker that dies fails what it held, and the next claim starts another.
 */
export function createSignaturePool(threadsMax: number): SignaturePool {
	const threads = new Array<Thread | undefined>(threadsMax).fill(undefined);
	let closed = false;

	function start(at: number): Thread {
		const thread: Thread = { worker: new Worker(new URL("./signatureWorker.ts", import.meta.url)), backlog: 0, handed: [] };
		thread.worker.on("message", (valid: readonly boolean[]) => {
			thread.backlog -= valid.length;
			thread.handed.shift()!.resolve(valid);
			if (thread.handed.length === 0) thread.worker.unref();
		});
		const fail = (error: Error) => {
			if (threads[at] === thread) threads[at] = undefined;
			for (const { reject } of thread.handed.splice(0)) reject(error);
		};
		thread.worker.on("error", fail);
		thread.worker.on("exit", () => fail(new Error("a signature thread ended")));
		threads[at] = thread;
		return thread;
	}

	function leastBehind(): Thread {
		const backlogs = threads.map((thread) => thread?.backlog ?? 0);
		const at = backlogs.indexOf(Math.min(...backlogs));
		return threads[at] ?? start(at);
	}

	function hand(claims: readonly string[]): Promise<readonly boolean[]> {
		const thread = leastBehind();
		thread.backlog += claims.length;
		return new Promise((resolve, reject) => {
			thread.handed.push({ resolve, reject });
			thread.worker.ref();
			thread.worker.postMessage(claims.join(""));
		});
	}

	return {
		async check(claims) {
			if (closed) throw new Error("the signature pool is closed");
			const answers: Promise<readonly boolean[]>[] = [];
			for (let from = 0; from < claims.length; from += chunkSize) answers.push(hand(claims.slice(from, from + chunkSize)));
			return (await Promise.all(answers)).flat();
		},
		async close() {
			closed = true;
			await Promise.all(threads.map((thread) => thread?.worker.terminate()));
		},
	};
}

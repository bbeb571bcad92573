import { Worker } from "node:worker_threads";

/** Claims in one message to a worker: large enough that the message costs little beside the verifications. */
const chunkSize = 64;
/** Public key, transaction id and signature in hex, run together: one string crosses threads faster than objects do. */
export const claimLength = 64 + 64 + 128;
/** By so many claims a key's own thread may be behind the least busy one before another thread takes over: about 30 ms. */
const behindMax = 4 * chunkSize;

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

/** Claims for one thread, with their places in the call. */
interface Share {
	readonly claims: string[];
	readonly places: number[];
}

/**
 * Verifies signatures in worker threads. A key has a thread of its own choice, which then imports it once; whoever chooses keys so that they
 * meet in one thread finds the others taking over. Chunks are handed out as they come, so that threads go on while the sealing thread is
 * busy with a block. A worker that dies fails what it held, and the next claim starts another.
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

	/** By the key's first 32 bits, unless that thread is too far behind. */
	function threadFor(claim: string): Thread {
		const at = Number.parseInt(claim.slice(0, 8), 16) % threadsMax;
		const own = threads[at] ?? start(at);
		if (own.backlog < behindMax) return own;
		const least = threads.reduce((a, b, i) => ((b?.backlog ?? 0) < (threads[a]?.backlog ?? 0) ? i : a), at);
		return own.backlog - (threads[least]?.backlog ?? 0) < behindMax ? own : (threads[least] ?? start(least));
	}

	function split(claims: readonly string[]): ReadonlyMap<Thread, Share> {
		const shares = new Map<Thread, Share>();
		for (const [place, claim] of claims.entries()) {
			const thread = threadFor(claim);
			thread.backlog++;
			const share = shares.get(thread) ?? { claims: [], places: [] };
			share.claims.push(claim);
			share.places.push(place);
			shares.set(thread, share);
		}
		return shares;
	}

	function hand(thread: Thread, claims: readonly string[]): Promise<readonly boolean[]> {
		return new Promise((resolve, reject) => {
			thread.handed.push({ resolve, reject });
			thread.worker.ref();
			thread.worker.postMessage(claims.join(""));
		});
	}

	return {
		async check(claims) {
			if (closed) throw new Error("the signature pool is closed");
			const verdicts = new Array<boolean>(claims.length).fill(false);
			const answers: Promise<void>[] = [];
			for (const [thread, share] of split(claims)) {
				for (let from = 0; from < share.claims.length; from += chunkSize) {
					const answer = hand(thread, share.claims.slice(from, from + chunkSize));
					answers.push(
						answer.then((valid) => {
							for (const [i, verdict] of valid.entries()) verdicts[share.places[from + i]!] = verdict;
						}),
					);
				}
			}
			await Promise.all(answers);
			return verdicts;
		},
		async close() {
			closed = true;
			await Promise.all(threads.map((thread) => thread?.worker.terminate()));
		},
	};
}

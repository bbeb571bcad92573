import { Worker } from "node:worker_threads";

/** Claims in one message to a worker: large enough that the message costs little beside the verifications, which take some 4 ms. */
const chunkSize = 64;
/**
 * So few claims, come in one turn of the event loop, are judged at once while no thread is at work: handing them over takes the calling thread about as
 * long as a signature or two, and its answer has to be waited for until two threads have had a core, one after the other.
 */
const judgedHereMax = 8;
/** A letter for what is signed, public key, digest and signature in hex, run together: one string crosses threads faster than objects do. */
export const claimLength = 1 + 64 + 64 + 128;

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

/** A call that waits for company. */
interface Asked {
	readonly claims: readonly string[];
	readonly resolve: (valid: Promise<readonly boolean[]>) => void;
}

/**
 * Verifies signatures in worker threads, each chunk in the one that is least behind. Chunks are handed out as they come, so that threads go on
 * while the sealing thread is busy with a block; only calls of few claims wait for those that come in the same turn of the event loop, since waking
 * a thread costs the sealing one as much as a signature. Where they are still few, they are not worth a thread at all. A worker that dies fails what it
 * held, and the next claim starts another.
 *
 * @param holds - Judges one claim on the calling thread, as the workers do.
 */
export function createSignaturePool(threadsMax: number, holds: (claim: string) => boolean): SignaturePool {
	const threads = new Array<Thread | undefined>(threadsMax).fill(undefined);
	const asked: Asked[] = [];
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

	async function judgeHere(claims: readonly string[]): Promise<readonly boolean[]> {
		if (closed) throw new Error("the signature pool is closed");
		return claims.map(holds);
	}

	function handOut(): void {
		const calls = asked.splice(0);
		const claims = calls.flatMap((call) => call.claims);
		const isHere = claims.length <= judgedHereMax && threads.every((thread) => thread === undefined || thread.backlog === 0);
		if (isHere) for (const call of calls) call.resolve(judgeHere(call.claims));
		else judgeInThreads(calls, claims);
	}

	function judgeInThreads(calls: readonly Asked[], claims: readonly string[]): void {
		const chunks: Promise<readonly boolean[]>[] = [];
		for (let from = 0; from < claims.length && !closed; from += chunkSize) chunks.push(hand(claims.slice(from, from + chunkSize)));
		let from = 0;
		for (const call of calls) {
			const to = from + call.claims.length;
			call.resolve(verdictsOf(chunks, from, to));
			from = to;
		}
	}

	/** Of the claims `from` to `to` of those handed out together: only what its own chunks come to. */
	async function verdictsOf(chunks: readonly Promise<readonly boolean[]>[], from: number, to: number): Promise<readonly boolean[]> {
		if (closed) throw new Error("the signature pool is closed");
		const first = Math.floor(from / chunkSize);
		const verdicts = (await Promise.all(chunks.slice(first, Math.ceil(to / chunkSize)))).flat();
		return verdicts.slice(from - first * chunkSize, to - first * chunkSize);
	}

	return {
		async check(claims) {
			if (closed) throw new Error("the signature pool is closed");
			return new Promise((resolve) => {
				asked.push({ claims, resolve });
				if (claims.length >= chunkSize) handOut();
				else if (asked.length === 1) setImmediate(handOut);
			});
		},
		async close() {
			closed = true;
			await Promise.all(threads.map((thread) => thread?.worker.terminate()));
		},
	};
}

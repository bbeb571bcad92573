import { Worker } from "node:worker_threads";
import type { SignatureClaim } from "./signatureChecker.ts";

/** Claims handed to a worker at a time: large enough that messages cost little beside 64 verifications. */
const chunkSize = 64;

interface Chunk {
	readonly claims: readonly SignatureClaim[];
	readonly resolve: (valid: readonly boolean[]) => void;
	readonly reject: (error: Error) => void;
}

/** Verifies signatures in worker threads. A worker that dies fails what it held; the next chunk gets a new one. */
export function createSignaturePool(threads: number): {
	check(claims: readonly SignatureClaim[]): Promise<readonly boolean[]>;
	close(): Promise<void>;
} {
	const waiting: Chunk[] = [];
	const idle: Worker[] = [];
	const all = new Set<Worker>();
	let closed = false;

	function start(): Worker {
		const worker = new Worker(new URL("./signatureWorker.ts", import.meta.url));
		worker.unref();
		all.add(worker);
		return worker;
	}

	function next(): void {
		while (waiting.length > 0) {
			const worker = idle.pop() ?? (all.size < threads ? start() : undefined);
			if (worker === undefined) return;
			run(worker, waiting.shift()!);
		}
	}

	function run(worker: Worker, { claims, resolve, reject }: Chunk): void {
		const finish = () => {
			worker.off("message", onMessage);
			worker.off("error", onError);
			worker.unref();
		};
		const onMessage = (valid: readonly boolean[]) => {
			finish();
			idle.push(worker);
			resolve(valid);
			next();
		};
		const onError = (error: Error) => {
			finish();
			all.delete(worker);
			reject(error);
			next();
		};
		worker.on("message", onMessage);
		worker.on("error", onError);
		worker.ref();
		worker.postMessage(claims);
	}

	return {
		async check(claims) {
			if (closed) throw new Error("the signature pool is closed");
			const chunks: Promise<readonly boolean[]>[] = [];
			for (let from = 0; from < claims.length; from += chunkSize) {
				chunks.push(
					new Promise((resolve, reject) => {
						waiting.push({ claims: claims.slice(from, from + chunkSize), resolve, reject });
					}),
				);
			}
			next();
			return (await Promise.all(chunks)).flat();
		},
		async close() {
			closed = true;
			await Promise.all([...all].map((worker) => worker.terminate()));
		},
	};
}

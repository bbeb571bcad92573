import { type MessagePort, Worker } from "node:worker_threads";
import { encodeBatch } from "./groupFrame.ts";
import { type GroupWriter, StaleGroup } from "./groupWriter.ts";
import { decodeOpenings, type Openings } from "./openingFrame.ts";

/** Who opens what is ordered with a log's entries: where its program is, and its end of the keyring's channel. */
export interface Deputy {
	readonly module: string;
	readonly port: MessagePort;
}

/** What the thread is asked. Answers come in the order of the questions. */
export type ThreadRequest =
	| { readonly kind: "open"; readonly writer: number; readonly path: string; readonly log: string; readonly deputy?: Deputy | undefined }
	| { readonly kind: "write"; readonly writer: number; readonly frame: Uint8Array }
	| { readonly kind: "close"; readonly writer: number };

export type ThreadAnswer =
	| "done"
	| "stale"
	| { readonly openings: Uint8Array<ArrayBuffer> }
	| { readonly message: string; readonly errcode: number | undefined };

interface Asked {
	readonly resolve: (openings: Openings) => void;
	readonly reject: (error: Error) => void;
}

/**
 * The thread on which the logs of this process seal and commit, so that a commit waits for the disk while the next group comes together. Each log
 * has a connection of its own there. When the thread ends, whatever it was asked fails, and so does every later question: what it
 * left on the disk is for a new start to find out.
 */
export class CommitThread {
	readonly #worker: Worker;
	readonly #asked: Asked[] = [];
	#writers = 0;
	#ended: Error | undefined;

	constructor() {
		this.#worker = new Worker(new URL("./commitWorker.ts", import.meta.url));
		this.#worker.unref();
		this.#worker.on("message", (answer: ThreadAnswer) => this.#answer(answer));
		this.#worker.on("error", (error) => this.#end(error));
		this.#worker.on("exit", () => this.#end(new Error("the thread that commits the access log ended")));
	}

	get hasEnded(): boolean {
		return this.#ended !== undefined;
	}

	/** A writer to the log at `path`, whose lock this process holds. What fails at opening fails at the first write. */
	open({ path, log, deputy }: { readonly path: string; readonly log: string; readonly deputy?: Deputy | undefined }): GroupWriter {
		const writer = this.#writers++;
		const opened = this.#ask({ kind: "open", writer, path, log, deputy }, deputy === undefined ? [] : [deputy.port]);
		opened.catch(() => undefined);
		return {
			// What is opened with a group takes about as long as to write it: with a third one neither this thread nor the other is ever without one.
			inFlightMax: deputy === undefined ? 2 : 3,
			write: async (batch) => {
				const frame = encodeBatch(batch);
				const written = this.#ask({ kind: "write", writer, frame }, [frame.buffer as ArrayBuffer]);
				const [, openings] = await Promise.all([opened, written]);
				return openings;
			},
			close: () =>
				this.#ask({ kind: "close", writer }).then(
					() => undefined,
					() => undefined,
				),
		};
	}

	/** Ends the thread at once, whatever it is doing; for tests. */
	async terminate(): Promise<void> {
		await this.#worker.terminate();
	}

	#ask(request: ThreadRequest, transfer: readonly (ArrayBuffer | MessagePort)[] = []): Promise<Openings> {
		if (this.#ended !== undefined) return Promise.reject(this.#ended);
		return new Promise((resolve, reject) => {
			this.#asked.push({ resolve, reject });
			// Keeps the process alive while something is on its way to the disk, and no longer.
			this.#worker.ref();
			this.#worker.postMessage(request, transfer);
		});
	}

	#answer(answer: ThreadAnswer): void {
		const asked = this.#asked.shift();
		// An answer may come after the thread's end: who waited for it has been told that nobody knows.
		if (asked === undefined) return;
		const { resolve, reject } = asked;
		if (this.#asked.length === 0) this.#worker.unref();
		if (answer === "done") resolve([]);
		else if (answer !== "stale" && "openings" in answer) resolve(decodeOpenings(answer.openings));
		else if (answer === "stale") reject(new StaleGroup());
		else reject(Object.assign(new Error(answer.message), { errcode: answer.errcode }));
	}

	#end(error: Error): void {
		this.#ended ??= error;
		for (const { reject } of this.#asked.splice(0)) reject(this.#ended);
	}
}

let shared: CommitThread | undefined;

/** The process's one thread, started at the first call and again after it has ended. */
export function sharedCommitThread(): CommitThread {
	if (shared === undefined || shared.hasEnded) shared = new CommitThread();
	return shared;
}

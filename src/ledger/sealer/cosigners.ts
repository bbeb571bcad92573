import type { PublicKey } from "#base";
import { encodeAddCheckpoint, openNote } from "#log";
import { LedgerError } from "../errors.ts";
import { type LedgerTrust, type VerifiedCheckpoint, verifyCheckpoint } from "../light/verifyCheckpoint.ts";
import { askedCosignatures } from "../light/witnessQuorum.ts";
import type { StoredHead } from "./blockStore.ts";

/** How the sealer reaches one witness: in this process, or over HTTP. */
export interface WitnessLink {
	readonly name: string;
	readonly key: PublicKey;
	/** `POST add-checkpoint` (C2SP tlog-witness). May throw when it is not reachable. */
	addCheckpoint(body: Uint8Array): Promise<{ readonly status: number; readonly body: string }>;
	/** The checkpoint it cosigned last, as the sealer signed it; undefined when it holds none. May throw when it is not reachable. */
	latest(): Promise<string | undefined>;
}

export interface CosignersParameters {
	readonly witnesses: readonly WitnessLink[];
	readonly trust: LedgerTrust;
	/** Shortest time between two requests to one witness, unless somebody waits for its cosignature. */
	readonly intervalMs: number;
	/** What is sealed at this moment. */
	readonly head: () => StoredHead;
	readonly proveConsistency: (from: number, to: number) => Uint8Array[];
	/** Throws `LEDGER_ROLLED_BACK` or `LEDGER_CORRUPT` unless the file contains this checkpoint. */
	readonly assertContains: (seen: VerifiedCheckpoint) => void;
	/** A witness holds the sealer's own signature under a log that this file does not contain. */
	readonly onForeignHistory: (error: LedgerError) => void;
	/** A cosignature of the present head has come. */
	readonly onCosigned: () => void;
}

interface Cosigner {
	readonly link: WitnessLink;
	/** What the witness is believed to have cosigned last. */
	knownSize: number;
	/** Its newest signature line and the size it is for. */
	line: { readonly size: number; readonly text: string } | undefined;
	/** The last exchange ended in a cosignature. */
	answers: boolean;
	busy: boolean;
	/** There is something to ask again once it is free. */
	wanted: boolean;
	timer: NodeJS.Timeout | undefined;
	startedAtMs: number;
}

interface Waiter {
	readonly resolve: (cosigned: boolean) => void;
	readonly timer: NodeJS.Timeout;
}

/** Rounds of one exchange: learn the witness's size, send the proof from there, and once more if another request came between. */
const roundsMax = 3;

/** Collects cosignatures of the recorded head, beside the sealing and never in its way. */
export class Cosigners {
	readonly #parameters: CosignersParameters;
	readonly #cosigners: readonly Cosigner[];
	readonly #waiters = new Set<Waiter>();
	#closed = false;

	constructor(parameters: CosignersParameters) {
		this.#parameters = parameters;
		this.#cosigners = parameters.witnesses.map((link) => ({
			link,
			knownSize: 0,
			line: undefined,
			answers: true,
			busy: false,
			wanted: false,
			timer: undefined,
			startedAtMs: Number.NEGATIVE_INFINITY,
		}));
	}

	/** Signature lines for a size, one a witness. */
	lines(size: number): string {
		return this.#cosigners.map(({ line }) => (line?.size === size ? line.text : "")).join("");
	}

	/** Asks every witness for a cosignature of the present head, soon. */
	ask(): void {
		for (const cosigner of this.#cosigners) this.#schedule(cosigner);
	}

	/**
	 * Waits until the present head carries the cosignatures that readers ask for, and those of all witnesses that answered last time; false when the
	 * quorum is not there after `timeoutMs`. The answer holds for the head of that moment: use it before the next turn of the event loop.
	 */
	wait(timeoutMs: number): Promise<boolean> {
		if (this.#cosigners.length === 0 || this.#closed) return Promise.resolve(false);
		if (this.#isComplete()) return Promise.resolve(true);
		return new Promise((resolve) => {
			const waiter = { resolve, timer: setTimeout(() => this.#release(waiter, this.#hasQuorum()), timeoutMs) };
			this.#waiters.add(waiter);
			this.ask();
		});
	}

	close(): void {
		this.#closed = true;
		for (const { timer } of this.#cosigners) clearTimeout(timer);
		for (const waiter of this.#waiters) this.#release(waiter, false);
	}

	#release(waiter: Waiter, cosigned: boolean): void {
		clearTimeout(waiter.timer);
		this.#waiters.delete(waiter);
		waiter.resolve(cosigned);
	}

	#present(): readonly Cosigner[] {
		const { logSize } = this.#parameters.head();
		return this.#cosigners.filter(({ line }) => line?.size === logSize);
	}

	#hasQuorum(): boolean {
		return this.#present().length >= askedCosignatures(this.#cosigners.length);
	}

	#isComplete(): boolean {
		const present = this.#present();
		return this.#hasQuorum() && this.#cosigners.every((cosigner) => !cosigner.answers || present.includes(cosigner));
	}

	#schedule(cosigner: Cosigner): void {
		if (this.#closed) return;
		cosigner.wanted = true;
		if (cosigner.busy) return;
		const sinceMs = performance.now() - cosigner.startedAtMs;
		const delayMs = this.#waiters.size > 0 ? 0 : Math.max(0, this.#parameters.intervalMs - sinceMs);
		clearTimeout(cosigner.timer);
		// A process does not stay alive for this alone; whoever waits holds a timer of its own.
		cosigner.timer = setTimeout(() => void this.#exchange(cosigner), delayMs).unref();
	}

	async #exchange(cosigner: Cosigner): Promise<void> {
		[cosigner.busy, cosigner.wanted, cosigner.startedAtMs] = [true, false, performance.now()];
		try {
			cosigner.answers = await this.#ask(cosigner);
		} catch (error) {
			// Not reachable, or not a witness: the next head or heartbeat asks again.
			cosigner.answers = false;
			if (error instanceof LedgerError && error.kind === "stop") this.#parameters.onForeignHistory(error);
		}
		cosigner.busy = false;
		if (this.#closed) return;
		for (const waiter of [...this.#waiters]) if (this.#isComplete()) this.#release(waiter, true);
		if (cosigner.wanted || (cosigner.answers && cosigner.knownSize < this.#parameters.head().logSize)) this.#schedule(cosigner);
	}

	/** @returns Whether it cosigned. */
	async #ask(cosigner: Cosigner): Promise<boolean> {
		for (let round = 0; round < roundsMax && !this.#closed; round++) {
			const head = this.#parameters.head();
			if (cosigner.knownSize > head.logSize) return this.#confront(cosigner);
			const proof = this.#parameters.proveConsistency(cosigner.knownSize, head.logSize);
			const answer = await cosigner.link.addCheckpoint(encodeAddCheckpoint({ oldSize: cosigner.knownSize, proof, checkpoint: head.checkpoint }));
			if (this.#closed) return false;
			if (answer.status === 200) return this.#take(cosigner, head, answer.body);
			if (answer.status === 422) return this.#confront(cosigner);
			const size = answer.status === 409 && /^(?:0|[1-9][0-9]{0,15})\n$/.test(answer.body) ? Number(answer.body) : undefined;
			if (size === undefined || !Number.isSafeInteger(size)) return false;
			if (size === cosigner.knownSize) return this.#confront(cosigner);
			cosigner.knownSize = size;
		}
		return false;
	}

	#take(cosigner: Cosigner, head: StoredHead, lines: string): boolean {
		const { name, key } = cosigner.link;
		openNote(head.checkpoint + lines, [{ name, key, type: "cosignature/v1" }]);
		const text = lines.split("\n").find((line) => line.startsWith(`— ${name} `));
		cosigner.knownSize = head.logSize;
		cosigner.line = { size: head.logSize, text: `${text}\n` };
		if (head.logSize === this.#parameters.head().logSize) this.#parameters.onCosigned();
		return true;
	}

	/**
	 * A witness says that it holds another log. A word is not enough, or one member could stop the ledger: it must show the sealer's own signature
	 * under what this file does not contain.
	 *
	 * @throws {@link LedgerError} `LEDGER_ROLLED_BACK`, `LEDGER_CORRUPT`.
	 */
	async #confront(cosigner: Cosigner): Promise<false> {
		const seen = await readSeen(cosigner.link, this.#parameters.trust);
		cosigner.knownSize = 0;
		if (seen === undefined) return false;
		this.#parameters.assertContains(seen);
		cosigner.knownSize = seen.size;
		return false;
	}
}

/** What a witness holds of this sealer, undefined when it is nothing that the sealer signed. May throw when it is not reachable. */
export async function readSeen(link: Pick<WitnessLink, "latest">, trust: LedgerTrust): Promise<VerifiedCheckpoint | undefined> {
	const note = await link.latest();
	if (note === undefined) return undefined;
	try {
		return verifyCheckpoint(note, trust);
	} catch {
		return undefined;
	}
}

import { AccessLogError } from "./errors.ts";

/** Entries in one transaction at most. */
const groupMax = 512;
/** Turns of the event loop that a group may grow for: a steady stream waits no longer. */
const turnsMax = 32;
/** Entries that may wait; beyond it a caller is told to come again rather than kept. */
const waitingMax = 16_384;

interface Waiting<Item, Result> {
	readonly item: Item;
	readonly resolve: (result: Result) => void;
	readonly reject: (error: unknown) => void;
}

/**
 * Collects what arrives until a turn of the event loop brings nothing more, and while the commit before runs, into one write. Requests whose
 * signatures are verified on other threads come a few at a turn; writing each few on their own would pay a disk's sync for each few.
 *
 * `write` is synchronous: it returns one outcome for each item, in order, or throws for the whole group.
 */
export class GroupCommit<Item, Result> {
	readonly #write: (group: readonly Item[]) => readonly PromiseSettledResult<Result>[];
	#waiting: Waiting<Item, Result>[] = [];
	#scheduled = false;
	#idle: (() => void)[] = [];

	constructor(write: (group: readonly Item[]) => readonly PromiseSettledResult<Result>[]) {
		this.#write = write;
	}

	/** @throws {@link AccessLogError} `ACCESS_LOG_BUSY`. */
	add(item: Item): Promise<Result> {
		if (this.#waiting.length >= waitingMax) {
			return Promise.reject(new AccessLogError("ACCESS_LOG_BUSY", `expected at most ${waitingMax} entries to wait for the disk`));
		}
		return new Promise((resolve, reject) => {
			this.#waiting.push({ item, resolve, reject });
			this.#schedule();
		});
	}

	/** Resolves when nothing waits. */
	drain(): Promise<void> {
		return this.#scheduled ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
	}

	#schedule(): void {
		if (this.#scheduled) return;
		this.#scheduled = true;
		this.#afterTurn(turnsMax);
	}

	#afterTurn(turnsLeft: number): void {
		const before = this.#waiting.length;
		setImmediate(() => {
			const grows = this.#waiting.length > before && this.#waiting.length < groupMax;
			if (grows && turnsLeft > 1) this.#afterTurn(turnsLeft - 1);
			else this.#flush();
		});
	}

	#flush(): void {
		const group = this.#waiting.slice(0, groupMax);
		this.#waiting = this.#waiting.slice(groupMax);
		this.#settle(group);
		this.#scheduled = false;
		if (this.#waiting.length > 0) this.#schedule();
		else for (const resolve of this.#idle.splice(0)) resolve();
	}

	#settle(group: readonly Waiting<Item, Result>[]): void {
		try {
			const outcomes = this.#write(group.map(({ item }) => item));
			for (const [i, { resolve, reject }] of group.entries()) {
				const outcome = outcomes[i] as PromiseSettledResult<Result>;
				if (outcome.status === "fulfilled") resolve(outcome.value);
				else reject(outcome.reason);
			}
		} catch (error) {
			for (const { reject } of group) reject(error);
		}
	}
}

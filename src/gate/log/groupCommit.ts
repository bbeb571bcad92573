import { AccessLogError } from "./errors.ts";

/** Entries in one transaction at most, but for a single item of more. */
const groupMax = 512;
/**
 * From this size on a group waits for nothing more. Who was answered by one group asks again within the same turn, before the answer to the next
 * group is taken: a group that waited for those too would leave the disk idle, and then everybody would wait for the disk.
 */
const readyFrom = 16;
/** Entries that may wait; beyond it a caller is told to come again rather than kept. */
const waitingMax = 16_384;
/**
 * From this size on a group leaves as many for later as there may still be groups on their way behind it. Those who wait for their answers ask again
 * together: in one group they would go to the disk and come back in step, and nothing would come together while they are written.
 */
const sharedFrom = 16;
/** Groups handed on and not yet answered: one is written while the next one comes together and waits behind it. */
const twoOnTheirWay = 2;

interface Waiting<Item, Result> {
	readonly item: Item;
	readonly resolve: (result: Result) => void;
	readonly reject: (error: unknown) => void;
}

/**
 * Collects what arrives in one turn of the event loop, and while the groups before are written, into one write. While one is written a small group
 * grows until a turn brings nothing more: requests whose signatures are verified on other threads come a few at a turn, and writing each few on
 * their own would pay a disk's sync for each few.
 *
 * `write` takes its group before it returns, so groups keep their order; it answers with one outcome for each item, in order, or rejects for
 * the whole group.
 */
export class GroupCommit<Item, Result> {
	readonly #write: (group: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>;
	readonly #entriesOf: (item: Item) => number;
	readonly #inFlightMax: number;
	#waiting: Waiting<Item, Result>[] = [];
	#scheduled: NodeJS.Immediate | undefined;
	/** How many waited before this callback brought more, while its end is waited for. */
	#waitedBefore: number | undefined;
	#inFlight = 0;
	#idle: (() => void)[] = [];

	/**
	 * @param entriesOf - How many entries an item brings; one when absent.
	 * @param inFlightMax - Groups on their way at once; two when absent.
	 */
	constructor(
		write: (group: readonly Item[]) => Promise<readonly PromiseSettledResult<Result>[]>,
		entriesOf: (item: Item) => number = () => 1,
		inFlightMax = twoOnTheirWay,
	) {
		this.#write = write;
		this.#entriesOf = entriesOf;
		this.#inFlightMax = inFlightMax;
	}

	/**
	 * @param answerOf - What of its result the caller waits for.
	 * @throws {@link AccessLogError} `ACCESS_LOG_BUSY`.
	 */
	add<Answer>(item: Item, answerOf: (result: Result) => Answer): Promise<Answer> {
		if (this.#waiting.length >= waitingMax) {
			return Promise.reject(new AccessLogError("ACCESS_LOG_BUSY", `expected at most ${waitingMax} entries to wait for the disk`));
		}
		return new Promise((resolve, reject) => {
			if (this.#inFlight > 0) this.#watchCallback();
			this.#waiting.push({ item, resolve: (result) => resolve(answerOf(result)), reject });
			this.#schedule();
		});
	}

	/** Resolves when nothing waits and nothing is being written. */
	drain(): Promise<void> {
		return this.#isIdle() ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
	}

	#isIdle(): boolean {
		return this.#waiting.length === 0 && this.#inFlight === 0;
	}

	/**
	 * Hands on at the end of one callback where it brought enough by itself: whom one group answered. The loop takes all answers that lie there before
	 * it comes to what `setImmediate` waits for, so that the next group's would be waited for too.
	 */
	#watchCallback(): void {
		if (this.#waitedBefore !== undefined) return;
		this.#waitedBefore = this.#waiting.length;
		process.nextTick(() => {
			const brought = this.#waiting.length - (this.#waitedBefore as number);
			this.#waitedBefore = undefined;
			if (brought >= readyFrom && this.#inFlight < this.#inFlightMax) void this.#flush();
		});
	}

	#schedule(): void {
		if (this.#scheduled !== undefined || this.#waiting.length === 0 || this.#inFlight >= this.#inFlightMax) return;
		this.#afterTurn();
	}

	#afterTurn(): void {
		const before = this.#waiting.length;
		this.#scheduled = setImmediate(() => {
			const grows = this.#waiting.length > before && this.#waiting.length < readyFrom;
			if (grows && this.#inFlight > 0) return this.#afterTurn();
			void this.#flush();
		});
	}

	/** How many of the first `most` items fit into one transaction; one does, whatever it brings. */
	#fitting(most: number): number {
		let [items, entries] = [0, 0];
		for (const { item } of this.#waiting.slice(0, most)) {
			entries += this.#entriesOf(item);
			if (items > 0 && entries > groupMax) break;
			items++;
		}
		return items;
	}

	async #flush(): Promise<void> {
		clearImmediate(this.#scheduled);
		this.#scheduled = undefined;
		const waiting = this.#waiting.length;
		const size = this.#fitting(waiting >= sharedFrom ? Math.ceil(waiting / (this.#inFlightMax - this.#inFlight)) : waiting);
		const group = this.#waiting.slice(0, size);
		this.#waiting = this.#waiting.slice(size);
		this.#inFlight++;
		const writing = this.#write(group.map(({ item }) => item));
		this.#schedule();
		await settleAll(group, writing);
		this.#inFlight--;
		this.#schedule();
		if (this.#isIdle()) for (const resolve of this.#idle.splice(0)) resolve();
	}
}

async function settleAll<Item, Result>(
	group: readonly Waiting<Item, Result>[],
	writing: Promise<readonly PromiseSettledResult<Result>[]>,
): Promise<void> {
	try {
		const outcomes = await writing;
		for (let i = 0; i < group.length; i++) settleOne(group[i] as Waiting<Item, Result>, outcomes[i] as PromiseSettledResult<Result>);
	} catch (error) {
		for (const { reject } of group) reject(error);
	}
}

/** What a caller makes of its result is its own: a failure there is nobody else's. */
function settleOne<Item, Result>({ resolve, reject }: Waiting<Item, Result>, outcome: PromiseSettledResult<Result>): void {
	try {
		if (outcome.status === "fulfilled") resolve(outcome.value);
		else reject(outcome.reason);
	} catch (error) {
		reject(error);
	}
}

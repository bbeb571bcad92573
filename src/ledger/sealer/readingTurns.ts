/** Transactions read in one turn of the event loop before others have theirs: some 8 ms of the sealing thread. */
const perTurn = 256;

interface Waiting {
	readonly transactions: number;
	readonly go: () => void;
}

/**
 * Lets envelopes that come all at once be read a few in each turn of the event loop, in the order in which they came. Between two turns the threads get
 * signatures to judge, what they judged is sealed, and everybody else is answered; read in one go, a thousand envelopes would hold up all of that.
 */
export class ReadingTurns {
	#waiting: Waiting[] = [];
	#backlog = 0;
	#isTurn = false;
	#left = perTurn;

	/** Transactions that wait to be read. */
	get backlog(): number {
		return this.#backlog;
	}

	/** Resolves when an envelope of so many transactions may be read. */
	take(transactions: number): Promise<void> {
		return new Promise((go) => {
			this.#backlog += transactions;
			this.#waiting.push({ transactions, go });
			this.#serve();
			if (!this.#isTurn) this.#beginTurn();
		});
	}

	#beginTurn(): void {
		this.#isTurn = true;
		setImmediate(() => {
			this.#isTurn = false;
			this.#left = perTurn;
			this.#serve();
			if (this.#waiting.length > 0 || this.#left < perTurn) this.#beginTurn();
		});
	}

	#serve(): void {
		while (this.#left > 0 && this.#waiting.length > 0) {
			const { transactions, go } = this.#waiting.shift()!;
			this.#backlog -= transactions;
			this.#left -= transactions;
			go();
		}
	}
}

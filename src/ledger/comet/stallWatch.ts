import { LedgerError } from "../errors.ts";

/** What CometBFT tells of itself and of its peers. */
export interface CometProgress {
	/** Committed. */
	readonly height: number;
	/** It takes blocks that were decided long ago, and does not vote. */
	readonly catchingUp: boolean;
	/** Heights that its peers say they work on, one above what they have committed. */
	readonly peerHeights: readonly number[];
}

/** So far may peers be ahead who are on the same block, or the next. */
const sameHeights = 2;

/**
 * Tells a CometBFT that has stopped deciding from one whose members do not agree. Its consensus ends for good at the first failure (a disk that is full, say),
 * with the process, its peers' connections and its RPC left up. Most of its peers must be ahead, since one could say so of itself to have this one end.
 */
export class StallWatch {
	readonly #stallMs: number;
	#height = -1;
	#behindSinceMs: number | undefined;

	/** @param stallMs - So long it may stay at a height while most peers are ahead. */
	constructor(stallMs: number) {
		this.#stallMs = stallMs;
	}

	/**
	 * @param nowMs - By a clock that nobody sets.
	 * @returns `LEDGER_COMETBFT_STALLED` when it has stopped; begins anew then.
	 */
	look({ height, catchingUp, peerHeights }: CometProgress, nowMs: number): LedgerError | undefined {
		const ahead = peerHeights.filter((each) => each > height + sameHeights).length;
		const isBehind = !catchingUp && height === this.#height && 2 * ahead > peerHeights.length;
		this.#height = height;
		this.#behindSinceMs = isBehind ? (this.#behindSinceMs ?? nowMs) : undefined;
		if (this.#behindSinceMs === undefined || nowMs - this.#behindSinceMs < this.#stallMs) return undefined;
		this.forget();
		const message =
			"expected CometBFT to decide with its peers, who are ahead; it is ended and started again: see that the disk has room (comet.log)";
		return new LedgerError("LEDGER_COMETBFT_STALLED", message, { at: height });
	}

	/** Before CometBFT is started again, or when it does not answer. */
	forget(): void {
		this.#height = -1;
		this.#behindSinceMs = undefined;
	}
}

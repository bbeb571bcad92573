import type { PublicKey } from "#base";
import { RequestRate } from "#ledger";
import { NodeError } from "../errors.ts";

/**
 * What one key may ask of everybody: a search opens the records of all who permit it, and one runs at a time in a node; an export begins with
 * finding them.
 */
const perKey = { perSecond: 0.1, burst: 30 } as const;
/** Searches of one key that run or wait for their turn. */
const atOncePerKey = 2;
/** Of all keys. Anybody can make keys; what they send together waits here and in no longer line. */
const atOnce = 16;
/** When to ask again, in seconds: by then a key has another search, whatever it was refused for. */
const retryAfterS = 1 / perKey.perSecond;

/** Searches without a patient and beginnings of exports, and how many there may be. It knows who asks, and neither what is asked nor what is found. */
export class BroadSearches {
	readonly #clock: () => number;
	readonly #rate = new RequestRate(perKey);
	/** How many of a key run or wait. */
	readonly #under = new Map<PublicKey, number>();
	#all = 0;

	/** @param clock - Monotonic, in ms. */
	constructor(clock: () => number = () => performance.now()) {
		this.#clock = clock;
	}

	/** @throws NodeError `NODE_FHIR_TOO_OFTEN`, before the work is begun. */
	async run<Result>(requester: PublicKey, work: () => Promise<Result>): Promise<Result> {
		this.#enter(requester);
		try {
			return await work();
		} finally {
			this.#leave(requester);
		}
	}

	#enter(requester: PublicKey): void {
		const own = this.#under.get(requester) ?? 0;
		if (own >= atOncePerKey || this.#all >= atOnce || !this.#rate.take(requester, this.#clock())) {
			throw new NodeError("NODE_FHIR_TOO_OFTEN", "too many questions about everybody; name a patient, or wait and ask again", { waitS: retryAfterS });
		}
		this.#under.set(requester, own + 1);
		this.#all++;
	}

	#leave(requester: PublicKey): void {
		const left = (this.#under.get(requester) ?? 1) - 1;
		if (left === 0) this.#under.delete(requester);
		else this.#under.set(requester, left);
		this.#all--;
	}
}

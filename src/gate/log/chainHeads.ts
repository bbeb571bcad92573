import { makeRoom } from "#base";
import type { ChainRow } from "./logRows.ts";

/** Chains whose head is kept in memory; far more than can be on their way to the disk or not settled there, so no such head is ever forgotten. */
const headsMax = 65_536;

/** Where heads stand on the disk. */
export interface StoredHeads {
	/** Of a chain whose newest entry is settled. */
	getSettledChain(chain: string): ChainRow | undefined;
	/** Of all others. */
	listUnsettled(): Iterable<ChainRow>;
}

/** The newest entry of each chain, entries on their way to the disk included. All that is not settled is in memory. */
export class ChainHeads {
	readonly #stored: StoredHeads;
	readonly #heads = new Map<string, ChainRow>();

	constructor(stored: StoredHeads) {
		this.#stored = stored;
		this.reload();
	}

	get(chain: string): ChainRow | undefined {
		return this.#heads.get(chain) ?? this.#stored.getSettledChain(chain);
	}

	set(head: ChainRow): void {
		// A Map keeps insertion order: moving to the end makes the first the least recently written.
		this.#heads.delete(head.chain);
		makeRoom(this.#heads, headsMax);
		this.#heads.set(head.chain, head);
	}

	/** Forgets what was on its way; the disk alone counts. */
	reload(): void {
		this.#heads.clear();
		for (const head of this.#stored.listUnsettled()) this.set(head);
	}
}

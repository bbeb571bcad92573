import type { ChainRow } from "./logRows.ts";

/** Chains whose head is kept in memory; far more than entries can be on their way to the disk, so no such head is ever forgotten. */
const headsMax = 65_536;

/** The newest entry of each chain, entries on their way to the disk included. */
export class ChainHeads {
	readonly #load: (chain: string) => ChainRow | undefined;
	readonly #heads = new Map<string, ChainRow>();

	/** @param load - Reads what is on the disk, for a chain that has nothing on its way. */
	constructor(load: (chain: string) => ChainRow | undefined) {
		this.#load = load;
	}

	get(chain: string): ChainRow | undefined {
		return this.#heads.get(chain) ?? this.#load(chain);
	}

	set(head: ChainRow): void {
		// A Map keeps insertion order: moving to the end makes the first the least recently written.
		this.#heads.delete(head.chain);
		this.#heads.set(head.chain, head);
		if (this.#heads.size > headsMax) this.#heads.delete(this.#heads.keys().next().value as string);
	}

	/** Forgets what was on its way; the disk alone counts. */
	clear(): void {
		this.#heads.clear();
	}
}

import type { Digest } from "#base";

/** Ids of accepted transactions, remembered until their `until` has passed; after that the time alone refuses them. */
export class ReplayWindow {
	readonly #ids = new Map<Digest, number>();
	#prunedAt = 0;

	has(id: Digest): boolean {
		return this.#ids.has(id);
	}

	add(id: Digest, until: number): void {
		this.#ids.set(id, until);
	}

	/** Forgets what `until` already refuses at this block time; looks at most once a minute, since `until` is a whole minute. */
	prune(blockTime: number): void {
		const minute = Math.floor(blockTime / 60_000);
		if (minute === this.#prunedAt) return;
		this.#prunedAt = minute;
		for (const [id, until] of this.#ids) if (until <= blockTime) this.#ids.delete(id);
	}

	get size(): number {
		return this.#ids.size;
	}
}

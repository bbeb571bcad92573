/** Knows which nonces were spent. */
export interface NonceBook {
	/** True at the first sight of a nonce, false ever after, as long as its receipt lives. */
	burn(nonce: string, nowMs: number): boolean;
}

/**
 * Remembers nonces for at least `lifetimeMs` after they were seen, in two generations: no list to walk, no timer to run. A receipt dies
 * within that time, so what is forgotten is refused as expired.
 */
export class NonceMemory implements NonceBook {
	readonly #lifetimeMs: number;
	#rotatedAtMs = 0;
	#young = new Set<string>();
	#old = new Set<string>();

	constructor(lifetimeMs: number) {
		this.#lifetimeMs = lifetimeMs;
	}

	/** True at the first sight of a nonce. `nowMs` must not go back. */
	burn(nonce: string, nowMs: number): boolean {
		if (nowMs - this.#rotatedAtMs >= this.#lifetimeMs) {
			// After a long silence both generations are stale; an extra turn is harmless, so one rule serves.
			this.#old = this.#young;
			this.#young = new Set();
			this.#rotatedAtMs = nowMs;
		}
		if (this.#young.has(nonce) || this.#old.has(nonce)) return false;
		this.#young.add(nonce);
		return true;
	}
}

import type { Moment } from "./subscriptionBook.ts";

/** Who is being told now, and when all that is for a receiver was looked at last. */
export class TellingLanes {
	readonly #busy = new Set<string>();
	/** Longest ago first. */
	readonly #lookedAt = new Map<string, Moment | undefined>();

	/**
	 * Takes those of the lanes that are free, as many as may be busy at once, who waited longest first; each is to be given back by
	 * {@link free}. Lanes that are not named have ended and are forgotten.
	 */
	take(lanes: readonly string[], busyMax: number): readonly string[] {
		const named = new Set(lanes);
		for (const lane of this.#lookedAt.keys()) if (!named.has(lane)) this.#lookedAt.delete(lane);
		const waited = new Set([...lanes.filter((lane) => !this.#lookedAt.has(lane)), ...this.#lookedAt.keys()]);
		const taken = [...waited].filter((lane) => !this.#busy.has(lane)).slice(0, Math.max(0, busyMax - this.#busy.size));
		for (const lane of taken) this.#busy.add(lane);
		return taken;
	}

	/** Undefined where something of the last look was left. */
	lookedAt(lane: string): Moment | undefined {
		return this.#lookedAt.get(lane);
	}

	free(lane: string, lookedAt: Moment | undefined): void {
		this.#busy.delete(lane);
		this.#lookedAt.delete(lane);
		this.#lookedAt.set(lane, lookedAt);
	}
}

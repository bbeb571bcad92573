import { encodeHex, minuteMs, type PublicKey } from "#base";

/** How long a watch runs on one entry of the log, in ms; then it is written down anew. */
const watchMs = 15 * minuteMs;
/** Watches at once; one more ends the oldest. */
const watchesMost = 256;

interface Watch {
	readonly key: PublicKey;
	readonly untilMs: number;
}

/** Which officers watch the accesses, each under the entry that says so. */
export class Watches {
	/** In the order they were begun, which is the order in which they end. */
	readonly #watches = new Map<string, Watch>();
	readonly #randomBytes: (length: number) => Uint8Array;

	constructor(randomBytes: (length: number) => Uint8Array) {
		this.#randomBytes = randomBytes;
	}

	begin(key: PublicKey, atMs: number): { readonly id: string; readonly untilMs: number } {
		for (const [id, { untilMs }] of this.#watches) {
			if (untilMs > atMs && this.#watches.size < watchesMost) break;
			this.#watches.delete(id);
		}
		const id = encodeHex(this.#randomBytes(16));
		const untilMs = atMs + watchMs;
		this.#watches.set(id, { key, untilMs });
		return { id, untilMs };
	}

	/** Undefined for one that is over, unknown, or somebody else's. */
	find(id: string | undefined, key: PublicKey, atMs: number): { readonly id: string; readonly untilMs: number } | undefined {
		const watch = id === undefined ? undefined : this.#watches.get(id);
		return id === undefined || watch === undefined || watch.key !== key || watch.untilMs <= atMs ? undefined : { id, untilMs: watch.untilMs };
	}
}

import type { PageStore } from "./sparseTree.ts";

/** Pages in memory, for replay, tests and small trees. */
export class MemoryPages implements PageStore {
	readonly #pages = new Map<string, Uint8Array>();

	read(prefix: string): Uint8Array | undefined {
		return this.#pages.get(prefix);
	}

	write(prefix: string, page: Uint8Array): void {
		this.#pages.set(prefix, page);
	}

	delete(prefix: string): void {
		this.#pages.delete(prefix);
	}

	/** Pages in order of their names. */
	entries(): [string, Uint8Array][] {
		return [...this.#pages].sort(([a], [b]) => (a < b ? -1 : 1));
	}
}

import { type PageStore, type SparseChange, type SparseProofJson, SparseTree } from "#log";
import { headPath, headValueHash } from "#wallet";
import { AccessLogError } from "./errors.ts";
import type { LogStore } from "./logStore.ts";

/** Pages of the map as changed in memory over what the file holds. */
class OverlayPages implements PageStore {
	readonly changed = new Map<string, Uint8Array | undefined>();
	readonly #read: (prefix: string) => Uint8Array | undefined;

	constructor(read: (prefix: string) => Uint8Array | undefined) {
		this.#read = read;
	}

	read(prefix: string): Uint8Array | undefined {
		return this.changed.has(prefix) ? this.changed.get(prefix) : this.#read(prefix);
	}

	write(prefix: string, page: Uint8Array): void {
		this.changed.set(prefix, page);
	}

	delete(prefix: string): void {
		this.changed.set(prefix, undefined);
	}
}

/**
 * The head map of a log (SPEC AL6) at any size it ever had: blinded pseudonym → H(canonical {head, seq}).
 *
 * The file holds the map of the last anchored size; from there it is rolled forward or back in memory over the chains touched in
 * between, so a look costs as much as there were entries in between.
 */
export class HeadMap {
	readonly #store: LogStore;
	readonly #pages: OverlayPages;
	readonly #tree: SparseTree;
	#size: number;

	/** @param from - Where to start: the stored map, or the empty map of size 0 (to rebuild everything). */
	constructor(store: LogStore, from: "stored" | "empty") {
		this.#store = store;
		this.#size = from === "stored" ? store.mapSize() : 0;
		this.#pages = new OverlayPages(from === "stored" ? (prefix) => store.readPage(prefix) : () => undefined);
		this.#tree = new SparseTree(this.#pages);
	}

	/** Moves to the map of the first `size` entries. */
	moveTo(size: number): this {
		if (size === this.#size) return this;
		const touched = this.#store.listTouched(Math.min(size, this.#size), Math.max(size, this.#size));
		this.#tree.update(touched.map((chain) => this.#changeOf(chain, size)));
		this.#size = size;
		return this;
	}

	get root(): Uint8Array {
		return this.#tree.root;
	}

	get changedPages(): ReadonlyMap<string, Uint8Array | undefined> {
		return this.#pages.changed;
	}

	prove(blinded: Uint8Array): SparseProofJson {
		return this.#tree.prove(headPath(blinded));
	}

	#changeOf(chain: string, size: number): SparseChange {
		// Both are written in one transaction.
		const row = this.#store.getChain(chain);
		if (row === undefined) throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected the head of a chain that has entries, found none");
		const head = this.#store.getHeadAt(chain, size);
		return { path: headPath(row.token), valueHash: head === undefined ? undefined : headValueHash(head.seq, head.head) };
	}
}

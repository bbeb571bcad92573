import type { Frontier } from "#log";
import type { AuditHandle } from "./auditKeys.ts";
import type { ChainRow, EntryRow, LogBatch, LogStore, NodeRow } from "./logStore.ts";

/** Rows of one commit while they come together; later entries of a chain see the earlier ones. */
export class AppendGroup {
	readonly frontier: Frontier;
	readonly entries: EntryRow[] = [];
	readonly handles = new Set<AuditHandle>();
	readonly #nodes: NodeRow[] = [];
	readonly #chains = new Map<string, ChainRow>();
	readonly #store: LogStore;

	constructor(store: LogStore, frontier: Frontier) {
		this.#store = store;
		this.frontier = frontier;
	}

	head(chain: string): ChainRow | undefined {
		return this.#chains.get(chain) ?? this.#store.getChain(chain);
	}

	add(row: EntryRow, chain: ChainRow, handle: AuditHandle): void {
		// Leaf hashes stand in their entries' rows already.
		this.#nodes.push(...this.frontier.append(row.entryHash).slice(1));
		this.entries.push(row);
		this.#chains.set(chain.chain, chain);
		this.handles.add(handle);
	}

	batch(): LogBatch {
		const keys = [...this.handles].filter((handle) => !handle.stored).map((handle) => handle.wrapped);
		return { keys, entries: this.entries, nodes: this.#nodes, chains: [...this.#chains.values()] };
	}
}

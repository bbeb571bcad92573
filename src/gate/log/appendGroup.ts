import type { Frontier } from "#log";
import type { AuditHandle } from "./auditKeys.ts";
import type { ChainHeads } from "./chainHeads.ts";
import type { ChainRow, NodeRow, StagedBatch, StagedRow } from "./logRows.ts";

/** Rows of one commit while they come together; later entries of a chain see the earlier ones, also those of groups that are on their way to the disk. */
export class AppendGroup {
	/** The tree with this group's entries. */
	readonly frontier: Frontier;
	readonly entries: StagedRow[] = [];
	/** Size of the log before the group. */
	readonly base: number;
	readonly #newHandles: AuditHandle[] = [];
	readonly #nodes: NodeRow[] = [];
	readonly #chains = new Map<string, ChainRow>();
	readonly #heads: ChainHeads;

	/** @param before - The tree with everything staged before; it is not touched. */
	constructor(heads: ChainHeads, before: Frontier) {
		this.#heads = heads;
		this.frontier = before.clone();
		this.base = before.size;
	}

	head(chain: string): ChainRow | undefined {
		return this.#heads.get(chain);
	}

	add(row: Omit<StagedRow, "dataKey" | "key">, chain: ChainRow, handle: AuditHandle): void {
		// Leaf hashes stand in their entries' rows already.
		for (const node of this.frontier.append(row.entryHash)) if (node.level > 0) this.#nodes.push(node);
		this.entries.push({ ...row, dataKey: handle.wrapped.id, key: handle.key });
		this.#chains.set(chain.chain, chain);
		this.#heads.set(chain);
		if (handle.stored) return;
		// Set here and not after the commit: the group behind this one must not bring the key again.
		handle.stored = true;
		this.#newHandles.push(handle);
	}

	batch(): StagedBatch {
		const { base, entries } = this;
		return { base, entries, keys: this.#newHandles.map(({ wrapped }) => wrapped), nodes: this.#nodes, chains: [...this.#chains.values()] };
	}

	/** The group is not on the disk: whoever uses its data keys next brings them along. */
	takeBack(): void {
		for (const handle of this.#newHandles) handle.stored = false;
	}
}

import { concatBytes } from "#base";
import type { Frontier } from "#log";
import type { AuditHandle } from "./auditKeys.ts";
import type { ChainHeads } from "./chainHeads.ts";
import type { ChainRow, CohortRow, StagedBatch, StagedRow } from "./logRows.ts";

/** Rows of one commit while they come together; later entries of a chain see the earlier ones, also those of groups that are on their way to the disk. */
export class AppendGroup {
	/** The tree with this group's entries. */
	readonly frontier: Frontier;
	readonly entries: StagedRow[] = [];
	/** Size of the log before the group. */
	readonly base: number;
	readonly #newHandles: AuditHandle[] = [];
	readonly #nodes: Uint8Array[] = [];
	readonly #keep = (node: Uint8Array): void => void this.#nodes.push(node);
	readonly #cohorts: CohortRow[] = [];
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

	/** Appends a leaf by its hash; returns its index. */
	addLeaf(hash: Uint8Array): number {
		const leafIndex = this.frontier.size;
		// Leaf hashes stand in the rows of entries and cohorts already.
		this.frontier.extend(hash, this.#keep);
		return leafIndex;
	}

	addCohort(row: CohortRow): void {
		this.#cohorts.push(row);
	}

	/** Adds an entry of a leaf that was appended. */
	addEntry(row: Pick<StagedRow, "leafIndex" | "place" | "plaintext" | "nonce" | "order">, chain: ChainRow, handle: AuditHandle): void {
		const { leafIndex, place, plaintext, nonce, order } = row;
		const { token, seq, head: entryHash } = chain;
		this.entries.push({ leafIndex, place, plaintext, nonce, chain: token, seq, entryHash, dataKey: handle.wrapped.id, key: handle.key, order });
		this.#heads.set(chain);
		if (handle.stored) return;
		// Set here and not after the commit: the group behind this one must not bring the key again.
		handle.stored = true;
		this.#newHandles.push(handle);
	}

	batch(): StagedBatch {
		const { base, entries } = this;
		const keys = this.#newHandles.map(({ wrapped }) => wrapped);
		return { base, leaves: this.frontier.size - base, nodes: concatBytes(...this.#nodes), keys, entries, cohorts: this.#cohorts };
	}

	/** The group is not on the disk: whoever uses its data keys next brings them along. */
	takeBack(): void {
		for (const handle of this.#newHandles) handle.stored = false;
	}
}

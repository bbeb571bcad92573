import { concatBytes, encodeUint64, sha256 } from "#base";
import { Frontier, leafHash } from "#log";

/** Leaf data of a row: 0x01 ‖ rowHash. */
export function rowLeaf(rowHash: Uint8Array): Uint8Array {
	return concatBytes(Uint8Array.of(1), rowHash);
}

/** Leaf data of a purge: 0x02 ‖ H(leaf indexes it removed, ascending, 8 bytes each, big-endian). */
export function purgeLeaf(indexes: readonly number[]): Uint8Array {
	return concatBytes(Uint8Array.of(2), sha256(concatBytes(...indexes.map(encodeUint64))));
}

/**
 * The commitment to all rows: an RFC 6962 log over row hashes in the order rows became visible. Only the right edge is kept, so an append
 * costs about two hashes and the root a few, whatever the size. A purge appends a leaf that names what it removed; the hashes of removed
 * rows stay (they are hashes of ciphertext whose key is destroyed), so an anchored root is never taken back.
 */
export class RowLog {
	readonly #frontier: Frontier;
	/** The frontier's hashes by level, so that they can be stored. */
	readonly #edge: (Uint8Array | undefined)[];

	private constructor(frontier: Frontier, edge: (Uint8Array | undefined)[]) {
		this.#frontier = frontier;
		this.#edge = edge;
	}

	/** @param edge - 32 bytes for each one bit of `size`, lowest level first. */
	static load(size: number, edge: Uint8Array): RowLog {
		const levels: (Uint8Array | undefined)[] = [];
		let offset = 0;
		const frontier = Frontier.load(size, (level) => {
			const hash = edge.slice(offset, offset + 32);
			offset += 32;
			levels[level] = hash;
			return hash;
		});
		return new RowLog(frontier, levels);
	}

	get size(): number {
		return this.#frontier.size;
	}

	get edge(): Uint8Array {
		return concatBytes(...this.#edge.filter((hash) => hash !== undefined));
	}

	append(leafData: Uint8Array): void {
		const nodes = this.#frontier.append(leafHash(leafData));
		for (const node of nodes) this.#edge[node.level] = undefined;
		const top = nodes.at(-1) as (typeof nodes)[number];
		this.#edge[top.level] = top.hash;
	}

	root(): Uint8Array {
		return this.#frontier.root();
	}

	clone(): RowLog {
		return new RowLog(this.#frontier.clone(), [...this.#edge]);
	}
}

import { emptyRoot, nodeHash } from "./hashes.ts";
import { type LogNode, type NodeReader, newNodes } from "./nodes.ts";
import { assertSize } from "./ranges.ts";

/**
 * The right edge of a growing tree: one hash for each complete subtree that has no sibling yet. Enough to append and to tell the root
 * without reading the store.
 */
export class Frontier {
	#size: number;
	/** By level; defined exactly where `size` has a one bit. */
	readonly #edge: (Uint8Array | undefined)[];

	private constructor(size: number, edge: (Uint8Array | undefined)[]) {
		this.#size = size;
		this.#edge = edge;
	}

	/** @throws {@link LogError} `LOG_RANGE_INVALID`, or whatever `read` throws for a node it does not have. */
	static load(size: number, read: NodeReader): Frontier {
		assertSize(size);
		const edge: (Uint8Array | undefined)[] = [];
		let rest = size;
		for (let level = 0; rest > 0; level++) {
			if (rest % 2 === 1) edge[level] = read(level, rest - 1);
			rest = Math.floor(rest / 2);
		}
		return new Frontier(size, edge);
	}

	get size(): number {
		return this.#size;
	}

	/** Appends a leaf by its hash; returns the nodes it completes, the leaf first. */
	append(hash: Uint8Array): LogNode[] {
		const nodes = newNodes(this.#size, hash, (level) => this.#edge[level]!);
		for (const node of nodes) this.#edge[node.level - 1] = undefined;
		const top = nodes.at(-1)!;
		this.#edge[top.level] = top.hash;
		this.#size++;
		return nodes;
	}

	/** {@link append} for whoever appends millions: hands on the hashes above the leaf alone, upwards. */
	extend(hash: Uint8Array, onNode: (hash: Uint8Array) => void): void {
		let [current, level] = [hash, 0];
		for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
			current = nodeHash(this.#edge[level] as Uint8Array, current);
			this.#edge[level++] = undefined;
			onNode(current);
		}
		this.#edge[level] = current;
		this.#size++;
	}

	root(): Uint8Array {
		let root: Uint8Array | undefined;
		for (const hash of this.#edge) {
			if (hash !== undefined) root = root === undefined ? hash : nodeHash(hash, root);
		}
		return root ?? emptyRoot;
	}

	/** The hashes by level, undefined where there is none: what {@link Frontier.load} asks for. */
	edge(): readonly (Uint8Array | undefined)[] {
		return Array.from({ length: this.#edge.length }, (_, level) => this.#edge[level]);
	}

	clone(): Frontier {
		return new Frontier(this.#size, [...this.#edge]);
	}
}

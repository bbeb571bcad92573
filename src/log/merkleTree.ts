import { LogError } from "./errors.ts";
import { leafHash } from "./hashes.ts";
import { type NodeReader, newNodes } from "./nodes.ts";
import { consistencyProof, inclusionProof, treeRoot } from "./proofs.ts";
import { assertGrowth } from "./ranges.ts";

/** An RFC 6962 tree in memory: every complete node is kept, 64 bytes a leaf. For clients, tests and small trees. */
export class MerkleTree {
	readonly #levels: Uint8Array[][] = [[]];

	get size(): number {
		return this.#levels[0]!.length;
	}

	/** Appends a leaf and returns its index. */
	append(data: Uint8Array): number {
		return this.appendHash(leafHash(data));
	}

	/** Appends a leaf by its {@link leafHash}. */
	appendHash(hash: Uint8Array): number {
		const index = this.size;
		for (const node of newNodes(index, hash, this.read)) {
			const level = this.#levels[node.level] ?? [];
			level.push(node.hash);
			this.#levels[node.level] = level;
		}
		return index;
	}

	readonly read: NodeReader = (level, index) => {
		const hash = this.#levels[level]?.[index];
		if (hash === undefined) throw new LogError("LOG_NODE_MISSING", "expected a node of the tree, found none", { at: index });
		return hash;
	};

	root(size: number = this.size): Uint8Array {
		assertGrowth(size, this.size);
		return treeRoot(size, this.read);
	}

	inclusionProof(index: number, size: number = this.size): Uint8Array[] {
		assertGrowth(size, this.size);
		return inclusionProof(index, size, this.read);
	}

	consistencyProof(from: number, to: number = this.size): Uint8Array[] {
		assertGrowth(to, this.size);
		return consistencyProof(from, to, this.read);
	}
}

import { sha256Into } from "#base";
import { pathBit } from "./hashes.ts";
import { sortByPath } from "./sortByPath.ts";
import type { SparseChange } from "./sparseTree.ts";

/** What stands at a place of the tree: 0 for nothing, a branch by its number, a leaf by its number with a minus sign. */
type Place = number;
const nothing: Place = 0;

const rowBytes = 65;
const pathBytes = 32;
/** Of the top's own hash: branch 0 is no branch, and its row holds nothing else. */
const topAt = 1;

/**
 * The compact sparse Merkle tree of PROTOCOL §3 for whoever needs its root and nothing else: a replay. It has no pages and proves nothing. A
 * `SparseTree` of the same leaves has the same root.
 *
 * Nodes are numbers into flat arrays, so that a million leaves are no work for the garbage collector. A branch is a row of what is hashed for
 * it, 0x11 ‖ left ‖ right: so each node's hash lies in the row above it, and nothing is copied to hash it.
 */
export class MemorySparseTree {
	readonly #branches = new Numbers();
	readonly #leaves = new Numbers();
	#rows = new Uint8Array(rowBytes);
	/** What is left and right below a branch. */
	#below = new Int32Array(2);
	#paths = new Uint8Array(pathBytes);
	#top: Place = nothing;
	readonly #leafInput = new Uint8Array(rowBytes).fill(0x10, 0, 1);
	/** Of the update that runs. */
	#changes: readonly SparseChange[] = [];
	#order: Uint32Array = new Uint32Array(0);

	get root(): Uint8Array {
		return this.#rows.slice(topAt, topAt + 32);
	}

	/**
	 * Applies changes together and returns the new root. Deleting an absent key changes nothing.
	 *
	 * @throws {@link LogError} `LOG_PATH_REPEATED` when two changes name one path; nothing was changed then.
	 */
	update(changes: readonly SparseChange[]): Uint8Array {
		this.#order = sortByPath(changes);
		this.#changes = changes;
		this.#top = this.#apply(this.#top, topAt, 0, 0, changes.length);
		this.#changes = [];
		return this.root;
	}

	/** Changes `from` to `to` in path order lie all below this place, whose hash is kept at `at`. Returns what stands there now. */
	#apply(place: Place, at: number, depth: number, from: number, to: number): Place {
		if (from === to) return place;
		if (place <= nothing && to - from === 1) {
			const change = this.#change(from);
			if (place === nothing || this.#isLeafAt(place, change.path)) return this.#setLeaf(place, change, at);
		}
		const branch = place > nothing ? place : this.#addBranchOver(place, at, depth);
		const middle = this.#firstRight(from, to, depth);
		const left = this.#apply(this.#below[2 * branch]!, rowBytes * branch + 1, depth + 1, from, middle);
		const right = this.#apply(this.#below[2 * branch + 1]!, rowBytes * branch + 33, depth + 1, middle, to);
		return this.#join(branch, left, right, at);
	}

	#change(position: number): SparseChange {
		return this.#changes[this.#order[position]!]!;
	}

	/** Of changes in path order that agree in their first `depth` bits, the first that goes right. */
	#firstRight(from: number, to: number, depth: number): number {
		let [low, high] = [from, to];
		while (low < high) {
			const middle = (low + high) >> 1;
			if (pathBit(this.#change(middle).path, depth) === 0) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	#isLeafAt(leaf: Place, path: Uint8Array): boolean {
		const start = -leaf * pathBytes;
		for (let i = 0; i < pathBytes; i++) if (this.#paths[start + i] !== path[i]) return false;
		return true;
	}

	/** Puts, replaces or deletes the one leaf of a place that holds nothing else. */
	#setLeaf(old: Place, { path, valueHash }: SparseChange, at: number): Place {
		if (valueHash === undefined) {
			if (old !== nothing) this.#leaves.free(-old);
			this.#rows.fill(0, at, at + 32);
			return nothing;
		}
		const leaf = old === nothing ? this.#addLeaf(path) : old;
		this.#leafInput.set(path, 1);
		this.#leafInput.set(valueHash, 33);
		sha256Into(this.#rows, at, this.#leafInput);
		return leaf;
	}

	#addLeaf(path: Uint8Array): Place {
		const leaf = this.#leaves.take();
		this.#paths = roomFor(this.#paths, (leaf + 1) * pathBytes);
		this.#paths.set(path, leaf * pathBytes);
		return -leaf;
	}

	/** A branch over what stood alone at a place, one leaf or nothing. */
	#addBranchOver(leaf: Place, at: number, depth: number): number {
		const branch = this.#branches.take();
		this.#rows = roomFor(this.#rows, (branch + 1) * rowBytes);
		this.#below = roomFor(this.#below, (branch + 1) * 2);
		const row = branch * rowBytes;
		this.#rows.fill(0, row, row + rowBytes);
		this.#rows[row] = 0x11;
		this.#below.fill(nothing, 2 * branch, 2 * branch + 2);
		if (leaf !== nothing) {
			const side = pathBit(this.#paths.subarray(-leaf * pathBytes, -leaf * pathBytes + pathBytes), depth);
			this.#below[2 * branch + side] = leaf;
			this.#rows.copyWithin(row + 1 + 32 * side, at, at + 32);
		}
		return branch;
	}

	/** A subtree with one leaf is that leaf, however deep it lies. */
	#join(branch: number, left: Place, right: Place, at: number): Place {
		const row = branch * rowBytes;
		const isAlone = (left === nothing && right <= nothing) || (right === nothing && left < nothing);
		if (isAlone) {
			const from = left === nothing ? row + 33 : row + 1;
			this.#rows.copyWithin(at, from, from + 32);
			this.#branches.free(branch);
			return left === nothing ? right : left;
		}
		this.#below[2 * branch] = left;
		this.#below[2 * branch + 1] = right;
		sha256Into(this.#rows, at, this.#rows.subarray(row, row + rowBytes));
		return branch;
	}
}

/** Numbers from 1 on; those given back are given out again first. */
class Numbers {
	readonly #free: number[] = [];
	#last = 0;

	take(): number {
		return this.#free.pop() ?? ++this.#last;
	}

	free(number: number): void {
		this.#free.push(number);
	}
}

/** The array itself, or a copy with at least that many elements. */
function roomFor<T extends Uint8Array | Int32Array>(array: T, length: number): T {
	if (array.length >= length) return array;
	const grown = new (array.constructor as new (length: number) => T)(Math.max(length, 2 * array.length));
	grown.set(array);
	return grown;
}

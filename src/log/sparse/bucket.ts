import { sha256Into } from "#base";
import { LogError } from "../errors.ts";
import { pathBit } from "./hashes.ts";
import { empty, Leaf, type Subtree } from "./subtree.ts";

/** More than fit into a byte cannot be in a bucket. */
export const bucketLeavesMax = 255;
/** No fan of sixteen slots begins so: a slot holds a leaf or a branch, not both. */
const mark = 0xff;
const headerBytes = 4;
const leafBytes = 64;
const hashBytes = 32;

/** A leaf to put at a path, or undefined to take one away; sorted by path where there are several, each path once. */
export interface LeafChange {
	readonly path: Uint8Array;
	readonly leaf: Leaf | undefined;
}

/** What stands on the way from a bucket's root to a path. */
export interface WayInBucket {
	/** From the root down. */
	readonly siblings: readonly Subtree[];
	/** Where the way ends. */
	readonly leaf: Leaf | undefined;
}

// Written anew for each bucket, and each hash: nothing here waits, so nobody else sees them between.
const leafInput = new Uint8Array(65).fill(0x10, 0, 1);
const nodeInput = new Uint8Array(65).fill(0x11, 0, 1);
const merged = new Uint8Array(leafBytes * (bucketLeavesMax + 1));
/** How many of the first n leaves of a bucket that is being made are new in it. */
const changedBefore = new Uint16Array(bucketLeavesMax + 2);

/**
 * A small subtree in whole: all leaves below a prefix, with every branch over them. A bucket is its stored form and never changes.
 *
 * Stored form: three bytes 0xff; the number of leaves; in path order path ‖ valueHash of each; then the hash of each branch, those above before those below,
 * left before right. Where the branches are follows from the paths; their hashes are stored so that an update hashes one way down and not all of them.
 */
export class Bucket {
	/** Stored form. */
	readonly bytes: Uint8Array;
	/** Depth of the root in the tree, in bits. */
	readonly #depth: number;

	private constructor(bytes: Uint8Array, depth: number) {
		this.bytes = bytes;
		this.#depth = depth;
	}

	static isBucket(bytes: Uint8Array): boolean {
		return bytes[0] === mark && bytes[1] === mark && bytes[2] === mark;
	}

	/**
	 * @param depth - Of its root, in bits.
	 * @throws {@link LogError} `LOG_PAGE_MALFORMED` unless leaves are in order below one prefix, and each branch has a hash.
	 */
	static decode(bytes: Uint8Array, depth: number): Bucket {
		const count = bytes[3] ?? 0;
		const branchesAt = headerBytes + leafBytes * count;
		if (!Bucket.isBucket(bytes) || count === 0 || bytes.length < branchesAt) throw malformed(bytes.length);
		if (bytes.length !== branchesAt + hashBytes * countBranches(bytes, headerBytes, count, depth)) throw malformed(bytes.length);
		return new Bucket(bytes, depth);
	}

	/** @param leaves - 1 to {@link bucketLeavesMax} of them, sorted, no path twice. */
	static of(leaves: readonly Leaf[], depth: number): Bucket {
		for (const [i, { path, valueHash }] of leaves.entries()) {
			merged.set(path, leafBytes * i);
			merged.set(valueHash, leafBytes * i + hashBytes);
			changedBefore[i + 1] = i + 1;
		}
		return Bucket.#fromMerged(leaves.length, depth, undefined, fresh);
	}

	/** Of what {@link merged} and {@link changedBefore} tell. */
	static #fromMerged(count: number, depth: number, before: Bucket | undefined, take: (length: number) => Uint8Array): Bucket {
		const branchesAt = headerBytes + leafBytes * count;
		const bytes = take(branchesAt + hashBytes * countBranches(merged, 0, count, depth)).fill(mark, 0, 3);
		bytes[3] = count;
		bytes.set(merged.subarray(0, leafBytes * count), headerBytes);
		new Branches(bytes, before?.bytes ?? noLeaves).fill(0, count, 0, before?.count ?? 0, depth);
		return new Bucket(bytes, depth);
	}

	get count(): number {
		return this.bytes[3]!;
	}

	get root(): Subtree {
		return subtreeOf(this.bytes, 0, this.count, 0);
	}

	leafAt(index: number): Leaf {
		return leafAt(this.bytes, index);
	}

	leaves(): Leaf[] {
		return Array.from({ length: this.count }, (_, i) => this.leafAt(i));
	}

	/** Hash of the value at a path, undefined where there is none. */
	get(path: Uint8Array): Uint8Array | undefined {
		const index = this.#indexOf(path);
		const at = headerBytes + leafBytes * index;
		return index < this.count && comparePaths(this.bytes, at, path) === 0 ? this.bytes.subarray(at + hashBytes, at + leafBytes) : undefined;
	}

	wayTo(path: Uint8Array): WayInBucket {
		const siblings: Subtree[] = [];
		let [from, to, branch] = [0, this.count, 0];
		for (let depth = this.#depth; to - from > 1; depth++) {
			const middle = split(this.bytes, from, to, depth);
			const right = branch + 1 + countBranches(this.bytes, headerBytes + leafBytes * from, middle - from, depth + 1);
			if (pathBit(path, depth) === 0) {
				siblings.push(subtreeOf(this.bytes, middle, to, right));
				[to, branch] = [middle, branch + 1];
			} else {
				siblings.push(subtreeOf(this.bytes, from, middle, branch + 1));
				[from, branch] = [middle, right];
			}
		}
		return { siblings, leaf: to > from ? this.leafAt(from) : undefined };
	}

	/** How many leaves there are after some changes. */
	countWith(changes: readonly LeafChange[], from: number, to: number): number {
		let count = this.count;
		for (let i = from; i < to; i++) {
			const { path, leaf } = changes[i]!;
			const isThere = this.get(path) !== undefined;
			if (isThere !== (leaf !== undefined)) count += isThere ? -1 : 1;
		}
		return count;
	}

	/**
	 * The leaves after changes `from` to `to`, of which {@link countWith} says that a bucket can hold them, and at least one.
	 *
	 * @param take - Gives memory for it, with anything in it.
	 */
	with(changes: readonly LeafChange[], from: number, to: number, take = fresh): Bucket {
		let count = 0;
		let next = 0;
		for (let i = from; i < to; i++) {
			const { path, leaf } = changes[i]!;
			const at = this.#indexOf(path);
			count = this.#keep(next, at, count);
			next = at < this.count && comparePaths(this.bytes, headerBytes + leafBytes * at, path) === 0 ? at + 1 : at;
			if (leaf === undefined) continue;
			copy(merged, leafBytes * count, leaf.path, 0, hashBytes);
			copy(merged, leafBytes * count + hashBytes, leaf.valueHash, 0, hashBytes);
			changedBefore[count + 1] = changedBefore[count]! + 1;
			count++;
		}
		return Bucket.#fromMerged(this.#keep(next, this.count, count), this.#depth, this, take);
	}

	/** Takes leaves over as they are. @returns How many are merged with them. */
	#keep(from: number, to: number, count: number): number {
		merged.set(this.bytes.subarray(headerBytes + leafBytes * from, headerBytes + leafBytes * to), leafBytes * count);
		for (let i = 1; i <= to - from; i++) changedBefore[count + i] = changedBefore[count]!;
		return count + to - from;
	}

	/** Of the first leaf whose path is not before another one. */
	#indexOf(path: Uint8Array): number {
		let low = 0;
		let high = this.count;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (comparePaths(this.bytes, headerBytes + leafBytes * middle, path) < 0) low = middle + 1;
			else high = middle;
		}
		return low;
	}
}

function fresh(length: number): Uint8Array {
	return new Uint8Array(length);
}

const noLeaves = Uint8Array.of(mark, mark, mark, 0);

/** The hashes of a new bucket's branches: where a branch is over the same leaves as before its hash is taken over. */
class Branches {
	readonly #bytes: Uint8Array;
	readonly #before: Uint8Array;
	/** Numbers of the next branch in either. */
	#next = 0;
	#nextBefore = 0;

	constructor(bytes: Uint8Array, before: Uint8Array) {
		this.#bytes = bytes;
		this.#before = before;
	}

	/** All that are below a place: over leaves `from` to `to`, before over `fromBefore` to `toBefore`. */
	fill(from: number, to: number, fromBefore: number, toBefore: number, depth: number): void {
		const isBranch = to - from > 1;
		const wasBranch = toBefore - fromBefore > 1;
		if (!isBranch && !wasBranch) return;
		const branch = this.#next;
		const branchBefore = this.#nextBefore;
		if (isBranch) this.#next++;
		if (wasBranch) this.#nextBefore++;
		const middle = split(this.#bytes, from, to, depth);
		const middleBefore = split(this.#before, fromBefore, toBefore, depth);
		this.fill(from, middle, fromBefore, middleBefore, depth + 1);
		const right = this.#next;
		this.fill(middle, to, middleBefore, toBefore, depth + 1);
		if (!isBranch) return;
		const isSame = to - from === toBefore - fromBefore && changedBefore[to] === changedBefore[from];
		const at = branchAt(this.#bytes, branch);
		if (isSame) copy(this.#bytes, at, this.#before, branchAt(this.#before, branchBefore), hashBytes);
		else {
			putHash(nodeInput, 1, this.#bytes, from, middle, branch + 1);
			putHash(nodeInput, 33, this.#bytes, middle, to, right);
			sha256Into(this.#bytes, at, nodeInput);
		}
	}
}

/** Hash of what is over leaves `from` to `to`; as a branch it is number `branch`. */
function putHash(target: Uint8Array, at: number, bytes: Uint8Array, from: number, to: number, branch: number): void {
	if (to - from > 1) copy(target, at, bytes, branchAt(bytes, branch), hashBytes);
	else if (to > from) {
		copy(leafInput, 1, bytes, headerBytes + leafBytes * from, leafBytes);
		sha256Into(target, at, leafInput);
	} else target.fill(0, at, at + hashBytes);
}

function subtreeOf(bytes: Uint8Array, from: number, to: number, branch: number): Subtree {
	if (to === from) return empty;
	if (to - from === 1) return leafAt(bytes, from);
	const at = branchAt(bytes, branch);
	return { kind: "branch", hash: bytes.subarray(at, at + hashBytes) };
}

function leafAt(bytes: Uint8Array, index: number): Leaf {
	const at = headerBytes + leafBytes * index;
	return new Leaf(bytes.subarray(at, at + hashBytes), bytes.subarray(at + hashBytes, at + leafBytes));
}

function branchAt(bytes: Uint8Array, branch: number): number {
	return headerBytes + leafBytes * bytes[3]! + hashBytes * branch;
}

/** Of leaves `from` to `to` the first to the right at a depth. */
function split(bytes: Uint8Array, from: number, to: number, depth: number): number {
	const byte = headerBytes + (depth >> 3);
	const bit = 0x80 >> (depth & 7);
	let at = from;
	while (at < to && (bytes[byte + leafBytes * at]! & bit) === 0) at++;
	return at;
}

/**
 * Places from `depth` down with at least two leaves below them, of `count` leaves that begin at `start`. A place over a leaf and the next one is
 * another one than over the leaf before and it where it lies deeper than what those two have in common.
 *
 * @throws {@link LogError} `LOG_PAGE_MALFORMED` unless the leaves are in order and have `depth` bits in common.
 */
function countBranches(bytes: Uint8Array, start: number, count: number, depth: number): number {
	let branches = 0;
	let common = depth - 1;
	for (let i = 1; i < count; i++) {
		const shared = commonBits(bytes, start + leafBytes * (i - 1), start + leafBytes * i);
		if (shared < depth) throw malformed(bytes.length);
		if (shared > common) branches += shared - common;
		common = shared;
	}
	return branches;
}

/** Of two paths, the first of which is before the second; -1 unless it is. */
function commonBits(bytes: Uint8Array, first: number, second: number): number {
	for (let i = 0; i < hashBytes; i++) {
		const a = bytes[first + i]!;
		const b = bytes[second + i]!;
		if (a !== b) return a < b ? 8 * i + Math.clz32(a ^ b) - 24 : -1;
	}
	return -1;
}

function comparePaths(bytes: Uint8Array, at: number, path: Uint8Array): number {
	for (let i = 0; i < hashBytes; i++) {
		const difference = bytes[at + i]! - path[i]!;
		if (difference !== 0) return difference;
	}
	return 0;
}

/** Of so few bytes a copy costs less than a view. */
function copy(to: Uint8Array, at: number, from: Uint8Array, start: number, length: number): void {
	for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
}

function malformed(length: number): LogError {
	return new LogError("LOG_PAGE_MALFORMED", `expected a page of the sparse tree, found ${length} bytes that are not one`);
}

import { describe, expect, it } from "vitest";
import { sha256 } from "#base";
import { Bucket, bucketLeavesMax } from "./bucket.ts";
import { Leaf } from "./subtree.ts";

const leafOf = (n: number) => new Leaf(sha256(Uint8Array.of(n)), sha256(Uint8Array.of(n, n)));
const sorted = (leaves: readonly Leaf[]) => leaves.toSorted((a, b) => Buffer.compare(a.path, b.path));
const few = sorted([1, 2, 3].map(leafOf));
const sound = Bucket.of(few, 0).bytes;
const malformed = expect.objectContaining({ code: "LOG_PAGE_MALFORMED" });

/** The stored form of leaves as they come, with so many branches. */
function stored(leaves: readonly Leaf[], branches: number): Uint8Array {
	const bytes = new Uint8Array(4 + 64 * leaves.length + 32 * branches).fill(0xff, 0, 3);
	bytes[3] = leaves.length;
	for (const [i, { path, valueHash }] of leaves.entries()) {
		bytes.set(path, 4 + 64 * i);
		bytes.set(valueHash, 36 + 64 * i);
	}
	return bytes;
}

describe("Bucket", () => {
	it("[LO80] is its stored form: what is decoded has the leaves, the root and every way of what was made", () => {
		const read = Bucket.decode(sound, 0);
		expect(read.root).toEqual(Bucket.of(few, 0).root);
		expect(read.leaves()).toEqual(few);
		for (const { path } of few) expect(read.wayTo(path)).toEqual(Bucket.of(few, 0).wayTo(path));
	});

	it.each<[string, Uint8Array, number]>([
		["no leaf", stored([], 0), 0],
		["leaves out of order", stored(few.toReversed(), (sound.length - 196) / 32), 0],
		["a path twice", stored([few[0]!, few[0]!], 1), 0],
		["a leaf cut short", sound.subarray(0, 100), 0],
		["a branch too few", sound.subarray(0, sound.length - 32), 0],
		["a branch too many", new Uint8Array([...sound, ...new Uint8Array(32)]), 0],
		["half a branch", sound.subarray(0, sound.length - 16), 0],
		["leaves that have less in common than their prefix", sound, 4],
		["the mark alone", Uint8Array.of(0xff, 0xff, 0xff), 0],
	])("[LO80] refuses %s", (_, bytes, depth) => {
		expect(() => Bucket.decode(bytes, depth)).toThrow(malformed);
	});

	it("[LO80] holds as many leaves as a byte counts, also where all their paths share thirty bytes", () => {
		const near = (n: number) => new Leaf(new Uint8Array(32).fill(7).with(30, n), sha256(Uint8Array.of(n)));
		const leaves = Array.from({ length: bucketLeavesMax }, (_, n) => near(n));
		const bucket = Bucket.of(leaves, 0);
		expect(Bucket.decode(bucket.bytes, 0).leaves()).toEqual(leaves);
		expect(bucket.wayTo(near(9).path).siblings).toHaveLength(248);
		const without = bucket.with([{ path: near(9).path, leaf: undefined }], 0, 1);
		expect(without.bytes).toEqual(Bucket.of(leaves.toSpliced(9, 1), 0).bytes);
	});
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHex, sha256, sha256Utf8 } from "#base";
import { buildPages } from "./buildPages.ts";
import { MemoryPages } from "./memoryPages.ts";
import { SparseTree } from "./sparseTree.ts";

/** Paths that share long prefixes on purpose, among some that do not. */
const path = fc.oneof(
	fc.nat(1_000).map((n) => sha256(Uint8Array.of(n >> 8, n & 255))),
	fc
		.record({ at: fc.constantFrom(0, 1, 5, 6, 15, 31), byte: fc.nat(255), fill: fc.constantFrom(0, 0xaa) })
		.map(({ at, byte, fill }) => new Uint8Array(32).fill(fill).with(at, byte)),
);
const leaves = fc
	.uniqueArray(path, { selector: encodeHex, maxLength: 60 })
	.map((paths) => paths.map((each, i) => ({ path: each, valueHash: sha256(Uint8Array.of(i)) })));

function built(from: Parameters<typeof buildPages>[0], bucketLeaves: number): MemoryPages {
	const pages = new MemoryPages();
	buildPages(from, bucketLeaves, (prefix, page) => pages.write(prefix, page));
	return pages;
}

describe("buildPages", () => {
	it("[LO10] gives byte for byte the pages of a tree that took the leaves one by one, in any order", () => {
		fc.assert(
			fc.property(leaves, fc.constantFrom(1, 2, 5, 32), (all, bucketLeaves) => {
				const grown = new MemoryPages();
				const tree = new SparseTree(grown, { bucketLeaves });
				for (const leaf of all) tree.update([leaf]);
				expect(built(all, bucketLeaves).entries()).toEqual(grown.entries());
				expect(built(all.toReversed(), bucketLeaves).entries()).toEqual(grown.entries());
			}),
			{ numRuns: 200 },
		);
	});

	it.each([1, 32])(
		"[LO10] an empty tree that takes thousands at once is the tree that took them in parts, and goes on like it, with buckets of %d",
		(bucketLeaves) => {
			const all = Array.from({ length: 3_000 }, (_, i) => ({ path: sha256Utf8(`path ${i}`), valueHash: sha256Utf8(`value ${i}`) }));
			const [atOnce, inParts] = [new MemoryPages(), new MemoryPages()];
			const [tree, grown] = [new SparseTree(atOnce, { bucketLeaves }), new SparseTree(inParts, { bucketLeaves })];
			for (let from = 0; from < all.length; from += 500) grown.update(all.slice(from, from + 500));
			expect(tree.update(all)).toEqual(grown.root);
			expect(atOnce.entries()).toEqual(inParts.entries());
			const changes = all.slice(0, 700).map((leaf, i) => ({ path: leaf.path, valueHash: i % 3 === 0 ? undefined : sha256Utf8(`new ${i}`) }));
			expect(tree.update(changes)).toEqual(grown.update(changes));
			expect(atOnce.entries()).toEqual(inParts.entries());
		},
	);

	it("[LO13] refuses a path that is there twice, before it hands out anything", () => {
		const all = Array.from({ length: 2_000 }, (_, i) => ({ path: sha256Utf8(`path ${i % 1_999}`), valueHash: sha256Utf8("value") }));
		const pages = new MemoryPages();
		expect(() => new SparseTree(pages).update(all)).toThrow(expect.objectContaining({ code: "LOG_PATH_REPEATED" }));
		expect(pages.entries()).toEqual([]);
	});
});

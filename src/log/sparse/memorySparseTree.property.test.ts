import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHex, sha256, sha256Utf8 } from "#base";
import { emptyPlace } from "./hashes.ts";
import { MemoryPages } from "./memoryPages.ts";
import { MemorySparseTree } from "./memorySparseTree.ts";
import { type SparseChange, SparseTree } from "./sparseTree.ts";

/** Paths that share long prefixes on purpose, among some that do not. */
const path = fc.oneof(
	fc.nat(200).map((n) => sha256(Uint8Array.of(n))),
	fc
		.record({ at: fc.constantFrom(0, 0, 1, 15, 31), byte: fc.nat(255), fill: fc.constantFrom(0, 0, 0xaa) })
		.map(({ at, byte, fill }) => new Uint8Array(32).fill(fill).with(at, byte)),
);
const change = fc.record({ path, value: fc.option(fc.nat(50), { nil: undefined, freq: 3 }) });
const batches = fc.array(
	fc
		.uniqueArray(change, { selector: (each) => encodeHex(each.path), maxLength: 20 })
		.map((batch) =>
			batch.map((each): SparseChange => ({ path: each.path, valueHash: each.value === undefined ? undefined : sha256(Uint8Array.of(each.value)) })),
		),
	{ maxLength: 15 },
);

describe("MemorySparseTree", () => {
	it("[LO17] has the root of the paged tree after every batch of puts and deletes, and of an empty one when all is deleted", () => {
		fc.assert(
			fc.property(batches, (run) => {
				const [tree, paged] = [new MemorySparseTree(), new SparseTree(new MemoryPages())];
				for (const batch of run) {
					expect(tree.update(batch)).toEqual(paged.update(batch));
					expect(tree.root).toEqual(paged.root);
				}
				const all = new Map(run.flat().map((each) => [encodeHex(each.path), { path: each.path, valueHash: undefined }]));
				expect(tree.update([...all.values()])).toEqual(emptyPlace);
			}),
			{ numRuns: 400 },
		);
	});

	it("[LO17] grows to thousands and shrinks again like the paged tree", () => {
		const [tree, paged] = [new MemorySparseTree(), new SparseTree(new MemoryPages())];
		const leaf = (i: number, value: string) => ({ path: sha256Utf8(`path ${i}`), valueHash: sha256Utf8(value) });
		for (let from = 0; from < 6_000; from += 1_500) {
			const batch = Array.from({ length: 1_500 }, (_, i) => leaf(from + i, "value"));
			expect(tree.update(batch)).toEqual(paged.update(batch));
		}
		for (const keep of [3, 2, 1]) {
			const batch = Array.from({ length: 6_000 }, (_, i) => (i % 4 < keep ? leaf(i, `kept ${keep}`) : { ...leaf(i, ""), valueHash: undefined }));
			expect(tree.update(batch)).toEqual(paged.update(batch));
		}
	});

	it("[LO13] refuses a path that is there twice, and is what it was before", () => {
		const tree = new MemorySparseTree();
		const leaf = { path: sha256Utf8("path"), valueHash: sha256Utf8("value") };
		const root = tree.update([leaf]);
		const again = { path: sha256Utf8("path"), valueHash: undefined };
		expect(() => tree.update([{ ...leaf, path: sha256Utf8("other") }, again, leaf])).toThrow(expect.objectContaining({ code: "LOG_PATH_REPEATED" }));
		expect(tree.root).toEqual(root);
	});
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHex, sha256 } from "#base";
import { emptyPlace, pathBit, sparseLeafHash, sparseNodeHash } from "./hashes.ts";
import { MemoryPages } from "./memoryPages.ts";
import { verifySparse } from "./sparseProof.ts";
import { type PageStore, type SparseChange, SparseTree } from "./sparseTree.ts";

type Model = Map<string, { path: Uint8Array; valueHash: Uint8Array }>;

/** PROTOCOL §3 word for word, over the whole set of leaves: the slow truth. */
function naiveRoot(leaves: { path: Uint8Array; valueHash: Uint8Array }[], depth = 0): Uint8Array {
	if (leaves.length === 0) return emptyPlace;
	if (leaves.length === 1) return sparseLeafHash(leaves[0]!.path, leaves[0]!.valueHash);
	const [left, right] = [0, 1].map((bit) => leaves.filter(({ path }) => pathBit(path, depth) === bit));
	return sparseNodeHash(naiveRoot(left!, depth + 1), naiveRoot(right!, depth + 1));
}

/** Paths that collide in long prefixes on purpose: a few bytes vary, at the front, in the middle or at the very end. */
const path = fc
	.record({ at: fc.constantFrom(0, 0, 0, 1, 15, 31), byte: fc.integer({ min: 0, max: 255 }), fill: fc.constantFrom(0, 0, 0xaa) })
	.map(({ at, byte, fill }) => new Uint8Array(32).fill(fill).with(at, byte));
const change = fc.record({ path, value: fc.option(fc.nat(50), { nil: undefined, freq: 3 }) });
/** Small ones, so that buckets become fans and fans buckets all the time. */
const bucketLeaves = fc.constantFrom(1, 2, 3, 8, 255);
const batches = fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 12 });

function toChanges(batch: readonly { path: Uint8Array; value: number | undefined }[]): SparseChange[] {
	const last = new Map(batch.map((item) => [encodeHex(item.path), item]));
	return [...last.values()].map((item) => ({ path: item.path, valueHash: item.value === undefined ? undefined : sha256(Uint8Array.of(item.value)) }));
}

function applyToModel(model: Model, changes: readonly SparseChange[]): void {
	for (const { path, valueHash } of changes) {
		if (valueHash === undefined) model.delete(encodeHex(path));
		else model.set(encodeHex(path), { path, valueHash });
	}
}

/** A store that hands out copies: who reads it may write over them. */
function copyingStore(pages: MemoryPages): PageStore {
	return {
		read: (prefix) => pages.read(prefix)?.slice(),
		write: (prefix, page) => pages.write(prefix, page),
		delete: (prefix) => pages.delete(prefix),
	};
}

describe("SparseTree", () => {
	it("[LO81] that writes pages over has the roots and pages of one that does not", () => {
		const many = fc.array(fc.array(change, { maxLength: 40 }), { maxLength: 12 });
		fc.assert(
			fc.property(fc.oneof(batches, many), fc.constantFrom(0, 3, 1000), bucketLeaves, (run, heldPagesMax, leaves) => {
				const [written, copied] = [new MemoryPages(), new MemoryPages()];
				const tree = new SparseTree(copyingStore(written), { heldPagesMax, bucketLeaves: leaves, rewritesPages: true });
				const other = new SparseTree(copied, { heldPagesMax, bucketLeaves: leaves });
				for (const batch of run) {
					const changes = toChanges(batch);
					expect(tree.update(changes)).toEqual(other.update(changes));
					expect(written.entries()).toEqual(copied.entries());
				}
			}),
			{ numRuns: 200 },
		);
	});

	it("[LO9] has the root of the definition after every batch of puts and deletes, from cache or from store", () => {
		fc.assert(
			fc.property(batches, fc.constantFrom(0, 3, 1000), bucketLeaves, (run, heldPagesMax, leaves) => {
				const pages = new MemoryPages();
				const tree = new SparseTree(pages, { heldPagesMax, bucketLeaves: leaves });
				const model: Model = new Map();
				for (const batch of run) {
					const changes = toChanges(batch);
					applyToModel(model, changes);
					const root = naiveRoot([...model.values()]);
					expect(tree.update(changes)).toEqual(root);
					expect(new SparseTree(pages).root).toEqual(root);
				}
			}),
			{ numRuns: 200 },
		);
	});

	it("[LO9] lets go of pages part by part, reads them again, and goes on like a tree that holds all of them", () => {
		const leaves = Array.from({ length: 4_000 }, (_, i) => ({
			path: sha256(Uint8Array.of(i >> 8, i & 255)),
			valueHash: sha256(Uint8Array.of(i & 255)),
		}));
		const rounds = [...Array(8).keys()].map((round) => leaves.filter((_, i) => i % 8 === round || i % 40 === 0));
		const readsOf = (heldPagesMax: number) => {
			const pages = new MemoryPages();
			let reads = 0;
			const read = (prefix: string) => {
				reads++;
				return pages.read(prefix);
			};
			const tree = new SparseTree(
				{ read, write: (prefix, page) => pages.write(prefix, page), delete: (prefix) => pages.delete(prefix) },
				{ heldPagesMax },
			);
			const roots = rounds.map((round) => encodeHex(tree.update(round)));
			return { reads, roots, entries: pages.entries() };
		};
		const [all, some, none] = [readsOf(100_000), readsOf(400), readsOf(0)];
		expect([some.roots, none.roots]).toEqual([all.roots, all.roots]);
		expect([some.entries, none.entries]).toEqual([all.entries, all.entries]);
		expect(some.reads).toBeGreaterThan(all.reads + 100);
		expect(none.reads).toBeGreaterThan(some.reads + 400);
	});

	it("[LO10] stores the same pages whatever the history, and none when empty", () => {
		fc.assert(
			fc.property(batches, bucketLeaves, (run, leaves) => {
				const [grown, fresh] = [new MemoryPages(), new MemoryPages()];
				const tree = new SparseTree(grown, { bucketLeaves: leaves });
				const model: Model = new Map();
				for (const batch of run) {
					applyToModel(model, toChanges(batch));
					tree.update(toChanges(batch));
				}
				new SparseTree(fresh, { bucketLeaves: leaves }).update([...model.values()]);
				expect(grown.entries()).toEqual(fresh.entries());
				tree.update([...model.values()].map(({ path }) => ({ path, valueHash: undefined })));
				expect(grown.entries()).toEqual([]);
				expect(tree.root).toEqual(emptyPlace);
			}),
			{ numRuns: 150 },
		);
	});

	it("[LO11] proves each key's presence or absence, and never the contrary", () => {
		fc.assert(
			fc.property(batches, path, bucketLeaves, (run, asked, leaves) => {
				const tree = new SparseTree(new MemoryPages(), { bucketLeaves: leaves });
				const model: Model = new Map();
				for (const batch of run) {
					applyToModel(model, toChanges(batch));
					tree.update(toChanges(batch));
				}
				const { root } = tree;
				for (const at of [asked, ...[...model.values()].map((leaf) => leaf.path)]) {
					const valueHash = model.get(encodeHex(at))?.valueHash;
					expect(tree.get(at)).toEqual(valueHash);
					const proof = tree.prove(at);
					verifySparse({ root, path: at, valueHash, proof });
					const contrary = valueHash === undefined ? sha256(Uint8Array.of(1)) : undefined;
					expect(() => verifySparse({ root, path: at, valueHash: contrary, proof })).toThrow(expect.objectContaining({ code: "LOG_PROOF_INVALID" }));
				}
			}),
			{ numRuns: 150 },
		);
	});
});

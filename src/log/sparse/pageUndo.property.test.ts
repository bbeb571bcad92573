import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "#base";
import { MemoryPages } from "./memoryPages.ts";
import { PageUndo, undoPage } from "./pageUndo.ts";
import { verifySparse } from "./sparseProof.ts";
import { type SparseChange, SparseTree } from "./sparseTree.ts";

/** Paths that share long prefixes on purpose, so that pages come and go. */
const path = fc
	.record({ at: fc.constantFrom(0, 0, 1, 15, 31), byte: fc.integer({ min: 0, max: 255 }), fill: fc.constantFrom(0, 0xaa) })
	.map(({ at, byte, fill }) => new Uint8Array(32).fill(fill).with(at, byte));
const change = fc.record({ path, value: fc.option(fc.nat(50), { nil: undefined, freq: 2 }) });
const runs = fc.array(fc.array(change, { maxLength: 10 }), { minLength: 1, maxLength: 10 });
/** From a thousand on an empty tree is built at once, and with nothing in it before. */
const manyAtOnce = Array.from({ length: 1_100 }, (_, i) => ({ path: sha256(Uint8Array.of(i >> 8, i & 255)), value: i & 7 }));

function toChanges(batch: readonly { path: Uint8Array; value: number | undefined }[]): SparseChange[] {
	const last = new Map(batch.map((item) => [item.path.join(), item]));
	return [...last.values()].map((item) => ({ path: item.path, valueHash: item.value === undefined ? undefined : sha256(Uint8Array.of(item.value)) }));
}

describe("PageUndo", () => {
	it("[LO18] goes back to every earlier tree: its root, its values, its proofs", () => {
		fc.assert(
			fc.property(runs, fc.boolean(), fc.constantFrom(1, 2, 3, 8, 32), (generated, large, bucketLeaves) => {
				const run = large ? [manyAtOnce, ...generated] : generated;
				const pages = new MemoryPages();
				const tree = new SparseTree(pages, { heldPagesMax: 3, bucketLeaves });
				const versions = [{ root: tree.root, values: new Map<string, Uint8Array>() }];
				const undos: Map<string, Uint8Array>[] = [];
				const paths = new Map(run.flat().map((item) => [item.path.join(), item.path]));
				for (const batch of run) {
					const undo = new PageUndo();
					const changes = toChanges(batch);
					const values = new Map(versions.at(-1)!.values);
					for (const { path: at, valueHash } of changes) {
						if (valueHash === undefined) values.delete(at.join());
						else values.set(at.join(), valueHash);
					}
					versions.push({ root: tree.update(changes, undo), values });
					undos.push(new Map(undo.pages()));
				}
				const asked = large ? [...paths].filter((_, i) => i % 50 === 0) : [...paths];
				for (const [version, { root, values }] of versions.entries()) {
					const read = (prefix: string) =>
						undoPage(
							prefix,
							pages.read(prefix),
							undos
								.slice(version)
								.reverse()
								.flatMap((each) => each.get(prefix) ?? []),
						);
					const before = new SparseTree({ read, write: () => {}, delete: () => {} });
					expect(before.root).toEqual(root);
					for (const [name, at] of asked) {
						expect(before.get(at)).toEqual(values.get(name));
						verifySparse({ root, path: at, valueHash: values.get(name), proof: before.prove(at) });
					}
				}
			}),
			{ numRuns: 100 },
		);
	});

	const bucket = new MemoryPages();
	new SparseTree(bucket, { bucketLeaves: 2 }).update([{ path: sha256(Uint8Array.of(1)), valueHash: sha256(Uint8Array.of(1)) }]);
	const fan = new MemoryPages();
	new SparseTree(fan).update([1, 2].map((n) => ({ path: sha256(Uint8Array.of(n)), valueHash: sha256(Uint8Array.of(n)) })));
	const leaf = (fill: number) => new Uint8Array(65).fill(fill).with(0, 1);

	it.each<[string, MemoryPages, Uint8Array]>([
		["a form that is none", fan, Uint8Array.of(4)],
		["nothing at all", fan, new Uint8Array()],
		["a kind of slot that is none", fan, Uint8Array.of(0, 0x03)],
		["a leaf cut short", fan, Uint8Array.of(0, ...new Uint8Array(40).fill(0x01, 0, 1))],
		["a branch cut short", fan, Uint8Array.of(0, ...new Uint8Array(20).fill(0x12, 0, 1))],
		["slots of a bucket", bucket, Uint8Array.of(0, 0)],
		["slots where there is no page", new MemoryPages(), Uint8Array.of(0, 0)],
		["a fan with nothing in it", fan, Uint8Array.of(2)],
		["leaves of a fan", fan, Uint8Array.of(1, ...leaf(7))],
		["a leaf of a bucket cut short", bucket, Uint8Array.of(1, ...leaf(7).subarray(0, 50))],
		["a kind of leaf that is none", bucket, Uint8Array.of(1, ...leaf(7).with(0, 2))],
		["leaves out of order", bucket, Uint8Array.of(3, ...leaf(7), ...leaf(6))],
		["a leaf twice", bucket, Uint8Array.of(3, ...leaf(7), ...leaf(7))],
		["a leaf that a whole bucket did not have", bucket, Uint8Array.of(3, ...new Uint8Array(33))],
		["the only leaf of a bucket as absent", bucket, Uint8Array.of(1, 0, ...sha256(Uint8Array.of(1)))],
	])("[LO18] refuses %s", (_, pages, undo) => {
		expect(() => undoPage("", pages.read(""), [undo])).toThrow(expect.objectContaining({ code: "LOG_PAGE_MALFORMED" }));
	});
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, decodeHex, encodeHex, encodeUint64, encodeUtf8, sha256 } from "#base";
import { type CohortPlace, cohortLeafHash, cohortLeafOf, isCohortPlace } from "./cohortLeaf.ts";
import { leafHash } from "./hashes.ts";
import { MerkleTree } from "./merkleTree.ts";

function treeOf(size: number, seed: number): MerkleTree {
	const tree = new MerkleTree();
	for (let i = 0; i < size; i++) tree.append(encodeUtf8(`${seed}/${i}`));
	return tree;
}

const placeOf = (tree: MerkleTree, index: number): CohortPlace => ({
	index,
	count: tree.size,
	proof: tree.inclusionProof(index).map(encodeHex),
});

/** A tree of some size and a place in it. */
const places = fc.integer({ min: 1, max: 300 }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1), fc.nat()));

const attempt = (work: () => Uint8Array): string => {
	try {
		return encodeHex(work());
	} catch {
		return "refused";
	}
};

describe("[LO21] a cohort leaf", () => {
	it("is what each of its sub-leaves leads to by its place", () => {
		fc.assert(
			fc.property(places, ([size, index, seed]) => {
				const tree = treeOf(size, seed);
				const leaf = cohortLeafHash(size, tree.root());
				expect(encodeHex(leaf)).toBe(encodeHex(leafHash(sha256(concatBytes(encodeUtf8("aceso/cohort/1\0"), encodeUint64(size), tree.root())))));
				const place = placeOf(tree, index);
				expect(isCohortPlace(place)).toBe(true);
				expect(encodeHex(cohortLeafOf(tree.read(0, index), place))).toBe(encodeHex(leaf));
			}),
			{ numRuns: 60 },
		);
	});

	it("is not reached from another index, count, proof or sub-leaf", () => {
		fc.assert(
			fc.property(places, fc.nat(), fc.integer({ min: 1, max: 300 }), ([size, index, seed], step, otherCount) => {
				const tree = treeOf(size, seed);
				const leaf = encodeHex(cohortLeafHash(size, tree.root()));
				const [hash, place] = [tree.read(0, index), placeOf(tree, index)];
				const otherIndex = (index + 1 + (step % Math.max(1, size - 1))) % size;
				if (otherIndex !== index) expect(attempt(() => cohortLeafOf(hash, { ...place, index: otherIndex }))).not.toBe(leaf);
				if (otherCount !== size) expect(attempt(() => cohortLeafOf(hash, { ...place, count: otherCount }))).not.toBe(leaf);
				expect(attempt(() => cohortLeafOf(leafHash(hash), place))).not.toBe(leaf);
				for (let i = 0; i < place.proof.length; i++) {
					const changed = place.proof.with(i, encodeHex(sha256(decodeHex(place.proof[i] as string))));
					expect(attempt(() => cohortLeafOf(hash, { ...place, proof: changed }))).not.toBe(leaf);
					expect(attempt(() => cohortLeafOf(hash, { ...place, proof: place.proof.toSpliced(i, 1) }))).not.toBe(leaf);
				}
				expect(attempt(() => cohortLeafOf(hash, { ...place, proof: [...place.proof, encodeHex(hash)] }))).not.toBe(leaf);
			}),
			{ numRuns: 60 },
		);
	});

	it("is no node of its own tree and no leaf over the same data: a tag and the count stand before the root", () => {
		const tree = treeOf(1, 7);
		const sub = tree.read(0, 0);
		const leaf = encodeHex(cohortLeafHash(1, tree.root()));
		expect([encodeHex(sub), encodeHex(leafHash(sub)), encodeHex(leafHash(sha256(sub)))]).not.toContain(leaf);
		// What is hashed has 55 bytes; the data of an ordinary leaf hashes a salt of 32 bytes and an entry of more than 500.
		expect(concatBytes(encodeUtf8("aceso/cohort/1\0"), encodeUint64(1), sub)).toHaveLength(55);
	});

	it("takes no place of another form", () => {
		const good = placeOf(treeOf(256, 1), 9);
		const bad: readonly unknown[] = [
			...[undefined, null, 7, "place", [], {}],
			{ ...good, index: -1 },
			{ ...good, index: 256 },
			{ ...good, index: 0.5 },
			{ ...good, index: "9" },
			{ ...good, count: 0 },
			{ ...good, count: 65_537 },
			{ ...good, count: Number.NaN },
			{ ...good, proof: "00" },
			{ ...good, proof: [...good.proof, 7] },
			{ ...good, proof: [(good.proof[0] as string).toUpperCase().replace(/^./, "A")] },
			{ ...good, proof: Array.from({ length: 17 }, () => good.proof[0]) },
		];
		expect(bad.filter(isCohortPlace)).toEqual([]);
	});
});

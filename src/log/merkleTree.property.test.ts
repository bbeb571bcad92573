import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, encodeUint64 } from "#base";
import { Frontier } from "./frontier.ts";
import { emptyRoot, leafHash, nodeHash } from "./hashes.ts";
import { MerkleTree } from "./merkleTree.ts";
import { treeRoot } from "./proofs.ts";
import { tileHeight, tileNodeReader, tileWidth } from "./tiles.ts";
import { verifyConsistency } from "./verifyConsistency.ts";
import { verifyInclusion } from "./verifyInclusion.ts";

const size = 700;
const tree = new MerkleTree();
const leaves = Array.from({ length: size }, (_, i) => encodeUint64(i * 7919));
for (const leaf of leaves) tree.append(leaf);

/** RFC 6962 §2.1 word for word: the slow truth. */
function naiveRoot(data: readonly Uint8Array[]): Uint8Array {
	if (data.length === 0) return emptyRoot;
	if (data.length === 1) return leafHash(data[0]!);
	let k = 1;
	while (k * 2 < data.length) k *= 2;
	return nodeHash(naiveRoot(data.slice(0, k)), naiveRoot(data.slice(k)));
}

const range = fc.integer({ min: 1, max: size });
const pair = fc.tuple(range, range).map(([a, b]) => (a < b ? ([a, b] as const) : ([b, a] as const)));

function flip(bytes: Uint8Array, bit: number): Uint8Array {
	const copy = bytes.slice();
	copy[bit >> 3]! ^= 1 << (bit & 7);
	return copy;
}

describe("MerkleTree", () => {
	it("[LO1] agrees with the definition at every size", () => {
		for (let n = 0; n <= 130; n++) expect(tree.root(n)).toEqual(naiveRoot(leaves.slice(0, n)));
	});

	it("[LO2] proves every leaf it holds, and nothing else by the same proof", () => {
		fc.assert(
			fc.property(pair, fc.nat(), fc.nat(255), ([from, to], pick, bit) => {
				const index = (from - 1) % to;
				const proof = tree.inclusionProof(index, to);
				const claim = { leafHash: leafHash(leaves[index]!), index, size: to, proof, root: tree.root(to) };
				verifyInclusion(claim);
				const invalid = expect.objectContaining({ code: "LOG_PROOF_INVALID" });
				expect(() => verifyInclusion({ ...claim, leafHash: flip(claim.leafHash, bit) })).toThrow(invalid);
				expect(() => verifyInclusion({ ...claim, root: flip(claim.root, bit) })).toThrow(invalid);
				expect(() => verifyInclusion({ ...claim, proof: [...proof, claim.root] })).toThrow(invalid);
				if (proof.length === 0) return;
				const at = pick % proof.length;
				expect(() => verifyInclusion({ ...claim, proof: proof.with(at, flip(proof[at]!, bit)) })).toThrow(invalid);
				expect(() => verifyInclusion({ ...claim, proof: proof.slice(1) })).toThrow(invalid);
				expect(() => verifyInclusion({ ...claim, index: (index + 1) % to })).toThrow(invalid);
			}),
			{ numRuns: 300 },
		);
	});

	it("[LO3] proves that each tree is a prefix of each later one, and refuses any other root", () => {
		fc.assert(
			fc.property(pair, fc.nat(), fc.nat(255), ([from, to], pick, bit) => {
				const proof = tree.consistencyProof(from, to);
				const claim = { from, to, fromRoot: tree.root(from), toRoot: tree.root(to), proof };
				verifyConsistency(claim);
				const invalid = expect.objectContaining({ code: "LOG_PROOF_INVALID" });
				expect(() => verifyConsistency({ ...claim, fromRoot: flip(claim.fromRoot, bit) })).toThrow(invalid);
				expect(() => verifyConsistency({ ...claim, toRoot: flip(claim.toRoot, bit) })).toThrow(invalid);
				expect(() => verifyConsistency({ ...claim, proof: [...proof, claim.toRoot] })).toThrow(invalid);
				if (proof.length === 0) return;
				const at = pick % proof.length;
				expect(() => verifyConsistency({ ...claim, proof: proof.with(at, flip(proof[at]!, bit)) })).toThrow(invalid);
				expect(() => verifyConsistency({ ...claim, proof: proof.slice(0, -1) })).toThrow(invalid);
			}),
			{ numRuns: 300 },
		);
	});

	it("[LO3] refuses a log whose past was rewritten", () => {
		const rewritten = new MerkleTree();
		for (const [i, leaf] of leaves.entries()) rewritten.append(i === 3 ? encodeUint64(1) : leaf);
		const claim = { from: 100, to: size, fromRoot: tree.root(100), toRoot: rewritten.root(), proof: rewritten.consistencyProof(100) };
		expect(() => verifyConsistency(claim)).toThrow(expect.objectContaining({ code: "LOG_PROOF_INVALID" }));
	});

	it("[LO4] refuses sizes and indices outside the tree", () => {
		const outside = expect.objectContaining({ code: "LOG_RANGE_INVALID" });
		for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) expect(() => treeRoot(bad, tree.read)).toThrow(outside);
		expect(() => tree.inclusionProof(5, 5)).toThrow(outside);
		expect(() => tree.consistencyProof(6, 5)).toThrow(outside);
		expect(() => tree.root(size + 1)).toThrow(outside);
	});

	it("[LO5] a frontier tells the same root, and can be taken up at any size", () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: size }), (start) => {
				const frontier = Frontier.load(start, tree.read);
				expect(frontier.root()).toEqual(tree.root(start));
				const extended = frontier.clone();
				const [nodes, above]: [Uint8Array[], Uint8Array[]] = [[], []];
				for (const leaf of leaves.slice(start, start + 20)) {
					nodes.push(...frontier.append(leafHash(leaf)).flatMap(({ level, hash }) => (level > 0 ? [hash] : [])));
					extended.extend(leafHash(leaf), (hash) => above.push(hash));
				}
				expect(frontier.root()).toEqual(tree.root(Math.min(size, start + 20)));
				expect([extended.size, extended.root(), above]).toEqual([frontier.size, frontier.root(), nodes]);
			}),
			{ numRuns: 60 },
		);
	});

	it("[LO6] tiles give back every node, and say when one is missing", () => {
		const read = tileNodeReader((level, index) => {
			const width = Math.min(tileWidth, Math.floor(size / tileWidth ** level) - index * tileWidth);
			return width <= 0 ? undefined : concatBytes(...Array.from({ length: width }, (_, i) => tree.read(level * tileHeight, index * tileWidth + i)));
		});
		expect(treeRoot(size, read)).toEqual(tree.root());
		for (let level = 0; 2 ** level <= size; level++) {
			const last = Math.floor(size / 2 ** level) - 1;
			for (const index of [0, last >> 1, last]) expect(read(level, index)).toEqual(tree.read(level, index));
			expect(() => read(level, last + 1)).toThrow(expect.objectContaining({ code: "LOG_NODE_MISSING" }));
		}
	});
});

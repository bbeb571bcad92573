import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { canonicalBytes, encodeHex, type JsonValue, sha256 } from "#base";
import { sparseLeafHash, sparsePath } from "./hashes.ts";
import { MemoryPages } from "./memoryPages.ts";
import { type SparseProofJson, verifySparse } from "./sparseProof.ts";
import { SparseTree } from "./sparseTree.ts";

interface Entry {
	readonly namespace: string;
	readonly key: string;
	readonly value?: JsonValue;
}

/** The published vectors, for whoever implements the tree again. */
const vectors = JSON.parse(readFileSync(new URL("../../../vectors/sparse-tree.json", import.meta.url), "utf8")) as {
	readonly leaf: Entry & { readonly path: string; readonly valueHash: string; readonly leafHash: string };
	readonly steps: readonly {
		readonly changes: readonly Entry[];
		readonly root: string;
		readonly proofs: readonly (Entry & { readonly proof: SparseProofJson })[];
	}[];
};

function valueHash({ value }: Entry): Uint8Array | undefined {
	return value === undefined ? undefined : sha256(canonicalBytes(value));
}

describe("SparseTree against the published vectors", () => {
	it("[LO9] hashes the leaf as published", () => {
		const { namespace, key, path, leafHash } = vectors.leaf;
		expect(encodeHex(sparsePath(namespace, key))).toBe(path);
		expect(encodeHex(sparseLeafHash(sparsePath(namespace, key), valueHash(vectors.leaf)!))).toBe(leafHash);
	});

	it("[LO11] reaches each root and gives each proof, through every step", () => {
		const tree = new SparseTree(new MemoryPages());
		for (const { changes, root, proofs } of vectors.steps) {
			const updated = tree.update(changes.map((entry) => ({ path: sparsePath(entry.namespace, entry.key), valueHash: valueHash(entry) })));
			expect(encodeHex(updated)).toBe(root);
			for (const entry of proofs) {
				const path = sparsePath(entry.namespace, entry.key);
				expect(tree.prove(path)).toEqual(entry.proof);
				verifySparse({ root: updated, path, valueHash: valueHash(entry), proof: entry.proof });
			}
		}
	});
});

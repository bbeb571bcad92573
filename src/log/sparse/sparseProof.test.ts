import { describe, expect, it } from "vitest";
import { encodeHex, sha256 } from "#base";
import { sparseLeafHash, sparsePath } from "./hashes.ts";
import { MemoryPages } from "./memoryPages.ts";
import { type SparseProofJson, verifySparse } from "./sparseProof.ts";
import { SparseTree } from "./sparseTree.ts";

const value = (n: number) => sha256(Uint8Array.of(n));
const keys = Array.from({ length: 40 }, (_, i) => sparsePath("consent", `c/${i}`));
const tree = new SparseTree(new MemoryPages());
const root = tree.update(keys.map((path, i) => ({ path, valueHash: value(i) })));
const invalid = expect.objectContaining({ code: "LOG_PROOF_INVALID" });

function zeroSibling(proof: SparseProofJson): SparseProofJson {
	return { ...proof, siblings: proof.siblings.map((sibling) => sibling || "00".repeat(32)) };
}

describe("verifySparse", () => {
	it("[LO11] a revoked key cannot be shown as absent by another key's proof", () => {
		const other = keys[1]!;
		for (const proof of keys.map((key) => tree.prove(key))) {
			const forged: SparseProofJson = { siblings: proof.siblings, other: { path: encodeHex(other), valueHash: encodeHex(value(1)) } };
			expect(() => verifySparse({ root, path: keys[0]!, valueHash: undefined, proof: forged })).toThrow(invalid);
			expect(() => verifySparse({ root, path: keys[0]!, valueHash: undefined, proof: { ...proof, other: null } })).toThrow(invalid);
		}
	});

	it("[LO11] a key's own leaf never stands as the other one", () => {
		const proof = tree.prove(keys[0]!);
		const own: SparseProofJson = { ...proof, other: { path: encodeHex(keys[0]!), valueHash: encodeHex(value(0)) } };
		expect(() => verifySparse({ root, path: keys[0]!, valueHash: undefined, proof: own })).toThrow(invalid);
	});

	it("[LO11] an inner node cannot be passed off as an empty place or a leaf above the real one", () => {
		const proof = tree.prove(keys[0]!);
		for (let cut = 1; cut <= proof.siblings.length; cut++) {
			const short: SparseProofJson = { ...proof, siblings: proof.siblings.slice(cut) };
			expect(() => verifySparse({ root, path: keys[0]!, valueHash: undefined, proof: short })).toThrow(invalid);
			expect(() => verifySparse({ root, path: keys[0]!, valueHash: value(0), proof: short })).toThrow(invalid);
		}
	});

	it("[LO12] refuses a second spelling of a proof", () => {
		for (const key of keys) {
			const proof = tree.prove(key);
			verifySparse({ root, path: key, valueHash: value(keys.indexOf(key)), proof });
			if (proof.siblings.includes("")) {
				expect(() => verifySparse({ root, path: key, valueHash: value(keys.indexOf(key)), proof: zeroSibling(proof) })).toThrow(invalid);
			}
		}
		expect(keys.some((key) => tree.prove(key).siblings.includes(""))).toBe(true);
		const upper = tree.prove(keys[0]!);
		const shouted = { ...upper, siblings: upper.siblings.map((sibling) => sibling.toUpperCase()) };
		expect(() => verifySparse({ root, path: keys[0]!, valueHash: value(0), proof: shouted })).toThrow(invalid);
		expect(() =>
			verifySparse({ root, path: keys[0]!, valueHash: value(0), proof: { siblings: new Array<string>(257).fill(""), other: null } }),
		).toThrow(invalid);
	});

	it("[LO12] refuses a leaf beside an empty place, which a compact tree never has", () => {
		const path = keys[0]!;
		const loose = new SparseTree(new MemoryPages());
		const leafRoot = loose.update([{ path, valueHash: value(0) }]);
		expect(leafRoot).toEqual(sparseLeafHash(path, value(0)));
		verifySparse({ root: leafRoot, path, valueHash: value(0), proof: { siblings: [], other: null } });
		expect(() => verifySparse({ root: leafRoot, path, valueHash: value(0), proof: { siblings: [""], other: null } })).toThrow(invalid);
	});

	it("[LO13] refuses a batch that names a path twice, and a damaged page", () => {
		const batch = [keys[0]!, keys[0]!].map((path) => ({ path, valueHash: value(1) }));
		expect(() => new SparseTree(new MemoryPages()).update(batch)).toThrow(expect.objectContaining({ code: "LOG_PATH_REPEATED" }));
		const pages = new MemoryPages();
		pages.write("", Uint8Array.of(0, 1, 0, 1));
		expect(() => new SparseTree(pages).root).toThrow(expect.objectContaining({ code: "LOG_PAGE_MALFORMED" }));
		const whole = new MemoryPages();
		new SparseTree(whole).update(keys.map((path, i) => ({ path, valueHash: value(i) })));
		const below = whole.entries().find(([prefix]) => prefix.length === 1)!;
		whole.delete(below[0]);
		const key = keys.find((path) => encodeHex(path).startsWith(below[0]))!;
		expect(() => new SparseTree(whole).prove(key)).toThrow(expect.objectContaining({ code: "LOG_NODE_MISSING" }));
	});
});

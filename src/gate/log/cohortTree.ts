import { encodeHex } from "#base";
import { type CohortPlace, MerkleTree } from "#log";

/** Places of every cohort leaf written here, taken or not: how many patients a question was about does not show. */
export const cohortPlaces = 256;

/** Hashes of a cohort's places as they are stored, one after the other. */
export function splitHashes(hashes: Uint8Array): readonly Uint8Array[] {
	return Array.from({ length: hashes.length / 32 }, (_, i) => hashes.subarray(i * 32, (i + 1) * 32));
}

/** The tree over the places of a cohort leaf. */
export function treeOf(hashes: readonly Uint8Array[]): MerkleTree {
	const tree = new MerkleTree();
	for (const hash of hashes) tree.appendHash(hash);
	return tree;
}

export function cohortPlace(tree: MerkleTree, index: number): CohortPlace {
	return { index, count: tree.size, proof: tree.inclusionProof(index).map(encodeHex) };
}

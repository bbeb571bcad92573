import { emptyRoot } from "./hashes.ts";
import { type NodeReader, rangeHash, splitPoint } from "./nodes.ts";
import { assertGrowth, assertIndex, assertSize } from "./ranges.ts";

/** Root of the first `size` leaves (RFC 6962 §2.1). @throws {@link LogError} `LOG_RANGE_INVALID`. */
export function treeRoot(size: number, read: NodeReader): Uint8Array {
	assertSize(size);
	return size === 0 ? emptyRoot : rangeHash(0, size, read);
}

/**
 * Sibling hashes from the leaf up to the root of the first `size` leaves.
 *
 * Source: RFC 6962 §2.1.1 (PATH). Cost: O(log² n) reads at most.
 *
 * @throws {@link LogError} `LOG_RANGE_INVALID`.
 */
export function inclusionProof(index: number, size: number, read: NodeReader): Uint8Array[] {
	assertIndex(index, size);
	const proof: Uint8Array[] = [];
	let [start, end] = [0, size];
	while (end - start > 1) {
		const middle = start + splitPoint(end - start);
		if (index < middle) {
			proof.push(rangeHash(middle, end, read));
			end = middle;
		} else {
			proof.push(rangeHash(start, middle, read));
			start = middle;
		}
	}
	return proof.reverse();
}

/**
 * Nodes that show that the first `from` leaves are a prefix of the first `to`.
 *
 * Source: RFC 6962 §2.1.2 (PROOF, SUBPROOF). Empty when `from` is 0 or equals `to`.
 *
 * @throws {@link LogError} `LOG_RANGE_INVALID`.
 */
export function consistencyProof(from: number, to: number, read: NodeReader): Uint8Array[] {
	assertGrowth(from, to);
	if (from === 0 || from === to) return [];
	const proof: Uint8Array[] = [];
	let [start, end] = [0, to];
	// While the old tree ends inside the range, the half it does not end in goes into the proof.
	while (from !== end) {
		const middle = start + splitPoint(end - start);
		if (from <= middle) {
			proof.push(rangeHash(middle, end, read));
			end = middle;
		} else {
			proof.push(rangeHash(start, middle, read));
			start = middle;
		}
	}
	// A range that starts at 0 is the old root itself, which the verifier has.
	if (start > 0) proof.push(rangeHash(start, end, read));
	return proof.reverse();
}

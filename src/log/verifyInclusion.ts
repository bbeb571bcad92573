import { equalBytes } from "#base";
import { LogError } from "./errors.ts";
import { nodeHash } from "./hashes.ts";
import { assertIndex } from "./ranges.ts";

export interface InclusionParameters {
	/** {@link leafHash} of the leaf, 32 bytes. */
	readonly leafHash: Uint8Array;
	readonly index: number;
	readonly size: number;
	/** Sibling hashes, leaf to root, 32 bytes each. */
	readonly proof: readonly Uint8Array[];
	readonly root: Uint8Array;
}

/**
 * Verifies that a leaf is in the tree of `size` leaves with this root.
 *
 * Source: RFC 9162 §2.1.3.2. Cost: O(log n) hashes.
 *
 * @throws {@link LogError} `LOG_PROOF_INVALID` when the recomputed root differs; `LOG_RANGE_INVALID` when the index is not in the tree.
 */
export function verifyInclusion({ root, ...place }: InclusionParameters): void {
	if (!equalBytes(inclusionRoot(place), root)) throw invalid("expected a proof that leads to the root, found one that leads elsewhere");
}

/**
 * The root to which a proof leads from a leaf's place, for a root that is not known but hashed on.
 *
 * @throws {@link LogError} `LOG_PROOF_INVALID` for a proof too long or too short for this place, `LOG_RANGE_INVALID`.
 */
export function inclusionRoot({ leafHash, index, size, proof }: Omit<InclusionParameters, "root">): Uint8Array {
	assertIndex(index, size);
	let position = index;
	let last = size - 1;
	let hash = leafHash;
	for (const sibling of proof) {
		if (last === 0) throw invalid("expected a shorter proof for this position");
		if (position % 2 === 1 || position === last) {
			hash = nodeHash(sibling, hash);
			// A right edge climbs past the levels at which it has no sibling.
			while (position % 2 === 0 && position !== 0) {
				position /= 2;
				last = Math.floor(last / 2);
			}
		} else {
			hash = nodeHash(hash, sibling);
		}
		position = Math.floor(position / 2);
		last = Math.floor(last / 2);
	}
	if (last !== 0) throw invalid("expected a longer proof for this position");
	return hash;
}

function invalid(message: string): LogError {
	return new LogError("LOG_PROOF_INVALID", message);
}

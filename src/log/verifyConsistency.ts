import { equalBytes } from "#base";
import { LogError } from "./errors.ts";
import { emptyRoot, nodeHash } from "./hashes.ts";
import { assertGrowth } from "./ranges.ts";

export interface ConsistencyParameters {
	readonly from: number;
	readonly to: number;
	readonly fromRoot: Uint8Array;
	readonly toRoot: Uint8Array;
	readonly proof: readonly Uint8Array[];
}

/**
 * Verifies that the tree of `from` leaves is a prefix of the tree of `to` leaves: nothing was changed or taken away.
 *
 * Source: RFC 9162 §2.1.4.2. An empty tree is a prefix of every tree; its root must still be the empty root.
 *
 * @throws {@link LogError} `LOG_PROOF_INVALID`; `LOG_RANGE_INVALID` when `from` exceeds `to`.
 */
export function verifyConsistency({ from, to, fromRoot, toRoot, proof }: ConsistencyParameters): void {
	assertGrowth(from, to);
	if (from === 0 || from === to) {
		if (proof.length > 0) throw invalid("expected an empty proof");
		const expected = from === 0 ? emptyRoot : toRoot;
		if (!equalBytes(fromRoot, expected)) throw invalid("expected equal roots for equal trees");
		return;
	}
	const path = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
	const first = path[0];
	if (first === undefined) throw invalid("expected a proof that is not empty");
	let position = from - 1;
	let last = to - 1;
	while (position % 2 === 1) {
		position = Math.floor(position / 2);
		last = Math.floor(last / 2);
	}
	let [oldHash, newHash] = [first, first];
	for (const sibling of path.slice(1)) {
		if (last === 0) throw invalid("expected a shorter proof for these sizes");
		if (position % 2 === 1 || position === last) {
			oldHash = nodeHash(sibling, oldHash);
			newHash = nodeHash(sibling, newHash);
			while (position % 2 === 0 && position !== 0) {
				position /= 2;
				last = Math.floor(last / 2);
			}
		} else {
			newHash = nodeHash(newHash, sibling);
		}
		position = Math.floor(position / 2);
		last = Math.floor(last / 2);
	}
	if (last !== 0) throw invalid("expected a longer proof for these sizes");
	if (!equalBytes(oldHash, fromRoot)) throw invalid("expected a proof that leads to the old root, found one that leads elsewhere");
	if (!equalBytes(newHash, toRoot)) throw invalid("expected a proof that leads to the new root, found one that leads elsewhere");
}

function isPowerOfTwo(n: number): boolean {
	let rest = n;
	while (rest % 2 === 0) rest /= 2;
	return rest === 1;
}

function invalid(message: string): LogError {
	return new LogError("LOG_PROOF_INVALID", message);
}

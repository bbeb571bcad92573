import { concatBytes, decodeHex, encodeUint64, encodeUtf8, isHex, sha256 } from "#base";
import { leafHash } from "./hashes.ts";
import { inclusionRoot } from "./verifyInclusion.ts";

/** Most places that a cohort leaf stands for. */
export const cohortPlacesMax = 65_536;

const tag = encodeUtf8("aceso/cohort/1\0");

/** Where a sub-leaf stands in the tree of its cohort leaf. Says how many places there are, not how many of them are taken. */
export interface CohortPlace {
	/** From 0. */
	readonly index: number;
	/** Places of the tree, 1 to {@link cohortPlacesMax}. */
	readonly count: number;
	/** Sibling hashes, sub-leaf to root, hex. */
	readonly proof: readonly string[];
}

/** Whether a value from outside has the form of a place; it may still lead nowhere. */
export function isCohortPlace(value: unknown): value is CohortPlace {
	if (typeof value !== "object" || value === null) return false;
	const { index, count, proof } = value as Partial<Record<keyof CohortPlace, unknown>>;
	if (!Number.isSafeInteger(count) || !Number.isSafeInteger(index) || !Array.isArray(proof)) return false;
	const isInside = (index as number) >= 0 && (index as number) < (count as number) && (count as number) <= cohortPlacesMax;
	return isInside && proof.length <= 16 && proof.every((hash) => isHex(hash, 32));
}

/**
 * Leaf hash of a cohort: H(0x00 ‖ H("aceso/cohort/1" ‖ 0x00 ‖ count(8) ‖ root)) (SPEC LO21).
 *
 * @param root - RFC 6962 root over the hashes of `count` sub-leaves, 32 bytes.
 */
export function cohortLeafHash(count: number, root: Uint8Array): Uint8Array {
	return leafHash(sha256(concatBytes(tag, encodeUint64(count), root)));
}

/**
 * Hash of the cohort leaf in which a sub-leaf has this place.
 *
 * @param subLeafHash - {@link leafHash} of the sub-leaf, 32 bytes.
 * @throws {@link LogError} `LOG_PROOF_INVALID` for a proof too long or too short for the place, `LOG_RANGE_INVALID`; another place or
 * sub-leaf gives another hash.
 */
export function cohortLeafOf(subLeafHash: Uint8Array, { index, count, proof }: CohortPlace): Uint8Array {
	const siblings = proof.map((hash) => decodeHex(hash, 32));
	return cohortLeafHash(count, inclusionRoot({ leafHash: subLeafHash, index, size: count, proof: siblings }));
}

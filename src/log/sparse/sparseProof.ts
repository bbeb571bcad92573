import { decodeHex, encodeHex, equalBytes, isHex } from "#base";
import { LogError } from "../errors.ts";
import { emptyPlace, pathBit, sparseLeafHash, sparseNodeHash } from "./hashes.ts";

/** Siblings from the leaf's place up to the root, 64 hex digits each, `""` for an empty place; `other` is what stands there instead. */
export interface SparseProofJson {
	readonly siblings: readonly string[];
	/** Another leaf on the path (proof of absence), or null when the place is empty or holds the key itself. */
	readonly other: { readonly path: string; readonly valueHash: string } | null;
}

export interface VerifySparseParameters {
	/** 32 bytes. */
	readonly root: Uint8Array;
	readonly path: Uint8Array;
	/** H(value), or undefined to verify that the key is absent. */
	readonly valueHash: Uint8Array | undefined;
	readonly proof: SparseProofJson;
}

/**
 * Verifies that a path holds a value under a root, or that it holds none.
 *
 * Only the one proof that the canonical tree gives is accepted: an empty sibling is spelt `""`, and a leaf never stands beside an empty
 * place, since the two together would be that leaf one level up.
 *
 * @throws {@link LogError} `LOG_PROOF_INVALID`.
 */
export function verifySparse({ root, path, valueHash, proof }: VerifySparseParameters): void {
	assertShape(proof);
	if (valueHash !== undefined && proof.other !== null) throw invalid("expected no other leaf in a proof of presence");
	const isLeaf = valueHash !== undefined || proof.other !== null;
	const nearest = proof.siblings[0];
	if (nearest === "" && (isLeaf || proof.siblings.length > 0)) throw invalid("expected a compact tree: nothing stands beside an empty place");
	let hash = valueHash !== undefined ? sparseLeafHash(path, valueHash) : standingHash(path, proof);
	for (const [i, text] of proof.siblings.entries()) {
		const sibling = text === "" ? emptyPlace : decodeHex(text);
		hash = pathBit(path, proof.siblings.length - 1 - i) === 0 ? sparseNodeHash(hash, sibling) : sparseNodeHash(sibling, hash);
	}
	if (!equalBytes(hash, root)) throw invalid("expected a proof that leads to the state root, found one that leads elsewhere");
}

/** Hash of what an absence proof shows at the key's place. */
function standingHash(path: Uint8Array, { other, siblings }: SparseProofJson): Uint8Array {
	if (other === null) return emptyPlace;
	const otherPath = decodeHex(other.path);
	if (equalBytes(otherPath, path)) throw invalid("expected another leaf than the key's own");
	for (let depth = 0; depth < siblings.length; depth++) {
		if (pathBit(otherPath, depth) !== pathBit(path, depth)) throw invalid("expected a leaf that lies on the key's path");
	}
	return sparseLeafHash(otherPath, decodeHex(other.valueHash));
}

const zeros = encodeHex(emptyPlace);

function assertShape(proof: SparseProofJson): void {
	if (!Array.isArray(proof?.siblings) || proof.siblings.length > 256) throw invalid("expected at most 256 siblings");
	for (const text of proof.siblings) {
		if (text !== "" && (!isHex(text, 32) || text === zeros)) throw invalid("expected siblings of 64 hex digits, or none for an empty place");
	}
	if (proof.other !== null && !(isHex(proof.other?.path, 32) && isHex(proof.other.valueHash, 32))) {
		throw invalid("expected another leaf's path and value hash");
	}
}

function invalid(message: string): LogError {
	return new LogError("LOG_PROOF_INVALID", message);
}

import { canonicalBytes, concatBytes, type Digest, decodeHex, encodeHex, encodeUtf8, type Pseudonym, sha256 } from "#base";
import type { AccessEntry } from "#contracts";
import { leafHash, sparsePath } from "#log";

/** Leaf hash of an entry: H(0x00 ‖ H(salt32 ‖ canonical entry)) (PROTOCOL §8). The next entry of the same patient names it as `previous`. */
export function accessLeafHash(entry: AccessEntry, salt: string): Uint8Array {
	return hashSalted(decodeHex(salt, 32), canonicalBytes(entry));
}

/** {@link accessLeafHash} of an entry that is canonical already. */
export function hashSalted(salt: Uint8Array, canonicalEntry: Uint8Array): Uint8Array {
	return leafHash(sha256(salt, canonicalEntry));
}

/**
 * A pseudonym's key in a log's head map: H("aceso/blind/1" ‖ 0x00 ‖ salt of its entry 0 ‖ pseudonym ‖ log).
 *
 * The pseudonym stands on the ledger, so a plain hash of it could be tried by anyone. The salt is secret until the patient gets the
 * history, and entry 0 binds it in the log itself: a second key for the same pseudonym needs a second entry 0.
 */
export function blindPseudonym(log: string, pseudonym: Pseudonym, firstSalt: string): Uint8Array {
	return sha256(concatBytes(encodeUtf8("aceso/blind/1\0"), decodeHex(firstSalt, 32), decodeHex(pseudonym, 32), encodeUtf8(log)));
}

/** Place of a blinded pseudonym in a log's head map. */
export function headPath(blinded: Uint8Array): Uint8Array {
	return sparsePath("access-heads", encodeHex(blinded));
}

/** What the head map holds: H(canonical {head, seq}), the leaf hash and number of the patient's last entry. */
export function headValueHash(seq: number, head: Uint8Array): Uint8Array {
	return sha256(canonicalBytes({ head: encodeHex(head), seq }));
}

/** Extension line by which a log's checkpoint commits to the head map of the same size. */
export function formatMapLine(mapRoot: Uint8Array): string {
	return `aceso-heads ${encodeHex(mapRoot)}`;
}

const mapLine = /^aceso-heads ([0-9a-f]{64})$/;

/** The map root that a checkpoint names, or undefined when its extensions are not exactly that one line. */
export function parseMapLine(extensions: readonly string[] | undefined): Digest | undefined {
	return extensions?.length === 1 ? (mapLine.exec(extensions[0] as string)?.[1] as Digest | undefined) : undefined;
}

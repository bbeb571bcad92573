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
 * A pseudonym's key in a log's head map: H("aceso/blind/1" ‖ 0x00 ‖ blind ‖ pseudonym ‖ log).
 *
 * The pseudonym stands on the ledger, so a plain hash of it could be tried by anyone. `blind` is the custodian's keyed token of the
 * pseudonym, the same in all its logs and secret until the patient gets the history: a log that holds nothing of the patient can be asked too.
 */
export function blindPseudonym(log: string, pseudonym: Pseudonym, blind: string): Uint8Array {
	return sha256(concatBytes(encodeUtf8("aceso/blind/1\0"), decodeHex(blind, 32), decodeHex(pseudonym, 32), encodeUtf8(log)));
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

/** Anchors drawn for each log of an export. */
export const drawnAnchors = 16;

export interface DrawParameters {
	/** Of the ledger state that the export rests on: nobody knew it when the anchors were made. */
	readonly stateRoot: string;
	/** {@link headPath} of the patient in this log. */
	readonly path: Uint8Array;
	/** First anchor that covers an entry of the patient, and the newest. */
	readonly from: number;
	readonly to: number;
}

/**
 * Which anchors an export has to open although the patient's last entry changed at none of them: number i is `from` + the first 6 bytes of
 * H("aceso/draw/1" ‖ 0x00 ‖ state root ‖ path ‖ i), big-endian, modulo (`to` − `from` + 1). A custodian whose maps were false for a while
 * cannot know which ones will be asked for.
 */
export function drawAnchors({ stateRoot, path, from, to }: DrawParameters): ReadonlySet<number> {
	const seed = [encodeUtf8("aceso/draw/1\0"), decodeHex(stateRoot, 32), path];
	const draw = (i: number) => sha256(concatBytes(...seed, Uint8Array.of(i))).subarray(0, 6);
	const numberOf = (bytes: Uint8Array) => bytes.reduce((value, byte) => value * 256 + byte, 0);
	return new Set(Array.from({ length: drawnAnchors }, (_, i) => from + (numberOf(draw(i)) % (to - from + 1))));
}

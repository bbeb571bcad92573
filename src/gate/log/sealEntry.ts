import { encodeHex, openChaCha, parseCanonical, sealChaCha } from "#base";
import type { AccessEntry } from "#contracts";
import { AccessLogError } from "./errors.ts";

/** An entry with the salt of its leaf. */
export interface SaltedEntry {
	readonly entry: AccessEntry;
	/** 32 bytes, hex. */
	readonly salt: string;
}

export interface SealEntryParameters {
	readonly log: string;
	readonly leafIndex: number;
	/** Where it stands under a cohort leaf; null for an entry that is a leaf of its own. */
	readonly place: number | null;
	/** Key of a handle under the patient's audit key, 32 bytes. */
	readonly dataKey: Uint8Array;
	/** 12 bytes, never used twice under one data key. */
	readonly nonce: Uint8Array;
}

/**
 * nonce(12) ‖ ciphertext ‖ tag(16), ChaCha20-Poly1305 (RFC 8439), bound to log and place by its associated data.
 *
 * @param plaintext - salt(32) ‖ canonical JSON of the entry.
 */
export function sealEntry(plaintext: Uint8Array, parameters: SealEntryParameters): Uint8Array {
	return sealChaCha(parameters.dataKey, parameters.nonce, plaintext, associatedData(parameters));
}

/** @throws {@link AccessLogError} `ACCESS_LOG_INTEGRITY` when the bytes are not what was sealed at this place. */
export function openEntry(sealed: Uint8Array, parameters: Omit<SealEntryParameters, "nonce">): SaltedEntry {
	const plaintext = openChaCha(parameters.dataKey, sealed, associatedData(parameters));
	if (plaintext === undefined) {
		throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected a sealed entry that opens at its place, found other bytes", {
			at: parameters.leafIndex,
		});
	}
	return { salt: encodeHex(plaintext.subarray(0, 32)), entry: parseCanonical(plaintext.subarray(32)) as unknown as AccessEntry };
}

/** ASCII: a log's id is (SPEC AL1), and the rest are numbers. */
function associatedData({ log, leafIndex, place }: Pick<SealEntryParameters, "log" | "leafIndex" | "place">): Uint8Array {
	return Buffer.from(`aceso/log-entry/2|${log}|${leafIndex}${place === null ? "" : `|${place}`}`, "latin1");
}

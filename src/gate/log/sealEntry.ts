import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import { encodeHex, encodeUtf8, parseCanonical } from "#base";
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
	/** AES-256 key of a handle under the patient's audit key. */
	readonly dataKey: KeyObject;
	/** 12 bytes, never used twice under one data key. */
	readonly nonce: Uint8Array;
}

/**
 * nonce(12) ‖ ciphertext ‖ tag(16), AES-256-GCM, bound to log and place by its associated data.
 *
 * @param plaintext - salt(32) ‖ canonical JSON of the entry.
 */
export function sealEntry(plaintext: Uint8Array, { dataKey, nonce, ...where }: SealEntryParameters): Uint8Array {
	const cipher = createCipheriv("aes-256-gcm", dataKey, nonce).setAAD(associatedData(where));
	const body = cipher.update(plaintext);
	cipher.final();
	const sealed = new Uint8Array(12 + body.length + 16);
	sealed.set(nonce);
	sealed.set(body, 12);
	sealed.set(cipher.getAuthTag(), 12 + body.length);
	return sealed;
}

/** @throws {@link AccessLogError} `ACCESS_LOG_INTEGRITY` when the bytes are not what was sealed at this place. */
export function openEntry(sealed: Uint8Array, { dataKey, ...where }: Omit<SealEntryParameters, "nonce">): SaltedEntry {
	const decipher = createDecipheriv("aes-256-gcm", dataKey, sealed.subarray(0, 12), { authTagLength: 16 });
	decipher.setAAD(associatedData(where)).setAuthTag(sealed.subarray(-16));
	let plaintext: Buffer;
	try {
		plaintext = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
	} catch {
		throw new AccessLogError("ACCESS_LOG_INTEGRITY", "expected a sealed entry that opens at its place, found other bytes", {
			at: where.leafIndex,
		});
	}
	return { salt: encodeHex(plaintext.subarray(0, 32)), entry: parseCanonical(plaintext.subarray(32)) as unknown as AccessEntry };
}

function associatedData({ log, leafIndex, place }: Pick<SealEntryParameters, "log" | "leafIndex" | "place">): Uint8Array {
	return encodeUtf8(`aceso/log-entry/1|${log}|${leafIndex}${place === null ? "" : `|${place}`}`);
}

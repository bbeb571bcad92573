import { scrypt } from "node:crypto";
import { decodeHex, encodeHex, encodeUtf8, isHex } from "#base";
import type { RandomBytes } from "../aead.ts";
import { VaultError } from "../errors.ts";
import type { SealingKey } from "./sealingKey.ts";

export interface ScryptCost {
	/** A power of two, at most 2^20. */
	readonly N: number;
	readonly r: number;
	readonly p: number;
}

/** PROTOCOL §7: 128 MiB of memory, about half a second. */
export const scryptCost: ScryptCost = { N: 2 ** 17, r: 8, p: 1 };

export interface KeyDerivation extends ScryptCost {
	readonly name: "scrypt";
	/** 16 bytes, hex. */
	readonly salt: string;
}

/** A passphrase's key under a new salt. The passphrase itself is not kept. */
export function createPassphraseKey(passphrase: string, cost: ScryptCost, randomBytes: RandomBytes): Promise<SealingKey> {
	return derivePassphraseKey(passphrase, { name: "scrypt", N: cost.N, r: cost.r, p: cost.p, salt: encodeHex(randomBytes(16)) });
}

/** scrypt (RFC 7914) to 32 bytes. The passphrase is normalised to NFC, so that two keyboards agree. */
export function derivePassphraseKey(passphrase: string, form: KeyDerivation): Promise<SealingKey> {
	const { N, r, p } = form;
	if (!isScryptForm(form)) throw new VaultError("VAULT_INTEGRITY", "expected scrypt parameters within bounds");
	return new Promise((resolve, reject) => {
		// node refuses unless maxmem exceeds 128·N·r by a little.
		const options = { N, r, p, maxmem: 128 * N * r + 128 * r * p + 2 ** 20 };
		scrypt(encodeUtf8(passphrase.normalize("NFC")), decodeHex(form.salt, 16), 32, options, (error, bytes) => {
			if (error !== null) reject(error);
			else resolve({ form, bytes: new Uint8Array(bytes) });
		});
	});
}

/** Bounds keep a planted file from exhausting memory. */
export function isScryptForm(value: KeyDerivation): boolean {
	return (
		value?.name === "scrypt" &&
		Number.isSafeInteger(value.N) &&
		value.N >= 2 &&
		value.N <= 2 ** 20 &&
		(value.N & (value.N - 1)) === 0 &&
		Number.isSafeInteger(value.r) &&
		value.r >= 1 &&
		value.r <= 16 &&
		value.p === 1 &&
		isHex(value.salt, 16)
	);
}

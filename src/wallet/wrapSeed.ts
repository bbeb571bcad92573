import { createCipheriv, createDecipheriv, scrypt } from "node:crypto";
import { decodeHex, encodeHex, encodeUtf8, isHex } from "#base";
import { WalletError } from "./errors.ts";

/** scrypt as PROTOCOL §7 fixes it; a stored wrap cannot ask for less. 128 · N · r bytes of memory: 128 MiB. */
const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 1024 * 1024 } as const;
const aad = encodeUtf8("aceso/wallet/1");

/** A seed under a passphrase. It may be stored anywhere; its strength is the passphrase's. */
export interface WrappedSeed {
	readonly format: "aceso/wallet/1";
	/** 16 random bytes, hex. */
	readonly salt: string;
	/** nonce(12) ‖ ciphertext(32) ‖ tag(16), AES-256-GCM, hex. */
	readonly sealed: string;
}

export async function wrapSeed(seed: Uint8Array, passphrase: string, randomBytes: (lengthBytes: number) => Uint8Array): Promise<WrappedSeed> {
	if (seed.length !== 32) throw new WalletError("WALLET_WRAP_INVALID", `expected a seed of 32 bytes, found ${seed.length}`);
	const salt = randomBytes(16);
	const nonce = randomBytes(12);
	const cipher = createCipheriv("aes-256-gcm", await stretch(passphrase, salt), nonce).setAAD(aad);
	const sealed = Buffer.concat([nonce, cipher.update(seed), cipher.final(), cipher.getAuthTag()]);
	return { format: "aceso/wallet/1", salt: encodeHex(salt), sealed: encodeHex(sealed) };
}

/** @throws {@link WalletError} `WALLET_WRAP_INVALID` on another format, `WALLET_PASSPHRASE_WRONG` when it does not open. */
export async function unwrapSeed(wrapped: WrappedSeed, passphrase: string): Promise<Uint8Array> {
	if (wrapped.format !== "aceso/wallet/1" || !isHex(wrapped.salt, 16) || !isHex(wrapped.sealed, 60)) {
		throw new WalletError("WALLET_WRAP_INVALID", "expected a wrapped seed in the format aceso/wallet/1");
	}
	const sealed = decodeHex(wrapped.sealed);
	const decipher = createDecipheriv("aes-256-gcm", await stretch(passphrase, decodeHex(wrapped.salt)), sealed.subarray(0, 12));
	decipher.setAAD(aad).setAuthTag(sealed.subarray(44));
	const seed = decipher.update(sealed.subarray(12, 44));
	try {
		decipher.final();
	} catch {
		throw new WalletError("WALLET_PASSPHRASE_WRONG", "expected the passphrase of this wallet");
	}
	return new Uint8Array(seed);
}

/** The same passphrase typed on another keyboard may arrive composed or decomposed; NFKD makes them one (BIP-39 does the same). */
function stretch(passphrase: string, salt: Uint8Array): Promise<Buffer> {
	return new Promise((resolve, reject) =>
		scrypt(encodeUtf8(passphrase.normalize("NFKD")), salt, 32, cost, (error, key) => (error === null ? resolve(key) : reject(error))),
	);
}

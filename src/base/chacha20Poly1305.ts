import { createCipheriv, createDecipheriv } from "node:crypto";
import { concatBytes, encodeUtf8, equalBytes } from "./bytes.ts";
import { decodeHex } from "./encoding.ts";
import { loadSodium } from "./sodiumEquation.ts";

const nonceBytes = 12;
const tagBytes = 16;

/** What is used of sodium-native. Lengths are this module's promise. */
export interface SodiumAead {
	crypto_aead_chacha20poly1305_ietf_encrypt(
		sealed: Uint8Array,
		plaintext: Uint8Array,
		aad: Uint8Array,
		nsec: null,
		nonce: Uint8Array,
		key: Uint8Array,
	): number;
	/** Throws for another tag. */
	crypto_aead_chacha20poly1305_ietf_decrypt(
		plaintext: Uint8Array,
		nsec: null,
		sealed: Uint8Array,
		aad: Uint8Array,
		nonce: Uint8Array,
		key: Uint8Array,
	): number;
}

/** One library's AEAD_CHACHA20_POLY1305 (RFC 8439 §2.8) over `nonce(12) ‖ ciphertext ‖ tag(16)`. */
export interface AeadLibrary {
	readonly library: "libsodium" | "openssl";
	/** @param key - 32 bytes. @param nonce - 12 bytes. */
	seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array;
	/** Undefined when key, associated data or bytes are not those that were sealed. */
	open(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined;
}

/** By Node's OpenSSL, whose cipher object costs several times what the cipher does. */
export const opensslAead: AeadLibrary = {
	library: "openssl",
	seal(key, nonce, plaintext, aad) {
		const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: tagBytes });
		cipher.setAAD(aad, { plaintextLength: plaintext.length });
		const body = cipher.update(plaintext);
		cipher.final();
		return concatBytes(nonce, body, cipher.getAuthTag());
	},
	open(key, sealed, aad) {
		const decipher = createDecipheriv("chacha20-poly1305", key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
		const body = sealed.subarray(nonceBytes, -tagBytes);
		decipher.setAAD(aad, { plaintextLength: body.length }).setAuthTag(sealed.subarray(-tagBytes));
		const plaintext = decipher.update(body);
		try {
			decipher.final();
		} catch {
			plaintext.fill(0);
			return undefined;
		}
		return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length);
	},
};

function createSodiumAead(sodium: SodiumAead): AeadLibrary {
	return {
		library: "libsodium",
		seal(key, nonce, plaintext, aad) {
			const sealed = new Uint8Array(nonceBytes + plaintext.length + tagBytes);
			sealed.set(nonce);
			sodium.crypto_aead_chacha20poly1305_ietf_encrypt(sealed.subarray(nonceBytes), plaintext, aad, null, nonce, key);
			return sealed;
		},
		open(key, sealed, aad) {
			const plaintext = new Uint8Array(sealed.length - nonceBytes - tagBytes);
			try {
				const nonce = sealed.subarray(0, nonceBytes);
				sodium.crypto_aead_chacha20poly1305_ietf_decrypt(plaintext, null, sealed.subarray(nonceBytes), aad, nonce, key);
			} catch {
				return undefined;
			}
			return plaintext;
		},
	};
}

/** RFC 8439 §2.8.2. */
export const publishedBox = {
	key: decodeHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"),
	nonce: decodeHex("070000004041424344454647"),
	aad: decodeHex("50515253c0c1c2c3c4c5c6c7"),
	plaintext: encodeUtf8("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."),
	sealed: decodeHex(
		"070000004041424344454647d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691",
	),
} as const;

/** libsodium, if it could be loaded, seals the published example as published, opens it, and does not open it changed; else OpenSSL. */
export function chooseAead(loaded: Partial<SodiumAead> | undefined): AeadLibrary {
	if (loaded === undefined) return opensslAead;
	const sodium = createSodiumAead(loaded as SodiumAead);
	const { key, nonce, aad, plaintext, sealed } = publishedBox;
	try {
		const changed = Uint8Array.from(sealed, (byte, at) => (at === nonceBytes ? byte ^ 1 : byte));
		const agrees = equalBytes(sodium.seal(key, nonce, plaintext, aad), sealed) && equalBytes(sodium.open(key, sealed, aad) ?? nonce, plaintext);
		return agrees && sodium.open(key, changed, aad) === undefined ? sodium : opensslAead;
	} catch {
		return opensslAead;
	}
}

const aead = chooseAead(await loadSodium());

/**
 * nonce(12) ‖ ciphertext ‖ tag(16), AEAD_CHACHA20_POLY1305 (RFC 8439), for what is sealed by the thousand: a call of libsodium costs a fifth of a
 * cipher object of Node's.
 *
 * @param key - 32 bytes.
 * @param nonce - 12 bytes, never used twice under one key.
 * @throws RangeError for another length of either.
 */
export function sealChaCha(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
	if (key.length !== 32 || nonce.length !== nonceBytes) throw new RangeError("expected a key of 32 bytes and a nonce of 12");
	return aead.seal(key, nonce, plaintext, aad);
}

/** The plaintext of {@link sealChaCha}, or undefined when key, associated data or bytes are not the same. */
export function openChaCha(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
	if (key.length !== 32 || sealed.length < nonceBytes + tagBytes) return undefined;
	return aead.open(key, sealed, aad);
}

import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";

const nonceBytes = 12;
const tagBytes = 16;
const gcm = { authTagLength: tagBytes };

/** Makes random bytes; handed in wherever they are needed, so that tests replay. */
export type RandomBytes = (size: number) => Uint8Array;

/** AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D): nonce(12) ‖ ciphertext ‖ tag(16). One key seals far fewer than 2^32 times. */
export function seal(key: Uint8Array, plaintext: Uint8Array, aad: Uint8Array, randomBytes: RandomBytes): Uint8Array {
	const nonce = randomBytes(nonceBytes);
	// Imported first: with raw bytes Node finds out by a thrown exception that they are no key object, which costs three times the cipher.
	const cipher = createCipheriv("aes-256-gcm", createSecretKey(key), nonce);
	cipher.setAAD(aad);
	const body = cipher.update(plaintext);
	cipher.final();
	const sealed = new Uint8Array(nonceBytes + body.length + tagBytes);
	sealed.set(nonce, 0);
	sealed.set(body, nonceBytes);
	sealed.set(cipher.getAuthTag(), nonceBytes + body.length);
	return sealed;
}

/** The plaintext, or undefined when key, AAD or bytes are not those of {@link seal}. The caller knows what that means and says so. */
export function open(key: Uint8Array | KeyObject, sealed: Uint8Array, aad: Uint8Array): Buffer | undefined {
	if (sealed.length < nonceBytes + tagBytes) return undefined;
	const decipher = createDecipheriv("aes-256-gcm", key instanceof Uint8Array ? createSecretKey(key) : key, sealed.subarray(0, nonceBytes), gcm);
	decipher.setAAD(aad);
	decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
	const plaintext = decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes));
	try {
		decipher.final();
	} catch {
		plaintext.fill(0);
		return undefined;
	}
	return plaintext;
}

/** Associated data: ASCII parts joined by `|`, a character that none of them may hold (ids, hex, compartment names, decimal numbers). */
export function associatedData(...parts: readonly (string | number)[]): Uint8Array {
	return Buffer.from(parts.join("|"), "latin1");
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AeadLibrary, chooseAead, openChaCha, opensslAead, publishedBox, type SodiumAead, sealChaCha } from "./chacha20Poly1305.ts";
import { encodeHex } from "./encoding.ts";
import { loadSodium } from "./sodiumEquation.ts";

const { key, nonce, aad, plaintext, sealed } = publishedBox;
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const box = fc.record({ key: bytes(32), nonce: bytes(12), aad: fc.uint8Array({ maxLength: 80 }), plaintext: fc.uint8Array({ maxLength: 1_500 }) });
const loaded = await loadSodium();
const chosen = chooseAead(loaded);

describe("ChaCha20-Poly1305", () => {
	it("[LO26] both libraries give the published example, and open it", () => {
		for (const library of [opensslAead, chosen]) {
			expect(encodeHex(library.seal(key, nonce, plaintext, aad))).toBe(encodeHex(sealed));
			expect(library.open(key, sealed, aad)).toEqual(plaintext);
		}
	});

	it.skipIf(loaded === undefined)("[LO26] what one library seals the other seals alike and opens (libsodium has no binary here)", () => {
		expect(chosen.library).toBe("libsodium");
		fc.assert(
			fc.property(box, (given) => {
				const both = [opensslAead, chosen].map((library) => library.seal(given.key, given.nonce, given.plaintext, given.aad));
				expect(both[1]).toEqual(both[0]);
				for (const library of [opensslAead, chosen]) expect(library.open(given.key, both[0] as Uint8Array, given.aad)).toEqual(given.plaintext);
			}),
		);
	});

	it("[LO26] no library opens anything that was changed, cut, or sealed under another key or with other associated data", () => {
		const libraries: readonly AeadLibrary[] = [opensslAead, chosen];
		fc.assert(
			fc.property(box, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, place, flip) => {
				const whole = sealChaCha(given.key, given.nonce, given.plaintext, given.aad);
				const at = place % whole.length;
				const changed = Uint8Array.from(whole, (byte, i) => (i === at ? byte ^ flip : byte));
				const otherKey = Uint8Array.from(given.key, (byte, i) => (i === place % 32 ? byte ^ flip : byte));
				for (const { open } of libraries) {
					expect(open(given.key, changed, given.aad)).toBeUndefined();
					expect(open(otherKey, whole, given.aad)).toBeUndefined();
					expect(open(given.key, whole, Uint8Array.of(...given.aad, flip))).toBeUndefined();
				}
				expect(openChaCha(given.key, whole.subarray(0, at), given.aad)).toBeUndefined();
			}),
		);
	});

	it("[LO26] a key or nonce of another length reaches no library", () => {
		for (const length of [0, 16, 31, 33]) {
			expect(() => sealChaCha(new Uint8Array(length), nonce, plaintext, aad)).toThrow(RangeError);
			expect(openChaCha(new Uint8Array(length), sealed, aad)).toBeUndefined();
		}
		for (const length of [0, 8, 11, 13, 24]) expect(() => sealChaCha(key, new Uint8Array(length), plaintext, aad)).toThrow(RangeError);
		for (let length = 0; length < 28; length++) expect(openChaCha(key, new Uint8Array(length), aad)).toBeUndefined();
	});
});

describe("which library seals", () => {
	it("[LO26] OpenSSL, where the package cannot be loaded, or fails", () => {
		const failing: SodiumAead = {
			crypto_aead_chacha20poly1305_ietf_encrypt: () => {
				throw new Error("planted");
			},
			crypto_aead_chacha20poly1305_ietf_decrypt: () => 0,
		};
		for (const library of [undefined, {}, failing]) expect(chooseAead(library)).toBe(opensslAead);
	});

	it("[LO26] never one that leaves the plaintext as it is, nor one that opens what was changed", () => {
		const honest: SodiumAead = {
			crypto_aead_chacha20poly1305_ietf_encrypt: (out, text, more, _, once, secret) => {
				out.set(opensslAead.seal(secret, once, text, more).subarray(12));
				return out.length;
			},
			crypto_aead_chacha20poly1305_ietf_decrypt: (out, _, from, more, once, secret) => {
				const opened = opensslAead.open(secret, Uint8Array.of(...once, ...from), more);
				if (opened === undefined) throw new Error("could not verify data");
				out.set(opened);
				return out.length;
			},
		};
		expect(chooseAead(honest).library).toBe("libsodium");
		const clear: SodiumAead = {
			...honest,
			crypto_aead_chacha20poly1305_ietf_encrypt: (out, text) => {
				out.set(text);
				return out.length;
			},
		};
		const careless: SodiumAead = {
			...honest,
			crypto_aead_chacha20poly1305_ietf_decrypt: (out) => {
				out.set(plaintext);
				return out.length;
			},
		};
		expect(chooseAead(clear)).toBe(opensslAead);
		expect(chooseAead(careless)).toBe(opensslAead);
	});
});

import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeHex, encodeHex } from "#base";
import { associatedData, open, seal } from "./aead.ts";
import { randomBytes } from "./vault.fixtures.ts";

it("[VA2] seals as AES-256-GCM test case 16 of McGrew and Viega, nonce first and tag last", () => {
	const key = decodeHex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
	const nonce = decodeHex("cafebabefacedbaddecaf888");
	const plaintext = decodeHex(
		"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	);
	const aad = decodeHex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
	const ciphertext = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662";
	const sealed = seal(key, plaintext, aad, () => nonce);
	expect(encodeHex(sealed)).toBe(`${encodeHex(nonce)}${ciphertext}76fc6ece0f4e1768cddf8853bb2d551b`);
	expect(open(key, sealed, aad)).toEqual(Buffer.from(plaintext));
});

it("[VA2] one bit changed anywhere, other associated data or a cut end opens nothing", () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(), fc.nat(7), (plaintext, at, bit) => {
			const [key, aad] = [randomBytes(32), associatedData("a", 1)];
			const sealed = seal(key, plaintext, aad, randomBytes);
			expect(open(key, sealed, aad)).toEqual(Buffer.from(plaintext));
			expect(open(key, sealed, associatedData("a", 2))).toBeUndefined();
			expect(open(key, sealed.subarray(0, -1), aad)).toBeUndefined();
			const flipped = Uint8Array.from(sealed);
			flipped[at % sealed.length] = (flipped[at % sealed.length] as number) ^ (1 << bit);
			expect(open(key, flipped, aad)).toBeUndefined();
		}),
		{ numRuns: 100 },
	);
});

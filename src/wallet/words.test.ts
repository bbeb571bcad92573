import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeWords, encodeWords } from "./words.ts";

/** Stands for a language's list: the word at place n says n. */
const list = Array.from({ length: 2048 }, (_, place) => `w${place}`);

describe("24 words", () => {
	// BIP-39's published vectors for 256 bits, as places in the list: all zeros end in word 102, all ones in word 1967.
	it.each([
		["00", 0, 102],
		["ff", 2047, 1967],
	])("[WA2] BIP-39: 32 bytes of %s", (byte, place, last) => {
		const seed = new Uint8Array(Buffer.from(byte.repeat(32), "hex"));
		expect(encodeWords(seed, list)).toEqual([...Array(23).fill(`w${place}`), `w${last}`]);
	});

	it("[WA2] every seed comes back from its words", () => {
		fc.assert(
			fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
				expect([...decodeWords(encodeWords(seed, list), list)]).toEqual([...seed]);
			}),
			{ numRuns: 50 },
		);
	});

	it("[WA2] a wrong word, an unknown word, a missing word and a wrong list are refused", () => {
		const words = encodeWords(new Uint8Array(32).fill(9), list);
		const refused = { code: "WALLET_WORDS_INVALID" };
		expect(() => decodeWords(words.with(3, "w5"), list)).toThrow(expect.objectContaining(refused));
		expect(() => decodeWords(words.with(3, "nonsense"), list)).toThrow(expect.objectContaining({ ...refused, details: { at: 3 } }));
		expect(() => decodeWords(words.slice(1), list)).toThrow(expect.objectContaining(refused));
		expect(() => decodeWords(words, list.with(1, "w0"))).toThrow(expect.objectContaining(refused));
	});

	it("[WA2] capitals and stray spaces do not matter", () => {
		const words = encodeWords(new Uint8Array(32).fill(9), list);
		expect([
			...decodeWords(
				words.map((word) => ` ${word.toUpperCase()} `),
				list,
			),
		]).toEqual(Array(32).fill(9));
	});
});

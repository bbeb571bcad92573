import { sha256 } from "#base";
import { WalletError } from "./errors.ts";

/** Bits that one word of a list of 2,048 carries. */
const wordBits = 11;
/** 32 bytes of seed and one byte of checksum. */
const wordCount = 24;

/**
 * Shows a seed as 24 words.
 *
 * Source: BIP-39 with 256 bits of entropy: seed ‖ first byte of H(seed), cut into 24 groups of 11 bits. The word list comes in, so that a
 * language is the caller's choice; it holds 2,048 different words.
 *
 * @throws {@link WalletError} `WALLET_WORDS_INVALID`.
 */
export function encodeWords(seed: Uint8Array, wordList: readonly string[]): readonly string[] {
	assertWordList(wordList);
	if (seed.length !== 32) throw new WalletError("WALLET_WORDS_INVALID", `expected a seed of 32 bytes, found ${seed.length}`);
	const bits = [...seed, sha256(seed)[0] as number].map((byte) => byte.toString(2).padStart(8, "0")).join("");
	return Array.from({ length: wordCount }, (_, i) => wordList[Number.parseInt(bits.slice(i * wordBits, (i + 1) * wordBits), 2)] as string);
}

/** The seed that 24 words show. @throws {@link WalletError} `WALLET_WORDS_INVALID` with the position of the first unknown word. */
export function decodeWords(words: readonly string[], wordList: readonly string[]): Uint8Array {
	assertWordList(wordList);
	if (words.length !== wordCount) throw new WalletError("WALLET_WORDS_INVALID", `expected ${wordCount} words, found ${words.length}`);
	const places = new Map(wordList.map((word, place) => [word, place]));
	const bits = words.map((word, at) => {
		const place = places.get(word.normalize("NFKD").trim().toLowerCase());
		if (place === undefined) throw new WalletError("WALLET_WORDS_INVALID", `expected a word of the list at place ${at + 1}`, { at });
		return place.toString(2).padStart(wordBits, "0");
	});
	const bytes = Uint8Array.from(bits.join("").match(/.{8}/g) as readonly string[], (byte) => Number.parseInt(byte, 2));
	const seed = bytes.slice(0, 32);
	if (sha256(seed)[0] !== bytes[32]) {
		throw new WalletError("WALLET_WORDS_INVALID", "expected words whose checksum holds: a word is wrong or two are exchanged");
	}
	return seed;
}

function assertWordList(wordList: readonly string[]): void {
	if (wordList.length !== 2048 || new Set(wordList).size !== 2048) {
		throw new WalletError("WALLET_WORDS_INVALID", `expected a list of 2048 different words, found ${new Set(wordList).size} in ${wordList.length}`);
	}
}

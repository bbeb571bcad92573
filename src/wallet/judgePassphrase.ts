import { encodeUtf8, sha256 } from "#base";

/** Why a passphrase is no good; undefined for one that may be used. */
export type PassphraseFault = "short" | "long" | "common" | "house-words";

export interface PassphraseRules {
	/** {@link hashCommon} of each common password, ascending. */
	readonly common: Uint32Array;
	/** Words that everybody at this house would try: its name, the product's, the owner's sign-in name. */
	readonly houseWords: readonly string[];
}

/** Characters, as a person counts them; NIST SP 800-63B-4 §3.1.1.2 wants 15 where a password is all there is. */
export const passphraseLength = { min: 15, max: 256 } as const;
/** What has to be left of a passphrase without the words of the house. */
const leftMin = 8;

/**
 * Judges a passphrase where it is typed: no node ever sees it. Refused are those that are common, or a common one repeated, or two common ones one
 * after the other; and those of which hardly anything is left without the words of the house.
 */
export function judgePassphrase(passphrase: string, { common, houseWords }: PassphraseRules): PassphraseFault | undefined {
	const length = [...passphrase].length;
	if (length < passphraseLength.min) return "short";
	if (length > passphraseLength.max) return "long";
	const plain = plainForm(passphrase);
	if (isOfCommon(plain, common)) return "common";
	const left = houseWords.map(plainForm).reduce((rest, word) => (word.length < 3 ? rest : rest.replaceAll(word, "")), plain);
	return [...left].length < leftMin ? "house-words" : undefined;
}

/** Case, spaces and signs between words are what people vary first. */
function plainForm(text: string): string {
	return text
		.normalize("NFKD")
		.toLowerCase()
		.replace(/[\s\p{P}\p{M}]/gu, "");
}

function isOfCommon(plain: string, common: Uint32Array): boolean {
	const unit = unitOf(plain);
	if (unit.length < 4 || isCommon(unit, common)) return true;
	for (let cut = 4; cut <= unit.length - 4; cut++) {
		if (isCommon(unit.slice(0, cut), common) && isCommon(unit.slice(cut), common)) return true;
	}
	return false;
}

/** The shortest text of which this one is a repetition; the text itself mostly. */
function unitOf(text: string): string {
	const period = (text + text).indexOf(text, 1);
	return text.slice(0, period);
}

/** The first 32 bits of H(plain form): of 10,000 passwords one in 400,000 others shares them. */
export function hashCommon(password: string): number {
	return new DataView(sha256(encodeUtf8(plainForm(password))).buffer).getUint32(0);
}

function isCommon(plain: string, common: Uint32Array): boolean {
	const wanted = hashCommon(plain);
	let [low, high] = [0, common.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((common[middle] as number) < wanted) low = middle + 1;
		else high = middle;
	}
	return common[low] === wanted;
}

/** Reads the list as a node serves it: 4 bytes for each, big-endian, ascending. */
export function readCommon(bytes: Uint8Array): Uint32Array {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	return Uint32Array.from({ length: bytes.byteLength >>> 2 }, (_, at) => view.getUint32(at * 4));
}

import { concatBytes, createSigningKey, encodeUtf8, type SigningKey, sha256 } from "#base";

/** The key of an invented party: its seed is H("aceso/vectors/1:" ‖ name), so anyone can make it again. Never used outside the vectors. */
export function fixedKey(name: string): SigningKey {
	return createSigningKey(fixedBytes(name, 32));
}

/** Bytes that stand where random ones would: H("aceso/vectors/1:" ‖ name), cut. */
export function fixedBytes(name: string, size: number): Uint8Array {
	return sha256(encodeUtf8(`aceso/vectors/1:${name}`)).slice(0, size);
}

/** A source of bytes that gives the same ones in every run. */
export function fixedRandom(name: string): (size: number) => Uint8Array {
	let block = 0;
	return (size) => {
		const blocks = Array.from({ length: Math.ceil(size / 32) }, () => fixedBytes(`${name} ${block++}`, 32));
		return concatBytes(...blocks).slice(0, size);
	};
}

/** 2026-03-02T08:00:00Z, when everything in the vectors begins. */
export const fixedStartMs = 1_772_438_400_000;
export const fixedChain = "vectors-1";
export const fixedMember = "clinic-a";

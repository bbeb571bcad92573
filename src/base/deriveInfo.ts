import { concatBytes, encodeUtf8 } from "./bytes.ts";

/** HKDF's `info` for a use and its context: the parts are length-prefixed so that no two splits collide. */
export function deriveInfo(info: string, context: readonly Uint8Array[]): Uint8Array {
	const parts = [encodeUtf8(info)];
	for (const part of context) parts.push(Uint8Array.of(part.length >> 8, part.length & 0xff), part);
	return concatBytes(...parts);
}

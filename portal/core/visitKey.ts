import { deriveKey, encodeHex, encodeUtf8 } from "#base";

/**
 * Under what a browser keeps when somebody last opened a chart. Without the doctor's secret it leads to no patient, nor does it tell that two
 * doctors opened the same one.
 */
export function visitKeyOf(secret: Uint8Array, member: string, localId: string): string {
	return encodeHex(deriveKey(secret, "aceso/visit/1", encodeUtf8(member), encodeUtf8(localId)));
}

/** Under what a browser keeps what was typed about somebody or something until it is sent; by it nobody else tells about whom. */
export function draftPlaceOf(secret: Uint8Array, about: string): string {
	return encodeHex(deriveKey(secret, "aceso/draft/1", encodeUtf8(about)));
}

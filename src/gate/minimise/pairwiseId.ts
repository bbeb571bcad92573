import { deriveKey, encodeHex, encodeUtf8, hmacSha256 } from "#base";

/**
 * The id that one grantee or study sees instead of a custodian's: HMAC-SHA-256 under a key of the patient or custodian, cut to 128 bits, as 32
 * hex digits (a valid FHIR id). Two audiences cannot join their copies by it.
 *
 * @param key - Secret, at least 16 bytes; it stays with the custodian.
 * @param audience - Grantee key or study id.
 */
export function pairwiseId(key: Uint8Array, audience: string, value: string): string {
	const audienceKey = deriveKey(key, "aceso/pairwise/1", encodeUtf8(audience));
	return encodeHex(hmacSha256(audienceKey, encodeUtf8(value)).subarray(0, 16));
}
